/** `setup`: from choosing a place for the backup to the first run. */
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { folderOf } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { suggestDestinationPath } from '../jobs/disks.ts';
import { DEFAULT_EXCLUDES } from '../jobs/excludes.ts';
import type { Measures } from '../jobs/measures.ts';
import { folderPlace } from '../jobs/place-forms.ts';
import { listPlaces, pathText, placeNode, suggestSources } from '../jobs/places.ts';
import type { Capabilities } from './capabilities.ts';
import { writeChosen } from './chosen-file.ts';
import type { Handlers } from './dispatch.ts';
import type { Drafts } from './drafts.ts';
import type { Desktop, Dialogs, SetUp } from './services.ts';
import { kitPlaceWarning } from '../keys/kit-place.ts';
import { phrase } from '../text.ts';
import { say } from '../words/say.ts';

export interface SetupParts {
  setUp: SetUp;
  measures: Measures;
  capabilities: Capabilities;
  drafts: Drafts;
  dialogs: Dialogs;
  desktop: Desktop;
  /** What the plan protects and where to, once there is one; for the kit's place. */
  planned: () => { folders: readonly string[]; sources: readonly string[] };
  /** The reader of last resort that is saved beside the kit. */
  restoreProgram: string;
  /** Told of a measuring that failed. */
  report: (error: unknown) => void;
}

export function setupHandlers(parts: SetupParts): Handlers['setup'] {
  return { ...destinationHandlers(parts), ...keyHandlers(parts), ...sourceHandlers(parts) };
}

type DestinationMethods =
  | 'suggestDestination'
  | 'unlockExisting'
  | 'existingVault'
  | 'unlockExistingWithPassword'
  | 'existingComputers'
  | 'finish';

function destinationHandlers(parts: SetupParts): Pick<Handlers['setup'], DestinationMethods> {
  const { setUp, drafts, capabilities, desktop } = parts;
  return {
    suggestDestination: async () => drafts.give(await folderPlace(await suggestDestinationPath(desktop.home))),
    unlockExisting: async ({ cap, groups }) => await setUp.unlockExisting(drafts.take(cap), groups),
    existingVault: async ({ cap }) => await setUp.existingVault(drafts.take(cap)),
    unlockExistingWithPassword: async ({ cap, password, fingerprint }) =>
      await setUp.unlockExistingWithPassword(drafts.take(cap), password, fingerprint),
    existingComputers: async ({ cap }) => await setUp.existingComputers(drafts.take(cap)),
    finish: async ({ destinations, sources, excludes, protection, adopt }) => {
      await setUp.finish({
        destinations: destinations.map((cap) => drafts.take(cap)),
        sources: sources.map((cap) => capabilities.path(cap)),
        excludes,
        protection,
        adopt,
      });
      return null;
    },
  };
}

type KeyMethods = 'newKey' | 'revealKey' | 'hideKey' | 'copyKey' | 'saveKit' | 'printKit' | 'challenge' | 'proveKey';

function keyHandlers(parts: SetupParts): Pick<Handlers['setup'], KeyMethods> {
  const { setUp, desktop } = parts;
  return {
    newKey: async () => ({ made: setUp.newKey() }),
    revealKey: async () => setUp.reveal(),
    hideKey: async () => null, // the digits are shown by the window alone; main keeps them until set-up is over
    copyKey: async () => await desktop.copySecret(setUp.keyText()),
    saveKit: async () => await saveKit(parts),
    printKit: async () => {
      await setUp.printKit();
      return null;
    },
    challenge: async () => ({ rows: setUp.challenge() }),
    proveKey: async ({ rows }) => setUp.prove(rows),
  };
}

type SourceMethods = 'suggestSources' | 'chooseSource' | 'listFolder' | 'measure' | 'defaultExcludes';

function sourceHandlers(parts: SetupParts): Pick<Handlers['setup'], SourceMethods> {
  const { capabilities, dialogs, desktop, measures } = parts;
  return {
    suggestSources: async () =>
      (await suggestSources(desktop.home, desktop.knownFolders())).map((node) => capabilities.sourceNode(node)),
    chooseSource: async () => {
      const chosen = await dialogs.chooseItem(say('What should be backed up?'), say('Back this up'));
      if (chosen === null) return null;
      const node = await placeNode(Buffer.from(chosen));
      if (node !== null) return capabilities.sourceNode(node);
      throw new HoldfastError(
        'source-unreadable',
        'Holdfast could not look at what you chose.',
        'Check that it is a file or a folder that you may open, then choose again.',
      );
    },
    listFolder: async ({ cap }) => {
      const nodes = await listPlaces(capabilities.bytes(cap));
      return nodes.map((node) => capabilities.sourceNode(node));
    },
    measure: async ({ id, caps, excludes }) => {
      const sources = caps.map((cap) => ({ name: cap, at: capabilities.bytes(cap) }));
      void measures.measure({ id, sources, excludes }).catch(parts.report);
      return null;
    },
    defaultExcludes: async () => [...DEFAULT_EXCLUDES],
  };
}

/** Saves the kit where the user says, and the reader of last resort beside it. */
async function saveKit(parts: SetupParts): Promise<{ path: string; warning: string | null } | null> {
  const { setUp, dialogs, desktop } = parts;
  const file = await dialogs.saveFile(say('Save your key kit'), `${say('Holdfast key kit')}.pdf`, {
    name: 'PDF',
    extension: 'pdf',
  });
  if (file === null) return null;
  const kit = await setUp.kit();
  const failure = {
    message: phrase('The kit could not be saved there.'),
    guidance: phrase('Choose another folder, or print the kit. Your key is still shown here.'),
  };
  try {
    await writeChosen(file, kit, failure, 0o600);
  } finally {
    kit.fill(0);
  }
  await setUp.kitSaved();
  const warnings: string[] = [];
  try {
    await copyFile(parts.restoreProgram, path.join(path.dirname(file), 'restore.mjs'));
  } catch {
    warnings.push(
      say('The small program restore.mjs could not be put beside it; it comes with every copy of Holdfast.'),
    );
  }
  const planned = parts.planned();
  const usual = planned.sources.length > 0 ? [] : await suggestSources(desktop.home, desktop.knownFolders());
  const sources = [...planned.sources, ...usual.map((node) => pathText(node.at))];
  const considered = setUp.considered();
  const folder = considered === null ? null : folderOf(considered);
  const folders = planned.folders.length > 0 || folder === null ? planned.folders : [folder];
  const place = kitPlaceWarning(file, sources, folders, { home: desktop.home });
  if (place !== null) warnings.unshift(say(place));
  return { path: file, warning: warnings.length === 0 ? null : warnings.join(' ') };
}
