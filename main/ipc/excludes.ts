/** `excludes`: rules for what is left out, from a file and into one. */
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import { displayName } from '../jobs/entry-path.ts';
import { MAX_FILE_BYTES, readExcludes } from '../jobs/exclude-files/read.ts';
import { phrase } from '../text.ts';
import { say } from '../words/say.ts';
import type { ExcludeKind, ExcludesFile } from '../../preload/contract.ts';
import { readChosen, writeChosen } from './chosen-file.ts';
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
    const found = readExcludes(file, await readChosen(file, MAX_FILE_BYTES), desktop.home, kind);
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
      await writeChosen(file, `${excludes.join('\n')}\n`, {
        message: phrase('The rules could not be saved there.'),
        guidance: phrase('Choose another folder. Nothing else was changed.'),
      });
      return true;
    },
  };
}
