/**
 * Where this computer keeps what belongs to Holdfast itself: configuration, write capability, engine state, activity.
 * One folder, the platform's own for an application's data, so that it can be looked at, moved and removed as a whole.
 */
import path from 'node:path';
import envPaths from 'env-paths';

export interface AppFolders {
  /** The folder that holds all the others (mode 0700). */
  root: string;
  configFile: string;
  /** Where the sealed write capability lies, and the reader's public key beside it. */
  capability: string;
  /** Cache, lock and local index of the engine. */
  engine: string;
  /** What is remembered of each destination. */
  destinationsFile: string;
  /** One JSON file for each run. */
  activity: string;
  /** What this computer keeps of its key vault: receipts, a registration on its way, the locked key of a session. */
  vault: string;
  /** The vault of this computer itself, for trying out: its token, database and log. */
  embeddedVault: string;
  /** Reports of what went wrong in the program itself. */
  faults: string;
  /** What is dragged out of the window, for as long as it may be dropped. */
  dragged: string;
  /** Chromium's own profile: holds no content and no secret. */
  browser: string;
}

/**
 * The folders for the given environment: `HOLDFAST_HOME` if it is set, else `$XDG_DATA_HOME/holdfast`,
 * `~/Library/Application Support/holdfast` or `%LOCALAPPDATA%\holdfast\Data`. Creates nothing.
 */
export function appFolders(environment: Readonly<Record<string, string | undefined>> = process.env): AppFolders {
  const override = environment['HOLDFAST_HOME'];
  const root =
    override !== undefined && override !== '' ? path.resolve(override) : envPaths('holdfast', { suffix: '' }).data;
  return {
    root,
    configFile: path.join(root, 'config.json'),
    capability: root,
    engine: path.join(root, 'engine'),
    destinationsFile: path.join(root, 'destinations.json'),
    activity: path.join(root, 'activity'),
    vault: path.join(root, 'vault'),
    embeddedVault: path.join(root, 'embedded-vault'),
    faults: path.join(root, 'faults'),
    dragged: path.join(root, 'dragged'),
    browser: path.join(root, 'browser'),
  };
}
