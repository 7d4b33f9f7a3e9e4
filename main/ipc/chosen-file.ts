/** Files that the person chose in a dialog: read with a bound, written with words for what kept them from being written. */
import { open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';

/**
 * At most one byte more than is taken, whatever the file is.
 * @param most bytes that are taken
 * @throws HoldfastError `bad-input`
 */
export async function readChosen(file: string, most: number): Promise<Uint8Array> {
  try {
    // Opening a pipe would wait for whoever writes into it.
    if (!(await stat(file)).isFile()) throw new Error('not a file');
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(most + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      return buffer.subarray(0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new HoldfastError(
      'bad-input',
      text`“${path.basename(file)}” could not be read.`,
      'Check that you may read it, or choose another file. Nothing was changed.',
      { severity: 'notice', cause: error, detail: error instanceof Error ? error.message : String(error) },
    );
  }
}

/**
 * @param content strings are written one after the other, and are never in memory together
 * @param failure what is said where it could not be written whole
 * @param mode of a file that is new
 * @throws HoldfastError `target-denied`
 */
export async function writeChosen(
  file: string,
  content: string | Uint8Array | Iterable<string>,
  failure: { message: string; guidance: string },
  mode = 0o666,
): Promise<void> {
  try {
    await writeFile(file, content, { mode });
  } catch (error) {
    throw new HoldfastError('target-denied', failure.message, failure.guidance, {
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}
