/**
 * Walks the trees of snapshots and says what of them cannot be restored. A folder that was found whole, with all below
 * it, is not walked again; what holds a loss is, so that each snapshot's losses are told in full. Memory grows with the
 * depth of a tree and its widest folder, not with the number of files.
 */
import { happened, HoldfastError, toHoldfastError } from '../errors.ts';
import { phrase, text, type Text } from '../text.ts';
import { EntryBits } from './repository/entry-bits.ts';
import { BlobKind, ID_BYTES } from './format/blob.ts';
import { display } from './format/byte-path.ts';
import { damaged } from './format/damage.ts';
import { checkOrder, decodeTree, NodeType, type TreeNode } from './format/tree.ts';
import type { Domain, StoredSnapshot } from './repository/domain.ts';
import { releaseNative } from './repository/native-memory.ts';
import { IdWords } from './repository/shared-index.ts';
import { endsReading } from './repository/storage-failure.ts';
import { TreeReader } from './repository/tree-reader.ts';

/** One entry of a snapshot that cannot be given back. */
export interface Loss {
  /** For display; `/` for the top. */
  path: string;
  /** True for a folder that does not open: all in it is lost, and the storage does not tell what that was. */
  folder: boolean;
  /** One sentence. */
  message: string | Text;
  /** Ordinals of the packs that hold what does not open; empty where the index does not have it at all. */
  packs: number[];
  /** Where the disk does not give it: it may be whole all the same. */
  unreadable?: HoldfastError;
}

/** Blocks that do not open, by ordinal of their pack; null: none of its blocks does. */
export type LostBlocks = ReadonlyMap<number, ReadonlySet<number> | null>;

export interface TreeCheckOptions {
  domain: Domain;
  /** What is lost though the index has it. */
  lost?: LostBlocks | undefined;
  /** Called for each folder; rejects to end the walk. */
  breathe: () => Promise<void>;
}

/** Decompressed blocks that are kept: folders lie in the order of the walk, many in a block of 1 MiB. */
const CACHE_BYTES = 16 * 1024 * 1024;

/** A folder that is being walked. */
interface Frame {
  entry: number;
  below: { id: Uint8Array; path: string }[];
  next: number;
  whole: boolean;
}

export class TreeCheck {
  /** Blobs that were looked up, in all walks. */
  blobs = 0;
  readonly #o: TreeCheckOptions;
  readonly #words = new IdWords();
  readonly #whole = new EntryBits();
  readonly #readers = new Map<number, TreeReader>();

  constructor(options: TreeCheckOptions) {
    this.#o = options;
  }

  /**
   * Walks one snapshot.
   *
   * @returns number of losses
   *
   * Errors: those of `breathe`, and what keeps the storage from being read at all.
   */
  async run({ snapshot }: StoredSnapshot, onLoss: (loss: Loss) => void): Promise<number> {
    const trees = this.#reader(snapshot.domainEpoch);
    let losses = 0;
    const lose = (loss: Loss): void => {
      losses++;
      onLoss(loss);
    };
    const stack: Frame[] = [];
    let opening: { id: Uint8Array; path: string } | undefined = { id: snapshot.root, path: '' };
    for (;;) {
      if (opening !== undefined) {
        const entry = this.#words.load(opening.id).findIn(this.#o.domain.index);
        if (entry < 0 || !this.#whole.has(entry)) {
          await this.#o.breathe();
          await releaseNative();
          stack.push(this.#open(trees, entry, opening, lose));
        }
      }
      const top = stack.at(-1);
      if (top === undefined) return losses;
      opening = top.below[top.next++];
      if (opening !== undefined) continue;
      stack.pop();
      if (top.whole) this.#whole.add(top.entry);
      else {
        const above = stack.at(-1);
        if (above !== undefined) above.whole = false;
      }
    }
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }

  #reader(domainEpoch: number): TreeReader {
    const { domain } = this.#o;
    let reader = this.#readers.get(domainEpoch);
    if (reader === undefined) {
      reader = new TreeReader(domain, domain.keys.blobIdFor(domainEpoch), CACHE_BYTES);
      this.#readers.set(domainEpoch, reader);
    }
    return reader;
  }

  #open(
    trees: TreeReader,
    entry: number,
    { id, path }: { id: Uint8Array; path: string },
    lose: (loss: Loss) => void,
  ): Frame {
    const frame: Frame = { entry, below: [], next: 0, whole: true };
    const losing = (loss: Loss): void => {
      frame.whole = false;
      lose(loss);
    };
    try {
      for (const nodes of this.#leaves(trees, id)) {
        for (const node of nodes) {
          if (node.subtree !== null) frame.below.push({ id: node.subtree.slice(), path: under(path, node) });
          if (node.type === NodeType.file || node.large !== undefined) this.#contents(trees, node, path, losing);
        }
      }
    } catch (error) {
      losing({ path: path === '' ? '/' : path, folder: true, ...explained(error) });
      // A restore gives back none of a folder that does not open whole.
      frame.below = [];
    }
    this.#sortByPlace(frame.below);
    return frame;
  }

  /** As they lie in the storage, so that a block is opened once for all the folders in it. */
  #sortByPlace(below: Frame['below']): void {
    if (below.length < 2) return;
    const { index } = this.#o.domain;
    const placed = below.map((folder) => {
      const entry = this.#words.load(folder.id).findIn(index);
      return { folder, place: entry < 0 ? null : index.place(entry) };
    });
    placed.sort((a, b) =>
      a.place === null || b.place === null ? 0 : a.place.pack - b.place.pack || a.place.block - b.place.block,
    );
    placed.forEach(({ folder }, i) => void (below[i] = folder));
  }

  /** A folder's entries, leaf by leaf: a folder of a million needs no more memory than one leaf. */
  *#leaves(trees: TreeReader, id: Uint8Array): Iterable<TreeNode[]> {
    const tree = decodeTree(this.#blob(trees, id, BlobKind.tree));
    if (tree.kind === 'leaf') {
      yield tree.nodes;
      return;
    }
    let before: TreeNode[] = [];
    for (const leafId of tree.ids) {
      const leaf = decodeTree(this.#blob(trees, leafId, BlobKind.tree));
      if (leaf.kind !== 'leaf') throw damaged('A folder in the backup', 'branch below a branch');
      checkOrder([...before.slice(-1), ...leaf.nodes.slice(0, 1)], 'A folder in the backup');
      yield leaf.nodes;
      before = leaf.nodes;
    }
  }

  /** Errors: object-missing, object-damaged (also `LostBlob`). */
  #blob(trees: TreeReader, id: Uint8Array, kind: BlobKind): Uint8Array {
    this.blobs++;
    const entry = this.#words.load(id).findIn(this.#o.domain.index);
    if (entry >= 0) {
      const { pack, block } = this.#o.domain.index.place(entry);
      if (this.#isLost(pack, block)) throw new LostBlob(pack);
    }
    try {
      return trees.blob(id, kind);
    } catch (error) {
      if (entry < 0 || endsReading(error)) throw error;
      throw new LostBlob(this.#o.domain.index.packOf(entry), error);
    }
  }

  /** What a node refers to besides its subtree: contents, or their lists, and large attributes (`blobsOf`). */
  #contents(trees: TreeReader, node: TreeNode, folder: string, lose: (loss: Loss) => void): void {
    try {
      const sum = { bytes: 0, packs: new Set<number>(), missing: false };
      if (node.lists.length === 0) this.#ids(node.content, sum);
      for (let at = 0; at < node.lists.length; at += ID_BYTES) {
        this.#ids(this.#blob(trees, node.lists.subarray(at, at + ID_BYTES), BlobKind.list), sum);
      }
      if (sum.missing || sum.packs.size > 0) {
        const message = sum.missing
          ? phrase('part of its content is missing')
          : phrase('part of its content does not open');
        lose({ path: under(folder, node), folder: false, message, packs: [...sum.packs] });
      } else if (node.type === NodeType.file && sum.bytes !== node.size) {
        const message = text`its parts make ${sum.bytes} bytes where it has ${node.size}`;
        lose({ path: under(folder, node), folder: false, message, packs: [] });
      }
      const attributes = { bytes: 0, packs: new Set<number>(), missing: false };
      for (const { content } of node.large ?? []) this.#ids(content, attributes);
      if (attributes.missing || attributes.packs.size > 0) {
        const message = phrase('one of its attributes is lost');
        lose({ path: under(folder, node), folder: false, message, packs: [...attributes.packs] });
      }
    } catch (error) {
      lose({ path: under(folder, node), folder: false, ...explained(error) });
    }
  }

  /** @param ids of data blobs, 32 bytes each, joined */
  #ids(ids: Uint8Array, sum: { bytes: number; packs: Set<number>; missing: boolean }): void {
    const { index } = this.#o.domain;
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      this.blobs++;
      const entry = this.#words.load(ids, at).findIn(index);
      if (entry < 0) {
        sum.missing = true;
        continue;
      }
      const { pack, block, length } = index.place(entry);
      if (this.#isLost(pack, block)) sum.packs.add(pack);
      sum.bytes += length;
    }
  }

  #isLost(pack: number, block: number): boolean {
    const blocks = this.#o.lost?.get(pack);
    return blocks === null || blocks?.has(block) === true;
  }
}

/** Only for what is told: a name's bytes as text take memory outside of the heap, a million of them a lot. */
const under = (folder: string, { name }: TreeNode): string => `${folder}/${display(name)}`;

/** A tree or list in a pack that does not open. */
class LostBlob extends Error {
  readonly pack: number;
  readonly error: HoldfastError | null;

  constructor(pack: number, cause?: unknown) {
    super(phrase('a part of it does not open'), { cause });
    this.pack = pack;
    this.error = cause === undefined ? null : toHoldfastError(cause);
  }
}

/** Errors: what keeps the storage from being read at all. */
function explained(error: unknown): Pick<Loss, 'message' | 'packs' | 'unreadable'> {
  if (error instanceof LostBlob) {
    const { error: cause, pack } = error;
    if (cause === null) return { message: error.message, packs: [pack] };
    const unreadable = cause.code === 'object-unreadable' ? { unreadable: cause } : {};
    return { message: happened(cause), packs: [pack], ...unreadable };
  }
  if (endsReading(error)) throw error;
  const known = toHoldfastError(error);
  // What `onLoss` threw for a part of a folder comes by here once more.
  const unreadable = known.code === 'object-unreadable' ? { unreadable: known } : {};
  return { message: known.code === 'internal' ? (known.detail ?? '') : happened(known), packs: [], ...unreadable };
}
