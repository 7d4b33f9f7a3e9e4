/** Reads and lists the stored objects by their names. */
import { createHash } from 'node:crypto';
import { toHoldfastError } from '../../errors.ts';
import type { Destination, ObjectInfo } from '../../destinations/destination.ts';
import { damaged } from '../format/damage.ts';
import { notGiven } from '../fetch/not-given.ts';
import { isBadSector, isUnreadable } from './storage-failure.ts';

/** Every object below a prefix, by name. */
export async function listObjects(
  destination: Destination,
  prefix: string,
  strays: string[] = [],
): Promise<Map<string, ObjectInfo>> {
  const objects = new Map<string, ObjectInfo>();
  for await (const info of destination.list(prefix, { onStray: (path) => strays.push(path) })) {
    objects.set(info.name, info);
  }
  return objects;
}

/** Reads an object that is named by the SHA-256 of its bytes. Errors: object-missing, object-damaged, object-unreadable. */
export async function getNamed(destination: Destination, name: string): Promise<Uint8Array> {
  return await readTwice(name, async () => checked(name, await destination.get(name)));
}

/** Largest object, in bytes, that `isStored` reads. */
const MAX_SMALL_BYTES = 1024 * 1024;

/**
 * True where a small object that is named by the SHA-256 of its bytes is whole in the storage itself: reads of parts do
 * not come from a cache (decorators/read-cache.ts). What the disk does not give may be whole, and is left as it is.
 */
export async function isStored(destination: Destination, name: string): Promise<boolean> {
  const info = await destination.stat(name);
  if (info === null || info.size > MAX_SMALL_BYTES) return false;
  try {
    await readTwice(name, async () => checked(name, await destination.getRange(name, 0, info.size)));
    return true;
  } catch (error) {
    if (isUnreadable(error)) return true;
    const { code } = toHoldfastError(error);
    if (code === 'object-missing' || code === 'object-damaged') return false;
    throw error;
  }
}

/** Errors: object-damaged. */
function checked(name: string, bytes: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(bytes).digest('hex');
  if (hash !== name.slice(name.lastIndexOf('/') + 1)) throw damaged(name, 'its bytes do not match its name');
  return bytes;
}

/**
 * A disk or a cable that gave wrong bytes, or none, is asked once more before an object is called damaged or unreadable.
 * Errors: object-unreadable, and those of `read`.
 */
export async function readTwice<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (toHoldfastError(error).code !== 'object-damaged' && !isBadSector(error)) throw error;
  }
  try {
    return await read();
  } catch (error) {
    throw isBadSector(error) ? notGiven(name, error) : error;
  }
}
