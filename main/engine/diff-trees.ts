/** Compares two trees of the backup, folder by folder. */
import { equal } from './format/bytes.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { changedFields } from './diff-nodes.ts';
import { below, TOP, type DiffReport, type ToldPath } from './diff-report.ts';
import type { TreeReader } from './repository/tree-reader.ts';

/** Where a comparison begins in one tree; nulls where there is nothing. */
export interface DiffSide {
  trees: TreeReader;
  /** Null at the top, which has no node. */
  node: TreeNode | null;
  tree: Uint8Array | null;
}

/** Folders between two looks at the pause word and turns for the rest of the process. */
const FOLDERS_A_BREATH = 64;

/**
 * Tells every difference below two places. Folders of one id are equal and not opened. At any moment at most one leaf of
 * each folder on the way is in memory.
 *
 * @param names of the path that both places have, for what is told
 * @param comparable ids of both sides are of one computer
 */
export async function diffTrees(
  { a, b }: { a: DiffSide; b: DiffSide },
  names: Uint8Array[],
  report: DiffReport,
  comparable: boolean,
  check: () => Promise<void>,
): Promise<void> {
  const differ = new TreeDiffer(a.trees, b.trees, report, comparable, check);
  const at = names.reduce(below, TOP);
  if (names.length > 0) await differ.entries(at, a.node, b.node);
  else await differ.folders(at, a.tree, b.tree);
}

class TreeDiffer {
  readonly #a: TreeReader;
  readonly #b: TreeReader;
  readonly #report: DiffReport;
  readonly #comparable: boolean;
  readonly #check: () => Promise<void>;
  #opened = 0;

  constructor(a: TreeReader, b: TreeReader, report: DiffReport, comparable: boolean, check: () => Promise<void>) {
    this.#a = a;
    this.#b = b;
    this.#report = report;
    this.#comparable = comparable;
    this.#check = check;
  }

  async folders(at: ToldPath, a: Uint8Array | null, b: Uint8Array | null): Promise<void> {
    if (a !== null && b !== null && this.#comparable && equal(a, b)) {
      this.#report.equalFolder();
      return;
    }
    await this.#breathe();
    const left = nodesOf(this.#a, a);
    const right = nodesOf(this.#b, b);
    let x = left.next();
    let y = right.next();
    while (x.done !== true || y.done !== true) {
      const order = x.done === true ? 1 : y.done === true ? -1 : Buffer.compare(x.value.name, y.value.name);
      const before = order <= 0 && x.done !== true ? x.value : null;
      const after = order >= 0 && y.done !== true ? y.value : null;
      if (before !== null) x = left.next();
      if (after !== null) y = right.next();
      const name = before?.name ?? after?.name;
      if (name !== undefined) await this.entries(below(at, name), before, after);
    }
  }

  async entries(at: ToldPath, before: TreeNode | null, after: TreeNode | null): Promise<void> {
    if (before !== null && after !== null) {
      this.#report.changed(at, before, after, changedFields(before, after, this.#comparable));
    } else if (before !== null) this.#report.removed(at, before);
    else if (after !== null) this.#report.added(at, after);
    const a = before?.type === NodeType.folder ? before.subtree : null;
    const b = after?.type === NodeType.folder ? after.subtree : null;
    if (a !== null || b !== null) await this.folders(at, a, b);
  }

  async #breathe(): Promise<void> {
    if (++this.#opened % FOLDERS_A_BREATH !== 0) return;
    await new Promise((resolve) => setImmediate(resolve));
    await this.#check();
  }
}

function nodesOf(trees: TreeReader, id: Uint8Array | null): Iterator<TreeNode, undefined> {
  return id === null ? [][Symbol.iterator]() : trees.nodes(id);
}
