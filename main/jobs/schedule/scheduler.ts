/**
 * Starts the plan's backups when they are due, holds them back while a condition does not hold, and lets a run that it
 * started rest when one no longer does. It keeps no state of its own: what is due follows from the schedule, the log of
 * runs and the time, so that a missed start, a clock that was set and a restart of the app need no special case.
 */
import type { RunRecord } from '../activity.ts';
import type { Backups } from '../backups.ts';
import type { ConfigStore, PlannedDestination } from '../config.ts';
import type { DestinationStatus } from '../destination-status.ts';
import type { Clock } from '../ports.ts';
import { heldBack, listWords, type WaitsFor, wantedFor } from './conditions.ts';
import { historyOf } from './history.ts';
import { nextRun, spreadOf } from './next-run.ts';
import type { Surroundings } from './surroundings.ts';

const MINUTE_MS = 60_000;

/** Every wait of the scheduler. */
export const TIMING = {
  /** After the app's start and after waking up: the network comes back, and a person may have something else to do. */
  settleMs: 3 * MINUTE_MS,
  /** Between two looks at what holds back a backup that is due; events of the system come on top. */
  heldMs: MINUTE_MS,
  /** Between two looks at the surroundings of a run that the schedule started. */
  runningMs: MINUTE_MS / 3,
  /** A timer runs at most this long: the clock may have been set meanwhile. Servers are asked at most this often. */
  mostMs: 15 * MINUTE_MS,
  /** A timer that is later than this was late because the computer slept. */
  sleptMs: MINUTE_MS,
};

export interface SchedulerParts {
  config: Pick<ConfigStore, 'value'>;
  /** The log, newest first. */
  runs: () => readonly RunRecord[];
  backups: Pick<Backups, 'paused' | 'startedBy' | 'startScheduled' | 'hold'>;
  /** True while anything runs. */
  busy: () => boolean;
  destinations: {
    planned(): readonly PlannedDestination[];
    status(id: string): DestinationStatus;
    look(servers: boolean): Promise<boolean>;
  };
  /** False where this computer lacks what it writes backups with. Never rejects. */
  mayWrite: () => Promise<boolean>;
  surroundings: Surroundings;
  clock: Clock;
  /** Default: `TIMING.settleMs`. */
  settleMs?: number;
  /** Called when `nextRunMs` or `waitsFor` may have changed. */
  changed: () => void;
}

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #settleMs: number;
  #readyMs = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => undefined;
  #looking: Promise<void> | null = null;
  #again = false;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #nextRunMs: number | null = null;
  #waitsFor: WaitsFor | null = null;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#settleMs = parts.settleMs ?? TIMING.settleMs;
  }

  get #begun(): boolean {
    return Number.isFinite(this.#readyMs);
  }

  /** When the next backup starts by itself; null while one runs or waits, or where only a person starts them. */
  get nextRunMs(): number | null {
    return this.#nextRunMs;
  }

  /** What a backup that is due, or one that the schedule started, waits for. */
  get waitsFor(): WaitsFor | null {
    return this.#waitsFor;
  }

  /** Begins; until then nothing starts by itself. Also called when the computer woke up. */
  settle(): Promise<void> {
    this.#readyMs = this.#parts.clock.now() + this.#settleMs;
    return this.look();
  }

  /** Nothing starts by itself any more. */
  end(): void {
    this.#readyMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer();
  }

  /** Whether what starts by itself may run now. */
  async mayRun(): Promise<boolean> {
    return this.#parts.backups.paused() === null && (await this.#heldBack()) === null;
  }

  /**
   * Looks at what is to be done now: called after everything that may change it (a run's end, a pause, a setting, a
   * destination that came back, mains power). Resolves when it is done; never rejects.
   */
  look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#lookWhileAsked().finally(() => {
      this.#looking = null;
      this.#parts.changed();
    });
    return this.#looking;
  }

  async #lookWhileAsked(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      this.#cancelTimer();
      // What fails now (a disk too full to keep a setting) must not be the last look.
      const nextMs = await this.#look().catch(() => TIMING.heldMs);
      if (!this.#again && nextMs !== null) this.#lookIn(nextMs);
    }
  }

  #lookIn(ms: number): void {
    const { clock } = this.#parts;
    const wait = Math.min(Math.max(ms, 0), TIMING.mostMs);
    const until = clock.now() + wait;
    this.#cancelTimer = clock.after(wait, () => {
      void (clock.now() > until + TIMING.sleptMs ? this.settle() : this.look());
    });
  }

  /** @returns ms until it should look again; null where an event will tell */
  async #look(): Promise<number | null> {
    const { backups, busy, clock } = this.#parts;
    this.#nextRunMs = null;
    // A clock that was set back meanwhile must not put it off by more than it waits anyway.
    if (this.#begun) this.#readyMs = Math.min(this.#readyMs, clock.now() + this.#settleMs);
    if (!this.#begun || this.#parts.config.value.plan === null) return this.#rest();
    if (backups.startedBy() === 'schedule') return await this.#watchRun();
    if (backups.startedBy() === 'person') return this.#rest();
    const at = this.#next();
    const paused = backups.paused();
    if (at === null || paused !== null) {
      const until = paused?.untilMs ?? null;
      this.#nextRunMs = at === null || until === null ? null : Math.max(at, until);
      return this.#rest();
    }
    if (at > clock.now()) {
      this.#nextRunMs = at;
      this.#rest();
      return at - clock.now();
    }
    if (busy()) {
      this.#rest();
      return TIMING.heldMs;
    }
    this.#waitsFor = (await this.#heldBack()) ?? (await this.#unable());
    if (this.#waitsFor !== null) return TIMING.heldMs;
    // What changed while it looked is looked at before anything starts.
    if (this.#again || !this.#begun) return null;
    return backups.startScheduled() ? TIMING.runningMs : TIMING.heldMs;
  }

  #rest(): null {
    this.#waitsFor = null;
    return null;
  }

  /** When the next backup is due: now at the earliest. */
  #next(): number | null {
    const { config, runs, clock } = this.#parts;
    const { plan, when } = config.value;
    if (plan === null) return null;
    const nowMs = clock.now();
    return nextRun({
      schedule: when.schedule,
      quiet: when.conditions.quiet,
      spreadMs: spreadOf(plan.clientId),
      ...historyOf(runs(), nowMs),
      readyMs: this.#readyMs,
      nowMs,
    });
  }

  /** A run of the schedule rests while a condition does not hold. */
  async #watchRun(): Promise<number> {
    const waits = await this.#heldBack();
    this.#waitsFor = waits;
    this.#parts.backups.hold(waits !== null);
    return TIMING.runningMs;
  }

  async #heldBack(): Promise<WaitsFor | null> {
    const { config, destinations, surroundings, clock } = this.#parts;
    const { conditions } = config.value.when;
    const network = destinations.planned().some(({ place }) => place.kind !== 'local');
    const now = await surroundings.read(wantedFor(conditions, network));
    return heldBack(conditions, now, { network, nowMs: clock.now() });
  }

  /** What a backup would only fail at: no place is there, or none opens. */
  async #unable(): Promise<WaitsFor | null> {
    const { destinations, mayWrite, clock } = this.#parts;
    if (!(await mayWrite())) return { reason: 'key', line: 'Waits until you enter your 64-digit key once.' };
    if (Math.abs(clock.now() - this.#lookedMs) >= TIMING.mostMs) {
      this.#lookedMs = clock.now();
      await destinations.look(true);
    }
    const planned = destinations.planned();
    const presence = (wanted: DestinationStatus['presence']): string[] =>
      planned.filter(({ id }) => destinations.status(id).presence === wanted).map(({ name }) => name);
    const signIn = presence('sign-in');
    const away = presence('away');
    if (signIn.length + away.length < planned.length) return null;
    if (signIn.length > 0) {
      return { reason: 'sign-in', line: `Waits until you sign in to ${listWords(signIn, 'or')} again.` };
    }
    return { reason: 'destination', line: `Waits until ${listWords(away, 'or')} can be reached.` };
  }
}
