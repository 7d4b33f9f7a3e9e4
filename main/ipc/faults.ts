/** `faults`: reports of what went wrong in the program itself. Nothing leaves the computer but by a person's own act. */
import { HoldfastError } from '../errors.ts';
import { phrase } from '../text.ts';
import { say } from '../words/say.ts';
import { writeChosen } from './chosen-file.ts';
import type { Handlers } from './dispatch.ts';
import type { Desktop, Dialogs, FaultsService } from './services.ts';

export interface FaultsHandlerParts {
  faults: FaultsService;
  desktop: Pick<Desktop, 'copyText' | 'showInFolder'>;
  dialogs: Pick<Dialogs, 'saveFile'>;
}

export function faultsHandlers({ faults, desktop, dialogs }: FaultsHandlerParts): Handlers['faults'] {
  const textOf = async (id: string): Promise<string> => {
    const text = await faults.text(id);
    if (text === null) throw gone();
    return text;
  };
  return {
    list: async () => await faults.list(),
    text: async ({ id }) => await textOf(id),
    copy: async ({ id }) => {
      await desktop.copyText(await textOf(id));
      return null;
    },
    save: async ({ id }) => {
      const text = await textOf(id);
      const file = await dialogs.saveFile(say('Save the report'), `holdfast-fault-${id}.txt`, {
        name: say('Text'),
        extension: 'txt',
      });
      if (file === null) return false;
      await writeChosen(file, text, {
        message: phrase('The report could not be saved there.'),
        guidance: phrase('Choose another folder. The report stays in Holdfast.'),
      });
      return true;
    },
    show: async ({ id }) => {
      await textOf(id);
      desktop.showInFolder(faults.fileOf(id));
      return null;
    },
    removeAll: async () => {
      await faults.removeAll();
      return null;
    },
    report: async ({ name, stack }) => {
      faults.note('window', { name, stack });
      return null;
    },
  };
}

function gone(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'That report is not there any more.',
    'Holdfast keeps the newest ones only. Your backups are not affected.',
    { severity: 'notice' },
  );
}
