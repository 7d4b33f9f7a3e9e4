/** The end of a record by its owner. It is believed by the vault's receipt, and by nothing else that the vault says. */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../errors.ts';
import type { RootKey } from '../secret.ts';
import type { VaultRecord } from './api.ts';
import { untrue, VaultProblem } from './failures.ts';
import type { Links } from './links.ts';

/**
 * Also of a record that is over already: a suspended one holds the key still, and sessions outlive the end by failures.
 *
 * @throws HoldfastError vault-refused where the vault says that there is nothing to destroy, which it cannot prove;
 *   vault-unreachable, vault-not-proven
 */
export async function destroyRecord(links: Links, record: VaultRecord, rootKey: RootKey): Promise<void> {
  const witnessed = await links.witness(record);
  const requestId = new Uint8Array(randomBytes(16));
  try {
    const { receipt } = await links.asOwner(record, rootKey, 'destroy', {}, requestId);
    const { type } = await witnessed.check('receipt', receipt, [requestId]);
    if (type !== 'destroy') throw untrue(`Destroy with a receipt of ${type}`);
  } catch (error) {
    throw error instanceof VaultProblem && (error.code === 'unknown-record' || error.code === 'destroyed')
      ? notConfirmed(error)
      : error;
  }
}

const notConfirmed = (cause: VaultProblem): HoldfastError =>
  new HoldfastError(
    'vault-refused',
    'The key vault has not confirmed that its copy of your key is destroyed: it says that it has none, and cannot prove that.',
    'Nothing was changed. Try again, or turn the password off without the vault: a copy that it may keep all the same opens with the password.',
    { detail: cause.message, cause },
  );
