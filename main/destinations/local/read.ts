/** Reading stored objects: whole, or a range, exactly. */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { MAX_OBJECT } from '../bounds.ts';
import { errnoOf, objectDamaged } from './errors.ts';
import { openPatiently } from '../../open-files.ts';

/** Bytes read between two looks at the abort signal. */
const STEP = 8 * 2 ** 20;

/** Reads a whole file. `name` is for the error. @throws HoldfastError `object-damaged`; errno errors */
export async function readWhole(file: string, name: string, signal: AbortSignal | undefined): Promise<Uint8Array> {
  return await withObject(file, name, async (handle, size) => {
    if (size > MAX_OBJECT) throw objectDamaged(name, `${size} bytes are more than any object has`);
    return await readExactly(handle, name, 0, size, signal);
  });
}

/** Reads `length` bytes from `offset`. @throws HoldfastError `object-damaged` if the file is shorter; errno errors */
export async function readRange(
  file: string,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await withObject(file, name, async (handle, size) => {
    if (offset + length > size) throw objectDamaged(name, `has ${size} bytes, asked for ${offset}+${length}`);
    return await readExactly(handle, name, offset, length, signal);
  });
}

async function readExactly(
  handle: FileHandle,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(bytes, done, Math.min(STEP, length - done), offset + done);
    if (bytesRead === 0) throw objectDamaged(name, `ended after ${offset + done} bytes`);
    done += bytesRead;
  }
  return bytes;
}

/** Opens an object's file; a link, pipe or device that somebody put in its place is not followed and does not block. */
async function withObject<T>(
  file: string,
  name: string,
  read: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  let handle: FileHandle;
  try {
    // Windows has neither flag.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    handle = await openPatiently(() => open(file, flags));
  } catch (error) {
    if (['ELOOP', 'EMLINK', 'EISDIR'].includes(errnoOf(error))) throw objectDamaged(name, 'is not a regular file');
    throw error;
  }
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw objectDamaged(name, 'is not a regular file');
    return await read(handle, found.size);
  } finally {
    await handle.close();
  }
}
