/**
 * One computer's domain as it stands in the storage: its index, packs and snapshots. What the index segments do not
 * name is read from the packs' own tables, so a lost segment costs time and nothing else.
 */
import { createHash } from 'node:crypto';
import { toHoldfastError } from '../../errors.ts';
import type { Destination, ObjectInfo } from '../../destinations/destination.ts';
import type { Line } from '../fetch/line.ts';
import { equal, fromHex, toHex } from '../format/bytes.ts';
import { damaged, folderOfComputer } from '../format/damage.ts';
import { Kind, openHeader, parseHeader, SEALED_HEADER_BYTES, tableKey, type Header } from '../format/envelope.ts';
import { openObject } from '../format/object.ts';
import { openTable, openTrailer, PackTable, TRAILER_BYTES } from '../format/pack.ts';
import { REPO_FILES } from '../format/repo-file.ts';
import { decodeSegment, type IndexSegment, type PackFacts } from '../format/segment.ts';
import { decodeSnapshot, type Snapshot } from '../format/snapshot.ts';
import { giveBackFreed } from '../platform/malloc.ts';
import { counts, keepOnly, readAdoption, type Adoption, type DomainDamage } from './adoption.ts';
import type { PackRef, ReadKeys } from './block-reader.ts';
import { boundHeap } from './heap-size.ts';
import { withMetaKey } from './meta-key.ts';
import { collectNative, noteNative, releaseNative } from './native-memory.ts';
import { getNamed, listObjects, readTwice } from './objects.ts';
import { orNull } from './or-null.ts';
import { readEach } from './read-each.ts';
import type { DomainKeys, Repository } from './repository.ts';
import { SegmentSet, withoutForgotten } from './segment-set.ts';
import { SharedCopies } from './shared-copies.ts';
import { IdWords, SharedIndex } from './shared-index.ts';
import { concernsOneObject, isUnreadable } from './storage-failure.ts';

export type { DomainDamage };
export { getNamed, isStored, listObjects } from './objects.ts';

export interface StoredSnapshot {
  /** SHA-256 name in hex. */
  id: string;
  snapshot: Snapshot;
  /** Which of the computers that wrote the domain one after the other made it: 0 for the first. */
  writer: number;
}

export interface Domain {
  clientId: Uint8Array;
  /** In hex. */
  id: string;
  keys: DomainKeys;
  index: SharedIndex;
  /** By ordinal. */
  packs: PackRef[];
  /** Packs that no segment names: found in the storage and read from their tables. */
  unindexed: PackFacts[];
  /** Packs that a segment names and the storage does not have (or not in that size), as logical names. */
  missing: string[];
  /** Set by who reads packs that have no path (pack-source.ts). */
  line: Line | null;
  /** Names of the segments that are there, in hex. */
  segments: string[];
  /** Packs that are to be removed, by name in hex: since when, ms since the epoch. */
  doomed: Map<string, number>;
  /** Names (hex) of packs that were removed. What of them still lies in the storage is read. */
  drops: Set<string>;
  /** Snapshots that were removed on purpose, by name in hex: their sequence number. Empty with `snapshotsOnly`. */
  forgotten: Map<string, number>;
  /** Names (hex) of segments whose every word is in another one. */
  replaced: Set<string>;
  /** Names (hex) of objects that a repair found gone or damaged. */
  lost: Set<string>;
  /** Entries that a repair found lost, by name (hex) of their snapshot. */
  lacking: Map<string, number>;
  /** By sequence, oldest first; only those that open and are not forgotten. */
  snapshots: StoredSnapshot[];
  /** Forgotten ones that still lie there. */
  leftSnapshots: StoredSnapshot[];
  /** What counts where another computer has taken the domain over; null where none has. */
  adoption: Adoption | null;
  /**
   * Logical names of what an earlier computer of this client id put there after it was taken over: counts for nothing.
   * Only what no other pack has is read from such a pack, as from one that a late listing did not show when it was told
   * what counts: what is read proves itself by its id.
   */
  former: string[];
  /** The snapshots among these: whoever has the key may say that one of them counts. */
  besides: StoredSnapshot[];
  /** Objects that do not open. */
  damage: DomainDamage[];
  /** Names in the folder that are no objects' names. */
  strays: string[];
  /** All objects listed, by logical name. */
  objects: Map<string, ObjectInfo>;
}

type PackRoom = PackFacts['room'];
const BOTH: readonly PackRoom[] = ['p', 'm'];
const METADATA: readonly PackRoom[] = ['m'];

export interface LoadOptions {
  /** Entries to make room for in the index beyond those that are loaded. */
  room?: number;
  /** Read snapshots only: no index is made. */
  snapshotsOnly?: boolean;
  /** Read snapshots and segments, and make no index of what packs hold. */
  withoutIndex?: boolean;
  /** Take only packs of metadata in, as if there were no others: for who reads folders, and no contents. */
  metadataOnly?: boolean;
  /** Keep of packs' tables where blocks are, and leave what is in them to the index: for who reads blobs by it. */
  blocksOnly?: boolean;
  /** The same of metadata packs, and of data packs nothing but their names and sizes: for who opens no contents. */
  treesOnly?: boolean;
  /** Leave packs that are doomed, removed or damaged out of the index: nothing new may refer to them. */
  skipDoomed?: boolean;
  /** With `skipDoomed`: names (hex) of packs that this computer has removed from some place of the repository. */
  removed?: ReadonlySet<string>;
  /** Facts of packs that count instead of what segments say. */
  instead?: readonly PackFacts[];
  signal?: AbortSignal;
}

export async function loadDomain(repository: Repository, id: string, options: LoadOptions = {}): Promise<Domain> {
  const clientId = fromHex(id, 16);
  if (clientId === null || repository.keysOf(clientId) === null) throw damaged(folderOfComputer(id));
  const { destination } = repository;
  const prefix = `c/${id}/`;
  const strays: string[] = [];
  const objects = await listObjects(destination, prefix, strays);
  const adoption = await readAdoption(repository, clientId, objects);
  if (adoption !== null && repository.isFormer(adoption.number)) keepOnly(objects, adoption);
  const keys = repository.keysOf(clientId, adoption?.number);
  if (keys === null) throw damaged(folderOfComputer(id));
  const domain: Domain = {
    clientId,
    id,
    keys,
    index: SharedIndex.create(0),
    packs: [],
    unindexed: [],
    missing: [],
    line: null,
    segments: [],
    doomed: new Map(),
    drops: new Set(),
    forgotten: new Map(),
    replaced: new Set(),
    lost: new Set(),
    lacking: new Map(),
    snapshots: [],
    leftSnapshots: [],
    adoption,
    former: [],
    besides: [],
    damage: adoption?.damage ?? [],
    strays,
    objects,
  };
  if (options.snapshotsOnly !== true) {
    // Buffers of segments (45 MB for a million files) would stay in the heap of the C library.
    giveBackFreed();
    const rooms = options.metadataOnly === true ? METADATA : BOTH;
    const said = await readSegments(destination, domain, prefix, rooms, adoption, options);
    boundHeap();
    if (options.withoutIndex !== true) {
      const packs = usablePacks(domain, said, prefix, options);
      const { found: unnamed, former } = await readUnindexed(
        destination,
        domain,
        prefix,
        rooms,
        said,
        options,
        adoption,
      );
      const isNews = (name: string): boolean => !domain.drops.has(name) && !said.disputed.has(name);
      domain.unindexed = unnamed.filter((pack) => isNews(toHex(pack.name)));
      // After all others, so that they give what is nowhere else.
      const last = options.skipDoomed === true ? [] : former;
      const all = [...stayingFirst(domain, [...packs, ...unnamed]), ...last];
      fillIndex(domain, all, destination, prefix, options);
    }
  }
  const found = await readSnapshots(destination, domain, prefix, adoption);
  const { snapshots, left } = withoutForgotten(found, domain.forgotten);
  domain.snapshots = snapshots;
  domain.leftSnapshots = left;
  return domain;
}

/** The same for who reads blobs by the index. Errors: as of `loadDomain`. */
export async function loadForReading(
  repository: Repository,
  id: string,
  options: Pick<LoadOptions, 'metadataOnly'> = {},
): Promise<Domain> {
  const domain = await loadDomain(repository, id, { ...options, blocksOnly: true });
  // The whole tables, which nobody has any more.
  collectNative('major');
  return domain;
}

/**
 * Number of the next snapshot: one more than any has. Snapshots that do not open count as well, since they may be
 * brought back, and two of one number look like two computers writing as one.
 *
 * @param known number of the newest one that this computer remembers, which other destinations may have
 */
export function nextSequence(domain: Domain, known = 0): number {
  let newest = 0;
  const named = new Set<string>();
  for (const { id, snapshot } of domain.snapshots) {
    newest = Math.max(newest, snapshot.sequence);
    named.add(id);
    for (const { sequence, hash } of snapshot.live) {
      newest = Math.max(newest, sequence);
      named.add(toHex(hash));
    }
  }
  for (const [id, sequence] of domain.forgotten) {
    newest = Math.max(newest, sequence);
    named.add(id);
  }
  const unknown = domain.damage.filter(
    ({ object }) => object.includes('/s/') && !named.has(object.slice(object.lastIndexOf('/') + 1)),
  );
  return Math.max(newest + unknown.length, known) + 1;
}

/** @param opened told the number of the computer that wrote the object */
const metaSecret =
  (keys: ReadKeys, name: string, opened: (writer: number) => void = () => undefined) =>
  (header: Header): Uint8Array =>
    withMetaKey(keys, header, name, (key, writer) => {
      if (openHeader(header, key) === null) throw damaged(name, 'its key does not fit');
      opened(writer);
      return key;
    });

const namesIn = (objects: Map<string, ObjectInfo>, prefix: string): string[] =>
  [...objects.keys()].filter((name) => name.startsWith(prefix)).sort();

/** One index segment, by its logical name. Errors: object-missing, object-damaged, newer-format. */
export async function readSegment(
  destination: Destination,
  domain: Domain,
  name: string,
  opened?: (writer: number) => void,
): Promise<IndexSegment> {
  const bytes = await getNamed(destination, name);
  return decodeSegment(
    openObject(bytes, Kind.indexSegment, name, metaSecret(domain.keys.read, name, opened)).data,
    name,
  );
}

async function readSegments(
  destination: Destination,
  domain: Domain,
  prefix: string,
  rooms: readonly PackRoom[],
  adoption: Adoption | null,
  options: LoadOptions,
): Promise<SegmentSet> {
  const said = new SegmentSet();
  const copies = new SharedCopies();
  await readEach(destination, namesIn(domain.objects, `${prefix}i/`), async (name) => {
    try {
      let writer = 0;
      const segment = await readSegment(destination, domain, name, (number) => void (writer = number));
      if (isFormer(domain, adoption, writer, name)) return;
      const id = name.slice(name.lastIndexOf('/') + 1);
      const adds = segment.adds.filter(({ room }) => rooms.includes(room));
      // Copies, so that the segment's own bytes are not kept.
      said.add(id, { ...segment, adds: adds.map((pack) => ownCopy(pack, copies, isUnread(pack, options))) });
      // Sealed, opened, decoded, and encoded once more to compare.
      noteNative(4 * (domain.objects.get(name)?.size ?? 0));
      await releaseNative('major');
      domain.segments.push(id);
    } catch (error) {
      await noteUnlessFormer(destination, domain, adoption, name, error);
    }
  });
  domain.doomed = said.doomed();
  domain.drops = said.drops;
  domain.forgotten = said.forgotten;
  domain.replaced = said.replaced;
  domain.lost = said.lost;
  domain.lacking = said.lacking;
  return said;
}

/** @param unread true where its contents are not opened */
const ownCopy = (pack: PackFacts, copies: SharedCopies, unread: boolean): PackFacts => ({
  ...pack,
  name: pack.name.slice(),
  header: unread ? BLANK.subarray(0, pack.header.length) : copies.of(pack.header),
  table: copies.of(pack.table),
});

/** Packs that segments name and that are there. */
function usablePacks(domain: Domain, said: SegmentSet, prefix: string, options: LoadOptions): PackFacts[] {
  const usable: PackFacts[] = [];
  for (const pack of options.instead ?? []) {
    said.adds.set(toHex(pack.name), pack);
    said.disputed.delete(toHex(pack.name));
  }
  for (const [name, pack] of said.adds) {
    const logical = `${prefix}${pack.room}/${name}`;
    if (said.disputed.has(name)) continue;
    const isThere = domain.objects.get(logical)?.size === pack.size;
    if (!isThere && !said.drops.has(name)) domain.missing.push(logical);
    if (isThere && mayBeUsed(domain, name, options)) usable.push(pack);
  }
  return usable;
}

/** False for packs that nothing new may refer to, where that is asked for. */
const mayBeUsed = ({ doomed, drops, lost }: Domain, name: string, { skipDoomed, removed }: LoadOptions): boolean =>
  skipDoomed !== true || !(doomed.has(name) || drops.has(name) || lost.has(name) || removed?.has(name) === true);

/** Of a blob that several packs have the first counts: those that stay, then doomed ones, rests of removed ones, damaged ones. */
function stayingFirst({ doomed, drops, lost }: Domain, packs: PackFacts[]): PackFacts[] {
  const rankOf = (name: string): number => (lost.has(name) ? 3 : drops.has(name) ? 2 : doomed.has(name) ? 1 : 0);
  const rank = ({ name }: PackFacts): number => rankOf(toHex(name));
  return packs
    .map((pack) => ({ pack, rank: rank(pack) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ pack }) => pack);
}

/** Packs that lie in the storage and that no readable segment names; apart from them those that do not count. */
async function readUnindexed(
  destination: Destination,
  domain: Domain,
  prefix: string,
  rooms: readonly PackRoom[],
  said: SegmentSet,
  options: LoadOptions,
  adoption: Adoption | null,
): Promise<{ found: PackFacts[]; former: PackFacts[] }> {
  const [found, former]: [PackFacts[], PackFacts[]] = [[], []];
  const isUnnamed = (name: string): boolean => !said.adds.has(name) || said.disputed.has(name);
  const isWanted = (name: string): boolean => isUnnamed(name) && mayBeUsed(domain, name, options);
  for (const room of rooms) {
    const unknown = namesIn(domain.objects, `${prefix}${room}/`).filter((name) =>
      isWanted(name.slice(name.lastIndexOf('/') + 1)),
    );
    await readEach(destination, unknown, async (name) => {
      try {
        const size = domain.objects.get(name)?.size ?? 0;
        const read = await readTwice(name, () => openPackFacts(destination, name, size, room, domain.keys.read));
        (isFormer(domain, adoption, read.writer, name) ? former : found).push(read.facts);
      } catch (error) {
        await noteUnlessFormer(destination, domain, adoption, name, error);
      }
    });
  }
  return { found, former };
}

/** A pack's facts from its own header, table and trailer. Errors: object-damaged, object-missing, object-unreadable. */
export async function readPackFacts(
  destination: Destination,
  name: string,
  size: number,
  room: 'p' | 'm',
  keys: ReadKeys,
): Promise<PackFacts> {
  return (await readTwice(name, async () => await openPackFacts(destination, name, size, room, keys))).facts;
}

async function openPackFacts(
  destination: Destination,
  name: string,
  size: number,
  room: 'p' | 'm',
  keys: ReadKeys,
): Promise<{ facts: PackFacts; writer: number }> {
  if (size < SEALED_HEADER_BYTES + TRAILER_BYTES) throw damaged(name, 'too short');
  const header = parseHeader(await destination.getRange(name, 0, SEALED_HEADER_BYTES), name);
  const expected = room === 'p' ? Kind.dataPack : Kind.metadataPack;
  if (header.kind !== expected) throw damaged(name, 'kind');
  const aad = createHash('sha256').update(header.bytes).digest();
  const sealedTrailer = await destination.getRange(name, size - TRAILER_BYTES, TRAILER_BYTES);
  const { key, trailer, writer } = withMetaKey(keys, header, name, (metaKey, number) => {
    const opener = tableKey(header, aad, metaKey);
    return { key: opener, trailer: openTrailer(opener, aad, sealedTrailer, size, name), writer: number };
  });
  const sealed = await destination.getRange(name, trailer.tableOffset, trailer.tableLength);
  const table = new PackTable(openTable(key, aad, sealed, name), size, header.bytes.length, name);
  const facts = {
    name: fromHex(name.slice(name.lastIndexOf('/') + 1), 32) ?? new Uint8Array(32),
    room,
    size,
    header: header.bytes,
    table: table.bytes,
  };
  return { facts, writer };
}

/** True where an earlier computer of this client id put it there after it was taken over. Then it is noted as that. */
function isFormer(domain: Domain, adoption: Adoption | null, writer: number, name: string): boolean {
  if (adoption === null || counts(adoption, writer, name)) return false;
  domain.former.push(name);
  return true;
}

function fillIndex(
  domain: Domain,
  packs: PackFacts[],
  destination: Destination,
  prefix: string,
  options: LoadOptions,
): void {
  let blobs = 0;
  const tables: (PackTable | null)[] = packs.map((pack) => {
    const name = `${prefix}${pack.room}/${toHex(pack.name)}`;
    try {
      const table = new PackTable(pack.table, pack.size, pack.header.length, name);
      blobs += table.blobCount;
      return table;
    } catch (error) {
      noteDamage(domain, name, error);
      return null;
    }
  });
  domain.index = SharedIndex.create(blobs + (options.room ?? 0));
  const words = new IdWords();
  const wanted = new Set(domain.unindexed);
  const copies = new SharedCopies();
  packs.forEach((pack, i) => {
    const table = tables[i];
    if (table === null || table === undefined) return;
    addTable(domain.index, domain.packs.length, table, words);
    const kept = keptOf(pack, table, options, copies);
    domain.packs.push(packRef(destination, domain.id, { ...pack, ...kept }));
    if (!keepsLess(options) || wanted.has(pack)) return;
    // The whole tables go while the index grows: those of a terabyte are as large as it.
    tables[i] = null;
    Object.assign(pack, NOTHING);
    noteNative(table.bytes.length);
    collectNative('major');
  });
  domain.index.setNextPack(domain.packs.length);
}

const BLANK = new Uint8Array(SEALED_HEADER_BYTES);
const NOTHING = { header: new Uint8Array(0), table: new Uint8Array(0) };

/** Of a data pack whose contents nobody opens. */
const isUnread = ({ room }: PackFacts, { treesOnly }: LoadOptions): boolean => treesOnly === true && room === 'p';

/** True where tables are not kept whole. */
const keepsLess = ({ blocksOnly, treesOnly }: LoadOptions): boolean => blocksOnly === true || treesOnly === true;

/** What is kept of a pack when its blobs are in the index, in shared memory. */
function keptOf(
  pack: PackFacts,
  table: PackTable,
  options: LoadOptions,
  copies: SharedCopies,
): Pick<PackFacts, 'header' | 'table'> {
  if (isUnread(pack, options)) return NOTHING;
  const isLess = keepsLess(options);
  if (!isLess && pack.table.buffer instanceof SharedArrayBuffer) return pack;
  return { header: copies.of(pack.header), table: copies.of(isLess ? table.withoutBlobs() : pack.table) };
}

/** Where a pack's bytes are read from. */
function packRef(destination: Destination, clientId: string, pack: PackFacts): PackRef {
  const { size, header, table } = pack;
  const name = `c/${clientId}/${pack.room}/${toHex(pack.name)}`;
  return { name, path: destination.localPath?.(name) ?? null, size, header, table };
}

function addTable(index: SharedIndex, ordinal: number, table: PackTable, words: IdWords): void {
  for (let i = 0; i < table.blobCount; i++) {
    const blob = table.blob(i);
    const entry = words.load(blob.id).claimIn(index);
    if (entry < 0) {
      index.publish(~entry, { pack: ordinal, block: blob.block, offset: blob.offset, length: blob.length });
    }
  }
}

async function readSnapshots(
  destination: Destination,
  domain: Domain,
  prefix: string,
  adoption: Adoption | null,
): Promise<StoredSnapshot[]> {
  const found: StoredSnapshot[] = [];
  await readEach(destination, namesIn(domain.objects, `${prefix}s/`), async (name) => {
    let isBeside = false;
    try {
      const bytes = await getNamed(destination, name);
      let writer = 0;
      const secret = metaSecret(domain.keys.read, name, (number) => void (writer = number));
      const { header, data } = openObject(bytes, Kind.snapshot, name, secret);
      isBeside = isFormer(domain, adoption, writer, name);
      const snapshot = decodeSnapshot(data, name);
      if (!equal(snapshot.clientId, domain.clientId) || !equal(header.clientId, domain.clientId)) {
        throw damaged(name, 'it belongs to another computer');
      }
      (isBeside ? domain.besides : found).push({ id: name.slice(name.lastIndexOf('/') + 1), snapshot, writer });
    } catch (error) {
      // What opened is known to count for nothing already.
      if (!isBeside) await noteUnlessFormer(destination, domain, adoption, name, error);
    }
  });
  domain.besides.sort(bySequence);
  return found.sort(bySequence);
}

/** Oldest first. */
export const bySequence = (a: StoredSnapshot, b: StoredSnapshot): number =>
  a.snapshot.sequence - b.snapshot.sequence || a.snapshot.endedMs - b.snapshot.endedMs;

/**
 * Damage is noted, unless a former computer stored the object after it was taken over: nothing needs that. Whose it is
 * tells its header, which may be whole where the rest is not; that of a data pack tells it only together with the table.
 */
async function noteUnlessFormer(
  destination: Destination,
  domain: Domain,
  adoption: Adoption | null,
  name: string,
  error: unknown,
): Promise<void> {
  // A disk that went away says so, instead of giving nothing of one object after the other.
  if (isUnreadable(error)) await destination.stat(REPO_FILES[0]);
  if (adoption === null || !concernsOneObject(error) || counts(adoption, 0, name))
    return noteDamage(domain, name, error);
  const writer = isUnreadable(error) ? null : await orNull(async () => await writerOf(destination, domain, name));
  if (writer !== null && isFormer(domain, adoption, writer, name)) return;
  noteDamage(domain, name, error, writer === null && /\/[pm]\//.test(name));
}

/** Number of the computer whose key opens an object's header. Errors: object-damaged, object-missing. */
async function writerOf(destination: Destination, domain: Domain, name: string): Promise<number> {
  const header = parseHeader(await destination.getRange(name, 0, SEALED_HEADER_BYTES), name);
  let writer = 0;
  metaSecret(domain.keys.read, name, (number) => void (writer = number))(header);
  return writer;
}

function noteDamage(domain: Domain, object: string, error: unknown, unowned = false): void {
  const known = toHoldfastError(error);
  // Only damage is a finding, and a bad sector; a destination that fails ends the run.
  if (!concernsOneObject(known) && known.code !== 'newer-format') throw error;
  domain.damage.push({
    object,
    message: known.detail === undefined ? known.message : `${known.message} (${known.detail})`,
    error: known,
    ...(unowned ? { unowned } : {}),
  });
}
