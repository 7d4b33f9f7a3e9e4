/**
 * The keyring that belongs to this computer's capability, as sealed as it is in the storage. A destination that was away
 * while the keys were renewed lacks it: the writer brings it there before anything that only it can open.
 */
import { fromHex, toHex } from '../format/bytes.ts';
import type { DomainWriter, RepoFile } from '../format/repo-file.ts';
import { changeKnown, knownPath, readKnown } from './known-file.ts';

/** `keyring`: of the capability. `changed-keyring`: under a new root key, for further places that get the same. */
export type KeptAs = 'keyring' | 'changed-keyring';

/** A failure costs that a place which is behind waits for a copy, and nothing else. */
export async function keepKeyring(stateFolder: string, repoId: Uint8Array, keyring: Uint8Array): Promise<void> {
  const hex = toHex(keyring);
  const path = knownPath(stateFolder, repoId, 'keyring');
  await changeKnown(path, (value) => (textOf(value) === hex ? null : { keyring: hex }));
}

/** What a change of the root key carries from place to place, besides its keyring. */
export type KeptSettings = Pick<RepoFile, 'retired' | 'writers'>;

/**
 * What a change of the root key at one place tells the same change at the next ones: no copy brings them that, since they
 * have another owner until then. A failure costs that they get an epoch of their own, and not what is retired or taken
 * over since.
 */
export async function keepChanged(
  stateFolder: string,
  repoId: Uint8Array,
  { keyring, retired, writers }: KeptSettings & { keyring: Uint8Array },
): Promise<void> {
  const next = {
    keyring: toHex(keyring),
    retired: retired.map(toHex),
    writers: writers.map(({ clientId, number, token }) => [toHex(clientId), number, toHex(token)]),
  };
  await changeKnown(knownPath(stateFolder, repoId, 'changed-keyring'), () => next);
}

/** What was said of computers where the root key was changed last. */
export async function keptSettings(stateFolder: string, repoId: Uint8Array): Promise<KeptSettings> {
  const value = await readKnown(knownPath(stateFolder, repoId, 'changed-keyring'));
  const items = (name: 'retired' | 'writers'): unknown[] => {
    const list = value !== null && name in value ? (value as Record<typeof name, unknown>)[name] : null;
    return Array.isArray(list) ? list : [];
  };
  const bytes = (text: unknown): Uint8Array | null => (typeof text === 'string' ? fromHex(text, 16) : null);
  return {
    retired: items('retired')
      .map(bytes)
      .filter((id) => id !== null),
    writers: items('writers').flatMap((item): DomainWriter[] => {
      const [id, number, secret] = Array.isArray(item) ? (item as unknown[]) : [];
      const [clientId, token] = [bytes(id), bytes(secret)];
      return clientId === null || token === null || typeof number !== 'number' ? [] : [{ clientId, number, token }];
    }),
  };
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
