/**
 * What counts in a domain that another computer has taken over (FORMAT.md, "Adoption"): what the computer that writes now
 * has stored, and of those before it only what the owner's note names. Whatever a former one puts there later, because it
 * has not noticed yet or because somebody stole its capability, is not believed.
 */
import { HoldfastError, inDetail } from '../../errors.ts';
import { english } from '../../text.ts';
import type { Destination, ObjectInfo } from '../../destinations/destination.ts';
import { toHex } from '../format/bytes.ts';
import { decodeDomain, MAX_NOTE_BYTES, type DomainNote } from '../format/owner-note.ts';
import { readTwice } from './objects.ts';
import { getOrNull, orNull } from './or-null.ts';
import type { Repository } from './repository.ts';
import { isUnreadable } from './storage-failure.ts';

export interface DomainDamage {
  /** Logical name of the object. */
  object: string;
  message: string;
  error: HoldfastError;
  /**
   * A pack that may be a former computer's: nothing that counts names it, and whose it is cannot be told. Where every
   * snapshot is whole, nothing needs it.
   */
  unowned?: true;
}

export interface Adoption {
  /** Of the computer that writes now. */
  number: number;
  /** The owner's note; null where it is gone or damaged. It may be an earlier one, of an adoption before the last. */
  note: DomainNote | null;
  damage: DomainDamage[];
}

export const noteName = (clientId: Uint8Array): string => `c/${toHex(clientId)}/domain`;

/**
 * Null for a domain that was never taken over. A note that is gone hides nothing: it is told as damage, and until it is
 * back nobody writes there. Errors: destination-*
 *
 * @param listed the domain's objects; without them repo.json alone says whether to look
 */
export async function readAdoption(
  repository: Repository,
  clientId: Uint8Array,
  listed?: ReadonlyMap<string, ObjectInfo>,
): Promise<Adoption | null> {
  const known = Math.max(repository.writerOf(clientId), repository.capability?.writer?.number ?? 0);
  const name = noteName(clientId);
  if (known === 0 && listed?.has(name) !== true) return null;
  let note: DomainNote | null;
  try {
    note = (await readDomainNote(repository.destination, repository.file, clientId))?.note ?? null;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    // It may name a later computer than is known here: nothing is hidden, and nobody writes until it can be read.
    return { number: known, note: null, damage: [{ object: name, message: english(inDetail(error)), error }] };
  }
  if (note !== null && note.number >= known) return { number: note.number, note, damage: [] };
  // What the owner did not sign is a stray that says nothing.
  if (known === 0) return null;
  const error = missingNote(name);
  return { number: known, note, damage: [{ object: name, message: error.message, error }] };
}

/** True for what is to be believed. @param name logical name of an object, which its writer's key has opened */
export const counts = ({ note }: Adoption, writer: number, name: string): boolean =>
  note === null || writer >= note.number || note.names.has(hashIn(name));

/** A former computer sees what it knows the keys of: its history until it was taken over. */
export function keepOnly(objects: Map<string, ObjectInfo>, { note }: Adoption): void {
  for (const name of objects.keys())
    if (isObject(name) && note?.names.has(hashIn(name)) === false) objects.delete(name);
}

/**
 * Who writes where the note cannot be read would build upon what a former computer has stored since, and lose it when the
 * note is back. Errors: object-missing.
 */
export function refuseWithoutNote({
  clientId,
  damage,
}: {
  clientId: Uint8Array;
  damage: readonly DomainDamage[];
}): void {
  const missing = damage.find(({ object }) => object === noteName(clientId));
  if (missing !== undefined) throw missing.error;
}

/** True for what is named by its hash in a computer's folder. @param name logical */
export const isObject = (name: string): boolean => /^c\/[0-9a-f]{32}\/[pmis]\//.test(name);

/** SHA-256 name (hex) in a logical name. */
export const hashIn = (name: string): string => name.slice(name.lastIndexOf('/') + 1);

/**
 * The owner's note at a place; null where there is none that counts. Read anew each time: size and time of day of an
 * object are the storage's word, and an earlier note that was put back in the place of a later one must not pass for it.
 * It costs 32 bytes for each object of before; the listing that comes with it costs several times that for each.
 * Errors: object-unreadable, destination-*
 */
export async function readDomainNote(
  destination: Destination,
  { repoId, ownerPublicKey }: { repoId: Uint8Array; ownerPublicKey: Uint8Array },
  clientId: Uint8Array,
): Promise<{ note: DomainNote; bytes: Uint8Array } | null> {
  const name = noteName(clientId);
  const info = await destination.stat(name);
  if (info === null || info.size > MAX_NOTE_BYTES) return null;
  const bytes = await readTwice(name, async () => await getOrNull(destination, name));
  if (bytes === null) return null;
  const note = await orNull(() => Promise.resolve(decodeDomain(bytes, ownerPublicKey, { repoId, clientId })));
  return note === null ? null : { note, bytes };
}

const missingNote = (name: string): HoldfastError =>
  new HoldfastError(
    'object-missing',
    'The note that tells since when another computer writes here is gone or damaged.',
    'Nothing is hidden by that; but what the former computer has stored since counts too. The next backup of the computer that took over writes it again.',
    { detail: name },
  );
