/** `SSH_FX_FAILURE` says nothing; the server's file system may say what it meant. */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { destinationDenied, isFailure } from './errors.ts';
import type { Files, Room } from './files.ts';

/** Less than this is nothing: a folder or a file's first blocks need as much. Bytes */
const NOTHING = 64 * 1024;

/**
 * What a failed write meant: no space, a read-only disk; else the error as it came. To be asked before anything of the
 * write is removed.
 *
 * @param bytes how much was to be written
 * @param where the place in short words
 */
export async function diagnosed(
  thrown: unknown,
  files: Files,
  root: string,
  bytes: number,
  where: string,
): Promise<unknown> {
  if (!isFailure(thrown)) return thrown;
  let room: Room | null = null;
  try {
    room = await files.room(root);
  } catch {
    // Then the first error is all that is known.
  }
  if (room === null) return thrown;
  const options = { cause: thrown, detail: `${room.freeBytes} bytes free, ${bytes} to write` };
  if (room.readOnly) return destinationDenied(where, 'write', options);
  if (!room.noFiles && room.freeBytes >= Math.max(bytes, NOTHING)) return thrown;
  return new HoldfastError(
    'destination-full',
    room.noFiles && room.freeBytes >= NOTHING
      ? text`${where} takes no more files, although there is space left.`
      : text`There is no space left in ${where}.`,
    'Everything stored before is still there. Free some space there, or choose a larger place, then start again.',
    options,
  );
}
