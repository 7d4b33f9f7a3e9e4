/** `transfer`: the configuration and the log as files. */
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { ActivityLog } from '../jobs/activity.ts';
import { placeKindName } from '../jobs/destination-words.ts';
import { displayName } from '../jobs/entry-path.ts';
import { logText } from '../jobs/log-file.ts';
import type { ConfigurationChanges as Changes } from '../jobs/transfer/compare.ts';
import { type ConfigurationFile, MAX_CONFIGURATION_BYTES, readConfiguration } from '../jobs/transfer/file.ts';
import { phrase } from '../text.ts';
import { say } from '../words/say.ts';
import type { ConfigurationChanges } from '../../preload/contract.ts';
import { readChosen, writeChosen } from './chosen-file.ts';
import type { Handlers } from './dispatch.ts';
import type { Dialogs, StateSource } from './services.ts';

export interface TransferHandlerParts {
  transfer: {
    file(): string;
    compare(file: ConfigurationFile): Promise<Changes>;
    apply(file: ConfigurationFile): Promise<void>;
  };
  activity: Pick<ActivityLog, 'list'>;
  state: Pick<StateSource, 'current' | 'refresh'>;
  dialogs: Pick<Dialogs, 'chooseFile' | 'saveFile'>;
}

export function transferHandlers({ transfer, activity, state, dialogs }: TransferHandlerParts): Handlers['transfer'] {
  /** What was opened last, as it was read then: what is taken over is what was shown. */
  let opened: ConfigurationFile | null = null;
  return {
    saveConfiguration: async () => {
      const file = await dialogs.saveFile(say('Save the configuration'), 'holdfast-configuration.json', {
        name: 'JSON',
        extension: 'json',
      });
      if (file === null) return false;
      await write(file, [transfer.file()]);
      return true;
    },
    saveLog: async () => {
      const file = await dialogs.saveFile(say('Save the log'), 'holdfast-log.txt', {
        name: say('Text'),
        extension: 'txt',
      });
      if (file === null) return false;
      const { computerName: computer, version, platform } = state.current();
      await write(file, logText(activity.list(), { computer, version, platform, atMs: Date.now() }));
      return true;
    },
    openConfiguration: async () => {
      const file = await dialogs.chooseFile(say('Choose a saved configuration'), say('Look at it'));
      if (file === null) return null;
      const found = readConfiguration(await readChosen(file, MAX_CONFIGURATION_BYTES));
      const changes = await transfer.compare(found);
      opened = found;
      return shown(displayName(Buffer.from(path.basename(file))), found, changes);
    },
    applyConfiguration: async () => {
      if (opened === null) throw new HoldfastError('bad-input', 'No file was chosen.', 'Choose one first.');
      await transfer.apply(opened);
      opened = null;
      await state.refresh();
      return null;
    },
  };
}

function shown(name: string, file: ConfigurationFile, changes: Changes): ConfigurationChanges {
  return {
    name,
    computer: file.computer,
    madeAt: Date.parse(file.madeAt),
    plans: changes.plans.map(({ name: called, into, sources, excludes, missing, when, keep, keepStays }) => ({
      name: called,
      into: into?.name ?? null,
      sources,
      excludes,
      missing,
      when: when !== null,
      keep: keepStays ? 'stays' : keep === null ? 'same' : 'set',
    })),
    settings: changes.settings,
    places: changes.places.map((place) => ({ name: place.name, kindName: placeKindName(place.kind), at: place.at })),
    alarms: changes.alarms,
  };
}

/** Both are this person's own business. */
const write = async (file: string, parts: Iterable<string>): Promise<void> =>
  await writeChosen(
    file,
    parts,
    {
      message: phrase('The file could not be saved there.'),
      guidance: phrase('Choose another folder. Nothing else was changed.'),
    },
    0o600,
  );
