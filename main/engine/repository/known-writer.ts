/**
 * Which of the computers of a client id this one is, where it has taken over another's backups; and the owner's note on
 * that, for places that were away then or lost it.
 */
import { fromHex, toHex } from '../format/bytes.ts';
import type { WriterId } from '../format/capability.ts';
import { knownPath, readKnown, writeKnown } from './known-file.ts';

export interface KnownWriter extends WriterId {
  /** Number of its first snapshot: what others made from there on is not its history. */
  from: number;
  /** As it lies in the storage; null until it was signed. */
  note: Uint8Array | null;
}

const pathOf = (stateFolder: string, repoId: Uint8Array, clientId: Uint8Array): string =>
  knownPath(stateFolder, repoId, `${toHex(clientId)}.writer`);

/** Null where this computer has taken over nothing. */
export async function readWriter(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
): Promise<KnownWriter | null> {
  const value = await readKnown(pathOf(stateFolder, repoId, clientId));
  if (value === null || !('number' in value) || !('token' in value)) return null;
  const { number } = value;
  const token = typeof value.token === 'string' ? fromHex(value.token, 16) : null;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 1 || token === null) return null;
  const from = 'from' in value && typeof value.from === 'number' ? value.from : 0;
  const note = 'note' in value && typeof value.note === 'string' ? value.note : null;
  return { number, token, from, note: note === null ? null : new Uint8Array(Buffer.from(note, 'base64')) };
}

/** Durable on return: without it, this computer would not know itself in repo.json. Errors: those of the file system. */
export async function keepWriter(
  stateFolder: string,
  repoId: Uint8Array,
  clientId: Uint8Array,
  { number, token, from, note }: KnownWriter,
): Promise<void> {
  const kept = note === null ? null : Buffer.from(note).toString('base64');
  await writeKnown(pathOf(stateFolder, repoId, clientId), { number, token: toHex(token), from, note: kept });
}
