/** Walks a snapshot's trees and says what of it cannot be restored. */
import { toHoldfastError } from '../errors.ts';
import { ID_BYTES } from './format/blob.ts';
import { display } from './format/byte-path.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import type { Domain } from './repository/domain.ts';
import { IdWords, type BlobPlace } from './repository/shared-index.ts';
import { endsReading } from './repository/storage-failure.ts';
import type { TreeReader } from './repository/tree-reader.ts';

/** Called for every blob that a tree or file needs. */
export type OnBlob = (place: BlobPlace, path: string) => void;

export class TreeCheck {
  readonly problems: string[] = [];
  readonly affected: string[] = [];
  blobs = 0;
  readonly #domain: Domain;
  readonly #trees: TreeReader;
  readonly #whole: Set<string>;
  readonly #onBlob: OnBlob | undefined;
  readonly #words = new IdWords();

  /** @param whole trees that were found whole already, with all below them; those of this run are added */
  constructor(domain: Domain, trees: TreeReader, whole: Set<string>, onBlob?: OnBlob) {
    this.#domain = domain;
    this.#trees = trees;
    this.#whole = whole;
    this.#onBlob = onBlob;
  }

  async run(root: Uint8Array, breathe: () => Promise<void>): Promise<void> {
    const seen = new Set<string>();
    const stack: { id: Uint8Array; path: string }[] = [{ id: root, path: '' }];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const key = Buffer.from(next.id).toString('latin1');
      if (this.#whole.has(key) || seen.has(key)) continue;
      await breathe();
      seen.add(key);
      stack.push(...this.#folder(next.id, next.path));
    }
    // A folder is whole only with all below it; where anything is missing, the next snapshot is walked in full too.
    if (this.problems.length === 0) for (const key of seen) this.#whole.add(key);
  }

  #folder(id: Uint8Array, path: string): { id: Uint8Array; path: string }[] {
    const below: { id: Uint8Array; path: string }[] = [];
    this.blobs++;
    const entry = this.#words.load(id).findIn(this.#domain.index);
    if (entry >= 0) this.#onBlob?.(this.#domain.index.place(entry), path);
    let nodes: TreeNode[];
    try {
      nodes = this.#trees.folder(id);
    } catch (error) {
      this.#problem(path === '' ? '/' : path, error);
      return below;
    }
    for (const node of nodes) {
      const here = `${path}/${display(node.name)}`;
      if (node.subtree !== null) below.push({ id: node.subtree, path: here });
      else if (node.type === NodeType.file) this.#file(node, here);
    }
    return below;
  }

  #file(node: TreeNode, path: string): void {
    try {
      const content = this.#trees.content(node);
      let size = 0;
      for (let at = 0; at < content.length; at += ID_BYTES) {
        const entry = this.#words.load(content, at).findIn(this.#domain.index);
        if (entry < 0) throw new Error('part of its content is missing');
        const place = this.#domain.index.place(entry);
        this.#onBlob?.(place, path);
        size += place.length;
        this.blobs++;
      }
      if (size !== node.size) throw new Error(`its parts make ${size} bytes where it has ${node.size}`);
    } catch (error) {
      this.#problem(path, error);
    }
  }

  /** Errors: what keeps the storage from being read at all. */
  #problem(path: string, error: unknown): void {
    if (endsReading(error)) throw error;
    const known = toHoldfastError(error);
    this.problems.push(`${path}: ${known.code === 'internal' ? (known.detail ?? '') : known.message}`);
    this.affected.push(path);
  }
}
