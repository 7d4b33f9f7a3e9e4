/** Makes a repository: its keyring and the three copies of repo.json. */
import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { openDestination } from '../destinations/open.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RepositoryFacts, Verbs } from './api.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { sealKeyring } from './format/keyring.ts';
import { deriveKey, ed25519PublicKey, rootOf } from './format/keys.ts';
import { CHUNKER_ID, encodeRepoFile, REPO_FILES } from './format/repo-file.ts';
import { factsOf, readRepoFile } from './repository/repository.ts';

/** Errors: repository-exists, bad-input, destination-*. */
export async function create(input: Verbs['create']['input']): Promise<RepositoryFacts> {
  const repoId = input.repoId === undefined ? new Uint8Array(randomBytes(16)) : fromHex(input.repoId, 16);
  if (repoId === null || input.rootKey.length !== 32) {
    throw new HoldfastError(
      'bad-input',
      'The new backup’s id or key is malformed.',
      'Nothing was written. Start again.',
    );
  }
  const destination = await openDestination(input.destination);
  try {
    await refuseExisting(destination);
    await destination.init();
    const root = rootOf(input.rootKey, repoId);
    const ownerSeed = deriveKey(root, 'repo-owner');
    const ownerPublicKey = ed25519PublicKey(ownerSeed);
    const keyring = sealKeyring(input.rootKey, {
      repoId,
      epochs: [
        {
          number: 0,
          id: new Uint8Array(randomBytes(16)),
          root,
          readerSeed: deriveKey(root, 'reader'),
          ownerPublicKey,
        },
      ],
    });
    const hash = new Uint8Array(createHash('sha256').update(keyring).digest());
    await destination.put(`k/${toHex(hash)}`, keyring, { sha256: hash });
    const bytes = encodeRepoFile(
      {
        repoId,
        suite: 1,
        createdMs: Date.now(),
        generation: 1,
        ownerPublicKey,
        readFeatures: [],
        writeFeatures: [],
        chunker: CHUNKER_ID,
        retired: [],
        keyring,
      },
      ownerSeed,
    );
    // The first copy last: a folder with repo.json in it has everything else.
    for (const name of [...REPO_FILES].reverse()) await destination.put(name, bytes);
    const written = await readRepoFile(destination);
    if (!equal(written.bytes, bytes)) throw exists(destination.label);
    return factsOf(written.file, []);
  } finally {
    await destination.close();
  }
}

async function refuseExisting(destination: Destination): Promise<void> {
  try {
    await readRepoFile(destination);
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'not-a-repository' || code === 'destination-missing') return;
    throw error;
  }
  throw exists(destination.label);
}

function exists(label: string): HoldfastError {
  return new HoldfastError(
    'repository-exists',
    `There is a Holdfast backup in ${label} already.`,
    'It was not changed. Go on with it using its own key, or choose an empty folder.',
  );
}
