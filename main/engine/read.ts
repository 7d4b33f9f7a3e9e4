/** Reads a range of a file out of a snapshot, for whoever shows it: nothing is written to a disk. */
import { HoldfastError } from '../errors.ts';
import type { ReadInput, ReadOutput } from './api.ts';
import { NodeType } from './format/tree.ts';
import { Contents, type ReadableDomain } from './mount/contents.ts';
import { etagOf } from './mount/items.ts';
import { namesOfEntry, nodesTo, pathNotFound } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot, type OpenSnapshot } from './repository/open-trees.ts';
import type { TreeReader } from './repository/tree-reader.ts';
import { unattended } from './verb-context.ts';

/** Most bytes of one call: bounds what lies in memory and in messages between threads. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** What reads the snapshot that is open, from call to call: players ask for hundreds of ranges of one film. */
const readers = new WeakMap<TreeReader, { contents: Contents; open: ReadableDomain }>();

/** Errors: bad-input, path-not-found, snapshot-not-found, locked, object-missing, object-damaged, those of opening. */
export async function read(input: ReadInput, context = unattended): Promise<ReadOutput> {
  const { from, to } = input;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || to - from > MOST_BYTES) {
    throw new HoldfastError(
      'bad-input',
      'These bytes of the file cannot be read in one piece.',
      'Ask for 4 MiB or less. Nothing was changed.',
      { detail: `bytes ${from} to ${to}` },
    );
  }
  try {
    const snapshot = await openSnapshot(input.destination, input.access, input.snapshotId, context);
    try {
      const { contents, open } = readerOf(snapshot);
      const node = nodesTo(snapshot.trees, snapshot.stored.snapshot.root, namesOfEntry(input.path)).at(-1);
      if (node?.type !== NodeType.file) throw pathNotFound();
      const { domainEpoch } = snapshot.stored.snapshot;
      const end = Math.min(to, node.size);
      const pieces: Buffer[] = [];
      if (from < end) {
        for await (const piece of contents.read({ open, node, etag: etagOf(node), domainEpoch }, from, end)) {
          pieces.push(piece);
          await context.control.check();
        }
      }
      // Memory of its own: what Buffer pools would hold other pieces as well.
      return { bytes: joined(pieces), size: node.size };
    } finally {
      await snapshot.leave();
    }
  } catch (error) {
    // A name that is not there says nothing of the storage.
    if (!(error instanceof HoldfastError && error.code === 'path-not-found')) void closeSnapshot();
    throw await explainMissing(input.destination, error, context);
  }
}

function readerOf(snapshot: OpenSnapshot): { contents: Contents; open: ReadableDomain } {
  const known = readers.get(snapshot.trees);
  if (known !== undefined) return known;
  const { domain, trees, source } = snapshot;
  const made = { contents: new Contents(), open: { domain, trees, source } };
  readers.set(trees, made);
  snapshot.whenClosed.add(() => made.contents.close());
  return made;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
