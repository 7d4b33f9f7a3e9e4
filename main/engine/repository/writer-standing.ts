/** Whether this computer may write to a repository: nobody has taken over its backups, and its keys are the current ones. */
import { HoldfastError } from '../../errors.ts';
import { equal } from '../format/bytes.ts';
import type { Capability, WriterId } from '../format/capability.ts';
import type { DomainWriter, ReadRepoFile, RepoFile } from '../format/repo-file.ts';
import { keyringName } from './keyrings.ts';

/**
 * A computer that backs up cannot open a keyring: one that it does not know may hold an epoch that it has no keys of.
 * Errors: locked.
 */
export function refuseUnknownKeys(capability: Capability, file: ReadRepoFile): void {
  if (!equal(file.ownerPublicKey, capability.ownerPublicKey)) throw changedOwner();
  refuseFormer(file, capability.clientId, capability.writer);
  const current = keyringName(file.keyring);
  if ([capability.keyring, ...capability.earlierKeyrings].some((known) => equal(known, current))) return;
  throw new HoldfastError(
    'locked',
    'The keys of this backup were renewed since this computer was last unlocked.',
    'Nothing was lost, and no snapshot was made now. Unlock this computer once; backups then go on.',
  );
}

/** Which computer has taken over a client's domain; undefined where none has. */
export const writerIn = ({ writers }: Pick<RepoFile, 'writers'>, clientId: Uint8Array): DomainWriter | undefined =>
  writers.find((writer) => equal(writer.clientId, clientId));

/** True where `writer` is the computer that `there` names. */
export const isWriter = (there: WriterId, writer: WriterId | null): boolean =>
  writer !== null && there.number === writer.number && equal(there.token, writer.token);

/**
 * Of two statements the one with the higher number counts: a storage that was set back to before the last one brings
 * nobody back. Errors: locked.
 *
 * @param writer which of the client's computers this one is; null for the first
 */
export function refuseFormer(file: Pick<RepoFile, 'writers'>, clientId: Uint8Array, writer: WriterId | null): void {
  const there = writerIn(file, clientId);
  if (there === undefined || isWriter(there, writer) || there.number < (writer?.number ?? 0)) return;
  throw takenOver();
}

export const takenOver = (): HoldfastError =>
  new HoldfastError(
    'taken-over',
    'Another computer has taken over the backups of this one, and this one backs up here no more.',
    'Nothing was lost: all that it backed up can be restored. Under Protection, this computer can start anew or take its backups back; so can `holdfast computer new-id` and `holdfast computer adopt`, with the key.',
  );

export function changedOwner(): HoldfastError {
  return new HoldfastError(
    'locked',
    'This place has another key than the one that this computer was last unlocked with.',
    'Nothing was written. Where you have changed the key, unlock this computer once with the new one. A place that was away then still needs the old digits: keep them, and change the key there too with `holdfast key change`.',
  );
}
