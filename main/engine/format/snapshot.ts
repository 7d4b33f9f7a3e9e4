/** Snapshots: the one commit point (FORMAT.md, "Snapshots"). */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { ID_BYTES } from './blob.ts';
import { damaged, newerFormat } from './damage.ts';
import { phrase } from '../../text.ts';

export interface SnapshotError {
  /** Raw bytes of the absolute path. */
  path: Uint8Array;
  reason: string;
  message: string;
}

export interface SnapshotStats {
  files: number;
  folders: number;
  others: number;
  bytes: number;
  newFiles: number;
  changedFiles: number;
  unchangedFiles: number;
  removedFiles: number;
  readBytes: number;
  newBytes: number;
  storedBytes: number;
}

export interface Snapshot {
  clientId: Uint8Array;
  /** 1 for a computer's first. */
  sequence: number;
  /** SHA-256 name of the snapshot before, null for the first. */
  previous: Uint8Array | null;
  /** The snapshots that existed when this one was made: sequence and SHA-256 name. */
  live: { sequence: number; hash: Uint8Array }[];
  /** Raw bytes of the absolute source paths. */
  sources: Uint8Array[];
  /** Tree blob of the file system's root. */
  root: Uint8Array;
  startedMs: number;
  endedMs: number;
  stats: SnapshotStats;
  errors: SnapshotError[];
  /** Total number of errors; `errors` holds at most 10,000. */
  errorCount: number;
  partial: boolean;
  excludes: string[];
  computerName: string;
  toolVersion: string;
  /** SHA-256 of the repo.json that the writer saw. */
  repoFile: Uint8Array;
  /** Number of the epoch that the computer joined in: blob-id and chunker come from its root. */
  domainEpoch: number;
  /** Snapshots before this one that were found damaged: SHA-256 names. */
  damaged: Uint8Array[];
  /** Given by who made it, for retention; absent where there are none. */
  tags?: string[] | undefined;
  /** The newest drill that this computer knows of; absent where there was none. */
  drill?: Drill | undefined;
}

/** Files of a snapshot were restored and compared. */
export interface Drill {
  /** ms since the epoch. */
  atMs: number;
  /** SHA-256 name. */
  snapshot: Uint8Array;
  files: number;
  bytes: number;
  /** Of these files, how many did not come back right. */
  failed: number;
}

const SNAPSHOT_VERSION = 1;
export const MAX_SNAPSHOT_ERRORS = 10_000;

const STAT_FIELDS = [
  'files',
  'folders',
  'others',
  'bytes',
  'newFiles',
  'changedFiles',
  'unchangedFiles',
  'removedFiles',
  'readBytes',
  'newBytes',
  'storedBytes',
] as const satisfies readonly (keyof SnapshotStats)[];

export function encodeSnapshot(s: Snapshot): Uint8Array {
  const map = new Map<number, Cbor>([
    [0, SNAPSHOT_VERSION],
    [1, s.clientId],
    [2, s.sequence],
    [3, s.previous],
    [4, s.live.map((item) => [item.sequence, item.hash])],
    [5, s.sources],
    [6, s.root],
    [7, s.startedMs],
    [8, s.endedMs],
    [9, STAT_FIELDS.map((field) => s.stats[field])],
    [10, s.errors.slice(0, MAX_SNAPSHOT_ERRORS).map((e) => [e.path, e.reason, e.message])],
    [11, s.errorCount],
    [12, s.partial],
    [13, s.excludes],
    [14, s.computerName],
    [15, s.toolVersion],
    [16, s.repoFile],
    [17, s.domainEpoch],
    [18, s.damaged],
  ]);
  if (s.tags !== undefined && s.tags.length > 0) map.set(19, s.tags);
  if (s.drill !== undefined) {
    const { atMs, snapshot, files, bytes, failed } = s.drill;
    map.set(20, [atMs, snapshot, files, bytes, failed]);
  }
  return encodeCbor(map);
}

function decodeDrill(r: CborReader, value: Cbor | undefined): Drill {
  const fields = r.array(value, 'drill');
  const count = (at: number): number => r.uint(fields[at], 'drill');
  return {
    atMs: count(0),
    snapshot: r.bytes(fields[1], 'drill', ID_BYTES),
    files: count(2),
    bytes: count(3),
    failed: count(4),
  };
}

export function decodeSnapshot(bytes: Uint8Array, what = phrase('A snapshot')): Snapshot {
  const r = new CborReader(what);
  const m = r.map(decodeCbor(bytes, what), 'snapshot');
  if (r.uint(m.get(0), 'version') !== SNAPSHOT_VERSION) throw newerFormat(what);
  const previous = m.get(3);
  const numbers = r.array(m.get(9), 'stats').map((value) => r.uint(value, 'stats'));
  if (numbers.length < STAT_FIELDS.length) throw damaged(what, 'stats');
  const stats = Object.fromEntries(STAT_FIELDS.map((field, i) => [field, numbers[i] ?? 0])) as unknown as SnapshotStats;
  return {
    clientId: r.bytes(m.get(1), 'client id', 16),
    sequence: r.uint(m.get(2), 'sequence'),
    previous: previous === null ? null : r.bytes(previous, 'previous', ID_BYTES),
    live: r.array(m.get(4), 'live').map((item) => {
      const pair = r.array(item, 'live');
      return { sequence: r.uint(pair[0], 'live'), hash: r.bytes(pair[1], 'live', ID_BYTES) };
    }),
    sources: r.array(m.get(5), 'sources').map((item) => r.bytes(item, 'source')),
    root: r.bytes(m.get(6), 'root', ID_BYTES),
    startedMs: r.uint(m.get(7), 'started'),
    endedMs: r.uint(m.get(8), 'ended'),
    stats,
    errors: r.array(m.get(10), 'errors').map((item) => {
      const e = r.array(item, 'error');
      return { path: r.bytes(e[0], 'error'), reason: r.text(e[1], 'error'), message: r.text(e[2], 'error') };
    }),
    errorCount: r.uint(m.get(11), 'error count'),
    partial: r.bool(m.get(12), 'partial'),
    excludes: r.array(m.get(13), 'excludes').map((item) => r.text(item, 'exclude')),
    computerName: r.text(m.get(14), 'computer'),
    toolVersion: r.text(m.get(15), 'tool'),
    repoFile: r.bytes(m.get(16), 'repo.json', ID_BYTES),
    domainEpoch: r.uint(m.get(17), 'domain epoch'),
    damaged: r.array(m.get(18), 'damaged').map((item) => r.bytes(item, 'damaged', ID_BYTES)),
    ...(m.has(19) ? { tags: r.array(m.get(19), 'tags').map((item) => r.text(item, 'tag')) } : {}),
    ...(m.has(20) ? { drill: decodeDrill(r, m.get(20)) } : {}),
  };
}
