/** The commands: each calls one verb of the engine and prints its result. Returns the exit code. */
import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { placeText } from '../destinations/spec.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type {
  BackupOutput,
  ConflictPolicy,
  DestinationSpec,
  EntryFacts,
  RepositoryFacts,
  SnapshotFacts,
} from '../engine/api.ts';
import { backup } from '../engine/backup.ts';
import type { RunControl } from '../engine/control.ts';
import { create, repositoryExists } from '../engine/create.ts';
import { inspect } from '../engine/inspect.ts';
import { list } from '../engine/list.ts';
import { restore } from '../engine/restore.ts';
import { snapshots } from '../engine/snapshots.ts';
import { keyText } from '../keys/digits.ts';
import { createKeyFile } from '../keys/key-file.ts';
import { RootKey } from '../keys/secret.ts';
import { enrolHere, readAccess, stateFolder, writeAccess } from './access.ts';
import { choiceOf, type ChoiceOptions } from './choice-options.ts';
import { destinationOf, type DestinationOptions } from './destination-of.ts';
import { hasKey, type AccessOptions } from './key-options.ts';
import { bytesText, countText, Exit, oneLine, type Output } from './output.ts';
import { entryPathOf } from '../engine/entry-path.ts';

export interface Run {
  output: Output;
  control: RunControl;
}

const context = ({ output, control }: Run) => ({ control, emit: output.emit });
const warner =
  ({ output }: Run) =>
  (text: string): void =>
    output.warn(text);

export async function initCommand(
  options: DestinationOptions & { keyFile?: string | undefined; print?: boolean | undefined },
  run: Run,
): Promise<number> {
  if (options.keyFile === undefined && options.print !== true) {
    throw new HoldfastError(
      'bad-input',
      'Where should the new key go?',
      'Name a file with --key-file F, or have it shown with --print. Nothing was changed.',
    );
  }
  const destination = await destinationOf(options);
  const bytes = randomBytes(32);
  const key = new RootKey(bytes);
  if (!(await isFree(destination))) throw repositoryExists(placeText(destination));
  // The key first: a backup whose key was lost in a crash could never be opened.
  if (options.keyFile !== undefined) await createKeyFile(resolve(options.keyFile), key);
  let facts: RepositoryFacts;
  try {
    facts = await create({ destination, rootKey: key.read((b) => new Uint8Array(b)) });
  } catch (error) {
    // A key that opens nothing would only be mistaken for one that does.
    if (options.keyFile !== undefined && (await isFree(destination).catch(() => false))) {
      await unlink(resolve(options.keyFile));
    }
    throw error;
  }
  const digits = options.print === true ? keyText(key).trim() : null;
  const where = options.keyFile === undefined ? '' : `Its key is in ${resolve(options.keyFile)}. `;
  run.output.result(
    { repoId: facts.repoId, ...(digits === null ? {} : { key: digits }) },
    `Made a backup with the id ${facts.repoId} in ${placeText(destination)}.\n${digits === null ? '' : `\n${digits}\n\n`}${where}Keep these 64 digits safe: without them nobody can open the backup, and nobody can help.`,
  );
  return Exit.done;
}

/** True where no backup, not even a part of one, lies at a place. Errors: those of looking. */
export async function isFree(destination: DestinationSpec): Promise<boolean> {
  try {
    await inspect({ destination });
    return false;
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'not-a-repository' || code === 'destination-missing') return true;
    throw error;
  }
}

export async function enrollCommand(options: AccessOptions, run: Run): Promise<number> {
  if (!hasKey(options)) {
    throw new HoldfastError(
      'bad-input',
      'Enrolling takes the key of this backup, once.',
      'Give it with --key-file, or the password with --password. Nothing was changed.',
    );
  }
  const { clientId, repoId, folder } = await enrolHere(options, warner(run));
  run.output.result(
    { clientId, repoId },
    `This computer is enrolled: it now backs up, lists and verifies without the key, and cannot read contents.\nIts sealed capability is in ${folder}.`,
  );
  return Exit.done;
}

export async function backupCommand(
  paths: string[],
  options: AccessOptions & ChoiceOptions & { tag: string[]; dryRun?: boolean | undefined },
  run: Run,
): Promise<number> {
  const dryRun = options.dryRun === true;
  const output = await backup(
    {
      destination: await destinationOf(options),
      access: await writeAccess(options, warner(run), !dryRun),
      stateFolder: stateFolder(),
      sources: paths.map((path) => resolve(path)),
      ...(await choiceOf(options)),
      tags: options.tag,
      computerName: hostname(),
      dryRun,
    },
    context(run),
  );
  run.output.result(dryRun ? { ...output, dryRun } : output, dryRun ? dryRunText(output) : backupText(output));
  return notTaken(output) === 0 ? Exit.done : Exit.incomplete;
}

/** Items that a backup should have taken and could not. */
export const notTaken = ({ skipped }: BackupOutput): number =>
  skipped.filter((item) => item.reason !== 'destination-inside').length;

/** What a backup did, for people. */
export function backupText(output: BackupOutput): string {
  const skipped = notTaken(output);
  return (
    `Snapshot ${output.snapshotId.slice(0, 12)}: ${countText(output.files)} files, ${bytesText(output.bytes)}. ` +
    `${countText(output.newFiles)} new, ${countText(output.changedFiles)} changed, ${countText(output.unchangedFiles)} unchanged. ` +
    `Read ${bytesText(output.readBytes)}, stored ${bytesText(output.storedBytes)}.` +
    (skipped === 0 ? '' : `\n${countText(skipped)} items could not be taken; see above.`)
  );
}

function dryRunText(output: BackupOutput): string {
  const skipped = notTaken(output);
  return (
    `Would back up ${countText(output.files)} files, ${bytesText(output.bytes)}: ` +
    `${countText(output.newFiles)} new, ${countText(output.changedFiles)} changed, ${countText(output.unchangedFiles)} unchanged, ${countText(output.removedFiles)} gone since.\n` +
    `New are ${bytesText(output.newBytes)}, which would take ${bytesText(output.storedBytes)} in the storage. Nothing was stored.` +
    (skipped === 0 ? '' : `\n${countText(skipped)} items could not be taken; see above.`)
  );
}

export async function snapshotsCommand(options: AccessOptions, run: Run): Promise<number> {
  const found = await snapshots({
    destination: await destinationOf(options),
    access: await readAccess(options, warner(run)),
  });
  run.output.result(
    { snapshots: found },
    found.length === 0 ? 'No snapshots yet.' : found.map(snapshotLine).join('\n'),
  );
  return Exit.done;
}

const snapshotLine = (s: SnapshotFacts): string =>
  [
    s.id.slice(0, 12),
    new Date(s.endedMs).toISOString().replace('T', ' ').slice(0, 19),
    oneLine(s.computerName).padEnd(16),
    `${countText(s.files).padStart(10)} files`,
    bytesText(s.bytes).padStart(9),
    s.sources.map(oneLine).join(', '),
    s.damage ?? (s.partial ? 'partial: the run was stopped' : ''),
  ]
    .join('  ')
    .trimEnd();

export async function lsCommand(
  snapshotId: string,
  path: string | undefined,
  options: AccessOptions,
  run: Run,
): Promise<number> {
  const entries = await list({
    destination: await destinationOf(options),
    access: await readAccess(options, warner(run)),
    snapshotId,
    path: entryPathOf(path ?? ''),
  });
  run.output.result({ entries }, entries.map(entryLine).join('\n'));
  return Exit.done;
}

const KIND_LETTER: Record<EntryFacts['kind'], string> = {
  folder: 'd',
  file: '-',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  block: 'b',
  char: 'c',
};

function entryLine(e: EntryFacts): string {
  const bits = [6, 3, 0]
    .map((shift) => ['r', 'w', 'x'].map((c, i) => ((e.mode >> shift) & (4 >> i) ? c : '-')).join(''))
    .join('');
  const time = new Date(Number(BigInt(e.mtimeNs) / 1_000_000n)).toISOString().replace('T', ' ').slice(0, 19);
  const link = e.linkTarget === null ? '' : ` -> ${oneLine(e.linkTarget)}`;
  const owner = `${e.user || e.uid}:${e.group || e.gid}`;
  return `${KIND_LETTER[e.kind]}${bits}  ${owner.padEnd(16)} ${String(e.size).padStart(12)}  ${time}  ${oneLine(e.name)}${link}`;
}

export async function restoreCommand(
  snapshotId: string,
  options: AccessOptions & { target: string; path: string[]; conflict: ConflictPolicy; dryRun?: boolean | undefined },
  run: Run,
): Promise<number> {
  const dryRun = options.dryRun === true;
  const output = await restore(
    {
      destination: await destinationOf(options),
      access: await readAccess(options, warner(run)),
      snapshotId,
      paths: options.path.map(entryPathOf),
      target: { kind: 'folder', path: resolve(options.target) },
      layout: 'full',
      conflict: options.conflict,
      dryRun,
    },
    context(run),
  );
  const target = resolve(options.target);
  run.output.result(
    output,
    dryRun
      ? `Would restore ${countText(output.files)} files, ${bytesText(output.bytes)}, to ${target}; ${countText(output.conflicts)} names are taken there. Nothing was written.`
      : `Restored ${countText(output.restoredFiles)} of ${countText(output.files)} files, ${bytesText(output.restoredBytes)}, to ${target}.` +
          (output.skippedExisting > 0 ? ` ${countText(output.skippedExisting)} were there and left alone.` : '') +
          (output.keptBoth > 0 ? ` ${countText(output.keptBoth)} were put beside existing ones.` : '') +
          (output.problems.length > 0 ? `\n${countText(output.problems.length)} need you; see above.` : ''),
  );
  return output.problems.length === 0 ? Exit.done : Exit.incomplete;
}
