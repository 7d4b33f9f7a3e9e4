/** Gives a computer its write capability. Nothing is written to the storage. */
import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { EnrolResult, Verbs } from './api.ts';
import { fromHex, toHex } from './format/bytes.ts';
import { encodeCapability } from './format/capability.ts';
import { readerKeyHash, readerKeyPair } from './format/reader-key.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { Repository } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/** Errors: wrong-key, bad-input, and those of opening. */
export async function enrol(input: Verbs['enrol']['input'], context = unattended): Promise<EnrolResult> {
  const clientId = input.clientId === undefined ? new Uint8Array(randomBytes(16)) : fromHex(input.clientId, 16);
  if (clientId === null) {
    throw new HoldfastError('bad-input', 'This computer’s id is malformed.', 'Nothing was changed. Enrol it again.');
  }
  const destination = await openFor(input.destination, context, { patience: WHILE_WATCHED });
  try {
    const repository = await Repository.open(destination, { kind: 'key', rootKey: input.rootKey });
    const epoch = repository.currentEpoch();
    const keys = repository.keysOf(clientId);
    if (keys === null) throw new Error('the root key reaches every client');
    const { publicKey } = readerKeyPair(epoch.readerSeed);
    return {
      capability: encodeCapability({
        repoId: repository.repoId,
        clientId,
        epoch: epoch.number,
        epochId: epoch.id,
        domainEpoch: epoch.number,
        keys: keys.current.keys,
        readerKeyHash: readerKeyHash(publicKey),
        ownerPublicKey: epoch.ownerPublicKey,
        keyring: new Uint8Array(createHash('sha256').update(repository.file.keyring).digest()),
      }),
      readerPublicKey: publicKey,
      clientId: toHex(clientId),
      repoId: toHex(repository.repoId),
    };
  } finally {
    await destination.close();
  }
}
