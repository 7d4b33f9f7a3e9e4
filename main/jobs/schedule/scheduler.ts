/**
 * Starts each plan's backups when they are due, one at a time, holds them back while a condition does not hold, and lets a run that it
 * started rest when one no longer does. It keeps no state of its own: what is due follows from the schedule, the log of
 * runs and the time, so that a missed start, a clock that was set and a restart of the app need no special case.
 */
import type { RunRecord } from '../activity.ts';
import type { Backups } from '../backups.ts';
import type { ConfigStore } from '../config.ts';
import type { DestinationStatus } from '../destination-status.ts';
import { type BackupPlan, plansOf } from '../plans.ts';
import type { Clock } from '../ports.ts';
import { heldBack, type WaitsFor, wantedFor } from './conditions.ts';
import { historyOf, runsOfPlan } from './history.ts';
import { nextRun, spreadOf } from './next-run.ts';
import type { Surroundings } from './surroundings.ts';
import { list, text } from '../../text.ts';
import { say } from '../../words/say.ts';

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
  backups: Pick<Backups, 'paused' | 'startedBy' | 'runningPlan' | 'startScheduled' | 'hold'>;
  /** True while anything runs. */
  busy: () => boolean;
  destinations: {
    status(id: string): DestinationStatus;
    look(servers: boolean): Promise<boolean>;
  };
  /** False where this computer lacks what it writes a plan's backups with. Never rejects. */
  mayWrite: (clientId: string) => Promise<boolean>;
  surroundings: Surroundings;
  clock: Clock;
  /** Default: `TIMING.settleMs`. */
  settleMs?: number;
  /** Called when `nextRunMs` or `waitsFor` may have changed. */
  changed: () => void;
}

/** What is known of one plan's next backup. */
export interface NextOfPlan {
  /** When it starts by itself; null while one runs or waits, or where only a person starts them. */
  nextRunMs: number | null;
  /** What one that is due, or that the schedule started, waits for. */
  waitsFor: WaitsFor | null;
}

const NOTHING: NextOfPlan = { nextRunMs: null, waitsFor: null };

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #settleMs: number;
  #readyMs = Number.POSITIVE_INFINITY;
  #cancelTimer: () => void = () => undefined;
  #looking: Promise<void> | null = null;
  #again = false;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** By the plan's id. */
  readonly #next = new Map<string, NextOfPlan>();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#settleMs = parts.settleMs ?? TIMING.settleMs;
  }

  get #begun(): boolean {
    return Number.isFinite(this.#readyMs);
  }

  /** When the next backup of any plan starts by itself. */
  get nextRunMs(): number | null {
    const all = [...this.#next.values()].flatMap(({ nextRunMs }) => nextRunMs ?? []);
    return all.length === 0 ? null : Math.min(...all);
  }

  /** What a backup that is due, or one that the schedule started, waits for: of several that of the first plan. */
  get waitsFor(): WaitsFor | null {
    return [...this.#next.values()].find(({ waitsFor }) => waitsFor !== null)?.waitsFor ?? null;
  }

  of(planId: string): NextOfPlan {
    return this.#next.get(planId) ?? NOTHING;
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

  /** Whether what starts by itself, and is no backup, may run now: as the first plan's backups may. */
  async mayRun(): Promise<boolean> {
    const [first] = this.#plans();
    if (this.#parts.backups.paused() !== null) return false;
    return first === undefined || (await this.#heldBack(first)) === null;
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
    this.#next.clear();
    // A clock that was set back meanwhile must not put it off by more than it waits anyway.
    if (this.#begun) this.#readyMs = Math.min(this.#readyMs, clock.now() + this.#settleMs);
    if (!this.#begun) return null;
    const running = backups.startedBy() === null ? null : backups.runningPlan();
    const paused = backups.paused();
    const due: BackupPlan[] = [];
    for (const plan of this.#plans()) {
      const at = plan.id === running ? null : this.#dueMs(plan);
      if (at === null) continue;
      const later = paused === null ? at : Math.max(at, paused.untilMs ?? Number.POSITIVE_INFINITY);
      if (later > clock.now()) this.#say(plan, { nextRunMs: Number.isFinite(later) ? later : null });
      else due.push(plan);
    }
    const watched = backups.startedBy() === 'schedule' ? await this.#watchRun(running) : null;
    if (watched !== null || backups.startedBy() === 'person' || paused !== null) return watched;
    const nextMs = this.nextRunMs;
    const soonMs = nextMs === null ? null : nextMs - clock.now();
    if (due.length === 0) return soonMs;
    const heldMs = Math.min(TIMING.heldMs, soonMs ?? TIMING.heldMs);
    if (busy()) return heldMs;
    for (const plan of due) {
      const waitsFor = (await this.#heldBack(plan)) ?? (await this.#unable(plan));
      this.#say(plan, { waitsFor });
      if (waitsFor !== null) continue;
      // What changed while it looked is looked at before anything starts.
      if (this.#again || !this.#begun) return null;
      return backups.startScheduled(plan.id) ? TIMING.runningMs : heldMs;
    }
    return heldMs;
  }

  #plans(): BackupPlan[] {
    return plansOf(this.#parts.config.value);
  }

  #say({ id }: BackupPlan, next: Partial<NextOfPlan>): void {
    this.#next.set(id, { ...NOTHING, ...next });
  }

  /** When a plan's next backup is due: now at the earliest. */
  #dueMs({ id, clientId, when }: BackupPlan): number | null {
    const { runs, clock } = this.#parts;
    const nowMs = clock.now();
    return nextRun({
      schedule: when.schedule,
      quiet: when.conditions.quiet,
      spreadMs: spreadOf(clientId),
      ...historyOf(runsOfPlan(runs(), id), nowMs),
      readyMs: this.#readyMs,
      nowMs,
    });
  }

  /** A run of the schedule rests while a condition does not hold. */
  async #watchRun(planId: string | null): Promise<number> {
    const plan = this.#plans().find(({ id }) => id === planId);
    const waits = plan === undefined ? null : await this.#heldBack(plan);
    if (plan !== undefined) this.#say(plan, { waitsFor: waits });
    this.#parts.backups.hold(waits !== null);
    return TIMING.runningMs;
  }

  async #heldBack({ when: { conditions }, destinations }: BackupPlan): Promise<WaitsFor | null> {
    const { surroundings, clock } = this.#parts;
    const network = destinations.some(({ place }) => place.kind !== 'local');
    const now = await surroundings.read(wantedFor(conditions, network));
    return heldBack(conditions, now, { network, nowMs: clock.now() });
  }

  /** What a backup would only fail at: no place is there, or none opens. */
  async #unable({ clientId, destinations: planned }: BackupPlan): Promise<WaitsFor | null> {
    const { destinations, mayWrite, clock } = this.#parts;
    if (!(await mayWrite(clientId)))
      return { reason: 'key', line: say('Waits until you enter your 64-digit key once.') };
    if (Math.abs(clock.now() - this.#lookedMs) >= TIMING.mostMs) {
      this.#lookedMs = clock.now();
      await destinations.look(true);
    }
    const presence = (wanted: DestinationStatus['presence']): string[] =>
      planned.filter(({ id }) => destinations.status(id).presence === wanted).map(({ name }) => name);
    const signIn = presence('sign-in');
    const away = presence('away');
    if (signIn.length + away.length < planned.length) return null;
    if (signIn.length > 0) {
      return { reason: 'sign-in', line: say(text`Waits until you sign in to ${list(signIn, 'or')} again.`) };
    }
    return { reason: 'destination', line: say(text`Waits until ${list(away, 'or')} can be reached.`) };
  }
}
