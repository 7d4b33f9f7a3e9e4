/**
 * Makes a repository: its keyring and the three copies of repo.json. Called again with the same id and key, it finishes
 * what an interrupted try began.
 */
import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RepositoryFacts, Verbs } from './api.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { openKeyring, sealKeyring } from './format/keyring.ts';
import { NEWEST_SUITE } from './format/suite.ts';
import { deriveKey, ed25519PublicKey, rootOf } from './format/keys.ts';
import { CHUNKER_ID, decodeRepoFile, encodeRepoFile, REPO_FILES, type ReadRepoFile } from './format/repo-file.ts';
import { whileWatched } from './open.ts';
import { factsOf, listClientIds, readRepoFile } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/** Errors: repository-exists, bad-input, destination-*. */
export async function create(input: Verbs['create']['input'], context = unattended): Promise<RepositoryFacts> {
  return await whileWatched(input.destination, context, async (destination) => await createIn(destination, input));
}

/** The same in a destination that is open already; the caller closes it. */
export async function createIn(
  destination: Destination,
  input: Omit<Verbs['create']['input'], 'destination'>,
): Promise<RepositoryFacts> {
  const repoId = input.repoId === undefined ? new Uint8Array(randomBytes(16)) : fromHex(input.repoId, 16);
  if (repoId === null || input.rootKey.length !== 32) {
    throw new HoldfastError(
      'bad-input',
      'The new backup’s id or key is malformed.',
      'Nothing was written. Start again.',
    );
  }
  const existing = await existingFile(destination);
  if (existing !== null && !isOurs(existing.file, repoId, input.rootKey)) throw repositoryExists(destination.label);
  await destination.init();
  const bytes = existing?.bytes ?? newRepoFile(repoId, input.rootKey);
  const { keyring } = decodeRepoFile(bytes);
  const hash = new Uint8Array(createHash('sha256').update(keyring).digest());
  await destination.put(`k/${toHex(hash)}`, keyring, { sha256: hash });
  // The first copy last: a folder with repo.json in it has everything else.
  const missing = existing?.unsound ?? REPO_FILES;
  for (const name of [...missing].reverse()) await destination.put(name, bytes);
  const written = await readRepoFile(destination);
  if (!equal(written.bytes, bytes)) throw repositoryExists(destination.label);
  return factsOf(written.file, existing === null ? [] : await listClientIds(destination), true);
}

/** repo.json of generation 1, with its keyring in it. */
function newRepoFile(repoId: Uint8Array, rootKey: Uint8Array): Uint8Array {
  const root = rootOf(rootKey, repoId);
  const ownerSeed = deriveKey(root, 'repo-owner');
  const ownerPublicKey = ed25519PublicKey(ownerSeed);
  const keyring = sealKeyring(rootKey, {
    repoId,
    epochs: [
      { number: 0, id: new Uint8Array(randomBytes(16)), root, readerSeed: deriveKey(root, 'reader'), ownerPublicKey },
    ],
  });
  return encodeRepoFile(
    {
      repoId,
      suite: NEWEST_SUITE,
      createdMs: Date.now(),
      generation: 1,
      ownerPublicKey,
      readFeatures: [],
      writeFeatures: [],
      chunker: CHUNKER_ID,
      vault: null,
      retired: [],
      writers: [],
      keyring,
      replaces: null,
    },
    ownerSeed,
  );
}

async function existingFile(destination: Destination): Promise<Awaited<ReturnType<typeof readRepoFile>> | null> {
  try {
    return await readRepoFile(destination);
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'not-a-repository' || code === 'destination-missing') return null;
    throw error;
  }
}

/** True for what an earlier try with this id and key left half made, or made without its answer arriving. */
function isOurs(file: ReadRepoFile, repoId: Uint8Array, rootKey: Uint8Array): boolean {
  if (!equal(file.repoId, repoId)) return false;
  const owner = ed25519PublicKey(deriveKey(rootOf(rootKey, repoId), 'repo-owner'));
  return equal(file.ownerPublicKey, owner) && openKeyring(rootKey, file.keyring) !== null;
}

export function repositoryExists(label: string): HoldfastError {
  return new HoldfastError(
    'repository-exists',
    text`There is a Holdfast backup in ${label} already.`,
    'It was not changed. Go on with it using its own key, or choose an empty folder.',
  );
}
