/** Backups of this computer's plan: start, pause (also over a restart), resume, stop. */
import type { RunRecord } from './activity.ts';
import type { BackupToAll } from './backup-to-all.ts';
import type { ConfigStore, Plan } from './config.ts';
import { notSetUp } from './not-set-up.ts';
import { isPaused, type PauseChoice, pauseEnd } from './pause.ts';
import type { Clock } from './ports.ts';
import type { Job, JobRunner } from './runner.ts';

/** setTimeout cannot wait longer; a later end is looked at again then. */
const MAX_TIMER_MS = 2_000_000_000;

export interface BackupsParts {
  config: ConfigStore;
  runner: JobRunner;
  /** Does the work at every destination of the plan. */
  toAll: Pick<BackupToAll, 'run'>;
  clock: Clock;
  changed: () => void;
}

export class Backups {
  readonly #parts: BackupsParts;
  #cancelTimer: (() => void) | null = null;

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
   * Starts a backup, or gives the id of the one that is running. Starting by hand ends a pause.
   * @throws HoldfastError `bad-input` before set-up, `busy`
   */
  async start(): Promise<{ runId: string; finished: Promise<RunRecord> | null }> {
    const plan = this.#parts.config.value.plan;
    if (plan === null) throw notSetUp();
    if (this.paused() !== null) await this.resume();
    const running = this.#parts.runner.activeId('backup');
    if (running !== null) return { runId: running, finished: null };
    return this.#parts.runner.start(this.#job(plan));
  }

  /** Pauses the running backup within a second and keeps new ones from starting; survives a restart. */
  async pause(choice: PauseChoice): Promise<void> {
    const untilMs = pauseEnd(choice, this.#parts.clock.now());
    this.#parts.runner.pause('backup', untilMs);
    this.#parts.runner.pause('copy', untilMs);
    await this.#parts.config.update({ paused: { untilMs } });
    this.#watchPause();
    this.#parts.changed();
  }

  async resume(): Promise<void> {
    this.#parts.runner.resume('backup');
    this.#parts.runner.resume('copy');
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
      if (this.paused() === null) void this.resume().catch(() => this.#parts.changed());
      else this.#watchPause();
    });
  }

  #job(plan: Plan): Job {
    return {
      kind: 'backup',
      destination: plan.destinations.map(({ name }) => name).join(', '),
      execute: async (context) => await this.#parts.toAll.run(plan, context),
    };
  }
}
