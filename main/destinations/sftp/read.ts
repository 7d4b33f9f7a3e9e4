/** Reading stored objects: whole, or a range, exactly. */
import { MAX_OBJECT } from '../bounds.ts';
import { objectDamaged } from '../local/errors.ts';
import type { Files, Found } from './files.ts';
import { readExactly, readFrom } from './transfer.ts';

/** Reads a whole file. `name` is for the error. @throws HoldfastError `object-damaged`; what the server answers */
export async function readObject(
  files: Files,
  file: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await withObject(files, file, name, signal, async (handle, { size = 0 }) => {
    assertReadable(name, size);
    // It may have been replaced between the look and the opening: what was opened does not change any more.
    const [opened, bytes] = await Promise.all([files.look(handle, signal), readFrom(files, handle, 0, size, signal)]);
    const whole = opened.size ?? size;
    if (bytes.length === whole) return bytes;
    assertReadable(name, whole);
    return await readExactly(files, handle, name, 0, whole, signal);
  });
}

/** Reads `length` bytes from `offset`. @throws HoldfastError `object-damaged` if the file is shorter; as `readObject` */
export async function readPart(
  files: Files,
  file: string,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return await withObject(files, file, name, signal, async (handle, found) => {
    const size = found.size ?? Number.MAX_SAFE_INTEGER;
    if (offset + length > size) throw objectDamaged(name, `has ${size} bytes, asked for ${offset}+${length}`);
    assertReadable(name, length);
    return await readExactly(files, handle, name, offset, length, signal);
  });
}

/** Opens an object's file; a link, pipe or device that somebody put in its place is not followed and does not block. */
async function withObject<T>(
  files: Files,
  file: string,
  name: string,
  signal: AbortSignal | undefined,
  read: (handle: Buffer, found: Found) => Promise<T>,
): Promise<T> {
  const found = await files.at(file, signal);
  if (found.kind !== 'file') throw objectDamaged(name, 'is not a regular file');
  const handle = await files.open(file, 'read', signal);
  try {
    return await read(handle, found);
  } finally {
    files.abandon(handle);
  }
}

function assertReadable(name: string, bytes: number): void {
  if (bytes > MAX_OBJECT) throw objectDamaged(name, `${bytes} bytes are more than any object has`);
}
