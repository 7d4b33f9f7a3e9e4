/**
 * Restore drill: some files, chosen at random, are restored to a private folder by the same way as any restore, compared,
 * and removed again. The result goes into the next snapshot of the computer: "last proven restorable".
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { toHoldfastError } from '../errors.ts';
import type { DrillInput, DrillOutput } from './api.ts';
import { chooseFiles, type DrillFile } from './drill-choice.ts';
import { compareRestored } from './drill-compare.ts';
import { BlobIds } from './format/blob.ts';
import { displayPath, fromBytes, fromPath, join, type ByteString } from './format/byte-path.ts';
import { fromHex } from './format/bytes.ts';
import { lockedContents } from './repository/block-reader.ts';
import { diskName } from './pipeline/restore-walk.ts';
import { removeDrilled } from './drill-remove.ts';
import { keepDrill, markOf, readDrill } from './repository/known-drill.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { openSnapshot, type OpenSnapshot } from './repository/open-trees.ts';
import { restore } from './restore.ts';
import type { VerbContext } from './verb-context.ts';

const FILES = 20;
const BYTES = 256 * 1024 * 1024;

/** Errors: locked (contents open with the key only), snapshot-not-found, busy, stopped, those of a restore. */
export async function drill(input: DrillInput, context: VerbContext): Promise<DrillOutput> {
  if (input.access.kind !== 'key') throw lockedContents();
  const folder = input.stateFolder === undefined ? null : path.join(input.stateFolder, 'drill');
  const lock = folder === null ? null : await takeLocalLock(`drill:${folder}`);
  try {
    // What a drill that was killed left behind.
    if (folder !== null) await removeDrilled(folder);
    await mkdir(folder ?? tmpdir(), { recursive: true, mode: 0o700 });
    const target = await realpath(await mkdtemp(path.join(folder ?? tmpdir(), 'holdfast-drill-')));
    try {
      return await drillInto(target, input, context);
    } finally {
      await removeDrilled(target);
    }
  } finally {
    await lock?.release();
  }
}

async function drillInto(target: string, input: DrillInput, context: VerbContext): Promise<DrillOutput> {
  const { destination, access, stateFolder } = input;
  const open = await openSnapshot(destination, access, input.snapshotId ?? 'latest', context);
  try {
    const { domain, stored, repoId } = open;
    const known =
      stateFolder === undefined
        ? { last: null, marks: new Set<string>() }
        : await readDrill(stateFolder, repoId, domain.id);
    const chosen = await chooseFiles(open.trees, stored.snapshot.root, {
      seed: input.seed ?? randomBytes(16).toString('hex'),
      files: input.files ?? FILES,
      bytes: input.bytes ?? BYTES,
      marks: known.marks,
      breathe: async () => await context.control.check(),
    });
    const output: DrillOutput = {
      snapshotId: stored.id,
      atMs: Date.now(),
      files: chosen.length,
      bytes: chosen.reduce((sum, { node }) => sum + node.size, 0),
      failed: [],
      comparedWithSource: 0,
      changedSources: [],
    };
    if (chosen.length > 0) await restoreAndCompare(target, chosen, open, input, context, output, known.marks);
    if (stateFolder !== undefined && chosen.length > 0) {
      const { atMs, files, bytes, failed } = output;
      const snapshot = fromHex(stored.id, 32) ?? new Uint8Array(32);
      known.last = { atMs, snapshot, files, bytes, failed: failed.length };
      await keepDrill(stateFolder, repoId, domain.id, known);
    }
    return output;
  } finally {
    await open.leave();
  }
}

async function restoreAndCompare(
  target: string,
  chosen: DrillFile[],
  { domain, stored }: OpenSnapshot,
  { destination, access }: DrillInput,
  context: VerbContext,
  output: DrillOutput,
  marks: Set<string>,
): Promise<void> {
  const blobIdKey = domain.keys.blobIdFor(stored.snapshot.domainEpoch);
  if (blobIdKey === null) throw new Error('the key reaches every epoch of the keyring');
  const ids = new BlobIds(blobIdKey);
  const restored = await restore(
    {
      destination,
      access,
      snapshotId: stored.id,
      paths: chosen.map(({ entry }) => entry),
      target: { kind: 'folder', path: target },
      layout: 'full',
      conflict: 'keep-both',
      dryRun: false,
    },
    context,
    // What is immutable could not be removed again.
    { flags: false },
  );
  for (const file of chosen) {
    await context.control.check();
    const source = placeOf((process.platform === 'win32' ? '' : '/') as ByteString, file);
    const place = placeOf(fromPath(target.replaceAll('\\', '/')), file);
    const shown = displayPath(source);
    try {
      const compared = await compareRestored(file, place, source, domain.index, ids);
      if (compared.source !== null) output.comparedWithSource++;
      if (compared.source === 'differs') output.changedSources.push(shown);
      if (compared.right) {
        const { lists, content } = file.node;
        const mark = markOf(lists.length > 0 ? lists : content);
        marks.delete(mark);
        marks.add(mark);
      } else output.failed.push({ path: shown, message: 'What was restored is not what was backed up.' });
    } catch (error) {
      const why = restored.problems.find((problem) => problem.path === displayPath(place));
      output.failed.push({ path: shown, message: why?.message ?? toHoldfastError(error).message });
    }
  }
}

function placeOf(base: ByteString, { names }: DrillFile): ByteString {
  return names.reduce<ByteString>((folder, name) => join(folder, diskName(fromBytes(name), folder)), base);
}
