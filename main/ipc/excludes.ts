/** `excludes`: rules for what is left out, from a file and into one. */
import { open, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import { displayName } from '../jobs/entry-path.ts';
import { MAX_FILE_BYTES, readExcludes } from '../jobs/exclude-files/read.ts';
import { text } from '../text.ts';
import { say } from '../words/say.ts';
import type { ExcludeKind, ExcludesFile } from '../../preload/contract.ts';
import type { Handlers } from './dispatch.ts';
import type { Desktop, Dialogs } from './services.ts';

export interface ExcludesHandlerParts {
  desktop: Pick<Desktop, 'home'>;
  dialogs: Pick<Dialogs, 'chooseFile' | 'saveFile'>;
}

export function excludesHandlers({ desktop, dialogs }: ExcludesHandlerParts): Handlers['excludes'] {
  /** The file that was chosen last; the page never names one. */
  let chosen: string | null = null;
  const read = async (file: string, kind?: ExcludeKind): Promise<ExcludesFile> => {
    const found = readExcludes(file, await bytesOf(file), desktop.home, kind);
    return { name: displayName(Buffer.from(path.basename(file))), ...found };
  };
  return {
    open: async () => {
      const file = await dialogs.chooseFile(say('Choose a file of rules'), say('Look at it'));
      if (file === null) return null;
      const found = await read(file);
      chosen = file;
      return found;
    },
    readAs: async ({ kind }) => {
      if (chosen === null) throw new HoldfastError('bad-input', 'No file was chosen.', 'Choose one first.');
      return await read(chosen, kind);
    },
    save: async ({ excludes }) => {
      const file = await dialogs.saveFile(say('Save the rules'), 'holdfast-excludes.txt', {
        name: say('Text'),
        extension: 'txt',
      });
      if (file === null) return false;
      await writeFile(file, `${excludes.join('\n')}\n`).catch((error: unknown) => {
        throw new HoldfastError(
          'target-denied',
          'The rules could not be saved there.',
          'Choose another folder. Nothing else was changed.',
          { detail: error instanceof Error ? error.message : String(error), cause: error },
        );
      });
      return true;
    },
  };
}

/** At most one byte more than is taken, whatever the file is. */
async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    // Opening a pipe would wait for whoever writes into it.
    if (!(await stat(file)).isFile()) throw new Error('not a file');
    const handle = await open(file, 'r');
    try {
      const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
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
