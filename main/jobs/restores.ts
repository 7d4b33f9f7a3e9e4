/** Restores: a plan first (nothing is written), then the run, then its report. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { HoldfastError, toHoldfastError, type ErrorInfo } from '../errors.ts';
import type { ConflictPolicy, RestoreInput, RestoreOutput, RestorePlanOutput, Skipped } from '../engine/api.ts';
import { RunControl } from '../engine/control.ts';
import type { RunRecord } from './activity.ts';
import type { Connection } from './connection.ts';
import { entryName, parseEntryPath } from './entry-path.ts';
import type { Clock, DestinationSpec, Engines, Keys } from './ports.ts';
import { readWithKey } from './reading.ts';
import type { JobContext, JobRunner } from './runner.ts';
import { say } from '../words/say.ts';

/** What the user asked to restore. */
export interface RestoreRequest {
  snapshotId: string;
  /** Empty means everything. */
  entryPaths: string[];
  target: RestoreInput['target'];
  conflict: ConflictPolicy;
}

export interface RestorePlan extends Omit<RestorePlanOutput, 'conflictSamples'> {
  /** In the app's language. */
  conflictSamples: { path: string; outcome: string }[];
  planId: string;
  alreadyThere: number;
  target: string;
  enoughSpace: boolean;
}

export interface RestoreReport {
  runId: string;
  snapshotAt: number;
  target: string;
  toOriginal: boolean;
  requested: number;
  restored: number;
  bytes: number;
  skippedExisting: number;
  keptBoth: number;
  problems: Skipped[];
  durationMs: number;
  state: 'done' | 'stopped' | 'failed';
  error: ErrorInfo | null;
}

interface Planned {
  input: Omit<RestoreInput, 'access'>;
  plan: RestorePlan;
  snapshotAt: number;
}

/** Plans and reports kept; older ones are forgotten. */
const KEPT = 20;
/** Room that must stay free on the target beside the files themselves. */
const SPARE_BYTES = 64 * 1024 * 1024;

export interface RestoresParts {
  connection: Connection;
  runner: JobRunner;
  engines: Engines;
  keys: Keys;
  clock: Clock;
  /** Keeps the session from locking by idleness; returns what gives that back. */
  hold: () => () => void;
}

export class Restores {
  readonly #parts: RestoresParts;
  readonly #plans = new Map<string, Planned>();
  readonly #reports = new Map<string, RestoreReport>();
  /** Where each restore's files went, for showing them. */
  readonly #places = new Map<string, string>();
  #planning: RunControl | null = null;

  constructor(parts: RestoresParts) {
    this.#parts = parts;
  }

  /**
   * Finds out what a restore would do. A new call ends the one before.
   * @throws HoldfastError `locked`, `bad-input`, `snapshot-not-found`, `path-not-found`, `target-*`, `destination-*`
   */
  async plan(request: RestoreRequest): Promise<RestorePlan> {
    for (const entry of request.entryPaths) parseEntryPath(entry);
    if (request.target.kind === 'folder') checkTarget(request.target.path);
    const { connection } = this.#parts;
    this.#planning?.stop();
    const control = new RunControl();
    this.#planning = control;
    const destination = connection.at(request.snapshotId);
    const snapshotAt = await this.#snapshotTime(request.snapshotId, destination);
    const input: Omit<RestoreInput, 'access'> = {
      destination,
      snapshotId: request.snapshotId,
      paths: request.entryPaths,
      target: request.target,
      layout: request.target.kind === 'original' ? 'full' : 'selection',
      conflict: request.conflict,
      dryRun: true,
    };
    const output = await readWithKey(this.#parts, 'restore', (access) => ({ ...input, access }), { control });
    const plan: RestorePlan = {
      files: output.files,
      folders: output.folders,
      others: output.others,
      bytes: output.bytes,
      conflicts: output.conflicts,
      conflictSamples: output.conflictSamples
        .slice(0, 20)
        .map(({ path: at, outcome }) => ({ path: at, outcome: say(outcome) })),
      freeBytes: output.freeBytes,
      planId: randomBytes(12).toString('hex'),
      target: request.target.kind === 'original' ? say('Where the files came from') : request.target.path,
      enoughSpace: output.freeBytes === null || output.bytes + SPARE_BYTES <= output.freeBytes,
      alreadyThere: output.alreadyThere ?? 0,
    };
    remember(this.#plans, plan.planId, { input: { ...input, dryRun: false }, plan, snapshotAt });
    return plan;
  }

  /**
   * Starts a planned restore.
   * @throws HoldfastError `bad-input` for an unknown plan, `locked`, `busy`
   */
  start(planId: string): string {
    const planned = this.#plans.get(planId);
    if (planned === undefined) {
      throw new HoldfastError(
        'bad-input',
        'That restore is no longer prepared.',
        'Go back one step and continue from there. Nothing was changed.',
      );
    }
    // Asked for here, so that a locked session is refused before a run exists.
    this.#parts.keys.readAccess().rootKey.fill(0);
    const startedAt = this.#parts.clock.now();
    const release = this.#parts.hold();
    try {
      const { runId, finished } = this.#parts.runner.start({
        kind: 'restore',
        destination: planned.plan.target,
        execute: async (context) => await this.#execute(planned, context, startedAt),
      });
      remember(this.#places, runId, placeOf(planned.input));
      this.#plans.delete(planId);
      void finished.finally(release);
      return runId;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** @throws HoldfastError `bad-input` if there is none, or the run has not ended */
  report(runId: string): RestoreReport {
    const report = this.#reports.get(runId);
    if (report === undefined) {
      throw new HoldfastError(
        'bad-input',
        'There is no report of that restore yet.',
        'Wait until it has ended. Reports of earlier days are in Activity.',
        { severity: 'notice' },
      );
    }
    return report;
  }

  /** The folder that holds what a restore gave back, or its one file; undefined for an unknown run. */
  placeOf(runId: string): string | undefined {
    return this.#places.get(runId);
  }

  async #execute(planned: Planned, context: JobContext, startedAt: number): Promise<Partial<RunRecord>> {
    const problems: Skipped[] = [];
    let restored = { files: 0, bytes: 0 };
    const finish = (state: RestoreReport['state'], output: RestoreOutput | null, error: ErrorInfo | null): void => {
      remember(this.#reports, context.runId, {
        runId: context.runId,
        snapshotAt: planned.snapshotAt,
        target: planned.plan.target,
        toOriginal: planned.input.target.kind === 'original',
        requested: output?.files ?? planned.plan.files,
        restored: output?.restoredFiles ?? restored.files,
        bytes: output?.restoredBytes ?? restored.bytes,
        skippedExisting: output?.skippedExisting ?? 0,
        keptBoth: output?.keptBoth ?? 0,
        problems: output?.problems ?? problems,
        durationMs: this.#parts.clock.now() - startedAt,
        state,
        error,
      });
    };
    try {
      const output = await readWithKey(this.#parts, 'restore', (access) => ({ ...planned.input, access }), {
        control: context.control,
        onEvent: (event) => {
          if (event.type === 'skipped') problems.push(event.item);
          if (event.type === 'progress' && event.phase === 'restore') {
            restored = { files: event.files, bytes: event.bytes };
          }
          context.emit(event);
        },
      });
      finish('done', output, null);
      return {
        files: output.restoredFiles,
        bytes: output.restoredBytes,
        skipped: output.problems,
        skippedCount: output.problems.length,
      };
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      finish(error.code === 'stopped' ? 'stopped' : 'failed', null, error.code === 'stopped' ? null : error.toInfo());
      throw error;
    }
  }

  async #snapshotTime(snapshotId: string, destination: DestinationSpec): Promise<number> {
    const snapshots = await readWithKey(this.#parts, 'snapshots', (access) => ({ destination, access }));
    const snapshot = snapshots.find((candidate) => candidate.id === snapshotId);
    if (snapshot === undefined) {
      throw new HoldfastError(
        'snapshot-not-found',
        'That snapshot is not in the backup.',
        'Choose another from the list. Nothing was changed.',
      );
    }
    return snapshot.startedMs;
  }
}

/** The chosen folder, or of the original places what they have in common: an entry itself, or the folders above several. */
function placeOf({ target, paths }: Pick<RestoreInput, 'target' | 'paths'>): string {
  if (target.kind === 'folder') return target.path;
  const [first = [], ...others] = paths.map(parseEntryPath);
  let common = first.length;
  for (const ids of others) {
    const apart = first.findIndex((id, at) => id !== ids[at]);
    if (apart >= 0) common = Math.min(common, apart);
  }
  const names = first.slice(0, common).map(entryName);
  return process.platform === 'win32' ? path.join(...names, path.sep) : path.join(path.sep, ...names);
}

function checkTarget(target: string): void {
  if (path.isAbsolute(target)) return;
  throw new HoldfastError('bad-input', 'That is not a full path.', 'Choose the folder again. Nothing was changed.');
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= KEPT) break;
    map.delete(oldest);
  }
}
