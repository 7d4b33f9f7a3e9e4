/** Gives one page of a folder of a snapshot, in the order asked for. The folder is read once for all its pages. */
import { HoldfastError } from '../errors.ts';
import type { FolderPage, PageInput } from './api.ts';
import { FolderRows } from './folder-rows.ts';
import { Lru } from './mount/lru.ts';
import { folderOf, namesOfEntry } from './repository/entry-path.ts';
import { closeSnapshot, explainMissing, openSnapshot, type OpenSnapshot } from './repository/open-trees.ts';
import type { TreeReader } from './repository/tree-reader.ts';
import { unattended } from './verb-context.ts';

/** Bytes of the folders that are kept: about 800,000 entries. The one in hand stays, however large it is. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** Folders by entry path, of the snapshot that is open: they go with it, and with this thread when the app is locked. */
const kept = new WeakMap<TreeReader, Lru<FolderRows>>();

/** Errors: snapshot-not-found, path-not-found, object-missing, object-damaged, and those of opening. */
export async function page(input: PageInput, context = unattended): Promise<FolderPage> {
  try {
    const open = await inTurn(input, () => openSnapshot(input.destination, input.access, input.snapshotId, context));
    try {
      const rows = rowsOf(open, input.path);
      return { total: rows.total, files: rows.files, entries: rows.page(input.order, input.offset, input.limit) };
    } finally {
      await open.leave();
    }
  } catch (error) {
    // A name that is not there says nothing of the storage.
    if (!(error instanceof HoldfastError && error.code === 'path-not-found')) void closeSnapshot();
    throw await explainMissing(input.destination, error, context);
  }
}

/** The last one to open each snapshot, while it does. */
const turns = new Map<string, Promise<unknown>>();

/**
 * One after another: the pages that a screen asks for together would each open the snapshot anew. Those of another
 * snapshot do not wait: its place may not answer.
 */
async function inTurn<T>({ destination, snapshotId }: PageInput, open: () => Promise<T>): Promise<T> {
  const { credentials: _, ...place } = destination;
  const key = JSON.stringify([place, snapshotId]);
  const mine = (turns.get(key) ?? Promise.resolve()).then(open);
  const turn = mine.then(
    () => undefined,
    () => undefined,
  );
  turns.set(key, turn);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === turn) turns.delete(key);
  }
}

function rowsOf({ trees, stored, whenClosed }: OpenSnapshot, path: string): FolderRows {
  let folders = kept.get(trees);
  if (folders === undefined) {
    kept.set(trees, (folders = new Lru(KEPT_BYTES)));
    whenClosed.add(() => kept.delete(trees));
  }
  const known = folders.get(path);
  if (known !== undefined) return known;
  const rows = new FolderRows();
  for (const leaf of trees.leaves(folderOf(trees, stored.snapshot.root, namesOfEntry(path)))) rows.take(leaf);
  return folders.set(path, rows, ({ bytes }) => bytes);
}
