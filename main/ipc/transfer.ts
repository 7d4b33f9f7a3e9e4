/** `transfer`: the configuration and the log as files. */
import { open, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { ActivityLog } from '../jobs/activity.ts';
import { placeKindName } from '../jobs/destination-words.ts';
import { displayName } from '../jobs/entry-path.ts';
import { logText } from '../jobs/log-file.ts';
import type { ConfigurationChanges as Changes } from '../jobs/transfer/compare.ts';
import { type ConfigurationFile, MAX_CONFIGURATION_BYTES, readConfiguration } from '../jobs/transfer/file.ts';
import { text } from '../text.ts';
import { say } from '../words/say.ts';
import type { ConfigurationChanges } from '../../preload/contract.ts';
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
      const found = readConfiguration(await bytesOf(file));
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

async function write(file: string, parts: Iterable<string>): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      // Not `write`, which may write less than it was given, as on a full disk.
      for (const part of parts) await handle.appendFile(part);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new HoldfastError(
      'target-denied',
      'The file could not be saved there.',
      'Choose another folder. Nothing else was changed.',
      { detail: error instanceof Error ? error.message : String(error), cause: error },
    );
  }
}

async function bytesOf(file: string): Promise<Uint8Array> {
  try {
    const about = await stat(file);
    // Reading a pipe would wait for whoever writes into it; what is too large is no configuration, and said so.
    if (!about.isFile()) throw new Error('not a file');
    return about.size > MAX_CONFIGURATION_BYTES ? new Uint8Array(0) : await readFile(file);
  } catch (error) {
    throw new HoldfastError(
      'bad-input',
      text`“${path.basename(file)}” could not be read.`,
      'Check that you may read it, or choose another file. Nothing was changed.',
      { severity: 'notice', cause: error, detail: error instanceof Error ? error.message : String(error) },
    );
  }
}
