/**
 * Every path of one computer's snapshots, in columns. A row is a path: its parent's row and its name. A version is one
 * state of a path in a run of snapshots one after another; a row's versions are linked from the newest to the oldest.
 *
 * Snapshots of the same sources form a line, and what is compared is always a snapshot with the one before it in its
 * line: so what did not change costs nothing, however many snapshots it is in, and snapshots of other sources in between
 * do not disturb.
 */
import { NodeType, type TreeNode } from '../format/tree.ts';
import { f64, u32, u8 } from './columns.ts';

/** `last` of a version that the newest snapshot of its line still has. */
export const OPEN = 0xffff_ffff;
/** Bytes of a tree id that are kept: the index of blobs goes by as many. */
export const TREE_BYTES = 16;

export interface IndexedSnapshot {
  /** In hex. */
  id: string;
  line: number;
  /** False once it was removed from the storage. */
  there: boolean;
}

export class PathIndex {
  /** In the order in which they were made, which is that of their numbers; positions in it are what versions name. */
  readonly snapshots: IndexedSnapshot[] = [];
  /** One for each set of sources: a hash of their paths. */
  readonly lines: string[] = [];

  /** Rows. A name ends before the byte 0 that stands before the next one's beginning. Row 0 is the top, without a name. */
  readonly parent = u32();
  readonly nameAt = u32();
  /** Version and 1; 0 where there is none. */
  readonly newest = u32();
  readonly names = u8();

  /** Versions. */
  readonly first = u32();
  readonly last = u32();
  /** The next older version and 1; 0 where there is none. */
  readonly older = u32();
  readonly line = u32();
  readonly kind = u8();
  /** Bytes of a file; position in `trees` of a folder's. */
  readonly size = f64();
  readonly seconds = f64();
  readonly nanos = u32();

  /** Beginnings of ids of folders' trees, TREE_BYTES each. */
  readonly trees = u8();

  constructor() {
    this.parent.push(0);
    this.nameAt.push(0);
    this.newest.push(0);
    this.names.push(0);
  }

  get rows(): number {
    return this.parent.length;
  }

  /** A copy of a row's name. */
  name(row: number): Uint8Array {
    return this.names.array.slice(this.nameAt.at(row), this.nameEnd(row));
  }

  nameEnd(row: number): number {
    return (row + 1 < this.rows ? this.nameAt.at(row + 1) : this.names.length) - 1;
  }

  addRow(parent: number, name: Uint8Array): number {
    const row = this.parent.push(parent);
    this.nameAt.push(this.names.length);
    this.names.append(name);
    this.names.push(0);
    this.newest.push(0);
    return row;
  }

  /** Names from the top down. */
  namesTo(row: number): Uint8Array[] {
    const names: Uint8Array[] = [];
    for (let at = row; at !== 0; at = this.parent.at(at)) names.unshift(this.name(at));
    return names;
  }

  /** The version of a row that the newest snapshot of a line has; -1 where it has none. */
  openVersion(row: number, line: number): number {
    for (let v = this.newest.at(row) - 1; v >= 0; v = this.older.at(v) - 1) {
      if (this.line.at(v) === line && this.last.at(v) === OPEN) return v;
    }
    return -1;
  }

  addVersion(row: number, line: number, snapshot: number, node: Pick<TreeNode, 'type' | 'size' | 'mtime'>): number {
    const version = this.first.push(snapshot);
    this.last.push(OPEN);
    this.older.push(this.newest.at(row));
    this.line.push(line);
    this.kind.push(node.type);
    this.size.push(node.type === NodeType.folder ? this.#addTree() : node.size);
    this.seconds.push(node.mtime.s);
    this.nanos.push(node.mtime.ns);
    this.newest.set(row, version + 1);
    return version;
  }

  #addTree(): number {
    const at = this.trees.length;
    this.trees.append(new Uint8Array(TREE_BYTES));
    return at;
  }

  /** True where a folder's version is of this tree. */
  isTree(version: number, id: Uint8Array): boolean {
    const at = this.size.at(version);
    return Buffer.compare(this.trees.array.subarray(at, at + TREE_BYTES), id.subarray(0, TREE_BYTES)) === 0;
  }

  /** @param id null where not all of it could be read: it is none that a later snapshot may be compared with */
  setTree(version: number, id: Uint8Array | null): void {
    this.trees.array.set(id?.subarray(0, TREE_BYTES) ?? new Uint8Array(TREE_BYTES), this.size.at(version));
  }

  /** Columns in the order in which they are stored. */
  get columns() {
    const { parent, nameAt, newest, names, first, last, older, line, kind, size, seconds, nanos, trees } = this;
    return [parent, nameAt, newest, names, first, last, older, line, kind, size, seconds, nanos, trees];
  }
}
