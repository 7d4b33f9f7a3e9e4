/** Whether this computer may write to a repository: its keys are the current ones. */
import { HoldfastError } from '../../errors.ts';
import { equal } from '../format/bytes.ts';
import type { Capability } from '../format/capability.ts';
import type { ReadRepoFile } from '../format/repo-file.ts';
import { keyringName } from './keyrings.ts';

/**
 * A computer that backs up cannot open a keyring: one that it does not know may hold an epoch that it has no keys of.
 * Errors: locked.
 */
export function refuseUnknownKeys(capability: Capability, file: ReadRepoFile): void {
  if (!equal(file.ownerPublicKey, capability.ownerPublicKey)) throw changedOwner();
  const current = keyringName(file.keyring);
  if ([capability.keyring, ...capability.earlierKeyrings].some((known) => equal(known, current))) return;
  throw new HoldfastError(
    'locked',
    'The keys of this backup were renewed since this computer was last unlocked.',
    'Nothing was lost, and no snapshot was made now. Unlock this computer once; backups then go on.',
  );
}

export function changedOwner(): HoldfastError {
  return new HoldfastError(
    'locked',
    'This place has another key than the one that this computer was last unlocked with.',
    'Nothing was written. Where you have changed the key, unlock this computer once with the new one. A place that was away then still needs the old digits: keep them, and change the key there too with `holdfast key change`.',
  );
}
