/**
 * Brings repo.json back where all three copies are gone or damaged: as this computer has seen it last; else, with the key,
 * anew from what the key proves. Anew, it says less than it did: which vault keeps the key is gone, and a computer is
 * retired, or taken over by another, only where the owner's note in its own folder says so. Whoever removed the copies wins no more than that: the
 * keys are renewed on the way, so that an old keyring put in the place of the newest is not what new backups are sealed to.
 */
import { randomBytes } from 'node:crypto';
import type { Destination } from '../destinations/destination.ts';
import type { DestinationPlace, DestinationSpec } from '../destinations/spec.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import { putRepoFile } from './change-repo-file.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { HEADER_BYTES, openHeader, parseHeader, SEALED_HEADER_BYTES, type Header } from './format/envelope.ts';
import { keyringRepoId, openKeyring, unionOf, type Epoch, type Keyring } from './format/keyring.ts';
import { deriveKey, deriveWriterKey, ed25519PublicKey, rootOf } from './format/keys.ts';
import { decodeRetired } from './format/owner-note.ts';
import { CHUNKER_ID, encodeRepoFile, REPO_FILES, type DomainWriter, type RepoFile } from './format/repo-file.ts';
import { NEWEST_SUITE, type Suite } from './format/suite.ts';
import { openFor } from './open.ts';
import { readDomainNote } from './repository/adoption.ts';
import { listKeyrings, openStored, storeKeyring } from './repository/keyrings.ts';
import { keptKeyring } from './repository/known-keyring.ts';
import { checkKnown, keptRepoFile } from './repository/known-state.ts';
import { getNamed } from './repository/objects.ts';
import { orNull } from './repository/or-null.ts';
import { listClientIds, readRepoFile, Repository, wrongKey } from './repository/repository.ts';
import { newEpoch } from './rotate.ts';
import type { VerbContext } from './verb-context.ts';

export interface RepoFileRepair {
  /** Copies that were (or would be) written; none where one of them was whole. */
  healed: string[];
  /** `kept`: as this computer saw it last. `made`: anew, with new keys. Null where nothing was needed. */
  how: 'kept' | 'made' | null;
}

export interface RepoFileRepairInput {
  place: DestinationPlace;
  stateFolder: string;
  /** 32 bytes; without it repo.json comes back only as this computer has kept it. */
  rootKey: Uint8Array | undefined;
  dryRun: boolean;
}

/** A generation made anew outdoes every one that another computer may have seen: changes are few, and go by ones and twos. */
const AHEAD = 65_536;

/** Objects of a computer that are looked at to tell whose they are: more than one, since one may be damaged. */
const LOOKED_AT = 8;

/** The same at a place that is to be opened first. Errors: those of opening it */
export async function repairRepoFileAt(
  input: Omit<RepoFileRepairInput, 'place'> & { destination: DestinationSpec },
  context: VerbContext,
): Promise<RepoFileRepair> {
  const destination = await openFor(input.destination, context);
  try {
    return await repairRepoFile(destination, { ...input, place: input.destination });
  } finally {
    await destination.close();
  }
}

/** Errors: not-a-repository, newer-format, wrong-key, repository-damaged (nothing proves what to write), destination-* */
export async function repairRepoFile(destination: Destination, input: RepoFileRepairInput): Promise<RepoFileRepair> {
  try {
    await readRepoFile(destination);
    return { healed: [], how: null };
  } catch (error) {
    if (toHoldfastError(error).code !== 'repository-damaged') throw error;
  }
  const headers = await headersIn(destination, LOOKED_AT);
  const repoIds = await idsIn(destination, headers);
  const { rootKey, stateFolder, dryRun } = input;
  for (const repoId of repoIds) {
    const { file } = await keptRepoFile(stateFolder, repoId);
    if (file === null || (rootKey !== undefined && !equal(file.ownerPublicKey, ownerOf(rootKey, repoId)))) continue;
    if (!dryRun) await putRepoFile(destination, file.bytes, []);
    return { healed: [...REPO_FILES], how: 'kept' };
  }
  if (rootKey === undefined) throw keyNeeded(destination.label);
  const known = await epochsBy(destination, rootKey, repoIds, headers, stateFolder);
  if (!dryRun) await makeAnew(destination, rootKey, known, headers, input);
  return { healed: [...REPO_FILES], how: 'made' };
}

async function makeAnew(
  destination: Destination,
  rootKey: Uint8Array,
  { repoId, epochs }: Keyring,
  headers: readonly Header[],
  { stateFolder, place }: RepoFileRepairInput,
): Promise<void> {
  const ownerSeed = deriveKey(rootOf(rootKey, repoId), 'repo-owner');
  try {
    const ownerPublicKey = ed25519PublicKey(ownerSeed);
    const all = [...epochs, newEpoch(epochs, ownerPublicKey)];
    const noted = await notedBy(destination, repoId, ownerPublicKey);
    const bytes = encodeRepoFile(
      {
        repoId,
        suite: await suiteBy(destination, headers, epochs, noted.writers),
        createdMs: Date.now(),
        generation: (await keptRepoFile(stateFolder, repoId)).generation + AHEAD,
        ownerPublicKey,
        readFeatures: [],
        writeFeatures: [],
        chunker: CHUNKER_ID,
        vault: null,
        ...noted,
        keyring: await storeKeyring(destination, rootKey, { repoId, epochs: all }),
        replaces: null,
      },
      ownerSeed,
    );
    await putRepoFile(destination, bytes, []);
  } finally {
    ownerSeed.fill(0);
  }
  const { file } = await Repository.open(destination, { kind: 'key', rootKey });
  await checkKnown(stateFolder, file, place);
}

/** All epochs that the key proves. Errors: wrong-key, repository-damaged (there is nothing that proves any), destination-* */
async function epochsBy(
  destination: Destination,
  rootKey: Uint8Array,
  repoIds: readonly Uint8Array[],
  headers: readonly Header[],
  stateFolder: string,
): Promise<Keyring> {
  const names = await listKeyrings(destination);
  const stored: Keyring[] = [];
  for (const name of names) {
    const keyring = await openStored(destination, name, rootKey);
    if (keyring !== null) stored.push(keyring);
  }
  for (const repoId of repoIds) {
    const kept = await openKept(stateFolder, repoId, rootKey);
    const found = [...stored, ...(kept === null ? [] : [kept])].filter((one) => equal(one.repoId, repoId));
    if (found.length > 0) return { repoId, epochs: unionOf(found) };
  }
  const first = firstOf(rootKey, headers);
  if (first !== null) return first;
  if (names.length > 0) throw wrongKey();
  // Anybody can put others in front of those that the key proves.
  const proven = firstOf(rootKey, await headersIn(destination, Infinity));
  if (proven === null) throw noKeyring(destination.label);
  return proven;
}

/** The repository whose first epoch one of these objects was made in; null where the key proves none of them. */
function firstOf(rootKey: Uint8Array, headers: readonly Header[]): Keyring | null {
  const epochs = new Map<string, Epoch>();
  for (const header of headers) {
    const { repoId } = header;
    const epoch = epochs.get(toHex(repoId)) ?? firstEpoch(rootKey, repoId);
    epochs.set(toHex(repoId), epoch);
    if (isOf(epoch, header)) return { repoId, epochs: [epoch] };
  }
  return null;
}

async function openKept(stateFolder: string, repoId: Uint8Array, rootKey: Uint8Array): Promise<Keyring | null> {
  const bytes = await keptKeyring(stateFolder, repoId);
  return bytes === null ? null : await orNull(() => Promise.resolve(openKeyring(rootKey, bytes)));
}

/** Epoch 0 of a repository whose key was never changed: it follows from the key and the repository's id. */
function firstEpoch(rootKey: Uint8Array, repoId: Uint8Array): Epoch {
  const root = rootOf(rootKey, repoId);
  return {
    number: 0,
    // Its own stood in the keyrings. Where one comes back, the two have one number, and both are tried.
    id: new Uint8Array(randomBytes(16)),
    root,
    readerSeed: deriveKey(root, 'reader'),
    ownerPublicKey: ownerOf(rootKey, repoId),
  };
}

/** True where the object's key commitment is one by this epoch: nobody without the key can make such an object. */
const isOf = ({ number, root }: Epoch, header: Header, writer = 0): boolean =>
  !header.sealed &&
  header.epoch === number &&
  openHeader(header, deriveWriterKey(root, 'meta', header.clientId, writer)) !== null;

/**
 * The suite of the objects that the key proves: it is the same in all of them. The headers of others are anybody's word.
 * So all are looked at where none of the first ones is proven: anybody can put what he likes in front. Where there is no
 * object that any was named in, the newest will do. Who has a computer's capability, or hides objects, can still have it
 * wrong: what is there is readable in either suite.
 *
 * @param some headers of the first objects. Errors: destination-*
 */
async function suiteBy(
  destination: Destination,
  some: readonly Header[],
  epochs: readonly Epoch[],
  writers: readonly DomainWriter[],
): Promise<Suite> {
  const isProven = (header: Header): boolean => {
    const last = writers.find(({ clientId }) => equal(clientId, header.clientId))?.number ?? 0;
    return epochs.some((epoch) => Array.from({ length: last + 1 }).some((_, writer) => isOf(epoch, header, writer)));
  };
  const proven = some.find(isProven) ?? (await headersIn(destination, Infinity)).find(isProven);
  return proven?.suite ?? NEWEST_SUITE;
}

const ownerOf = (rootKey: Uint8Array, repoId: Uint8Array): Uint8Array =>
  ed25519PublicKey(deriveKey(rootOf(rootKey, repoId), 'repo-owner'));

/** Ids of repositories that lie there, by what stands in the clear: the key or this computer's memory tells which counts. */
async function idsIn(destination: Destination, headers: readonly Header[]): Promise<Uint8Array[]> {
  const found = new Map<string, Uint8Array>();
  for (const name of await listKeyrings(destination)) {
    const bytes = await orNull(async () => await getNamed(destination, name));
    if (bytes !== null && bytes.length > 25) found.set(toHex(keyringRepoId(bytes)), keyringRepoId(bytes));
  }
  for (const { repoId } of headers) found.set(toHex(repoId), repoId);
  return [...found.values()];
}

/**
 * Headers of objects of each computer that are not sealed to the reader.
 *
 * @param most objects of a room that are looked at
 */
async function headersIn(destination: Destination, most: number): Promise<Header[]> {
  const found: Header[] = [];
  for (const client of await listClientIds(destination)) {
    for (const room of ['s', 'i', 'm']) {
      let looked = 0;
      for await (const { name, size } of destination.list(`c/${client}/${room}/`)) {
        if (size < SEALED_HEADER_BYTES) continue;
        const header = await orNull(async () => parseHeader(await destination.getRange(name, 0, HEADER_BYTES), name));
        if (header !== null) found.push(header);
        if (++looked >= most) break;
      }
    }
  }
  return found;
}

/** What the owner's own notes in the computers' folders tell, sorted as repo.json has it. */
async function notedBy(
  destination: Destination,
  repoId: Uint8Array,
  ownerPublicKey: Uint8Array,
): Promise<Pick<RepoFile, 'retired' | 'writers'>> {
  const retired: Uint8Array[] = [];
  const writers: DomainWriter[] = [];
  for (const client of await listClientIds(destination)) {
    const clientId = fromHex(client, 16);
    if (clientId === null) continue;
    const domain = await readDomainNote(destination, { repoId, ownerPublicKey }, clientId);
    if (domain !== null) writers.push({ clientId, number: domain.note.number, token: domain.note.token });
    const note = await orNull(async () =>
      decodeRetired(await destination.get(`c/${client}/retired`), ownerPublicKey, { repoId, clientId }),
    );
    if (note !== null && note.writer >= (domain?.note.number ?? 0)) retired.push(clientId);
  }
  return {
    retired: retired.sort((a, b) => Buffer.compare(a, b)),
    writers: writers.sort((a, b) => Buffer.compare(a.clientId, b.clientId)),
  };
}

const keyNeeded = (label: string): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    text`repo.json in ${label} is damaged or gone, and so are its copies; this computer has not kept one either.`,
    'Nothing was changed, and your backed-up files are not in it. Bring back any of repo.json, repo.1.json or repo.2.json from the storage’s older versions or from another place of this backup (holdfast heal); or repair with the key, which makes it anew.',
  );

const noKeyring = (label: string): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    text`repo.json and every keyring in ${label} are gone, and nothing else there follows from these 64 digits alone.`,
    'Nothing was changed. Compare the digits with your printed kit; then bring back repo.json or a file of the folder k from the storage’s older versions, or from another place of this backup (holdfast heal).',
  );
