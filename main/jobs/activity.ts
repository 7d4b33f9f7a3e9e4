/**
 * The log of runs: one JSON file for each, so that a damaged file costs one entry and never the log. Bounded: the oldest
 * are removed. A run whose file says `running` when the app starts was interrupted.
 */
import { mkdir, readdir, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from './atomic-file.ts';
import { StoredError, StoredSaid, StoredText } from './error-schema.ts';

const MAX_RUNS = 400;
/** Items kept of one run; the count is always whole. */
export const MAX_SKIPPED_KEPT = 5_000;
export const MAX_MESSAGES_KEPT = 1_000;

const Phase = z.enum(['scan', 'compare', 'upload', 'finish', 'copy', 'verify', 'restore']);
const SkippedItem = z.object({
  path: z.string(),
  reason: z.enum([
    'denied',
    'vanished',
    'changed',
    'in-use',
    'away',
    'io-error',
    'attributes',
    'unsupported',
    'destination-inside',
    'other',
  ]),
  message: z.string(),
  guidance: z.string(),
  /** What the sentences are said from in other languages, as in an error. */
  said: StoredSaid.optional(),
});

const RunRecord = z.object({
  version: z.literal(1),
  id: z.string(),
  kind: z.enum(['backup', 'restore', 'verify', 'copy', 'retention', 'drill']),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
  result: z.enum(['running', 'done', 'done-with-skips', 'failed', 'stopped', 'interrupted']),
  files: z.number(),
  bytes: z.number(),
  newFiles: z.number(),
  changedFiles: z.number(),
  unchangedFiles: z.number(),
  removedFiles: z.number(),
  storedBytes: z.number(),
  skippedCount: z.number(),
  snapshotId: z.string().nullable(),
  /** Where to, as shown to the user. */
  destination: z.string(),
  /** Of a backup: whose; missing in runs of before there were several plans, which are the first plan's. */
  plan: z.object({ id: z.string(), name: z.string() }).optional(),
  error: StoredError.nullable(),
  /** How it ended at each destination of a backup; missing in runs of before there were several. */
  destinations: z
    .array(
      z.object({
        id: z.string(),
        name: z.string(),
        complete: z.boolean(),
        storedBytes: z.number(),
        error: StoredError.nullable(),
      }),
    )
    .optional(),
  /** Requests and bytes between here and the servers, by destination's name. */
  traffic: z
    .array(
      z.object({
        destination: z.string(),
        requests: z.record(z.string(), z.number()),
        sentBytes: z.number(),
        receivedBytes: z.number(),
        units: z.number(),
      }),
    )
    .optional(),
  phases: z.array(z.object({ phase: Phase, ms: z.number(), files: z.number(), bytes: z.number() })),
  skipped: z.array(SkippedItem),
  messages: z.array(
    z.object({
      at: z.number(),
      level: z.enum(['info', 'warning', 'error']),
      text: z.string(),
      said: StoredText.optional(),
    }),
  ),
});
export type RunRecord = z.infer<typeof RunRecord>;
export type RunResult = RunRecord['result'];

/** A record of a run that starts now. */
export function newRunRecord(
  id: string,
  kind: RunRecord['kind'],
  startedAt: number,
  destination: string,
  plan?: RunRecord['plan'],
): RunRecord {
  return {
    version: 1,
    id,
    kind,
    startedAt,
    endedAt: null,
    result: 'running',
    files: 0,
    bytes: 0,
    newFiles: 0,
    changedFiles: 0,
    unchangedFiles: 0,
    removedFiles: 0,
    storedBytes: 0,
    skippedCount: 0,
    snapshotId: null,
    destination,
    ...(plan === undefined ? {} : { plan }),
    error: null,
    phases: [],
    skipped: [],
    messages: [],
  };
}

export class ActivityLog {
  readonly #folder: string;
  /** In the order in which they were saved, which tells their age also where the clock was set back. */
  readonly #runs = new Map<string, RunRecord>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Reads the log in `folder`, which is made if missing. Files that cannot be understood are left alone and not
   * shown. Runs that were going on when the app last ended become `interrupted`, with `nowMs` as their end.
   */
  static async open(folder: string, nowMs: number): Promise<ActivityLog> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const log = new ActivityLog(folder);
    const found: RunRecord[] = [];
    for (const name of await readdir(folder)) {
      if (!/^[a-z0-9-]+\.json$/.test(name)) continue;
      const record = await readRecord(path.join(folder, name));
      if (record !== null && `${record.id}.json` === name) found.push(record);
    }
    for (const record of found.sort(byAge).reverse()) log.#runs.set(record.id, record);
    for (const record of log.#runs.values()) {
      if (record.result === 'running') await log.save({ ...record, result: 'interrupted', endedAt: nowMs });
    }
    await log.#trim();
    return log;
  }

  /** Newest first. */
  list(): RunRecord[] {
    return [...this.#runs.values()].sort(byAge);
  }

  get(id: string): RunRecord | undefined {
    return this.#runs.get(id);
  }

  /** Newest run of `kind` that satisfies `test`. */
  newest(kind: RunRecord['kind'], test: (run: RunRecord) => boolean = () => true): RunRecord | undefined {
    return this.list().find((run) => run.kind === kind && test(run));
  }

  /** Stores a record: at once in memory, then atomically on disk, one after the other. */
  async save(record: RunRecord): Promise<void> {
    const kept: RunRecord = {
      ...record,
      skipped: record.skipped.slice(0, MAX_SKIPPED_KEPT),
      messages: record.messages.slice(-MAX_MESSAGES_KEPT),
    };
    this.#runs.delete(kept.id);
    this.#runs.set(kept.id, kept);
    const write = this.#writing.then(() =>
      writeFileAtomic(path.join(this.#folder, `${kept.id}.json`), JSON.stringify(kept)),
    );
    this.#writing = write.catch(() => undefined);
    await write;
    await this.#trim();
  }

  /** Of each kind, and each plan's backups, the newest run stays, and the newest that went well: rare runs are not pushed out by frequent ones. */
  async #trim(): Promise<void> {
    const runs = [...this.#runs.values()].reverse();
    const kept = new Set<RunRecord | undefined>();
    const sort = ({ kind, plan }: RunRecord): string => `${kind} ${plan?.id ?? ''}`;
    for (const one of new Set(runs.map(sort))) {
      kept.add(runs.find((run) => sort(run) === one));
      kept.add(runs.find((run) => sort(run) === one && run.result === 'done'));
    }
    for (const old of runs.slice(MAX_RUNS).filter((run) => !kept.has(run))) {
      this.#runs.delete(old.id);
      await unlink(path.join(this.#folder, `${old.id}.json`)).catch(() => undefined);
    }
  }
}

/** Newest first. */
const byAge = (a: RunRecord, b: RunRecord): number => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1);

async function readRecord(file: string): Promise<RunRecord | null> {
  try {
    const parsed = RunRecord.safeParse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
