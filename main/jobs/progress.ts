/**
 * What a run shows of itself: its phases with their own numbers, throughput, remaining time. Fed with engine events and
 * with the moments at which they came; holds no timer.
 */
import type { ErrorInfo } from '../errors.ts';
import type { EngineEvent, EnginePhase, ProgressEvent } from '../engine/api.ts';
import { RateMeter } from './rate.ts';

export type RunKind = 'backup' | 'restore' | 'verify' | 'copy' | 'retention' | 'drill';
export type RunState = 'running' | 'pausing' | 'paused' | 'stopping' | 'done' | 'failed' | 'stopped';

export interface PhaseProgress {
  phase: EnginePhase;
  state: 'waiting' | 'running' | 'done';
  files: number;
  bytes: number;
  totalFiles: number | null;
  totalBytes: number | null;
}

export interface RunProgress {
  runId: string;
  kind: RunKind;
  state: RunState;
  phase: EnginePhase;
  phases: PhaseProgress[];
  currentPath: string | null;
  startedAt: number;
  /** Ms since the start, pauses not counted. */
  elapsedMs: number;
  rate: number | null;
  rateHistory: number[];
  etaMs: number | null;
  /** What goes on at each destination of a backup. */
  destinations: DestinationProgress[];
  newBytes: number;
  storedBytes: number;
  skipped: number;
  pausedUntil: number | null;
  error: ErrorInfo | null;
}

export interface DestinationProgress {
  id: string;
  storedBytes: number;
  queuedBytes: number;
  state: 'running' | 'done' | 'behind';
}

/** Order in which phases are shown; a run shows those of its kind and any other that its engine reports. */
const ORDER: readonly EnginePhase[] = ['scan', 'compare', 'upload', 'restore', 'finish', 'verify', 'copy'];
const PHASES: Record<RunKind, readonly EnginePhase[]> = {
  backup: ['scan', 'compare', 'upload', 'finish', 'verify'],
  restore: ['scan', 'restore'],
  verify: ['verify'],
  copy: ['copy'],
  retention: ['verify'],
  drill: ['scan', 'restore'],
};

/** Phases whose bytes are the run's work, so that rate and remaining time are told. */
const WORK: ReadonlySet<EnginePhase> = new Set(['upload', 'restore', 'verify', 'copy']);

export class ProgressTracker {
  readonly runId: string;
  readonly kind: RunKind;
  readonly #startedAt: number;
  readonly #phases: PhaseProgress[];
  readonly #meter = new RateMeter();
  #phase: EnginePhase;
  #state: RunState = 'running';
  #counters = { newBytes: 0, storedBytes: 0, skipped: 0 };
  #currentPath: string | null = null;
  #destinationIds: readonly string[] = [];
  #destinations: DestinationProgress[] = [];
  #pausedUntil: number | null = null;
  #pausedSince: number | null = null;
  #pausedMs = 0;
  #endedAt: number | null = null;
  #error: ErrorInfo | null = null;

  constructor(runId: string, kind: RunKind, startedAt: number) {
    this.runId = runId;
    this.kind = kind;
    this.#startedAt = startedAt;
    this.#phases = PHASES[kind].map((phase) => emptyPhase(phase));
    this.#phase = PHASES[kind][0] ?? 'scan';
    this.#enter(this.#phase);
  }

  get state(): RunState {
    return this.#state;
  }

  /** The destinations of the run, in the order in which the engine counts them. */
  setDestinations(ids: readonly string[]): void {
    this.#destinationIds = ids;
    this.#destinations = ids.map((id) => ({ id, storedBytes: 0, queuedBytes: 0, state: 'running' }));
  }

  /** Takes in an engine event that came at `nowMs`. */
  event(event: EngineEvent, nowMs: number): void {
    if (event.type === 'phase') this.#enter(event.phase);
    else if (event.type === 'skipped') this.#counters.skipped++;
    else if (event.type === 'progress') this.#progress(event, nowMs);
  }

  /** Pausing was asked for; `untilMs` null means until resumed. */
  pause(nowMs: number, untilMs: number | null): void {
    if (this.#state === 'running') {
      this.#state = 'pausing';
      this.#pausedSince = nowMs;
    }
    this.#pausedUntil = untilMs;
  }

  /** The engine has come to rest. */
  rest(): void {
    if (this.#state === 'pausing') this.#state = 'paused';
  }

  resume(nowMs: number): void {
    if (this.#state !== 'pausing' && this.#state !== 'paused') return;
    this.#endPause(nowMs);
    this.#state = 'running';
    this.#meter.restart();
  }

  stopping(nowMs: number): void {
    this.#endPause(nowMs);
    this.#state = 'stopping';
  }

  /** The run has ended. */
  end(state: 'done' | 'failed' | 'stopped', nowMs: number, error: ErrorInfo | null = null): void {
    this.#endPause(nowMs);
    this.#state = state;
    this.#endedAt = nowMs;
    this.#error = error;
    this.#currentPath = null;
    if (state === 'done') for (const phase of this.#phases) phase.state = 'done';
  }

  /** The numbers as they stand at `nowMs`. */
  snapshot(nowMs: number): RunProgress {
    const moving = this.#state === 'running' && WORK.has(this.#phase);
    const now = this.#phases.find((phase) => phase.phase === this.#phase);
    const left = now?.totalBytes == null ? null : Math.max(0, now.totalBytes - now.bytes);
    const paused = this.#pausedMs + (this.#pausedSince === null ? 0 : nowMs - this.#pausedSince);
    return {
      runId: this.runId,
      kind: this.kind,
      state: this.#state,
      phase: this.#phase,
      phases: this.#phases.map((phase) => ({ ...phase })),
      currentPath: this.#currentPath,
      startedAt: this.#startedAt,
      elapsedMs: Math.max(0, (this.#endedAt ?? nowMs) - this.#startedAt - paused),
      rate: moving ? this.#meter.rate() : null,
      rateHistory: this.#meter.history(),
      etaMs: moving && left !== null ? this.#meter.etaMs(left) : null,
      destinations: this.#destinations.map((one) => ({ ...one })),
      ...this.#counters,
      pausedUntil: this.#pausedUntil,
      error: this.#error,
    };
  }

  #progress(event: ProgressEvent, nowMs: number): void {
    const entry = this.#enter(event.phase);
    entry.files = event.files;
    entry.bytes = event.bytes;
    entry.totalFiles = event.totalFiles;
    entry.totalBytes = event.totalBytes;
    this.#counters = {
      newBytes: event.newBytes,
      storedBytes: event.storedBytes,
      skipped: Math.max(this.#counters.skipped, event.skipped),
    };
    this.#currentPath = event.currentPath;
    if (event.destinations !== undefined) {
      this.#destinations = event.destinations.flatMap((one, i) => {
        const id = this.#destinationIds[i];
        return id === undefined ? [] : [{ id, ...one }];
      });
    }
    if (WORK.has(event.phase) && this.#state === 'running') this.#meter.add(nowMs, event.bytes);
  }

  /** Makes `phase` the running one; those before it are done. */
  #enter(phase: EnginePhase): PhaseProgress {
    let entry = this.#phases.find((candidate) => candidate.phase === phase);
    if (entry === undefined) {
      entry = emptyPhase(phase);
      this.#phases.push(entry);
      this.#phases.sort((a, b) => ORDER.indexOf(a.phase) - ORDER.indexOf(b.phase));
    }
    if (this.#phase !== phase && WORK.has(phase)) this.#meter.restart();
    this.#phase = phase;
    const at = this.#phases.indexOf(entry);
    for (const [i, other] of this.#phases.entries()) if (i < at) other.state = 'done';
    entry.state = 'running';
    return entry;
  }

  #endPause(nowMs: number): void {
    if (this.#pausedSince !== null) this.#pausedMs += nowMs - this.#pausedSince;
    this.#pausedSince = null;
    this.#pausedUntil = null;
  }
}

function emptyPhase(phase: EnginePhase): PhaseProgress {
  return { phase, state: 'waiting', files: 0, bytes: 0, totalFiles: null, totalBytes: null };
}
