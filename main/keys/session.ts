/**
 * The unlocked session: where the root key is while it is in memory, and when it leaves. It is gone on lock, on sleep
 * and after the idle time; whoever works with it (engine threads) registers to be ended then.
 */
import { locked, type RootKey } from './secret.ts';

/** Why a session was locked; `vault`: the vault says that it was ended elsewhere. */
export type LockReason = 'user' | 'idle' | 'sleep' | 'quit' | 'vault';
export type LockListener = (reason: LockReason) => void | Promise<void>;

/** Time and timers, so that tests turn the clock themselves. */
export interface Clock {
  /** ms since the epoch. It goes on while the computer sleeps, which timers do not. */
  now(): number;
  /** Calls back once after `ms` milliseconds, without keeping the process alive; returns what undoes it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export interface SessionOptions {
  /** Minutes without input after which the key leaves memory, 1 to 240. */
  idleMinutes: number;
  clock?: Clock;
  /** Told of listeners that failed; the session is locked all the same. */
  onListenerError?: (error: unknown) => void;
}

const MINUTE_MS = 60_000;

export class KeySession {
  readonly #clock: Clock;
  readonly #onListenerError: (error: unknown) => void;
  readonly #listeners = new Set<LockListener>();
  #idleMs: number;
  #key: RootKey | null = null;
  #lastActivity = 0;
  #holds = 0;
  #cancelTimer: (() => void) | null = null;
  /** The listeners of the locks so far. */
  #locking: Promise<void> = Promise.resolve();

  constructor(options: SessionOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#onListenerError = options.onListenerError ?? (() => {});
    this.#idleMs = idleMs(options.idleMinutes);
  }

  get locked(): boolean {
    return this.#key === null;
  }

  /** When the idle time will be over, in ms since the epoch; null while locked or while something holds the key. */
  get lockAt(): number | null {
    return this.#key === null || this.#holds > 0 ? null : this.#lastActivity + this.#idleMs;
  }

  /**
   * The root key; the session keeps owning it.
   *
   * @throws HoldfastError `locked`
   */
  get rootKey(): RootKey {
    if (this.#key === null || this.#key.wiped) throw locked();
    return this.#key;
  }

  /** Takes over `key`, which the session wipes when it locks, and starts the idle timer. Replaces another key. */
  unlock(key: RootKey): void {
    if (this.#key !== key) this.#key?.wipe();
    this.#key = key;
    this.#lastActivity = this.#clock.now();
    this.#arm();
  }

  /** Input was seen: the idle time starts again. If it was over already (the computer slept) the session locks. */
  touch(): void {
    if (this.#key === null) return;
    const now = this.#clock.now();
    if (this.#holds === 0 && now - this.#lastActivity >= this.#idleMs) {
      void this.lock('idle');
      return;
    }
    this.#lastActivity = now;
    this.#arm();
  }

  /**
   * Keeps the idle timer from locking while something that the user started needs the key, such as a restore. Lock
   * now, sleep and quit still lock. The idle time starts again when the last hold is given back.
   *
   * @returns gives the hold back; harmless to call twice
   */
  hold(): () => void {
    this.#holds += 1;
    this.#disarm();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#key === null) return;
      this.#lastActivity = this.#clock.now();
      this.#arm();
    };
  }

  /** Changes the idle time; counts from the last input. */
  setIdleMinutes(minutes: number): void {
    this.#idleMs = idleMs(minutes);
    if (this.#key !== null) this.#arm();
  }

  /**
   * Calls `listener` at every lock, after the key is wiped.
   *
   * @returns removes the listener
   */
  onLock(listener: LockListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Wipes the key at once and calls the listeners; resolves when all of them are done (threads ended). Never rejects.
   * If already locked it only waits for what an earlier call began.
   */
  async lock(reason: LockReason): Promise<void> {
    if (this.#key !== null) {
      this.#key.wipe();
      this.#key = null;
      this.#disarm();
      // An earlier one may still be ending threads.
      this.#locking = Promise.all([this.#locking, this.#tell(reason)]).then(() => undefined);
    }
    await this.#locking;
  }

  async #tell(reason: LockReason): Promise<void> {
    const results = await Promise.allSettled([...this.#listeners].map(async (listener) => listener(reason)));
    for (const result of results) if (result.status === 'rejected') this.#onListenerError(result.reason);
  }

  #arm(): void {
    this.#disarm();
    if (this.#holds > 0) return;
    // A clock set back must not lengthen the wait beyond one idle time.
    const left = Math.min(this.#lastActivity + this.#idleMs - this.#clock.now(), this.#idleMs);
    this.#cancelTimer = this.#clock.after(Math.max(0, left), () => void this.lock('idle'));
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
  }
}

function idleMs(minutes: number): number {
  if (!(minutes >= 1 && minutes <= 240)) throw new RangeError('the idle time is 1 to 240 minutes');
  return minutes * MINUTE_MS;
}
