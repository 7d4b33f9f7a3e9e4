/** The computers of a repository, by its key: which there are, retiring one, and saying which of two copies it is. */
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import { placeId } from '../destinations/place-id.ts';
import type { Destination } from '../destinations/destination.ts';
import type {
  ClaimInput,
  ClaimOutput,
  ComputerFacts,
  ComputerInput,
  ListComputersInput,
  RetireInput,
  RetireOutput,
} from './api.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { deriveKey, rootOf } from './format/keys.ts';
import { decodeRetired, encodeRetired } from './format/owner-note.ts';
import type { RepoFile } from './format/repo-file.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { loadDomain } from './repository/domain.ts';
import { twiceNumbered } from './repository/forks.ts';
import { keepHead } from './repository/known-head.ts';
import { beforeChange, checkKnown } from './repository/known-state.ts';
import { readWriter } from './repository/known-writer.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { listObjects } from './repository/objects.ts';
import { factsOf, listClientIds, Repository } from './repository/repository.ts';
import { refuseUnread } from './repository/storage-failure.ts';
import { isWriter, writerIn } from './repository/writer-standing.ts';
import { unattended } from './verb-context.ts';

/** Those that have stored something, the one that backed up last first. Errors: those of unlock. */
export async function listComputers(input: ListComputersInput, context = unattended): Promise<ComputerFacts[]> {
  return await within(input, context, async (repository) => {
    const found: ComputerFacts[] = [];
    for (const clientId of await repository.clientIds()) {
      const domain = await loadDomain(repository, clientId, { snapshotsOnly: true });
      const newest = domain.snapshots.at(-1)?.snapshot;
      const sizes = [...domain.objects.values()].map(({ size }) => size);
      found.push({
        clientId,
        name: newest?.computerName ?? '',
        snapshots: domain.snapshots.length,
        newestMs: newest?.endedMs ?? null,
        storedBytes: sizes.reduce((sum, size) => sum + size, 0),
        retired: repository.file.retired.some((id) => toHex(id) === clientId),
        adopted: repository.writerOf(domain.clientId),
        elsewhere: await isElsewhere(repository, domain.clientId, input.stateFolder),
      });
    }
    return found.sort((a, b) => (b.newestMs ?? 0) - (a.newestMs ?? 0));
  });
}

/** True where another computer has taken over what the one with this state folder may have written. */
async function isElsewhere(repository: Repository, clientId: Uint8Array, folder: string | undefined): Promise<boolean> {
  const there = writerIn(repository.file, clientId);
  if (there === undefined || folder === undefined) return false;
  return !isWriter(there, await readWriter(folder, repository.repoId, clientId));
}

/**
 * Tells a computer to stop for ever: by a note in its domain, and in repo.json. What it has stored stays. May be repeated.
 * Errors: bad-input (there is no such computer; the place is behind, and the newer state was not kept), busy, and those
 * of unlock.
 */
export async function retire(input: RetireInput, context = unattended): Promise<RetireOutput> {
  return await within(input, context, async (repository, destination) => {
    const clientId = knownClient(input.clientId, await repository.clientIds());
    const { repoId, file } = repository;
    const { newest, elsewhere } = await beforeChange(input.stateFolder, file, input.destination);
    const ownerSeed = deriveKey(rootOf(input.rootKey, repoId), 'repo-owner');
    try {
      const name = `c/${input.clientId}/retired`;
      const about = { repoId, clientId };
      const writer = repository.writerOf(clientId);
      const there = (await destination.stat(name)) === null ? null : await destination.get(name);
      const note = there === null ? null : decodeRetired(there, file.ownerPublicKey, about);
      // One of before it was taken over stops the former computer only.
      if (note === null || note.writer < writer) {
        await destination.put(name, encodeRetired({ ...about, retiredMs: Date.now(), writer }, ownerSeed));
      }
      const change = (current: RepoFile): RepoFile | null =>
        current.retired.some((id) => equal(id, clientId))
          ? null
          : { ...current, retired: [...current.retired, clientId].sort((a, b) => Buffer.compare(a, b)) };
      const changed = await changeRepoFile(destination, file, ownerSeed, newest, change, elsewhere);
      if (input.stateFolder !== undefined) await checkKnown(input.stateFolder, changed, input.destination);
      return { repository: factsOf(changed, await listClientIds(destination), true) };
    } finally {
      ownerSeed.fill(0);
    }
  });
}

/**
 * Says, by the key, that this computer is the only one that writes as its client id: markers of others go, and the newest
 * snapshot counts as its own. Not while two snapshots have one number: one of them has to be forgotten first.
 *
 * Errors: bad-input, busy (it is backing up), cloned-computer, and those of unlock.
 */
export async function claim(input: ClaimInput, context = unattended): Promise<ClaimOutput> {
  return await within(input, context, async (repository, destination) => {
    const clientId = knownClient(input.clientId, await repository.clientIds());
    const { repoId } = repository;
    const lock = await takeLocalLock(`${toHex(repoId)}:${input.clientId}`);
    try {
      const domain = await loadDomain(repository, input.clientId);
      refuseUnread(domain);
      const [twice] = twiceNumbered(domain);
      if (twice !== undefined) throw forked(twice.snapshot.sequence);
      let removedMarkers = 0;
      for (const name of (await listObjects(destination, `c/${input.clientId}/x/`)).keys()) {
        await destination.remove(name);
        removedMarkers++;
      }
      const newest = domain.snapshots.at(-1);
      if (newest !== undefined) {
        const { sequence } = newest.snapshot;
        const head = { sequence, id: newest.id, place: placeId(input.destination), committed: true };
        await keepHead(input.stateFolder, repoId, clientId, head);
      }
      return { removedMarkers, newest: newest?.id ?? null };
    } finally {
      await lock.release();
    }
  });
}

async function within<T>(
  { destination: spec, rootKey }: ComputerInput,
  context: typeof unattended,
  work: (repository: Repository, destination: Destination) => Promise<T>,
): Promise<T> {
  const destination = await openFor(spec, context, { patience: WHILE_WATCHED });
  try {
    return await work(await Repository.open(destination, { kind: 'key', rootKey }), destination);
  } finally {
    await destination.close();
  }
}

export function knownClient(written: string, known: readonly string[]): Uint8Array {
  const id = fromHex(written, 16);
  if (id !== null && known.includes(written)) return id;
  throw new HoldfastError(
    'bad-input',
    text`There is no computer with the id ${written} in this backup.`,
    'Ids have 32 digits: see holdfast computer list. Nothing was changed.',
  );
}

export const forked = (sequence: number): HoldfastError =>
  new HoldfastError(
    'cloned-computer',
    text`Two computers have written as this one: there are two snapshots of number ${sequence}.`,
    'Nothing was changed. Take the backups over where they are to go on, with the key: `holdfast computer adopt`. All snapshots stay, and the other computer is told. It may begin anew with `holdfast computer new-id`.',
  );
