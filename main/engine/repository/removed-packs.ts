/**
 * The packs that this computer has removed from some place of a repository. Another place that was away then still has
 * them, and does not know: a backup there must not refer to them, or its snapshot would not be whole at the first place.
 */
import { fromHex, toHex } from '../format/bytes.ts';
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

const pathOf = (stateFolder: string, repoId: Uint8Array, clientId: Uint8Array): string =>
  knownPath(stateFolder, repoId, `${toHex(clientId)}.removed`);

/** Names in hex; none where nothing is remembered. */
export async function readRemoved(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
): Promise<ReadonlySet<string>> {
  const value = await readKnown(pathOf(stateFolder, repoId, clientId));
  if (value === null || !('packs' in value) || !Array.isArray(value.packs)) return new Set();
  return new Set(
    value.packs.filter((item: unknown): item is string => typeof item === 'string' && fromHex(item, 32) !== null),
  );
}

/** To be called before they are removed, under the computer's lock. Errors: destination-failed where it cannot be kept. */
export async function keepRemoved(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
  names: readonly string[],
): Promise<void> {
  const known = await readRemoved(stateFolder, repoId, clientId);
  const packs = [...new Set([...known, ...names])].sort();
  if (packs.length === known.size) return;
  try {
    await writeKnown(pathOf(stateFolder, repoId, clientId), { packs });
  } catch (error) {
    throw new HoldfastError(
      'destination-failed',
      text`Holdfast cannot write to ${stateFolder}, where it notes what it removes.`,
      'Nothing was removed. Make room or give it the right to write there, then try again.',
      { cause: error },
    );
  }
}
