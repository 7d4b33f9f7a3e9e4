/**
 * Runs jobs one at a time. A restore goes before a running backup, which rests meanwhile; a backup waits for a running
 * restore or check, and for another plan's backup. Each run is in the activity log from its first moment.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { sentence, text, told } from '../text.ts';
import type { EngineEvent, Skipped } from '../engine/api.ts';
import { RunControl } from '../engine/control.ts';
import { type ActivityLog, MAX_MESSAGES_KEPT, MAX_SKIPPED_KEPT, newRunRecord, type RunRecord } from './activity.ts';
import type { Clock } from './ports.ts';
import { ProgressTracker, type RunKind, type RunProgress } from './progress.ts';

/** A pause is shown as asked for until the engine must have come to rest. */
const REST_MS = 1_000;

export interface JobContext {
  runId: string;
  control: RunControl;
  emit(event: EngineEvent): void;
  /** Ids of the run's destinations, in the order in which the engine counts them. */
  destinations(ids: readonly string[]): void;
}

export interface Job {
  kind: RunKind;
  /** Of a backup: whose. */
  plan?: { id: string; name: string };
  /** Where to or from, as shown in the log. */
  destination: string;
  /** Does the work; what it returns is merged into the record. Rejects with `stopped` when it was stopped. */
  execute(context: JobContext): Promise<Partial<RunRecord>>;
}

interface Run {
  job: Job;
  control: RunControl;
  tracker: ProgressTracker;
  record: RunRecord;
  /** The user's pause, as against resting for a restore. */
  paused: { untilMs: number | null } | null;
  /** How the log tells it if it is stopped. */
  stoppedAs: 'stopped' | 'interrupted';
  finished: Promise<RunRecord>;
}

export class JobRunner {
  readonly #activity: ActivityLog;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #ended: (record: RunRecord) => void;
  readonly #fault: (error: HoldfastError) => void;
  /** Bottom to top: a backup that rests, and the run in front of it. At most two. */
  #active: Run[] = [];
  /** Backups that wait for the run that is going on, in their order; of each plan one at most. */
  #waiting: { job: Job; runId: string; begin: () => void }[] = [];
  /** Settles when what keeps runs from starting is over; null while nothing does. */
  #reserved: Promise<void> | null = null;
  #last: ProgressTracker | null = null;

  /**
   * `changed` is called after every change that `progress()` would show; the caller limits how often it looks. `ended`
   * is called when a run has ended and is in the log, `fault` when it failed by a fault of the program itself.
   */
  constructor(
    activity: ActivityLog,
    clock: Clock,
    listeners: {
      changed: () => void;
      ended?: (record: RunRecord) => void;
      fault?: (error: HoldfastError) => void;
    },
  ) {
    this.#activity = activity;
    this.#clock = clock;
    this.#changed = listeners.changed;
    this.#ended = listeners.ended ?? (() => undefined);
    this.#fault = listeners.fault ?? (() => undefined);
  }

  /** The run in front, else the last one as it ended; null before the first. */
  progress(): RunProgress | null {
    const tracker = this.#active.at(-1)?.tracker ?? this.#last;
    return tracker?.snapshot(this.#clock.now()) ?? null;
  }

  /** Kinds of the runs that are going on or resting. */
  active(): RunKind[] {
    return this.#active.map((run) => run.job.kind);
  }

  /** Id of the active run of `kind`. */
  activeId(kind: RunKind): string | null {
    return this.#find(kind)?.record.id ?? null;
  }

  /** Id of the backup of a plan that is going on, resting or waiting; null where there is none. */
  backupOf(plan: string): string | null {
    const active = this.#active.find(({ job }) => job.kind === 'backup' && job.plan?.id === plan);
    return active?.record.id ?? this.#waiting.find(({ job }) => job.plan?.id === plan)?.runId ?? null;
  }

  /** The plan of the backup that is going on or resting. */
  activePlan(): string | null {
    return this.#find('backup')?.job.plan?.id ?? null;
  }

  /** True while something that is no run keeps every run from starting. */
  get reserved(): boolean {
    return this.#reserved !== null;
  }

  /**
   * Keeps runs from starting, for work that changes the keys they would begin with.
   * @returns what ends that; harmless to call twice
   * @throws HoldfastError `busy` where something runs or waits
   */
  reserve(): () => void {
    if (this.#active.length > 0 || this.#waiting.length > 0) throw runsNow();
    if (this.#reserved !== null) throw keysChange();
    let end = (): void => undefined;
    const over = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#reserved = over;
    return () => {
      if (this.#reserved === over) this.#reserved = null;
      end();
    };
  }

  /**
   * Starts a job, or queues a backup behind the run that is going on.
   * @returns the run's id at once, and its record when it has ended (it never rejects).
   * @throws HoldfastError `busy` where it neither may go in front nor wait
   */
  start(job: Job): { runId: string; finished: Promise<RunRecord> } {
    if (this.#reserved !== null) throw keysChange();
    const runId = newRunId(this.#clock.now());
    const front = this.#active.at(-1);
    if (front === undefined || (job.kind === 'restore' && front.job.kind === 'backup')) {
      front?.control.pause();
      front?.tracker.pause(this.#clock.now(), null);
      return { runId, finished: this.#begin(runId, job).finished };
    }
    if (job.kind !== 'backup' || this.#isQueued(job)) throw busy(front);
    const finished = new Promise<RunRecord>((resolve) => {
      this.#waiting.push({ job, runId, begin: () => void this.#begin(runId, job).finished.then(resolve) });
    });
    return { runId, finished };
  }

  /** Bytes of the run of `kind` stop within a second. No effect where none is active. */
  pause(kind: RunKind, untilMs: number | null): void {
    const run = this.#find(kind);
    if (run === undefined || run.control.state === 'stopped') return;
    run.paused = { untilMs };
    run.control.pause();
    run.tracker.pause(this.#clock.now(), untilMs);
    this.#clock.after(REST_MS, () => {
      run.tracker.rest();
      this.#changed();
    });
    this.#changed();
  }

  resume(kind: RunKind): void {
    const run = this.#find(kind);
    if (run === undefined) return;
    run.paused = null;
    if (run === this.#active.at(-1)) this.#wake(run);
    this.#changed();
  }

  /** Stops the run of `kind`; resolves when it has ended. */
  async stop(kind: RunKind): Promise<void> {
    if (kind === 'backup') this.#waiting = [];
    const run = this.#find(kind);
    if (run === undefined) return;
    run.control.stop();
    run.tracker.stopping(this.#clock.now());
    this.#changed();
    await run.finished;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.active().map((kind) => this.stop(kind)));
  }

  /**
   * The same because the program ends: in the log they were interrupted, and a backup goes on at the next start. A change
   * of keys is let come to its end: it could be finished later, but by hand.
   */
  async interruptAll(): Promise<void> {
    for (const run of this.#active) run.stoppedAs = 'interrupted';
    this.#waiting = [];
    await this.stopAll();
    await this.#reserved;
  }

  /** True where a backup of the same plan is going on or waits. */
  #isQueued({ plan }: Job): boolean {
    const same = (other: Job): boolean => other.kind === 'backup' && other.plan?.id === plan?.id;
    return this.#active.some(({ job }) => same(job)) || this.#waiting.some(({ job }) => same(job));
  }

  #find(kind: RunKind): Run | undefined {
    return this.#active.find((run) => run.job.kind === kind);
  }

  #begin(runId: string, job: Job): Run {
    const startedAt = this.#clock.now();
    const control = new RunControl();
    const tracker = new ProgressTracker(runId, job.kind, startedAt);
    const record = newRunRecord(runId, job.kind, startedAt, job.destination, job.plan);
    const finished = Promise.resolve(record);
    const run: Run = { job, control, tracker, record, paused: null, stoppedAs: 'stopped', finished };
    this.#active.push(run);
    run.finished = this.#run(run);
    this.#changed();
    return run;
  }

  async #run(run: Run): Promise<RunRecord> {
    const skipped: Skipped[] = [];
    let end: Partial<RunRecord>;
    try {
      await this.#save(run.record);
      const outcome = await run.job.execute({
        runId: run.record.id,
        control: run.control,
        emit: (event) => this.#event(run, event, skipped),
        destinations: (ids) => run.tracker.setDestinations(ids),
      });
      const count = outcome.skippedCount ?? skipped.length;
      end = { skipped, skippedCount: count, result: count > 0 ? 'done-with-skips' : 'done', ...outcome };
      run.tracker.end('done', this.#clock.now());
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code === 'internal') this.#fault(error);
      const state = error.code === 'stopped' ? 'stopped' : 'failed';
      const info = error.toInfo();
      const result = state === 'stopped' ? run.stoppedAs : state;
      end = { skipped, skippedCount: skipped.length, result, error: state === 'stopped' ? null : info };
      run.tracker.end(state, this.#clock.now(), state === 'stopped' ? null : info);
    }
    run.record = { ...run.record, ...end, endedAt: this.#clock.now() };
    this.#last = run.tracker;
    this.#active = this.#active.filter((other) => other !== run);
    await this.#save(run.record);
    this.#next();
    this.#changed();
    this.#ended(run.record);
    return run.record;
  }

  /** A log that cannot be written must not end a backup: the record stays in memory, the next run tries again. */
  async #save(record: RunRecord): Promise<void> {
    try {
      await this.#activity.save(record);
    } catch (error) {
      record.messages.push({
        at: this.#clock.now(),
        level: 'warning',
        ...told(text`This entry could not be saved: ${error instanceof Error ? error.message : String(error)}`),
      });
    }
  }

  #event(run: Run, event: EngineEvent, skipped: Skipped[]): void {
    const now = this.#clock.now();
    run.tracker.event(event, now);
    if (event.type === 'skipped' && skipped.length < MAX_SKIPPED_KEPT) skipped.push(event.item);
    if (event.type === 'message' && run.record.messages.length < MAX_MESSAGES_KEPT) {
      const { level, text: words, said } = event;
      run.record.messages.push({ at: now, level, text: words, ...(said === undefined ? {} : { said }) });
    }
    this.#changed();
  }

  /** After a run has ended: what rested goes on, else what waited begins. */
  #next(): void {
    const front = this.#active.at(-1);
    if (front !== undefined) {
      if (front.paused === null) this.#wake(front);
      return;
    }
    this.#waiting.shift()?.begin();
  }

  #wake(run: Run): void {
    run.control.resume();
    run.tracker.resume(this.#clock.now());
  }
}

/** Sorts by time as text: base-36 ms and 40 random bits. */
function newRunId(nowMs: number): string {
  return `${nowMs.toString(36)}-${randomBytes(5).toString('hex')}`;
}

const runsNow = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Something is running with the keys of now.',
    'Wait until it has finished, or stop it, then try again. Nothing was changed.',
    { severity: 'notice' },
  );

const keysChange = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'The keys of this backup are being changed.',
    'Wait a moment, then try again. Nothing was started.',
    { severity: 'notice' },
  );

function busy(front: Run): HoldfastError {
  const doing = {
    backup: sentence('A backup is running.'),
    restore: sentence('A restore is running.'),
    verify: sentence('A check of the backup is running.'),
    copy: sentence('A copy to another destination is running.'),
    retention: sentence('A clean-up of old backups is running.'),
    drill: sentence('A proof that a restore works is running.'),
  }[front.job.kind];
  return new HoldfastError(
    'busy',
    doing,
    'Wait until it has finished, or stop it, then try again. Nothing was changed.',
    { severity: 'notice' },
  );
}
