/** Sizes of what lies in a folder of a snapshot, with everything below, and what grew since an older one. */
import type { SizedEntry, SizesInput, SizesOutput, Sum } from './api.ts';
import { KINDS } from './entry-facts.ts';
import { FolderSums } from './folder-sums.ts';
import { display } from './format/byte-path.ts';
import { NodeType, type TreeNode } from './format/tree.ts';
import { Ticker } from './progress-ticker.ts';
import { entryId, namesOfEntry, nodesTo, pathNotFound } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot } from './repository/open-trees.ts';
import { noSuchSnapshot } from './repository/snapshot-finder.ts';
import type { TreeReader } from './repository/tree-reader.ts';
import { unattended } from './verb-context.ts';

const LIMIT = 200;
/** So many of the entries told are looked into, and so many of what is in each are told. */
const OPENED = 24;
const INSIDE = 12;

/** Errors: snapshot-not-found, path-not-found, and those of opening; a damaged folder is counted as unread. */
export async function sizes(input: SizesInput, context = unattended): Promise<SizesOutput> {
  const ticker = new Ticker(context.emit);
  try {
    const { domain, stored, trees, leave } = await openSnapshot(
      input.destination,
      input.access,
      input.snapshotId,
      context,
    );
    try {
      const sums = new FolderSums(trees, domain.id, () => context.control.check());
      ticker.read = () => ({ files: sums.entries });
      ticker.start('scan');
      const older = input.before === undefined ? null : domain.snapshots.find(({ id }) => id === input.before);
      if (older === undefined) throw noSuchSnapshot(input.before ?? '');
      const names = namesOfEntry(input.path);
      const now = treeAt(trees, stored.snapshot.root, names);
      const before = older === null ? null : treeAt(trees, older.snapshot.root, names);
      if (now === null && before === null) throw pathNotFound();
      const output = await new Sizing(sums, input).of(now, before, older !== null);
      ticker.end();
      return output;
    } finally {
      ticker.stop();
      await leave();
    }
  } catch (error) {
    void closeSnapshot();
    throw await explainMissing(input.destination, error, context);
  }
}

/** Null where the snapshot has no such folder. */
function treeAt(trees: TreeReader, root: Uint8Array, names: Buffer[]): Uint8Array | null {
  if (names.length === 0) return root;
  try {
    return nodesTo(trees, root, names).at(-1)?.subtree ?? null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'path-not-found') return null;
    throw error;
  }
}

interface Sized {
  name: Uint8Array;
  type: NodeType;
  tree: Uint8Array | null;
  now: Sum;
  before: Sum | null;
}

class Sizing {
  readonly #sums: FolderSums;
  readonly #limit: number;
  readonly #order: (a: Sized, b: Sized) => number;
  readonly #output: SizesOutput;
  /** The first ones of the order so far, and a few more. */
  #best: Sized[] = [];

  constructor(sums: FolderSums, { limit = LIMIT, order = 'size' }: SizesInput) {
    this.#sums = sums;
    this.#limit = limit;
    const weight = order === 'size' ? ({ now }: Sized) => now.bytes : changeOf;
    this.#order = (a, b) => weight(b) - weight(a) || Buffer.compare(a.name, b.name);
    this.#output = {
      total: { files: 0, bytes: 0 },
      before: null,
      entries: [],
      rest: { entries: 0, files: 0, bytes: 0, bytesBefore: 0 },
      unread: 0,
    };
  }

  /** Both folders are gone through in the order of names; at most a few times `limit` entries are kept. */
  async of(now: Uint8Array | null, before: Uint8Array | null, compared: boolean): Promise<SizesOutput> {
    const output = this.#output;
    if (before !== null) output.before = { files: 0, bytes: 0 };
    const left = this.#sums.nodes(before);
    const right = this.#sums.nodes(now);
    let x = left.next();
    let y = right.next();
    while (x.done !== true || y.done !== true) {
      const order = x.done === true ? 1 : y.done === true ? -1 : Buffer.compare(x.value.name, y.value.name);
      const older = order <= 0 && x.done !== true ? x.value : null;
      const newer = order >= 0 && y.done !== true ? y.value : null;
      if (older !== null) x = left.next();
      if (newer !== null) y = right.next();
      await this.#entry(newer, older, compared);
    }
    this.#prune(this.#limit);
    for (const [i, one] of this.#best.entries()) output.entries.push(await this.#told(one, i < OPENED));
    output.unread = this.#sums.unread;
    return output;
  }

  async #entry(newer: TreeNode | null, older: TreeNode | null, compared: boolean): Promise<void> {
    const node = newer ?? older;
    if (node === null) return;
    const now = newer === null ? { files: 0, bytes: 0 } : await this.#sums.of(newer);
    const before = older === null ? null : await this.#sums.of(older);
    const { total, before: sumBefore } = this.#output;
    addTo(total, now);
    if (sumBefore !== null && before !== null) addTo(sumBefore, before);
    this.#best.push({
      name: node.name,
      type: node.type,
      tree: newer?.subtree ?? null,
      now,
      before: compared ? before : null,
    });
    if (this.#best.length >= 4 * this.#limit + 64) this.#prune(this.#limit);
  }

  #prune(to: number): void {
    this.#best.sort(this.#order);
    const { rest } = this.#output;
    for (const { now, before } of this.#best.splice(to)) {
      rest.entries++;
      rest.files += now.files;
      rest.bytes += now.bytes;
      rest.bytesBefore += before?.bytes ?? 0;
    }
  }

  async #told({ name, type, tree, now, before }: Sized, opened: boolean): Promise<SizedEntry> {
    return {
      id: entryId(name),
      name: display(name),
      kind: KINDS[type],
      ...now,
      before,
      inside: opened && tree !== null ? await this.#inside(tree) : [],
    };
  }

  async #inside(tree: Uint8Array): Promise<SizedEntry['inside']> {
    const largest: { node: TreeNode; bytes: number }[] = [];
    for (const node of this.#sums.nodes(tree)) {
      const { bytes } = await this.#sums.of(node);
      const least = largest.at(-1)?.bytes ?? 0;
      if (bytes === 0 || (largest.length === INSIDE && bytes <= least)) continue;
      largest.push({ node, bytes });
      largest.sort((a, b) => b.bytes - a.bytes);
      largest.length = Math.min(largest.length, INSIDE);
    }
    return largest.map(({ node, bytes }) => ({
      id: entryId(node.name),
      name: display(node.name),
      kind: KINDS[node.type],
      bytes,
    }));
  }
}

const changeOf = ({ now, before }: Sized): number => Math.abs(now.bytes - (before?.bytes ?? 0));

function addTo(sum: Sum, more: Sum): void {
  sum.files += more.files;
  sum.bytes += more.bytes;
}
