/** Files and bytes below folders. A folder is named by its contents, so what was summed once stays true. */
import type { Sum } from './api.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { concernsOneObject } from './repository/storage-failure.ts';
import type { TreeReader } from './repository/tree-reader.ts';

/** Folders whose sums are kept: about 25 MB. Small ones beyond are summed again when they are needed. */
const MAX_KEPT = 250_000;
/** Bytes of a tree's id that name it here: as many as the index of blobs goes by. */
const ID_BYTES = 16;
const FOLDERS_A_BREATH = 64;

/** By computer and tree. Sums and keyed hashes, no names; they end with the thread when the app is locked. */
const kept = new Map<string, Sum>();

export class FolderSums {
  readonly #trees: Pick<TreeReader, 'nodes'>;
  readonly #domain: string;
  readonly #check: () => Promise<void>;
  #opened = 0;
  /** Entries that were read from trees. */
  entries = 0;
  /** Folders that could not be read. */
  unread = 0;

  /** @param check called every few folders; throws where the verb was stopped */
  constructor(trees: Pick<TreeReader, 'nodes'>, domain: string, check: () => Promise<void>) {
    this.#trees = trees;
    this.#domain = domain;
    this.#check = check;
  }

  /** An entry with everything below it. Errors: those that end all reading; a damaged folder counts as unread. */
  async of(node: TreeNode): Promise<Sum> {
    if (node.type === NodeType.file) return { files: 1, bytes: node.size };
    if (node.type !== NodeType.folder || node.subtree === null) return { files: 0, bytes: 0 };
    return await this.#folder(node.subtree);
  }

  /** Entries of a folder; none where there is no folder, and those before the damage where it is damaged. */
  *nodes(tree: Uint8Array | null): Generator<TreeNode, undefined> {
    if (tree === null) return;
    try {
      for (const node of this.#trees.nodes(tree)) {
        this.entries++;
        yield node;
      }
    } catch (error) {
      if (!concernsOneObject(error)) throw error;
      this.unread++;
    }
  }

  async #folder(tree: Uint8Array): Promise<Sum> {
    const key = this.#domain + Buffer.from(tree.subarray(0, ID_BYTES)).toString('latin1');
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (++this.#opened % FOLDERS_A_BREATH === 0) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#check();
    }
    const unread = this.unread;
    const sum: Sum = { files: 0, bytes: 0 };
    for (const node of this.nodes(tree)) {
      if (node.type === NodeType.file) {
        sum.files++;
        sum.bytes += node.size;
      } else if (node.subtree !== null) {
        const below = await this.#folder(node.subtree);
        sum.files += below.files;
        sum.bytes += below.bytes;
      }
    }
    // What could not be read now may be readable later.
    if (this.unread === unread) keep(key, sum);
    return sum;
  }
}

function keep(key: string, sum: Sum): void {
  if (kept.size >= MAX_KEPT) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
  kept.set(key, sum);
}
