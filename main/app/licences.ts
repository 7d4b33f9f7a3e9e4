/** The licences of what others wrote, as the build collected them (build/licences.mjs). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { Licences } from '../ipc/services.ts';

/**
 * @param scripts folder of the built scripts
 * @throws HoldfastError `internal` where the program was not installed whole
 */
export async function readLicences(scripts: string): Promise<Licences> {
  try {
    return JSON.parse(await readFile(path.join(scripts, 'licences.json'), 'utf8')) as Licences;
  } catch (cause) {
    throw new HoldfastError(
      'internal',
      'The list of licences is missing.',
      'Install Holdfast again. Your backups and settings are not touched by that.',
      { severity: 'notice', cause },
    );
  }
}
