/**
 * What is left of a backup that somebody stopped: files that are stored whole become a snapshot that is marked as
 * partial. It can be restored from, and is never taken for a complete one. The storage is read anew, and a file counts
 * only if every blob it needs is in the index of packs that are there: what was on its way when the run stopped is not.
 */
import { happened, inDetail, toHoldfastError } from '../errors.ts';
import { text, type Text } from '../text.ts';
import type { BackupInput } from './api.ts';
import { commitSnapshot } from './commit.ts';
import { RunControl } from './control.ts';
import { toHex } from './format/bytes.ts';
import type { ByteString } from './format/byte-path.ts';
import { blobIdKeyOf, type Capability } from './format/capability.ts';
import { NodeType } from './format/tree.ts';
import { LastLook } from './last-look.ts';
import { WriterWatch } from './markers.ts';
import { openFor } from './open.ts';
import type { SkippedEntry } from './pipeline/messages.ts';
import { MetaBlobs } from './pipeline/meta-blobs.ts';
import { metadataWriter } from './pipeline/own-writer.ts';
import { isFolder, Publisher } from './pipeline/publisher.ts';
import { RecordView } from './pipeline/record.ts';
import { markNeeds } from './pipeline/scanner.ts';
import { takeOver } from './pipeline/take-over.ts';
import { buildTrees } from './pipeline/tree-builder.ts';
import type { FolderState, TreeWalk } from './pipeline/tree-walk.ts';
import { refuseWithoutNote } from './repository/adoption.ts';
import { loadDomain } from './repository/domain.ts';
import type { CacheContent } from './repository/local-cache.ts';
import { bytesOf } from './repository/records.ts';
import { Repository } from './repository/repository.ts';
import { IdWords, type SharedIndex } from './repository/shared-index.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';

/** Whoever stops a run waits no longer than this for it to end, in ms. */
const PATIENCE_MS = 10_000;

export interface StoppedRun {
  input: BackupInput;
  capability: Capability;
  sources: ByteString[];
  startedMs: number;
  /** The finished scan. */
  walk: TreeWalk;
  cache: CacheContent | null;
  removed: ReadonlySet<string>;
  skipped: readonly SkippedEntry[];
  readBytes: number;
  newBytes: number;
}

/**
 * The same for a run that ends either way: it was stopped, and its journal has what was stored.
 *
 * @param say hears what kept it from being kept; not where only the patience was over
 * @returns true where there is a snapshot
 */
export async function keepPartialOrSay(run: StoppedRun, say: (words: Text) => void): Promise<boolean> {
  try {
    return (await keepPartial(run)) !== null;
  } catch (error) {
    const known = toHoldfastError(error);
    if (known.code === 'stopped') return false;
    const why = known.code === 'internal' ? inDetail(known) : happened(known);
    say(
      text`What was stored whole is not kept as a partial backup: ${why} The next backup goes on from it all the same.`,
    );
    return false;
  }
}

/**
 * Commits what is complete. The run's own workers and publishes must have ended, and its lock still be held.
 *
 * @returns the snapshot's id in hex; null where no file was read whole since the last backup
 * @throws HoldfastError those of the destination, `locked` and `cloned-computer` as for any snapshot, `stopped` where it
 *   took too long; nothing is lost by it
 */
async function keepPartial(run: StoppedRun): Promise<string | null> {
  const { input, capability, walk, cache } = run;
  if (walk.folders.every(hasReadNothing)) return null;
  const control = new RunControl();
  const timer = setTimeout(() => control.stop(), PATIENCE_MS);
  const destination = await openFor(input.destination, { control, emit: () => undefined });
  try {
    const id = toHex(capability.clientId);
    const spoolFolder = await destination.spoolFolder(id);
    // Where finished packs lie at the destination already, they only want their names.
    if (isFolder(destination)) await takeOver(destination, spoolFolder, capability, control);
    const repository = await Repository.open(destination, input.access);
    refuseUnknownKeys(capability, repository.file);
    const watch = await WriterWatch.over(destination, capability, input.stateFolder);
    const domain = await loadDomain(repository, id, { skipDoomed: true, removed: run.removed, room: 1 << 12 });
    refuseWithoutNote(domain);
    const usedPacks = new Uint8Array(domain.packs.length);
    const unchanged = walk.totals.files - walk.totals.pendingFiles;
    const folders = walk.folders.map((folder) => wholeOf(folder, domain.index, usedPacks));
    if (folders.every(hasReadNothing)) return null;

    const publisher = new Publisher(destination, capability, control);
    publisher.adopt(domain.unindexed);
    const writer = metadataWriter({ capability, index: domain.index, publisher, spoolFolder });
    try {
      const meta = new MetaBlobs(blobIdKeyOf(capability), domain.index, usedPacks, writer);
      const built = await buildTrees(folders, meta, cache, () => control.check());
      meta.finish();
      await publisher.finish();
      const used = domain.packs.filter((_, ordinal) => usedPacks[ordinal] === 1);
      const look = new LastLook({
        destination,
        domain,
        wanted: () => [...used.map(({ name, size }) => [name, size] as const), ...publisher.published],
        also: async (objects) => await watch.lookAgain(objects),
      });
      await look.take();
      const read = Math.max(0, built.files - unchanged - built.readInVain);
      const changedFiles = Math.min(read, Math.max(0, walk.totals.changedFiles - built.readInVain));
      return await commitSnapshot(
        {
          input,
          destination,
          control,
          capability,
          repoFile: repository.file.hash,
          domain,
          publisher,
          look,
          sources: run.sources,
          startedMs: run.startedMs,
        },
        {
          root: built.root,
          stats: {
            files: built.files,
            folders: built.folderCount,
            others: built.others,
            bytes: built.bytes,
            newFiles: read - changedFiles,
            changedFiles,
            unchangedFiles: built.files - read,
            removedFiles: 0,
            readBytes: run.readBytes,
            newBytes: run.newBytes,
            storedBytes: publisher.storedBytes,
          },
          skipped: run.skipped,
          damaged: [],
          partial: true,
        },
      );
    } finally {
      await publisher.abandon();
      writer.abandon();
    }
  } finally {
    clearTimeout(timer);
    await destination.close();
  }
}

const hasReadNothing = ({ done, readFiles }: FolderState): boolean => done.length === 0 && readFiles === 0;

/** A folder with those of its records that are complete, and whose blobs are all stored. */
function wholeOf(folder: FolderState, index: SharedIndex, usedPacks: Uint8Array): FolderState {
  const words = new IdWords();
  const isWhole = (view: RecordView): boolean =>
    view.type !== NodeType.file || markNeeds(view, index, usedPacks, words);
  const done: Buffer[] = [];
  for (const buffer of folder.done) {
    for (const view = new RecordView(buffer); view.at < buffer.length; view.at += view.total) {
      if (isWhole(view)) done.push(view.whole);
    }
  }
  const records: Buffer[] = [];
  let left = 0;
  const before = bytesOf(folder.records);
  for (const view = new RecordView(before); view.at < before.length; view.at += view.total) {
    if (view.pending || isWhole(view)) records.push(view.whole);
    else left++;
  }
  // Where its records are put together already, what is left out was read by this run: what was there before is stored.
  const readFiles = Math.max(0, folder.readFiles - left);
  return { ...folder, records: Buffer.concat(records), same: false, done, readFiles };
}
