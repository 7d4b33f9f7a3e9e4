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
import { addBlobs, BlobRows, PackHolder, sameHeld, type HeldPack, type HoldOptions } from './held-packs.ts';
import { withMetaKey } from './meta-key.ts';
import { collectNative, noteNative, releaseNative, turnNative } from './native-memory.ts';
import { getNamed, listObjects, readTwice } from './objects.ts';
import { orNull } from './or-null.ts';
import { readEach } from './read-each.ts';
import type { DomainKeys, Repository } from './repository.ts';
import { SegmentSet, withoutForgotten } from './segment-set.ts';
import { SharedIndex } from './shared-index.ts';
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

export interface LoadOptions extends HoldOptions {
  /** Entries to make room for in the index beyond those that are loaded. */
  room?: number;
  /** Read snapshots only: no index is made. */
  snapshotsOnly?: boolean;
  /** Read snapshots and segments, and make no index of what packs hold. */
  withoutIndex?: boolean;
  /** Take only packs of metadata in, as if there were no others: for who reads folders, and no contents. */
  metadataOnly?: boolean;
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
    const rooms = options.withoutIndex === true ? [] : options.metadataOnly === true ? METADATA : BOTH;
    const holder = new PackHolder(prefix, options);
    const said = await readSegments(destination, domain, prefix, rooms, adoption, holder);
    boundHeap();
    await turnNative();
    if (options.withoutIndex !== true) {
      const packs = usablePacks(domain, said, prefix, options, holder);
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
      const hold = (some: PackFacts[]): HeldPack[] => some.map((pack) => holder.hold(pack));
      // After all others, so that they give what is nowhere else.
      const last = options.skipDoomed === true ? [] : hold(former);
      const all = [...stayingFirst(domain, [...packs, ...hold(unnamed)]), ...last];
      fillIndex(domain, all, destination, prefix, options.room);
    }
  }
  const found = await readSnapshots(destination, domain, prefix, adoption);
  const { snapshots, left } = withoutForgotten(found, domain.forgotten);
  domain.snapshots = snapshots;
  domain.leftSnapshots = left;
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
  holder: PackHolder,
): Promise<SegmentSet<HeldPack>> {
  const said = new SegmentSet(sameHeld);
  await readEach(destination, namesIn(domain.objects, `${prefix}i/`), async (name) => {
    try {
      let writer = 0;
      const segment = await readSegment(destination, domain, name, (number) => void (writer = number));
      if (isFormer(domain, adoption, writer, name)) return;
      const id = name.slice(name.lastIndexOf('/') + 1);
      const adds = segment.adds.filter(({ room }) => rooms.includes(room)).map((pack) => holder.hold(pack));
      said.add(id, segment, adds);
      // Four times as much, in fact: sealed, opened, decoded, and encoded once more to compare. But each collection passes
      // over all that was read before.
      noteNative(domain.objects.get(name)?.size ?? 0);
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

/** Packs that segments name and that are there. */
function usablePacks(
  domain: Domain,
  said: SegmentSet<HeldPack>,
  prefix: string,
  options: LoadOptions,
  holder: PackHolder,
): HeldPack[] {
  const usable: HeldPack[] = [];
  for (const pack of options.instead ?? []) {
    const held = holder.hold(pack);
    said.adds.set(held.id, held);
    said.disputed.delete(held.id);
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
function stayingFirst({ doomed, drops, lost }: Domain, packs: HeldPack[]): HeldPack[] {
  const rank = ({ id }: HeldPack): number => (lost.has(id) ? 3 : drops.has(id) ? 2 : doomed.has(id) ? 1 : 0);
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
  said: SegmentSet<HeldPack>,
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
  packs: readonly HeldPack[],
  destination: Destination,
  prefix: string,
  room = 0,
): void {
  const blobs = packs.reduce((sum, pack) => sum + (pack.blobs?.blobCount ?? 0), 0);
  domain.index = SharedIndex.create(blobs + room);
  for (const pack of packs) {
    const name = `${prefix}${pack.room}/${pack.id}`;
    if (pack.blobs === null) {
      noteDamage(domain, name, pack.damage);
      continue;
    }
    const ordinal = domain.packs.push(packRef(domain, destination, name, pack)) - 1;
    addBlobs(domain.index, ordinal, pack.blobs);
    if (!(pack.blobs instanceof BlobRows)) continue;
    // Rows go while the index fills.
    noteNative(pack.blobs.words.byteLength);
    pack.blobs = null;
    collectNative('major');
  }
  domain.index.setNextPack(domain.packs.length);
}

/** Where a pack's bytes are read from. */
function packRef(domain: Domain, destination: Destination, name: string, pack: HeldPack): PackRef {
  const { size, header, table } = pack;
  const path = destination.localPath?.(name) ?? null;
  // V8 keeps the pieces that a string was put together from until one of its characters is asked for.
  path?.charCodeAt(0);
  // The one string where there are tens of thousands.
  return { name: domain.objects.get(name)?.name ?? name, path, size, header, table };
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
