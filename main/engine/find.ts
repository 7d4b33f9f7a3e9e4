/** Search by name over all snapshots. */
import { createHash } from 'node:crypto';
import type { Access, EntryKind, FindInput, FindOutput, FoundEntry } from './api.ts';
import { KINDS } from './entry-facts.ts';
import { display } from './format/byte-path.ts';
import { decodeCapability } from './format/capability.ts';
import { NodeType } from './format/tree.ts';
import { entryPath } from './repository/entry-path.ts';
import { explainMissing } from './repository/open-trees.ts';
import { pathNotFound } from './repository/entry-path.ts';
import { noSuchSnapshot } from './repository/snapshot-finder.ts';
import { IndexSet, type DomainIndex } from './find-indexes.ts';
import type { PathIndex } from './search/path-index.ts';
import { Current } from './search/current.ts';
import { Presence } from './search/presence.ts';
import { fold } from './search/fold.ts';
import { FoldedNames, search, type Filters, type Hits } from './search/search.ts';
import { unattended } from './verb-context.ts';

const LIMIT = 100;

/** The indexes that were searched last: they live in this thread's memory and end with it when the app is locked. */
let kept: { key: string; set: IndexSet } | null = null;

/**
 * What is not indexed yet is read first: the trees that changed since the snapshot before it. Errors: snapshot-not-found
 * (no such computer), those of opening.
 */
export async function find(input: FindInput, context = unattended): Promise<FindOutput> {
  try {
    const set = indexSet(input);
    if (input.look !== false || set.domains === null) await set.look(input, context);
    return answer(set.domains ?? [], input);
  } catch (error) {
    closeFind();
    throw await explainMissing(input.destination, error, context);
  }
}

/** Lets go of what is kept. */
export function closeFind(): void {
  kept = null;
}

function indexSet(input: FindInput): IndexSet {
  const place = { ...input.destination, limits: undefined, line: undefined, credentials: undefined };
  const hash = createHash('sha256').update('find').update(secretOf(input.access)).digest('hex');
  const key = JSON.stringify([place, input.stateFolder ?? null, input.access.kind, hash, input.clientId ?? null]);
  if (kept?.key !== key) kept = { key, set: new IndexSet() };
  return kept.set;
}

const secretOf = (access: Access): Uint8Array =>
  access.kind === 'key' ? access.rootKey : decodeCapability(access.capability).keys.meta;

function answer(domains: readonly DomainIndex[], input: FindInput): FindOutput {
  const filters = filtersOf(input);
  const only = domains.map(({ index }) => positionOf(index, input.snapshotId));
  if (only.every((at) => at === -1) && input.snapshotId !== undefined) throw noSuchSnapshot(input.snapshotId);
  const found = domains.map((domain, i) => searched(domain, input, filters, only[i] ?? null));
  const sumOf = (count: (one: Searched) => number): number => found.reduce((sum, one) => sum + count(one), 0);
  const output: FindOutput = {
    entries: [],
    total: sumOf(({ hits }) => hits.reduce((n, rows) => n + rows.length, 0)),
    matched: sumOf(({ matched }) => matched),
    gone: sumOf(({ gone }) => gone),
    paths: domains.reduce((sum, { index }) => sum + index.rows - 1, 0),
    snapshots: domains.reduce((sum, { index }) => sum + index.snapshots.filter(({ there }) => there).length, 0),
    incomplete: domains.flatMap(({ incomplete }) => incomplete),
  };
  let skip = input.offset ?? 0;
  const limit = input.limit ?? LIMIT;
  // Rank by rank, and in each computer by computer.
  for (let rank = 0; rank < Math.max(0, ...found.map(({ hits }) => hits.length)); rank++) {
    for (const one of found) {
      const rows = one.hits[rank] ?? new Uint32Array(0);
      const from = Math.min(skip, rows.length);
      skip -= from;
      for (let i = from; i < rows.length && output.entries.length < limit; i++) {
        output.entries.push(entryOf(one, rows[i] ?? 0));
      }
    }
  }
  return output;
}

interface Searched {
  domain: DomainIndex;
  presence: Presence;
  current: Current;
  hits: Hits;
  matched: number;
  gone: number;
}

/** Null where all are wanted; -1 where the wanted one is not among these. */
function positionOf({ snapshots }: PathIndex, wanted: string | undefined): number | null {
  if (wanted === undefined) return null;
  if (wanted.length < 4) return -1;
  return snapshots.findIndex(({ id, there }) => there && id.startsWith(wanted.toLowerCase()));
}

function searched(domain: DomainIndex, input: FindInput, filters: Filters, only: number | null): Searched {
  const { index } = domain;
  const presence = new Presence(index, only);
  const current = (domain.current ??= new Current(index, domain.heads));
  if (only === -1) return { domain, presence, current, hits: [], matched: 0, gone: 0 };
  domain.folded ??= new FoldedNames(index);
  const { now } = input;
  let matched = 0;
  let gone = 0;
  const hits = search(index, domain.folded, presence, input.query, filters, (row, newest) => {
    const isGone = current.isGone(row, newest);
    matched++;
    if (isGone) gone++;
    return now === undefined || isGone === (now === 'gone');
  });
  return { domain, presence, current, hits, matched, gone };
}

function filtersOf(input: FindInput): Filters {
  const types = new Map(Object.entries(KINDS).map(([type, kind]) => [kind, Number(type)]));
  const typeOf = (kind: EntryKind): number => types.get(kind) ?? NodeType.file;
  return {
    kinds: input.kinds === undefined ? null : new Set(input.kinds.map(typeOf)),
    endings: input.endings === undefined ? null : new Set(input.endings.map(fold)),
    minBytes: input.minBytes ?? null,
    maxBytes: input.maxBytes ?? null,
    changedAfterMs: input.changedAfterMs ?? null,
    changedBeforeMs: input.changedBeforeMs ?? null,
  };
}

function entryOf({ domain, presence, current }: Searched, row: number): FoundEntry {
  const { index } = domain;
  const present = presence.of(row);
  if (present === null) throw pathNotFound();
  const names = index.namesTo(row);
  const type = index.kind.at(present.version) as NodeType;
  return {
    clientId: domain.clientId,
    computerName: domain.computerName,
    path: names.map((name) => `/${display(name)}`).join(''),
    entry: entryPath(names),
    kind: KINDS[type],
    size: type === NodeType.file ? index.size.at(present.version) : 0,
    mtimeNs: String(
      BigInt(index.seconds.at(present.version)) * 1_000_000_000n + BigInt(index.nanos.at(present.version)),
    ),
    snapshots: present.count,
    newestSnapshotId: index.snapshots[present.newest]?.id ?? '',
    oldestSnapshotId: index.snapshots[presence.oldest(row)]?.id ?? '',
    versions: presence.versions(row),
    gone: current.isGone(row, present.newest),
  };
}
