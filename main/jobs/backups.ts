/** Backups of this computer's plans: start, pause (also over a restart), hold, resume, stop. */
import type { RunRecord } from './activity.ts';
import type { BackupToAll } from './backup-to-all.ts';
import type { ConfigStore } from './config.ts';
import { type BackupPlan, planOf, plansOf } from './plans.ts';
import { isPaused, type PauseChoice, pauseEnd } from './pause.ts';
import type { Clock } from './ports.ts';
import type { Job, JobRunner } from './runner.ts';

/** Timers stand still while the computer sleeps, and clocks are set: the end of a pause is looked for this often. */
const MAX_TIMER_MS = 60_000;
/** What rests with the backups. */
const BESIDE = ['copy', 'retention', 'drill'] as const;

export interface BackupsParts {
  config: ConfigStore;
  runner: JobRunner;
  /** Does the work at every destination of a plan. */
  toAll: Pick<BackupToAll, 'run'>;
  clock: Clock;
  changed: () => void;
}

/** Who started a run: one of a person is held back by nothing. */
export type StartedBy = 'person' | 'schedule';

export class Backups {
  readonly #parts: BackupsParts;
  #cancelTimer: (() => void) | null = null;
  /** The newest run that the schedule started, until a person takes it over. */
  #scheduled: string | null = null;
  /** That run rests because a condition of the schedule does not hold. */
  #held = false;

  constructor(parts: BackupsParts) {
    this.#parts = parts;
    this.#watchPause();
  }

  /** The pause in force, null when there is none. */
  paused(): { untilMs: number | null } | null {
    const paused = this.#parts.config.value.paused;
    return isPaused(paused, this.#parts.clock.now()) ? paused : null;
  }

  /**
   * Starts the backup of one plan, or of all, one after the other; where one is running or waits already, its id is
   * given. Starting by hand ends a pause.
   * @returns of several the first
   * @throws HoldfastError `bad-input` before set-up or for an unknown plan, `busy`
   */
  async start(planId?: string): Promise<{ runId: string; finished: Promise<RunRecord> | null }> {
    const { config, runner } = this.#parts;
    const first = planOf(config.value, planId);
    const plans = planId === undefined ? plansOf(config.value) : [first];
    if (this.paused() !== null || this.startedBy() === 'schedule') await this.resume();
    const [started] = plans.map((plan) => {
      const running = runner.backupOf(plan.id);
      return running === null ? runner.start(this.#job(plan)) : { runId: running, finished: null };
    });
    if (started === undefined) throw new Error('there is a plan');
    return started;
  }

  /**
   * Starts a backup that nobody asked for now: where anything runs, or backups are paused, it does not.
   * @param planId the first plan's where it is not given
   * @returns true where it was started
   */
  startScheduled(planId?: string): boolean {
    const { config, runner } = this.#parts;
    if (config.value.plan === null || this.paused() !== null || runner.active().length > 0 || runner.reserved)
      return false;
    this.#held = false;
    this.#scheduled = runner.start(this.#job(planOf(config.value, planId))).runId;
    return true;
  }

  /** Whose run is going on, or resting; null where none is. */
  startedBy(): StartedBy | null {
    const running = this.#parts.runner.activeId('backup');
    if (running === null) return null;
    return running === this.#scheduled ? 'schedule' : 'person';
  }

  /** Id of the plan whose run is going on, or resting; null where none is. */
  runningPlan(): string | null {
    return this.#parts.runner.activePlan();
  }

  /** Lets a run of the schedule rest within a second, or go on. No effect on a person's. */
  hold(held: boolean): void {
    if (this.startedBy() !== 'schedule' || held === this.#held) return;
    this.#held = held;
    if (this.paused() !== null) return;
    if (held) this.#parts.runner.pause('backup', null);
    else this.#parts.runner.resume('backup');
  }

  /** True while a run of the schedule rests because of `hold`. */
  get held(): boolean {
    return this.#held && this.startedBy() === 'schedule';
  }

  /** Pauses the running backup within a second and keeps new ones from starting; survives a restart. */
  async pause(choice: PauseChoice): Promise<void> {
    const untilMs = pauseEnd(choice, this.#parts.clock.now());
    this.#parts.runner.pause('backup', untilMs);
    for (const kind of BESIDE) this.#parts.runner.pause(kind, untilMs);
    await this.#parts.config.update({ paused: { untilMs } });
    this.#watchPause();
    this.#parts.changed();
  }

  /** Ends a pause. A run of the schedule goes on as one that was asked for: whatever held it back no longer does. */
  async resume(): Promise<void> {
    this.#scheduled = null;
    this.#held = false;
    await this.#endPause();
  }

  async #endPause(): Promise<void> {
    if (this.held) this.#parts.runner.pause('backup', null);
    else this.#parts.runner.resume('backup');
    for (const kind of BESIDE) this.#parts.runner.resume(kind);
    if (this.#parts.config.value.paused !== null) await this.#parts.config.update({ paused: null });
    this.#watchPause();
    this.#parts.changed();
  }

  /** Stops the running backup; what was stored stays. A pause is over then too: there is nothing left to pause. */
  async cancel(): Promise<void> {
    await Promise.all([this.#parts.runner.stop('backup'), this.#parts.runner.stop('copy')]);
  }

  /** Wakes up when the pause ends. */
  #watchPause(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const paused = this.#parts.config.value.paused;
    if (paused === null || paused.untilMs === null) return;
    const left = paused.untilMs - this.#parts.clock.now();
    this.#cancelTimer = this.#parts.clock.after(Math.min(Math.max(left, 0), MAX_TIMER_MS), () => {
      if (this.paused() === null) void this.#endPause().catch(() => this.#parts.changed());
      else this.#watchPause();
    });
  }

  #job(plan: BackupPlan): Job {
    const { id, name, destinations } = plan;
    const { config, toAll } = this.#parts;
    return {
      kind: 'backup',
      plan: { id, name },
      destination: destinations.map((one) => one.name).join(', '),
      execute: async (context) => {
        // As it is when its turn has come.
        const now = planOf(config.value, id);
        return await toAll.run(plansOf(config.value).length > 1 ? { ...now, tags: [now.name] } : now, context);
      },
    };
  }
}
