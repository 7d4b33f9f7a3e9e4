/** Which files a drill restores: at random, those whose contents were never drilled before the others. */
import { createHash } from 'node:crypto';
import { NodeType, type TreeNode } from './format/tree.ts';
import { entryId } from './repository/entry-path.ts';
import { markOf } from './repository/known-drill.ts';
import { releaseNative } from './repository/native-memory.ts';
import type { TreeReader } from './repository/tree-reader.ts';

export interface DrillFile {
  /** Raw names from the top down. */
  names: Uint8Array[];
  /** Ids of the names, joined by `/`: as a restore takes it. */
  entry: string;
  node: TreeNode;
  /** Ids of the data blobs, joined. */
  content: Uint8Array;
}

/** How many times as likely a file is to come before another where its contents were never drilled. */
const NEVER_DRILLED = 16;
/** Candidates for each file that is wanted: some are too large for what is left of the bytes. */
const CANDIDATES = 4;

/**
 * Passes over all files of a snapshot once, in memory that depends on `files` alone: each gets the key u^(1/w) for a
 * random u and its weight w, and the largest keys stay (Efraimidis and Spirakis, 2006).
 *
 * @param seed the same seed chooses the same files of the same snapshot and marks
 * @param bytes sum of their sizes; the smallest candidate is taken where none is small enough
 */
export async function chooseFiles(
  trees: TreeReader,
  root: Uint8Array,
  o: { seed: string; files: number; bytes: number; marks: ReadonlySet<string>; breathe: () => Promise<void> },
): Promise<DrillFile[]> {
  const random = randomOf(o.seed);
  const wanted = o.files * CANDIDATES;
  const best: { key: number; file: DrillFile }[] = [];
  const folders: { id: Uint8Array; names: Uint8Array[] }[] = [{ id: root, names: [] }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await o.breathe();
    await releaseNative();
    for (const node of trees.nodes(folder.id)) {
      const names = [...folder.names, node.name.slice()];
      if (node.subtree !== null) folders.push({ id: node.subtree.slice(), names });
      if (node.type !== NodeType.file || node.size === 0) continue;
      // Lists of large files are read for those that are chosen only.
      const mark = markOf(node.lists.length > 0 ? node.lists : node.content);
      const key = random() ** (1 / (o.marks.has(mark) ? 1 : NEVER_DRILLED));
      if (best.length >= wanted && key <= (best.at(-1)?.key ?? 0)) continue;
      const at = best.findIndex((other) => other.key < key);
      const file = { names, entry: names.map(entryId).join('/'), node, content: new Uint8Array(0) };
      best.splice(at < 0 ? best.length : at, 0, { key, file });
      if (best.length > wanted) best.pop();
    }
  }
  const chosen = within(
    best.map(({ file }) => file),
    o.files,
    o.bytes,
  );
  return chosen.map((file) => ({ ...file, content: trees.content(file.node).slice() }));
}

function within(candidates: DrillFile[], files: number, bytes: number): DrillFile[] {
  const chosen: DrillFile[] = [];
  let left = bytes;
  for (const file of candidates) {
    if (chosen.length >= files || file.node.size > left) continue;
    chosen.push(file);
    left -= file.node.size;
  }
  if (chosen.length > 0) return chosen;
  const smallest = candidates.reduce<DrillFile | null>(
    (a, b) => (a === null || b.node.size < a.node.size ? b : a),
    null,
  );
  return smallest === null ? [] : [smallest];
}

/** Numbers in (0, 1), the same for the same seed: xorshift128 (Marsaglia, 2003). */
function randomOf(seed: string): () => number {
  const hash = createHash('sha256').update(seed).digest();
  const state = Uint32Array.from({ length: 4 }, (_, i) => hash.readUInt32BE(4 * i) | 1);
  return () => {
    let t = state[3] ?? 0;
    const s = state[0] ?? 0;
    state.copyWithin(1, 0, 3);
    t ^= t << 11;
    t ^= t >>> 8;
    state[0] = t ^ s ^ (s >>> 19);
    return ((state[0] ?? 0) + 0.5) / 2 ** 32;
  };
}
