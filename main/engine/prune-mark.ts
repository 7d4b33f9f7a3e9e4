/**
 * Mark: which blobs the snapshots of a domain need. One bit for each entry of the index, so that a repository of any size
 * costs a 256th of its index more.
 */
import { type ErrorCode, HoldfastError, toHoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import { BlobKind, ID_BYTES } from './format/blob.ts';
import { PackTable } from './format/pack.ts';
import { blobsOf, decodeTree } from './format/tree.ts';
import type { Domain, StoredSnapshot } from './repository/domain.ts';
import { EntryBits } from './repository/entry-bits.ts';
import { releaseNative } from './repository/native-memory.ts';
import { IdWords, SharedIndex, type BlobPlace } from './repository/shared-index.ts';
import { endsReading } from './repository/storage-failure.ts';
import { TreeReader } from './repository/tree-reader.ts';

/** Blobs that are needed, and where they are read from. */
export class LiveSet {
  blobs = 0;
  /** Before compression. */
  bytes = 0;
  /** Times that a blob was asked for and is nowhere: the snapshots that need it are damaged already. */
  lost = 0;
  #index: SharedIndex;
  #bits = new EntryBits();
  readonly #words = new IdWords();

  constructor(index: SharedIndex) {
    this.#index = index;
  }

  /** Lets go of all but the counts. */
  release(): void {
    this.#index = SharedIndex.create(0);
    this.#bits = new EntryBits();
  }

  /** @returns `known` where it was needed already, `lost` where it is nowhere */
  add(id: Uint8Array): 'new' | 'known' | 'lost' {
    const entry = this.#words.load(id).findIn(this.#index);
    if (entry < 0) {
      this.lost++;
      return 'lost';
    }
    if (!this.#bits.add(entry)) return 'known';
    this.blobs++;
    this.bytes += this.#index.place(entry).length;
    return 'new';
  }

  /** True where this copy of a blob is the one that is read. */
  needs(id: Uint8Array, place: BlobPlace): boolean {
    const entry = this.#words.load(id).findIn(this.#index);
    if (entry < 0 || !this.#bits.has(entry)) return false;
    const found = this.#index.place(entry);
    return found.pack === place.pack && found.block === place.block && found.offset === place.offset;
  }
}

/**
 * Marks what every snapshot needs; also what a former computer's need that do not count, since the owner may yet say that
 * one does. Errors: object-missing and object-damaged where a tree of one that counts cannot be read, stopped.
 */
export async function mark(domain: Domain, breathe: () => Promise<void>): Promise<LiveSet> {
  const live = new LiveSet(domain.index);
  for (const stored of domain.snapshots) {
    await markSnapshot(domain, stored, live, breathe).catch((error: unknown) => {
      throw endsReading(error) ? error : unreadable(stored, error);
    });
  }
  const { lost } = live;
  for (const stored of domain.besides) {
    // Whoever stole its capability could put one that cannot be read, or that takes sealed contents for a folder: it must
    // not end every clean-up.
    await markSnapshot(domain, stored, live, breathe).catch((error: unknown) => {
      const { code } = toHoldfastError(error);
      if (!OF_THE_SNAPSHOT.has(code) && code !== 'locked') throw error;
    });
  }
  live.lost = lost;
  return live;
}

/** What a snapshot can be by itself; all else is the storage's, and passes. */
const OF_THE_SNAPSHOT = new Set<ErrorCode>(['object-missing', 'object-damaged', 'newer-format']);

async function markSnapshot(
  domain: Domain,
  { snapshot }: StoredSnapshot,
  live: LiveSet,
  breathe: () => Promise<void>,
): Promise<void> {
  const trees = new TreeReader(domain, domain.keys.blobIdFor(snapshot.domainEpoch));
  try {
    await markTrees(trees, snapshot.root, live, breathe);
  } finally {
    trees.close();
  }
}

async function markTrees(
  trees: TreeReader,
  root: Uint8Array,
  live: LiveSet,
  breathe: () => Promise<void>,
): Promise<void> {
  const stack = [root];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    // A tree that was marked before was walked before, with all below it. To read one that is nowhere is an error.
    if (live.add(id) === 'known') continue;
    await breathe();
    await releaseNative();
    const tree = decodeTree(trees.blob(id, BlobKind.tree));
    if (tree.kind === 'branch') {
      for (const leaf of tree.ids) stack.push(leaf.slice());
      continue;
    }
    for (const node of tree.nodes) {
      for (const { kind, id: needed } of blobsOf(node)) {
        if (kind === BlobKind.tree) stack.push(needed.slice());
        else if (live.add(needed) !== 'known' && kind === BlobKind.list) markList(trees, needed, live);
      }
    }
  }
}

function markList(trees: TreeReader, list: Uint8Array, live: LiveSet): void {
  const ids = trees.blob(list, BlobKind.list);
  for (let at = 0; at < ids.length; at += ID_BYTES) live.add(ids.subarray(at, at + ID_BYTES));
}

function unreadable({ id, snapshot }: StoredSnapshot, error: unknown): HoldfastError {
  const known = toHoldfastError(error);
  if (!OF_THE_SNAPSHOT.has(known.code)) return known;
  return new HoldfastError(
    known.code,
    text`Snapshot ${snapshot.sequence} (${id.slice(0, 12)}) cannot be read whole, so nobody knows what it needs: ${known.message}`,
    'Nothing was removed. Heal it from another place, or repair the backup; a snapshot that you can do without can be forgotten by its id.',
    { detail: known.detail ?? '', cause: error },
  );
}

/** How much of one pack is needed. */
export interface PackUse {
  liveBlobs: number;
  /** Bytes of needed blobs, before compression. */
  liveBytes: number;
  /** About the stored bytes that nothing needs: of each block the share of its bytes that is dead. */
  deadStored: number;
  /** The rest of its blocks' stored bytes, about. */
  liveStored: number;
  /** Share of the pack's blobs, by their bytes before compression, that is dead: 0 to 1. */
  deadShare: number;
}

/** Positions in the table of the blobs that are needed in this pack, in order. */
export function liveIn(table: PackTable, pack: number, live: LiveSet): number[] {
  const found: number[] = [];
  for (let i = 0; i < table.blobCount; i++) {
    const { id, block, offset, length } = table.blob(i);
    if (live.needs(id, { pack, block, offset, length })) found.push(i);
  }
  return found;
}

export function useOf(domain: Domain, ordinal: number, live: LiveSet): PackUse {
  const pack = domain.packs[ordinal];
  if (pack === undefined) throw new RangeError(`no pack ${ordinal}`);
  const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
  const use: PackUse = { liveBlobs: 0, liveBytes: 0, deadStored: 0, liveStored: 0, deadShare: 0 };
  const liveOfBlock = new Float64Array(table.blockCount);
  let bytes = 0;
  for (let i = 0; i < table.blobCount; i++) bytes += table.place(i).length;
  for (const i of liveIn(table, ordinal, live)) {
    const { block, length } = table.place(i);
    use.liveBlobs++;
    use.liveBytes += length;
    liveOfBlock[block] = (liveOfBlock[block] ?? 0) + length;
  }
  for (let i = 0; i < table.blockCount; i++) {
    const { stored, raw } = table.block(i);
    const dead = Math.round(stored * (1 - Math.min(1, (liveOfBlock[i] ?? 0) / raw)));
    use.deadStored += dead;
    use.liveStored += stored - dead;
  }
  use.deadShare = bytes === 0 ? (use.liveBlobs > 0 ? 0 : 1) : 1 - use.liveBytes / bytes;
  return use;
}
