/**
 * Takes over the backups of another computer: this one goes on with its history, under its client id. First the owner's
 * word goes into repo.json, so that the other one stops at its next look; then what it had stored by then is named in the
 * owner's note, so that nothing counts which it, or who has stolen its capability, puts there later. The keys of the new
 * writer are its own.
 *
 * Killed anywhere, the domain is the former computer's or nobody's; the same computer, called again, goes on. At further
 * places of the backup it is called again for each, and takes in what only they have.
 */
import { randomBytes } from 'node:crypto';
import { placeId } from '../destinations/place-id.ts';
import type { Destination } from '../destinations/destination.ts';
import { HoldfastError } from '../errors.ts';
import type { AdoptInput, AdoptOutput } from './api.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { forked, knownClient } from './computers.ts';
import { capabilityOf } from './enrol.ts';
import { equal, toHex } from './format/bytes.ts';
import { deriveKey, rootOf } from './format/keys.ts';
import { decodeDomain, encodeDomain } from './format/owner-note.ts';
import type { ReadRepoFile, RepoFile } from './format/repo-file.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { hashIn, isObject, noteName, readDomainNote } from './repository/adoption.ts';
import { loadDomain, type Domain, type StoredSnapshot } from './repository/domain.ts';
import { keepHead, readHead } from './repository/known-head.ts';
import { keepKeyring } from './repository/known-keyring.ts';
import { beforeChange, checkKnown } from './repository/known-state.ts';
import { keepWriter, readWriter, type KnownWriter } from './repository/known-writer.ts';
import { takeLocalLock } from './repository/local-lock.ts';
import { Repository } from './repository/repository.ts';
import { isWriter, writerIn } from './repository/writer-standing.ts';
import { unattended } from './verb-context.ts';
import { openWhole } from './whole-keyring.ts';

/**
 * Errors: bad-input (no such computer; the place is behind, and the newer state was not kept), busy (it is backing up
 * here; another computer took it over in the same moment), cloned-computer (its history is forked), those of unlock.
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
    // Before anything is changed: a history that two computers have forked has to be put right first.
    refuseForked(await loadDomain(repository, input.clientId, { snapshotsOnly: true }));
    const { newest, elsewhere } = await beforeChange(stateFolder, file, input.destination);
    const kept = await readWriter(stateFolder, repoId, clientId);
    const writer = writerFor(kept, elsewhere ?? file, clientId);
    // Before repo.json: after a crash, this computer knows that it is the one that is named there.
    if (kept === null || !isWriter(kept, writer)) await keepWriter(stateFolder, repoId, clientId, writer);
    const change = (current: RepoFile): RepoFile | null => nextFile(current, clientId, writer);
    const changed = await changeRepoFile(destination, file, ownerSeed, newest, change, elsewhere);
    await checkKnown(stateFolder, changed, input.destination);
    const whole = await openWhole(destination, rootKey, stateFolder, input.destination);
    const snapshots = await sign(destination, input, whole.repository, clientId, writer, ownerSeed);
    await keepKeyring(stateFolder, repoId, whole.keyring);
    const last = snapshots.at(-1);
    return {
      ...(await capabilityOf(whole, clientId, writer, false)),
      writer: writer.number,
      name: last?.snapshot.computerName ?? '',
      snapshots: snapshots.length,
      newestMs: last?.snapshot.endedMs ?? null,
    };
  } finally {
    ownerSeed.fill(0);
    await lock.release();
  }
}

/** Who this computer is, or becomes, in the domain. */
function writerFor(kept: KnownWriter | null, file: ReadRepoFile, clientId: Uint8Array): KnownWriter {
  const there = writerIn(file, clientId);
  const number = there?.number ?? 0;
  const isRetired = file.retired.some((id) => equal(id, clientId));
  // Begun before, or done at another place.
  if (kept !== null && (kept.number > number || (there !== undefined && isWriter(there, kept) && !isRetired))) {
    return kept;
  }
  return { number: number + 1, token: new Uint8Array(randomBytes(16)), from: 0, note: null };
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
 * @returns the history that this computer goes on with
 */
async function sign(
  destination: Destination,
  { clientId: id, destination: place, stateFolder }: AdoptInput,
  repository: Repository,
  clientId: Uint8Array,
  writer: KnownWriter,
  ownerSeed: Uint8Array,
): Promise<StoredSnapshot[]> {
  const { repoId, file } = repository;
  const { number, token } = writer;
  const there = await readDomainNote(destination, file, clientId);
  if (there !== null && there.note.number > number) throw takenMeanwhile();
  // Only an earlier note tells what does not count: without one, packs need not be looked at.
  const domain = await loadDomain(repository, id, { withoutIndex: there === null });
  const head = await readHead(stateFolder, repoId, clientId);
  // What a former one made after this one had begun is a history of its own.
  const began = writer.from > 0 && head !== null && head.sequence >= writer.from;
  const isBeside = (one: StoredSnapshot): boolean =>
    began && one.writer < number && one.snapshot.sequence >= writer.from;
  const out = new Set([
    ...domain.former.map(hashIn),
    ...[...domain.snapshots, ...domain.leftSnapshots].filter(isBeside).map((one) => one.id),
  ]);
  const kept = writer.note === null ? null : decodeDomain(writer.note, file.ownerPublicKey, { repoId, clientId });
  const snapshots = domain.snapshots.filter((one) => !isBeside(one));
  const listed = [...domain.objects.keys()].filter(isObject).map(hashIn);
  // What this place has lost, or does not list yet, counts where it is.
  const told = snapshots.flatMap(({ snapshot }) => snapshot.live.map(({ hash }) => toHex(hash)));
  const names = new Set([...(kept?.names ?? []), ...[...listed, ...told].filter((name) => !out.has(name))]);
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
  return snapshots;
}

/** Errors: cloned-computer where two snapshots have one number. */
function refuseForked({ snapshots }: Domain): void {
  const sequences = snapshots.map(({ snapshot }) => snapshot.sequence);
  const twice = sequences.find((sequence, i) => sequences.indexOf(sequence) !== i);
  if (twice !== undefined) throw forked(twice);
}

const takenMeanwhile = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Another computer has taken over these backups in the same moment.',
    'It goes on with them, and nothing was lost. If it is to be this one all the same, adopt them again.',
  );
