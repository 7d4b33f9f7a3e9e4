/**
 * Requests, bytes and quota units of past runs: what providers bill. Kept by the command line as one JSON object a line;
 * the app keeps them with its runs. No name and no secret is in it.
 */
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { TrafficCount } from '../destinations/traffic.ts';
import { appFolders } from '../jobs/folders.ts';

const Line = z.object({
  /** ms since the epoch. */
  at: z.number(),
  verb: z.string(),
  destination: z.string(),
  /** Bytes that the run was about: backed up, restored or checked. */
  bytes: z.number(),
  requests: z.record(z.string(), z.number()),
  sentBytes: z.number(),
  receivedBytes: z.number(),
  units: z.number(),
});
export type RequestLine = z.infer<typeof Line>;

const MAX_BYTES = 1_000_000;

const fileOf = (): string => join(appFolders().root, 'requests.jsonl');

/** Notes a run. What can't be written is not noted: it must not fail a backup. */
export async function noteRequests(
  verb: string,
  bytes: number,
  counts: readonly { destination: string; count: TrafficCount }[],
): Promise<void> {
  if (counts.length === 0) return;
  const lines = counts.map(({ destination, count }) =>
    JSON.stringify({ at: Date.now(), verb, destination, bytes, ...count }),
  );
  try {
    await mkdir(dirname(fileOf()), { recursive: true, mode: 0o700 });
    await shorten();
    await appendFile(fileOf(), `${lines.join('\n')}\n`, { mode: 0o600 });
  } catch {
    // A disk that is full or read-only.
  }
}

/** Keeps the newer half of a log that has grown. */
async function shorten(): Promise<void> {
  const found = await stat(fileOf()).catch(() => null);
  if (found === null || found.size < MAX_BYTES) return;
  const lines = (await readFile(fileOf(), 'utf8')).trimEnd().split('\n');
  await writeFile(fileOf(), `${lines.slice(lines.length >> 1).join('\n')}\n`, { mode: 0o600 });
}

/** Runs of the command line and of the app, oldest first. */
export async function readRequests(): Promise<RequestLine[]> {
  const own = (await readFile(fileOf(), 'utf8').catch(() => '')).split('\n').flatMap((line) => parse(line, Line));
  return [...own, ...(await appRuns())].sort((a, b) => a.at - b.at);
}

const AppRun = z.object({
  kind: z.string(),
  startedAt: z.number(),
  bytes: z.number(),
  traffic: z.array(Line.omit({ at: true, verb: true, bytes: true })).optional(),
});

async function appRuns(): Promise<RequestLine[]> {
  const folder = appFolders().activity;
  const found: RequestLine[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.json')) continue;
    for (const run of parse(await readFile(join(folder, name), 'utf8').catch(() => ''), AppRun)) {
      for (const one of run.traffic ?? []) found.push({ at: run.startedAt, verb: run.kind, bytes: run.bytes, ...one });
    }
  }
  return found;
}

function parse<T>(text: string, schema: z.ZodType<T>): T[] {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return []; // an empty line, or one that a crash cut short
  }
}
