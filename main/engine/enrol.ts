/**
 * Gives a computer its write capability, or renews it after the keys were renewed. Nothing is written to the storage, but
 * where two computers renewed the keys at two places: then one keyring with all of them.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { EnrolResult, Verbs } from './api.ts';
import { equal, fromHex, toHex } from './format/bytes.ts';
import { encodeCapability, type FormerKey, type OlderKeys, type WriterId } from './format/capability.ts';
import type { Epoch } from './format/keyring.ts';
import { clientKeys, deriveWriterKey } from './format/keys.ts';
import { readerKeyHash, readerKeyPair } from './format/reader-key.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { readDomainNote } from './repository/adoption.ts';
import { joinedEpoch } from './repository/joined-epoch.ts';
import { keyringName } from './repository/keyrings.ts';
import { keepKeyring } from './repository/known-keyring.ts';
import { checkKnown } from './repository/known-state.ts';
import { keepWriter, readWriter } from './repository/known-writer.ts';
import { isWriter, refuseFormer } from './repository/writer-standing.ts';
import { unattended } from './verb-context.ts';
import { openWhole, type Whole } from './whole-keyring.ts';

/** Errors: wrong-key, bad-input, taken-over, repository-rolled-back, and those of opening. */
export async function enrol(input: Verbs['enrol']['input'], context = unattended): Promise<EnrolResult> {
  const clientId = input.clientId === undefined ? new Uint8Array(randomBytes(16)) : fromHex(input.clientId, 16);
  if (clientId === null) {
    throw new HoldfastError('bad-input', 'This computer’s id is malformed.', 'Nothing was changed. Enrol it again.');
  }
  const destination = await openFor(input.destination, context, { patience: WHILE_WATCHED });
  try {
    const { rootKey, stateFolder } = input;
    const whole = await openWhole(destination, rootKey, stateFolder, input.destination);
    const { file, repoId } = whole.repository;
    const remembers = stateFolder ?? input.identityFolder;
    const writer = remembers === undefined ? null : await readWriter(remembers, repoId, clientId);
    refuseFormer(file, clientId, writer);
    if (stateFolder !== undefined) {
      await checkKnown(stateFolder, file, input.destination);
      await keepKeyring(stateFolder, repoId, whole.keyring);
      // After a change of the key it is signed anew.
      const note = writer === null ? null : await readDomainNote(destination, file, clientId);
      if (writer !== null && note !== null && isWriter(note.note, writer)) {
        await keepWriter(stateFolder, repoId, clientId, { ...writer, note: note.bytes });
      }
    }
    return await capabilityOf(whole, clientId, writer, input.clientId === undefined);
  } finally {
    await destination.close();
  }
}

/**
 * @param writer which of the computers of this client id it is for; null for the first
 * @param isNew true for a client id that has stored nothing yet
 */
export async function capabilityOf(
  { repository, keyring: bytes }: Pick<Whole, 'repository' | 'keyring'>,
  clientId: Uint8Array,
  writer: WriterId | null,
  isNew: boolean,
): Promise<EnrolResult> {
  const epoch = repository.currentEpoch();
  const joined = isNew ? epoch : await joinedEpoch(repository, clientId);
  const { publicKey } = readerKeyPair(epoch.readerSeed);
  const keyring = keyringName(bytes);
  const number = writer?.number ?? 0;
  return {
    capability: encodeCapability({
      repoId: repository.repoId,
      clientId,
      suite: repository.file.suite,
      epoch: epoch.number,
      epochId: epoch.id,
      domainEpoch: joined.number,
      keys: clientKeys(epoch.root, joined.root, clientId, number),
      readerKeyHash: readerKeyHash(publicKey),
      ownerPublicKey: repository.file.ownerPublicKey,
      keyring,
      older: olderKeys(repository.epochs, joined, epoch, clientId, number),
      earlierKeyrings: repository.keyrings.names.filter((name) => !equal(name, keyring)),
      writer: writer === null ? null : { number: writer.number, token: writer.token },
      former: formerKeys(repository.epochs, joined, clientId, number),
    }),
    readerPublicKey: publicKey,
    clientId: toHex(clientId),
    repoId: toHex(repository.repoId),
  };
}

/** What the domain may hold objects of: all epochs since it began but the current one. */
function olderKeys(
  epochs: readonly Epoch[],
  joined: Epoch,
  current: Epoch,
  clientId: Uint8Array,
  writer: number,
): OlderKeys[] {
  return epochs
    .filter((one) => one.number >= joined.number && !equal(one.id, current.id))
    .map((one) => ({
      epoch: one.number,
      meta: deriveWriterKey(one.root, 'meta', clientId, writer),
      localCache: deriveWriterKey(one.root, 'local-cache', clientId, writer),
    }));
}

/** What opens the objects of the computers that wrote the domain before, of every epoch since it began. */
function formerKeys(epochs: readonly Epoch[], joined: Epoch, clientId: Uint8Array, writers: number): FormerKey[] {
  return epochs
    .filter((one) => one.number >= joined.number)
    .flatMap((one) =>
      Array.from({ length: writers }, (_, writer) => ({
        epoch: one.number,
        meta: deriveWriterKey(one.root, 'meta', clientId, writer),
        writer,
      })),
    );
}
