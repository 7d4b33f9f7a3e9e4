/**
 * Gives a computer its write capability, or renews it after the keys were renewed. Nothing is written to the storage, but
 * where two computers renewed the keys at two places: then one keyring with all of them.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { EnrolResult, Verbs } from './api.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { encodeCapability, type OlderKeys } from './format/capability.ts';
import type { Epoch } from './format/keyring.ts';
import { clientKeys, deriveKey } from './format/keys.ts';
import { readerKeyHash, readerKeyPair } from './format/reader-key.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { joinedEpoch } from './repository/joined-epoch.ts';
import { keyringName } from './repository/keyrings.ts';
import { keepKeyring } from './repository/known-keyring.ts';
import { checkKnown } from './repository/known-state.ts';
import { unattended } from './verb-context.ts';
import { openWhole } from './whole-keyring.ts';

/** Errors: wrong-key, bad-input, repository-rolled-back, and those of opening. */
export async function enrol(input: Verbs['enrol']['input'], context = unattended): Promise<EnrolResult> {
  const clientId = input.clientId === undefined ? new Uint8Array(randomBytes(16)) : fromHex(input.clientId, 16);
  if (clientId === null) {
    throw new HoldfastError('bad-input', 'This computer’s id is malformed.', 'Nothing was changed. Enrol it again.');
  }
  const destination = await openFor(input.destination, context, { patience: WHILE_WATCHED });
  try {
    const { rootKey, stateFolder } = input;
    const { repository, keyring: bytes } = await openWhole(destination, rootKey, stateFolder, input.destination);
    const epoch = repository.currentEpoch();
    const joined = input.clientId === undefined ? epoch : await joinedEpoch(repository, clientId);
    const { publicKey } = readerKeyPair(epoch.readerSeed);
    const { file } = repository;
    const keyring = keyringName(bytes);
    if (stateFolder !== undefined) {
      await checkKnown(stateFolder, file, input.destination);
      await keepKeyring(stateFolder, file.repoId, bytes);
    }
    return {
      capability: encodeCapability({
        repoId: repository.repoId,
        clientId,
        epoch: epoch.number,
        epochId: epoch.id,
        domainEpoch: joined.number,
        keys: clientKeys(epoch.root, joined.root, clientId),
        readerKeyHash: readerKeyHash(publicKey),
        ownerPublicKey: file.ownerPublicKey,
        keyring,
        older: olderKeys(repository.epochs, joined, epoch, clientId),
        earlierKeyrings: repository.keyrings.names.filter((name) => !equal(name, keyring)),
      }),
      readerPublicKey: publicKey,
      clientId: toHex(clientId),
      repoId: toHex(repository.repoId),
    };
  } finally {
    await destination.close();
  }
}

/** What the domain may hold objects of: all epochs since it began but the current one. */
function olderKeys(epochs: readonly Epoch[], joined: Epoch, current: Epoch, clientId: Uint8Array): OlderKeys[] {
  return epochs
    .filter((one) => one.number >= joined.number && !equal(one.id, current.id))
    .map((one) => ({
      epoch: one.number,
      meta: deriveKey(one.root, 'meta', clientId),
      localCache: deriveKey(one.root, 'local-cache', clientId),
    }));
}
