/**
 * Takes over the backups of another computer: this one goes on with its history, under its client id. First the owner's
 * word goes into repo.json, so that the other one stops at its next look; then what it had stored by then is named in the
 * owner's note, so that nothing counts which it, or who has stolen its capability, puts there later. The keys of the new
 * writer are its own.
 *
 * Killed anywhere, the domain is the former computer's or nobody's; the same computer, called again, goes on. At further
 * places of the backup it is called again for each, and takes in what only they have. What does not count by then (the
 * former one made it later, or a place that was away brought it when its number was given again) is told, and taken in
 * where whoever has the key names it.
 */
import { randomBytes } from 'node:crypto';
import { placeId } from '../destinations/place-id.ts';
import type { Destination } from '../destinations/destination.ts';
import { HoldfastError } from '../errors.ts';
import type { AdoptInput, AdoptOutput } from './api.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { knownClient } from './computers.ts';
import { capabilityOf } from './enrol.ts';
import { equal, toHex } from './format/bytes.ts';
import { deriveKey, rootOf } from './format/keys.ts';
import { decodeDomain, encodeDomain } from './format/owner-note.ts';
import type { ReadRepoFile, RepoFile } from './format/repo-file.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { hashIn, isObject, noteName, readDomainNote } from './repository/adoption.ts';
import { bySequence, loadDomain, type StoredSnapshot } from './repository/domain.ts';
import { twiceNumbered } from './repository/forks.ts';
import { keepHead, readHead } from './repository/known-head.ts';
import { keepKeyring } from './repository/known-keyring.ts';
import { beforeChange, checkKnown } from './repository/known-state.ts';
import { keepWriter, readWriter, type KnownWriter } from './repository/known-writer.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { readRepoFile, type Repository } from './repository/repository.ts';
import { noSuchSnapshot } from './repository/snapshot-finder.ts';
import { refuseUnread } from './repository/storage-failure.ts';
import { isWriter, writerIn } from './repository/writer-standing.ts';
import { unattended } from './verb-context.ts';
import { openWhole } from './whole-keyring.ts';

/** Times that another one is gone past which takes over in the same moment. */
const MAX_RACES = 3;

/**
 * Errors: bad-input (no such computer; the place is behind, and the newer state was not kept), busy (it is backing up
 * here; another computer took it over in the same moment), snapshot-not-found
 * (of `takeIn`), those of unlock.
 */
export async function adopt(input: AdoptInput, context = unattended): Promise<AdoptOutput> {
  const destination = await openFor(input.destination, context, { patience: WHILE_WATCHED });
  try {
    return await adoptIn(destination, input);
  } finally {
    await destination.close();
  }
}

/** The same in a destination that is open already; the caller closes it. */
export async function adoptIn(destination: Destination, input: AdoptInput): Promise<AdoptOutput> {
  const { rootKey, stateFolder } = input;
  const { repository } = await openWhole(destination, rootKey, stateFolder, input.destination);
  const { repoId, file } = repository;
  const clientId = knownClient(input.clientId, await repository.clientIds());
  const lock = await takeLocalLock(`${toHex(repoId)}:${input.clientId}`);
  const ownerSeed = deriveKey(rootOf(rootKey, repoId), 'repo-owner');
  try {
    const before = await loadDomain(repository, input.clientId, { snapshotsOnly: true });
    refuseUnread(before);
    const [twice] = twiceNumbered(before);
    // Who has signed with the same number was overtaken by this one's word, and may be storing something yet; or both
    // have backed up, each at another place.
    const isShared = async (one: Claimed): Promise<boolean> =>
      twice?.writer === one.writer.number || (await hasSigned(destination, one, clientId));
    let claimed = await claim(destination, input, file, clientId, ownerSeed);
    for (let race = 0; await isShared(claimed); race++) {
      if (race === MAX_RACES) throw takenMeanwhile();
      claimed = await claim(destination, input, claimed.file, clientId, ownerSeed, claimed.writer);
    }
    const { writer } = claimed;
    const whole = await openWhole(destination, rootKey, stateFolder, input.destination);
    const { snapshots, leftOut } = await sign(destination, input, whole.repository, clientId, writer, ownerSeed);
    const { file: last } = await readRepoFile(destination, (one) => equal(one.repoId, repoId));
    const there = writerIn(last, clientId);
    if (there === undefined || !isWriter(there, writer)) throw takenMeanwhile();
    await keepKeyring(stateFolder, repoId, whole.keyring);
    const newest = snapshots.at(-1);
    return {
      ...(await capabilityOf(whole, clientId, writer, false)),
      writer: writer.number,
      name: newest?.snapshot.computerName ?? '',
      snapshots: snapshots.length,
      newestMs: newest?.snapshot.endedMs ?? null,
      leftOut: leftOut.map(({ id, snapshot: { sequence, endedMs, computerName } }) => ({
        id,
        sequence,
        endedMs,
        computerName,
      })),
    };
  } finally {
    ownerSeed.fill(0);
    await lock.release();
  }
}

interface Claimed {
  writer: KnownWriter;
  /** As it is since. */
  file: ReadRepoFile;
}

/**
 * Says in repo.json that this computer writes the domain.
 *
 * @param beside as whom it has said so while another one with the same number had: it goes past that
 */
async function claim(
  destination: Destination,
  { destination: place, stateFolder }: AdoptInput,
  file: ReadRepoFile,
  clientId: Uint8Array,
  ownerSeed: Uint8Array,
  beside: KnownWriter | null = null,
): Promise<Claimed> {
  const { repoId } = file;
  const { newest, elsewhere } = await beforeChange(stateFolder, file, place);
  const kept = await readWriter(stateFolder, repoId, clientId);
  const writer = beside === null ? writerFor(kept, elsewhere ?? file, clientId) : numbered(beside.number + 1);
  // Before repo.json: after a crash, this computer knows that it is the one that is named there.
  if (kept === null || !isWriter(kept, writer)) await keepWriter(stateFolder, repoId, clientId, writer);
  const change = (current: RepoFile): RepoFile | null => {
    const there = writerIn(current, clientId);
    if (beside !== null && (there === undefined || !(isWriter(there, beside) || isWriter(there, writer)))) {
      throw takenMeanwhile();
    }
    return nextFile(current, clientId, writer);
  };
  const changed = await changeRepoFile(destination, file, ownerSeed, newest, change, elsewhere);
  await checkKnown(stateFolder, changed, place);
  return { writer, file: changed };
}

/** True where the owner's note is another one's of the same number. */
async function hasSigned(destination: Destination, { file, writer }: Claimed, clientId: Uint8Array): Promise<boolean> {
  const there = await readDomainNote(destination, file, clientId);
  return there !== null && there.note.number === writer.number && !isWriter(there.note, writer);
}

const numbered = (number: number): KnownWriter => ({
  number,
  token: new Uint8Array(randomBytes(16)),
  from: 0,
  note: null,
});

/** Who this computer is, or becomes, in the domain. */
function writerFor(kept: KnownWriter | null, file: ReadRepoFile, clientId: Uint8Array): KnownWriter {
  const there = writerIn(file, clientId);
  const number = there?.number ?? 0;
  const isRetired = file.retired.some((id) => equal(id, clientId));
  // Begun before, or done at another place.
  if (kept !== null && (kept.number > number || (there !== undefined && isWriter(there, kept) && !isRetired))) {
    return kept;
  }
  return numbered(number + 1);
}

/** Errors: busy where another computer was quicker. */
function nextFile(current: RepoFile, clientId: Uint8Array, { number, token }: KnownWriter): RepoFile | null {
  const there = writerIn(current, clientId);
  if (there !== undefined && isWriter(there, { number, token })) return null;
  if (there !== undefined && there.number >= number) throw takenMeanwhile();
  const others = current.writers.filter((one) => !equal(one.clientId, clientId));
  return {
    ...current,
    writers: [...others, { clientId, number, token }].sort((a, b) => Buffer.compare(a.clientId, b.clientId)),
    retired: current.retired.filter((id) => !equal(id, clientId)),
  };
}

/**
 * Names what counts of the computers before. Markers and what they had half sent go: they are no writers any more.
 *
 * @returns the history that this computer goes on with, and what of the computers before does not count
 */
async function sign(
  destination: Destination,
  { clientId: id, destination: place, stateFolder, takeIn = [] }: AdoptInput,
  repository: Repository,
  clientId: Uint8Array,
  writer: KnownWriter,
  ownerSeed: Uint8Array,
): Promise<{ snapshots: StoredSnapshot[]; leftOut: StoredSnapshot[] }> {
  const { repoId, file } = repository;
  const { number, token } = writer;
  const there = await readDomainNote(destination, file, clientId);
  if (there !== null && there.note.number > number) throw takenMeanwhile();
  // Only an earlier note tells what does not count: without one, packs need not be looked at.
  const domain = await loadDomain(repository, id, { withoutIndex: there === null });
  refuseUnread(domain);
  const head = await readHead(stateFolder, repoId, clientId);
  // What a former one made after this one had begun is a history of its own.
  const began = writer.from > 0 && head !== null && head.sequence >= writer.from;
  const kept = writer.note === null ? null : decodeDomain(writer.note, file.ownerPublicKey, { repoId, clientId });
  const isBeside = (one: StoredSnapshot): boolean =>
    began && one.writer < number && one.snapshot.sequence >= writer.from && kept?.names.has(one.id) !== true;
  const besides = [...domain.besides, ...domain.snapshots.filter(isBeside)].sort(bySequence);
  const taken = takeIn.map((wanted) => named(besides, wanted));
  const out = new Set([
    ...domain.former.map(hashIn),
    ...[...domain.snapshots, ...domain.leftSnapshots].filter(isBeside).map((one) => one.id),
  ]);
  // Only the snapshot: a pack proves what is read from it, and a segment of then might say what goes.
  for (const { id: name } of taken) out.delete(name);
  const before = domain.snapshots.filter((one) => !isBeside(one));
  const snapshots = [...before, ...taken].sort(bySequence);
  const listed = [...domain.objects.keys()].filter(isObject).map(hashIn);
  // What this place has lost, or does not list yet, counts where it is.
  // One that was taken in before brings by its own word no more than then.
  const isNamed = (name: string): boolean => kept?.names.has(name) === true || there?.note.names.has(name) === true;
  const told = before.flatMap(({ id: one, snapshot }) =>
    snapshot.live.map(({ hash }) => toHex(hash)).filter((name) => !isNamed(one) || isNamed(name)),
  );
  const counting = [...listed, ...told].filter((name) => !out.has(name));
  const names = new Set([...(kept?.names ?? []), ...counting]);
  const newest = snapshots.at(-1);
  // A place that is behind does not set back what another one told.
  const from = began ? writer.from : Math.max(writer.from, (newest?.snapshot.sequence ?? 0) + 1);
  const note = encodeDomain({ repoId, clientId, number, token, adoptedMs: Date.now(), names }, ownerSeed);
  await keepWriter(stateFolder, repoId, clientId, { number, token, from, note });
  await destination.put(noteName(clientId), note);
  for (const name of domain.objects.keys()) if (name.startsWith(`c/${id}/x/`)) await destination.remove(name);
  await destination.clearSpool(id);
  if (!began && newest !== undefined && (head === null || head.sequence <= newest.snapshot.sequence)) {
    const next = { sequence: newest.snapshot.sequence, id: newest.id, place: placeId(place), committed: true };
    await keepHead(stateFolder, repoId, clientId, next);
  }
  return { snapshots, leftOut: besides.filter((one) => !names.has(one.id)) };
}

/** @param wanted an id, or a beginning of it of 4 digits or more. Errors: snapshot-not-found. */
function named(besides: readonly StoredSnapshot[], wanted: string): StoredSnapshot {
  const prefix = wanted.toLowerCase();
  const found = prefix.length < 4 ? [] : besides.filter(({ id }) => id.startsWith(prefix));
  const [one] = found;
  if (one === undefined || found.length > 1) throw noSuchSnapshot(wanted);
  return one;
}

const takenMeanwhile = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Another computer has taken over these backups in the same moment.',
    'It goes on with them, and nothing was lost. If it is to be this one all the same, adopt them again.',
  );
