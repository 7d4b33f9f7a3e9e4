/** Takes snapshots into an index: only folders that changed since the snapshot before are opened. */
import { NodeType, type TreeNode } from '../format/tree.ts';
import { concernsOneObject } from '../repository/storage-failure.ts';
import { TREE_BYTES, type PathIndex } from './path-index.ts';

/** What the builder reads trees with. */
export interface Trees {
  nodes(id: Uint8Array): Iterable<TreeNode>;
}

export interface NewSnapshot {
  /** In hex. */
  id: string;
  /** Names the line that it belongs to. */
  sources: string;
  /** Tree blob of the top. */
  root: Uint8Array;
}

const FOLDERS_A_BREATH = 64;
const NO_ROW = 0xffff_ffff;

export class IndexBuilder {
  readonly #index: PathIndex;
  readonly #trees: Trees;
  readonly #breathe: (entries: number) => Promise<void>;
  /** Rows of a folder: the last one added, and of each row the one added before it below the same parent. */
  #lastChild: Uint32Array;
  #before: Uint32Array;
  #line = 0;
  #snapshot = 0;
  #opened = 0;
  #entries = 0;
  #unread = 0;

  /** @param breathe called every few folders with the number of entries read so far */
  constructor(index: PathIndex, trees: Trees, breathe: (entries: number) => Promise<void>) {
    this.#index = index;
    this.#trees = trees;
    this.#breathe = breathe;
    this.#lastChild = new Uint32Array(index.rows).fill(NO_ROW);
    this.#before = new Uint32Array(index.rows).fill(NO_ROW);
    for (let row = 1; row < index.rows; row++) this.#link(row, index.parent.at(row));
  }

  /**
   * Takes in one snapshot; call in the order in which they were made.
   *
   * @returns folders that could not be read. Errors: what keeps the storage from being read at all; the index is then to
   *   be thrown away
   */
  async add({ id, sources, root }: NewSnapshot): Promise<number> {
    const index = this.#index;
    const known = index.lines.indexOf(sources);
    this.#line = known >= 0 ? known : index.lines.push(sources) - 1;
    this.#snapshot = index.snapshots.push({ id, line: this.#line, there: true }) - 1;
    this.#unread = 0;
    let top = index.openVersion(0, this.#line);
    if (top < 0) top = index.addVersion(0, this.#line, this.#snapshot, TOP);
    await this.#folder(0, top, root);
    return this.#unread;
  }

  /** Brings the rows below a folder to what a tree says. */
  async #folder(row: number, version: number, tree: Uint8Array): Promise<void> {
    const index = this.#index;
    if (index.isTree(version, tree)) return;
    if (++this.#opened % FOLDERS_A_BREATH === 0) await this.#breathe(this.#entries);
    const gone = this.#children(row);
    const folders: { row: number; version: number; tree: Uint8Array }[] = [];
    let whole = true;
    try {
      for (const node of this.#trees.nodes(tree)) {
        this.#entries++;
        const name = latin1(node.name);
        const child = gone.get(name) ?? this.#addRow(row, node.name);
        gone.delete(name);
        const at = this.#state(child, node);
        if (node.subtree !== null) folders.push({ row: child, version: at, tree: node.subtree });
      }
    } catch (error) {
      if (!concernsOneObject(error)) throw error;
      this.#unread++;
      whole = false;
    }
    for (const child of gone.values()) this.#close(child);
    for (const folder of folders) await this.#folder(folder.row, folder.version, folder.tree);
    index.setTree(version, whole ? tree : null);
  }

  /** The version of a row for a node: the one before where it is as it was. */
  #state(row: number, node: TreeNode): number {
    const index = this.#index;
    const before = index.openVersion(row, this.#line);
    if (before >= 0) {
      const wasFolder = index.kind.at(before) === NodeType.folder;
      const same =
        index.kind.at(before) === node.type &&
        index.seconds.at(before) === node.mtime.s &&
        index.nanos.at(before) === node.mtime.ns &&
        (wasFolder || index.size.at(before) === node.size);
      if (same) return before;
      const after = index.addVersion(row, this.#line, this.#snapshot, node);
      if (wasFolder && node.type === NodeType.folder) {
        // What it holds is compared with what it held.
        const at = index.size.at(before);
        index.setTree(after, index.trees.array.slice(at, at + TREE_BYTES));
      } else if (wasFolder) this.#closeBelow(row);
      index.last.set(before, this.#snapshot - 1);
      return after;
    }
    return index.addVersion(row, this.#line, this.#snapshot, node);
  }

  #close(row: number): void {
    const index = this.#index;
    const version = index.openVersion(row, this.#line);
    if (version < 0) return;
    index.last.set(version, this.#snapshot - 1);
    if (index.kind.at(version) === NodeType.folder) this.#closeBelow(row);
  }

  #closeBelow(row: number): void {
    for (let child = this.#lastChild[row] ?? NO_ROW; child !== NO_ROW; child = this.#before[child] ?? NO_ROW) {
      this.#close(child);
    }
  }

  /** All rows below a folder, of whatever snapshot, by name. */
  #children(row: number): Map<string, number> {
    const children = new Map<string, number>();
    for (let child = this.#lastChild[row] ?? NO_ROW; child !== NO_ROW; child = this.#before[child] ?? NO_ROW) {
      children.set(latin1(this.#index.name(child)), child);
    }
    return children;
  }

  #addRow(parent: number, name: Uint8Array): number {
    const row = this.#index.addRow(parent, name);
    if (row >= this.#before.length) {
      this.#lastChild = grown(this.#lastChild, row);
      this.#before = grown(this.#before, row);
    }
    this.#link(row, parent);
    return row;
  }

  #link(row: number, parent: number): void {
    this.#before[row] = this.#lastChild[parent] ?? NO_ROW;
    this.#lastChild[parent] = row;
  }
}

const TOP = { type: NodeType.folder, size: 0, mtime: { s: 0, ns: 0 } };

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

function grown(array: Uint32Array, row: number): Uint32Array {
  const next = new Uint32Array(Math.max(row + 1, Math.ceil(array.length * 1.5))).fill(NO_ROW);
  next.set(array);
  return next;
}
