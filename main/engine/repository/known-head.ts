/**
 * The newest snapshot that this computer has made, wherever it went. A destination that was away lacks the newest ones:
 * what its own list says must not be the only word on which number and which predecessor come next, or two snapshots
 * would have the same, as if two computers wrote as one.
 */
import { rm } from 'node:fs/promises';
import { fromHex, toHex } from '../format/bytes.ts';
import { nextSequence, type Domain } from './domain.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

export interface KnownHead {
  sequence: number;
  /** SHA-256 name in hex. */
  id: string;
  /** Where it was put: an id of the destination (`placeId`). */
  place: string;
  /** False from just before it is put until it is known to be there. */
  committed: boolean;
}

const pathOf = (stateFolder: string, repoId: Uint8Array, clientId: Uint8Array): string =>
  knownPath(stateFolder, repoId, toHex(clientId));

/** Null where this computer remembers none. */
export async function readHead(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
): Promise<KnownHead | null> {
  const value = await readKnown(pathOf(stateFolder, repoId, clientId));
  if (value === null || !('sequence' in value) || !('id' in value) || !('place' in value)) return null;
  const { sequence, id, place } = value;
  if (typeof sequence !== 'number' || !Number.isSafeInteger(sequence) || sequence < 1) return null;
  if (typeof id !== 'string' || fromHex(id, 32) === null || typeof place !== 'string') return null;
  return { sequence, id, place, committed: 'committed' in value && value.committed === true };
}

/** Only under the computer's local lock. @returns false where it could not be kept: no reason to end a backup */
export async function keepHead(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
  head: KnownHead,
): Promise<boolean> {
  try {
    await writeKnown(pathOf(stateFolder, repoId, clientId), head);
    return true;
  } catch {
    // An older one would say that somebody else made the snapshot that comes now; none says nothing.
    await rm(pathOf(stateFolder, repoId, clientId), { force: true }).catch(() => undefined);
    return false;
  }
}

/**
 * Number and predecessor of the next snapshot at a destination that may lack the newest.
 *
 * @param place the destination's `placeId`
 */
export function succession(
  domain: Domain,
  known: KnownHead | null,
  place: string,
): { sequence: number; previous: Uint8Array | null } {
  const newest = domain.snapshots.at(-1);
  const own = newest === undefined ? null : fromHex(newest.id);
  const sequence = nextSequence(domain, known?.sequence);
  if (known === null || known.sequence <= (newest?.snapshot.sequence ?? 0)) return { sequence, previous: own };
  const id = fromHex(known.id);
  // A put that was begun here and whose snapshot is not here never happened. Begun elsewhere, it may have.
  if (id === null || (!known.committed && known.place === place)) return { sequence, previous: own };
  return { sequence, previous: id };
}
