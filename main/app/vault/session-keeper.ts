/**
 * Keeps this computer unlocked over a restart of the app, with the vault's help: opened after an unlock, kept up by
 * the person's activity, closed by "Lock now", sleep and idleness, and left alone by quitting. Ended from elsewhere, it
 * locks this computer.
 */
import { toHoldfastError } from '../../errors.ts';
import type { Clock } from '../../jobs/ports.ts';
import { copyOf } from './key-copy.ts';
import type { KeySession, LockReason } from '../../keys/session.ts';
import type { VaultKeys, VaultRecord } from '../../keys/vault/api.ts';

export interface KeeperParts {
  keys: VaultKeys;
  session: KeySession;
  clock: Clock;
  /** The record of this computer's own plan; null where it has none. */
  record: () => VaultRecord | null;
  wake: (record: VaultRecord) => Promise<void>;
  /** Minutes without the person after which the vault forgets its part. */
  idleMinutes: () => number;
  changed: () => void;
  report: (what: string) => void;
}

/** However active somebody is, the password is asked again after this time. */
export const SESSION_LIFE_MS = 12 * 3_600_000;
/** As short as the protocol has it. */
const SHORTEST_LIFE_MS = 60_000;
/** The vault is told of activity at most this often. */
const TOUCH_EVERY_MS = 60_000;

export class SessionKeeper {
  readonly #parts: KeeperParts;
  #until: number | null = null;
  #touchedAt = 0;
  /** When the vault last said that the session lives. */
  #aliveAt = 0;
  /** One thing at a time: opening must not overtake closing. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    parts.session.onLock((reason) => this.#locked(reason));
  }

  /** When the session ends at the latest; null where there is none. */
  get until(): number | null {
    return this.#until;
  }

  /**
   * Unlocks by the session that the last run of the app left behind, if it still lives.
   * @returns true if the key is in memory now
   */
  async resume(): Promise<boolean> {
    const { keys, session, record: own, wake, report } = this.#parts;
    const record = own();
    if (record === null || !session.locked) return false;
    try {
      await wake(record);
      const key = await keys.resumeSession(record);
      if (key === null) return false;
      if (!session.locked) {
        key.wipe(); // somebody was quicker
        return false;
      }
      session.unlock(key);
      this.#aliveAt = this.#parts.clock.now();
      const mine = (await keys.sessions(record)).find((one) => one.thisComputer);
      this.#set(mine?.expiresAt ?? null);
      return true;
    } catch (thrown) {
      report(`resuming: ${toHoldfastError(thrown).message}`);
      return !session.locked;
    }
  }

  /** Opens a session with the key in memory, in the background; without one, a restart asks for the password again. */
  open(): void {
    void this.#next(async () => await this.#open(SESSION_LIFE_MS));
  }

  /** Another idle time was chosen, which the vault is told only when a session is opened; the end stays what it was. */
  reopen(): void {
    void this.#next(async () => {
      const record = this.#parts.record();
      const until = this.#until;
      if (record === null || until === null || !(await this.#alive(record))) return;
      await this.#open(Math.max(SHORTEST_LIFE_MS, until - this.#parts.clock.now()));
    });
  }

  async #open(lifeMs: number): Promise<void> {
    const { keys, session, clock, record: own, idleMinutes } = this.#parts;
    const record = own();
    if (record === null || session.locked) return;
    const options = { idleMs: idleMinutes() * 60_000, lifeMs };
    // The last one goes first, whatever becomes of the new one.
    this.#set(null);
    // A copy, because the session wipes its own when it locks.
    const copy = copyOf(session.rootKey);
    try {
      await keys.openSession(record, copy, options);
    } finally {
      copy.wipe();
    }
    this.#touchedAt = clock.now();
    this.#aliveAt = clock.now();
    this.#set(clock.now() + lifeMs);
  }

  /** Tells the vault that somebody is there. */
  touch(): void {
    const { clock, record: own } = this.#parts;
    const record = own();
    if (record === null || this.#until === null || clock.now() - this.#touchedAt < TOUCH_EVERY_MS) return;
    this.#touchedAt = clock.now();
    void this.#next(async () => {
      if (this.#until !== null) await this.#alive(record);
    });
  }

  /**
   * Tells the vault that somebody is there. False where the session is over: ended from another computer, by a change of
   * password, by its age, or because the vault heard nothing from here, which it does not tell apart. Never opened again
   * without an unlock; this computer keeps to it and locks.
   */
  async #alive(record: VaultRecord): Promise<boolean> {
    const { keys, session, clock } = this.#parts;
    try {
      await keys.touchSession(record);
      this.#aliveAt = clock.now();
      return true;
    } catch (thrown) {
      if (toHoldfastError(thrown).code !== 'locked') throw thrown;
      if (this.#forgottenAmidWork()) this.#set(null);
      else void session.lock('vault');
      return false;
    }
  }

  /**
   * True where something that the person started holds the key (a long restore) and nobody was there for the vault to
   * hear of: that work goes on, and idleness locks when it is done.
   */
  #forgottenAmidWork(): boolean {
    const { session, clock, idleMinutes } = this.#parts;
    const now = clock.now();
    const held = !session.locked && session.lockAt === null;
    return held && now - this.#aliveAt >= idleMinutes() * 60_000 && now < (this.#until ?? 0);
  }

  /** Ends the session of `record`: here at once, at the vault as soon as it hears of it. */
  async close(record: VaultRecord | null = this.#parts.record()): Promise<void> {
    this.#set(null);
    if (record === null) return;
    await this.#next(async () => {
      this.#set(null); // one that was still being opened
      await this.#parts.keys.closeSession(record);
    });
  }

  /** Resolves when everything asked for so far is done. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  /** Not waited for: the key has left memory already, and the network may take its time. */
  #locked(reason: LockReason): void {
    if (reason !== 'quit') void this.close();
  }

  #next(step: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(step).catch((thrown: unknown) => {
      this.#parts.report(`session: ${toHoldfastError(thrown).message}`);
    });
    return this.#turn;
  }

  #set(until: number | null): void {
    if (this.#until === until) return;
    this.#until = until;
    this.#parts.changed();
  }
}
