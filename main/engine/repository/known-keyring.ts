/**
 * The keyring that belongs to this computer's capability, as sealed as it is in the storage. A destination that was away
 * while the keys were renewed lacks it: the writer brings it there before anything that only it can open.
 */
import { fromHex, toHex } from '../format/bytes.ts';
import { changeKnown, knownPath, readKnown } from './known-file.ts';

/** `keyring`: of the capability. `changed-keyring`: under a new root key, for further places that get the same. */
export type KeptAs = 'keyring' | 'changed-keyring';

/** A failure costs that a place which is behind waits for a copy, and nothing else. */
export async function keepKeyring(
  stateFolder: string,
  repoId: Uint8Array,
  keyring: Uint8Array,
  as: KeptAs = 'keyring',
): Promise<void> {
  const hex = toHex(keyring);
  await changeKnown(knownPath(stateFolder, repoId, as), (value) => (textOf(value) === hex ? null : { keyring: hex }));
}

/** Null where none is kept. */
export async function keptKeyring(
  stateFolder: string,
  repoId: Uint8Array,
  as: KeptAs = 'keyring',
): Promise<Uint8Array | null> {
  const text = textOf(await readKnown(knownPath(stateFolder, repoId, as)));
  return text === null ? null : fromHex(text);
}

function textOf(value: object | null): string | null {
  return value !== null && 'keyring' in value && typeof value.keyring === 'string' ? value.keyring : null;
}
