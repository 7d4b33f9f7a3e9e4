/** Reads trees and list blobs of a domain; every blob id is recomputed on the way. */
import { BlobIds, BlobKind, ID_BYTES, type BlobIdKey } from '../format/blob.ts';
import { toHex } from '../format/bytes.ts';
import { damaged } from '../format/damage.ts';
import { largeValue } from '../format/large-value.ts';
import { LeafReader } from '../format/leaf-reader.ts';
import { checkOrder, decodeBranch, decodeTree, LIST_IDS, nodeOf, type TreeNode } from '../format/tree.ts';
import { HoldfastError } from '../../errors.ts';
import { phrase } from '../../text.ts';
import { BlockReader } from './block-reader.ts';
import type { Domain } from './domain.ts';
import { IdWords } from './shared-index.ts';

export class TreeReader {
  readonly #domain: Domain;
  readonly #reader: BlockReader;
  readonly #words = new IdWords();
  readonly #ids: BlobIds | null;

  /**
   * @param blobIdKey null where it is not known: then ids are not recomputed (GCM still authenticates)
   * @param cacheBytes decompressed blocks that are kept; as the block reader has it where it is not given
   */
  constructor(domain: Domain, blobIdKey: BlobIdKey | null, cacheBytes?: number) {
    this.#domain = domain;
    this.#reader = new BlockReader(domain.packs, domain.keys.read, domain.line, cacheBytes);
    this.#ids = blobIdKey === null ? null : new BlobIds(blobIdKey);
  }

  /** A copy-free view, good until the next call. Errors: object-missing, object-damaged. */
  blob(id: Uint8Array, kind: BlobKind): Uint8Array {
    const entry = this.#words.load(id).findIn(this.#domain.index);
    if (entry < 0) {
      throw new HoldfastError(
        'object-missing',
        'Part of this snapshot is not in the storage any more.',
        'Nothing was changed. Other snapshots may be whole; a full verification says what is affected.',
        { detail: `blob ${toHex(id)}` },
      );
    }
    const bytes = this.#reader.blob(this.#domain.index.place(entry));
    if (this.#ids?.fit(kind, bytes, id) === false) throw damaged('A folder in the backup', 'blob id');
    return bytes;
  }

  /** All entries of a folder, in name order. */
  folder(id: Uint8Array): TreeNode[] {
    return [...this.nodes(id)];
  }

  /** The same one after another: of a folder that is cut into leaves, one leaf is in memory at a time. */
  *nodes(id: Uint8Array): Generator<TreeNode, undefined> {
    const tree = decodeTree(this.blob(id, BlobKind.tree));
    if (tree.kind === 'leaf') {
      yield* tree.nodes;
      return;
    }
    let last: TreeNode | null = null;
    for (const leafId of tree.ids) {
      const leaf = decodeTree(this.blob(leafId, BlobKind.tree));
      if (leaf.kind !== 'leaf') throw damaged('A folder in the backup', 'branch below a branch');
      const [first] = leaf.nodes;
      if (last !== null && first !== undefined) checkOrder([last, first], 'A folder in the backup');
      last = leaf.nodes.at(-1) ?? last;
      yield* leaf.nodes;
    }
  }

  /**
   * The leaves of a folder, each to be read to its end before the next is asked for: names ascend across them. A leaf's
   * bytes are good until then. Errors: object-missing, object-damaged, newer-format.
   */
  *leaves(id: Uint8Array): Generator<LeafReader, undefined> {
    const what = phrase('A folder in the backup');
    const top = this.blob(id, BlobKind.tree);
    const only = LeafReader.of(top, what);
    if (only !== null) {
      yield only;
      return;
    }
    let after: Uint8Array | null = null;
    const ids = decodeBranch(top);
    for (const [i, leafId] of ids.entries()) {
      const leaf = LeafReader.of(this.blob(leafId, BlobKind.tree), what, after);
      if (leaf === null) throw damaged(what, 'branch below a branch');
      leaf.following = ids.length - 1 - i;
      yield leaf;
      if (leaf.name.there) after = leaf.copy(leaf.name);
    }
  }

  /** The entry of a folder with this raw name; null where there is none. Errors: as for `leaves`. */
  find(id: Uint8Array, name: Uint8Array): TreeNode | null {
    for (const leaf of this.leaves(id)) {
      let found: TreeNode | null = null;
      // To the end: an entry of a leaf that is damaged is none.
      while (leaf.next()) if (found === null && leaf.holds(leaf.name, name)) found = nodeOf(leaf);
      if (found !== null) return found;
    }
    return null;
  }

  /** Data blob ids (32 bytes each, joined) of a file's whole content. */
  content(node: TreeNode): Uint8Array {
    if (node.lists.length === 0) return node.content;
    const parts: Uint8Array[] = [];
    for (let at = 0; at < node.lists.length; at += ID_BYTES) {
      const list = this.blob(node.lists.subarray(at, at + ID_BYTES), BlobKind.list);
      if (list.length % ID_BYTES !== 0 || list.length > LIST_IDS * ID_BYTES) throw damaged('A file list', 'length');
      parts.push(list.slice());
    }
    return new Uint8Array(Buffer.concat(parts));
  }

  /**
   * The value of a long attribute. Errors: object-missing, object-damaged, locked.
   *
   * @param content 32-byte ids of its data blobs, joined
   */
  value(content: Uint8Array, size: number): Uint8Array {
    return largeValue(content, size, (id) => this.blob(id, BlobKind.data), phrase('An attribute in the backup'));
  }

  close(): void {
    this.#reader.close();
  }
}
