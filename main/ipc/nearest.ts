/** What of a path can be shown in the file manager. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';

/**
 * The path itself, or the nearest folder above it that is there. A name that is not text is shown as `\xNN` and never
 * found: its folder is shown.
 * @throws HoldfastError `bad-input` where not even the top is there
 */
export async function nearest(at: string): Promise<string> {
  for (let here = path.resolve(at); ; here = path.dirname(here)) {
    // A folder that may not be read is still there to be looked at.
    if (await lstat(here).then(Boolean, (error: unknown) => isDenied(error))) return here;
    if (here === path.dirname(here)) {
      throw new HoldfastError(
        'bad-input',
        'That item is on a drive that is not connected.',
        'Connect it and try again. Nothing was changed.',
        { severity: 'notice' },
      );
    }
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
