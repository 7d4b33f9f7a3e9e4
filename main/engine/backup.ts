/**
 * Backup: scan and compare, read and seal what is new, name it in the index, look once more, and commit one snapshot
 * (FORMAT.md, "Order and crash safety"). The verb: who may write, and to how many places.
 */
import { toHoldfastError } from '../errors.ts';
import { text, told } from '../text.ts';
import { DryRunDestination } from '../destinations/decorators/dry-run.ts';
import type { Destination } from '../destinations/destination.ts';
import type { BackupInput, BackupOutput } from './api.ts';
import { bringAdoption } from './bring-adoption.ts';
import { BackupRun } from './backup-run.ts';
import { Followers, type OpenFollower } from './followers.ts';
import { toHex } from './format/bytes.ts';
import { endingOf, WriterWatch } from './markers.ts';
import { openFor } from './open.ts';
import { noteFilled } from './repository/known-places.ts';
import { checkKnown, compareKnown } from './repository/known-state.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { Repository } from './repository/repository.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';
import type { VerbContext } from './verb-context.ts';

export async function backup(input: BackupInput, context: VerbContext): Promise<BackupOutput> {
  const opened = await openFor(input.destination, context);
  const destination = input.dryRun === true ? new DryRunDestination(opened) : opened;
  try {
    return await backupTo(destination, input, context);
  } finally {
    await destination.close();
  }
}

/**
 * The same into a destination that is open already; the caller closes it.
 *
 * @param openFollower opens each of `input.also`
 */
export async function backupTo(
  destination: Destination,
  input: BackupInput,
  context: VerbContext,
  openFollower: OpenFollower = openFor,
): Promise<BackupOutput> {
  const repository = await Repository.open(destination, input.access);
  const { capability } = repository;
  if (capability === null) throw new Error('a backup is made with a capability');
  const lock = await takeLocalLock(`${toHex(capability.repoId)}:${toHex(capability.clientId)}`);
  let followers: Followers | null = null;
  let watch: WriterWatch | null = null;
  try {
    let output: BackupOutput;
    try {
      if ((input.also ?? []).length > 0 && input.dryRun !== true) {
        followers = new Followers(destination, capability, input, context, openFollower);
      }
      const seen = await openKnown(destination, repository, input, context, followers);
      const known = await bringAdoption(destination, seen, input.access, input.stateFolder);
      const target = followers?.target ?? destination;
      refuseUnknownKeys(capability, known.file);
      watch = await WriterWatch.begin(destination, capability, input.stateFolder);
      output = await new BackupRun(input, followers?.context ?? context, target, known, capability, watch).run();
      if (input.dryRun !== true) await noteFilled(input.stateFolder, capability.repoId, input.destination);
    } catch (error) {
      throw await endingOf(destination, capability, error);
    } finally {
      // What followers lack comes from what is stored: the next backup need not wait for them.
      await followers?.beforeRelease();
      await watch?.end();
      await lock.release();
    }
    return followers === null ? output : await followers.complete(output);
  } finally {
    await followers?.close();
  }
}

/**
 * Compares the repository with what this computer has seen of it. A destination that was away while repo.json was
 * changed gets it from another first, where one that has it is there. Errors: repository-rolled-back.
 */
async function openKnown(
  destination: Destination,
  repository: Repository,
  input: BackupInput,
  context: VerbContext,
  followers: Followers | null,
): Promise<Repository> {
  const check = async ({ file }: Repository) => {
    if (input.dryRun !== true) return await checkKnown(input.stateFolder, file, input.destination);
    return { ...(await compareKnown(input.stateFolder, file, input.destination)), kept: true };
  };
  let current = repository;
  let known: Awaited<ReturnType<typeof check>> | null = null;
  try {
    known = await check(current);
  } catch (error) {
    const rolledBack = toHoldfastError(error).code === 'repository-rolled-back';
    if (!rolledBack || followers === null || !(await followers.bringRepoFile())) throw error;
  }
  const brought = known?.behind === true && followers !== null && (await followers.bringRepoFile());
  if (known === null || brought) {
    current = await Repository.open(destination, input.access);
    known = await check(current);
  }
  if (!known.kept) {
    context.emit({
      type: 'message',
      level: 'warning',
      ...told(
        text`Holdfast cannot write to ${input.stateFolder}: it goes on, but cannot tell later whether the storage was set back to an older state.`,
      ),
    });
  }
  return current;
}
