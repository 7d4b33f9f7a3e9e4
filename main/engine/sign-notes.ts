/** After a change of the root key: the owner's notes on adoption are signed by the new owner, so that they count on. */
import type { Destination } from '../destinations/destination.ts';
import { deriveKey, ed25519PublicKey, rootOf } from './format/keys.ts';
import { encodeDomain } from './format/owner-note.ts';
import type { ReadRepoFile } from './format/repo-file.ts';
import { noteName, readDomainNote } from './repository/adoption.ts';

/**
 * May be repeated. Errors: destination-*
 *
 * @param file of the new owner
 * @param rootKey before the change, 32 bytes
 * @param ownerSeed the new owner's, 32 bytes
 */
export async function signNotesAnew(
  destination: Destination,
  file: ReadRepoFile,
  rootKey: Uint8Array,
  ownerSeed: Uint8Array,
): Promise<void> {
  const { repoId, writers } = file;
  const before = { repoId, ownerPublicKey: ed25519PublicKey(deriveKey(rootOf(rootKey, repoId), 'repo-owner')) };
  for (const { clientId } of writers) {
    if ((await readDomainNote(destination, file, clientId)) !== null) continue;
    const found = await readDomainNote(destination, before, clientId);
    if (found !== null) await destination.put(noteName(clientId), encodeDomain(found.note, ownerSeed));
  }
}
