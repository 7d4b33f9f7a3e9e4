/**
 * Tells the user of snapshots that a former computer has made and that do not count, each of them once: it may have been
 * the only backup that a place had which was away, and only he can know whether it is to count.
 */
import { plural, text, type Text } from '../../text.ts';
import { fromHex, toHex } from '../format/bytes.ts';
import type { Domain } from './domain.ts';
import { changeKnown, knownPath } from './known-file.ts';

/** @returns what to say; null where there is nothing new. Where that cannot be kept, it is said again. */
export async function besidesToTell(stateFolder: string, repoId: Uint8Array, domain: Domain): Promise<Text | null> {
  const ids = domain.besides.map(({ id }) => id);
  if (ids.length === 0) return null;
  let fresh = ids;
  await changeKnown(knownPath(stateFolder, repoId, `${toHex(domain.clientId)}.besides`), (value) => {
    const told = new Set(value !== null && 'told' in value && Array.isArray(value.told) ? value.told.filter(isId) : []);
    fresh = ids.filter((id) => !told.has(id));
    return fresh.length === 0 ? null : { told: [...told, ...fresh] };
  });
  if (fresh.length === 0) return null;
  return text`${plural(fresh.length, {
    one: 'Found # backup of the former computer that this one did not know of: it is not shown, and nothing of it is removed. To take it in: holdfast computer adopt, with the key.',
    other:
      'Found # backups of the former computer that this one did not know of: they are not shown, and nothing of them is removed. To take them in: holdfast computer adopt, with the key.',
  })}`;
}

const isId = (value: unknown): value is string => typeof value === 'string' && fromHex(value, 32) !== null;
