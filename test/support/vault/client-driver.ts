/** Registers or changes a password with the app's client in a process of its own, so that a test can kill it. */
import { openSecretStore } from '../../../main/keys/store.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import type { VaultPlace, VaultRecord } from '../../../main/keys/vault/api.ts';
import { createVaultKeys } from '../../../main/keys/vault/vault-keys.ts';

export interface DriverInput {
  folder: string;
  ksf: { memoryKiB: number; iterations: number; parallelism: number };
  password: string;
  /** Hex. */
  rootKey: string;
  place: VaultPlace;
  /** Null: the first registration. */
  record: VaultRecord | null;
}

const input = JSON.parse(process.argv[2] ?? '') as DriverInput;
const store = await openSecretStore({ load: () => Promise.reject(new Error('none')) });
const keys = createVaultKeys({ folder: input.folder, store, ksf: input.ksf });
const options = { password: input.password, rootKey: new RootKey(Buffer.from(input.rootKey, 'hex')) };
if (input.record === null) await keys.register(input.place, options);
else await keys.changePassword(input.record, options);
keys.close();
