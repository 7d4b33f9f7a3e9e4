/**
 * The classes of electron-updater, handed what was verified instead of asking a server themselves: they load, check the
 * hash, load only what changed where that can be known, and replace the program. Their own question to a server would
 * carry an identifier of this computer.
 */
import path from 'node:path';
import {
  AppImageUpdater,
  MacUpdater,
  NsisUpdater,
  Provider,
  type ResolvedUpdateFileInfo,
  type UpdateInfo,
} from 'electron-updater';
import { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor.js';
import { writeFileAtomic } from '../../jobs/atomic-file.ts';
import { guard } from './guard.ts';
import type { HandedParts, HandedUpdater } from './handed.ts';
import { SAME_FOR_ALL } from './source.ts';

/** Gives out what it was given, and asks nobody. */
class HandedProvider extends Provider<UpdateInfo> {
  readonly #info: UpdateInfo;
  readonly #files: ResolvedUpdateFileInfo[];

  constructor(executor: ElectronHttpExecutor, info: UpdateInfo, files: ResolvedUpdateFileInfo[]) {
    const platform = process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux';
    super({ isUseMultipleRangeRequest: false, platform, executor });
    this.#info = info;
    this.#files = files;
  }

  getLatestVersion(): Promise<UpdateInfo> {
    return Promise.resolve(this.#info);
  }

  resolveFiles(): ResolvedUpdateFileInfo[] {
    return this.#files;
  }
}

/** electron-updater takes from a file in which folder it keeps what it loads, and who must have signed it on Windows. */
async function writeConfig({ cacheFolder, publisher }: HandedParts): Promise<string> {
  const file = path.join(cacheFolder, 'updates.config.json');
  const config = { updaterCacheDirName: 'updates', ...(publisher === null ? {} : { publisherName: [publisher] }) };
  await writeFileAtomic(file, JSON.stringify(config));
  return file;
}

export async function makeHanded(parts: HandedParts): Promise<HandedUpdater> {
  const configFile = await writeConfig(parts);
  const executor = parts.executor ?? new ElectronHttpExecutor();
  const { allow } = guard(executor);
  const adapter = {
    version: parts.version,
    name: 'Holdfast',
    isPackaged: true,
    appUpdateConfigPath: configFile,
    userDataPath: parts.cacheFolder,
    baseCachePath: parts.cacheFolder,
    whenReady: () => Promise.resolve(),
    relaunch: () => undefined,
    quit: () => undefined,
    onQuit: () => undefined,
  };
  const made =
    parts.platform === 'darwin'
      ? new MacUpdater(null as never, adapter)
      : parts.platform === 'win32'
        ? new NsisUpdater(null, adapter)
        : new AppImageUpdater(null, adapter);
  made.logger = null;
  made.requestHeaders = { ...SAME_FOR_ALL };
  made.autoDownload = false;
  made.allowDowngrade = false;
  // On macOS Squirrel has to take the file in before the program ends; elsewhere `install` is called on the way out.
  made.autoInstallOnAppQuit = parts.platform === 'darwin';
  made.on('error', (error) => parts.report(`updating: ${error.message}`));
  let handed: { info: UpdateInfo; provider: HandedProvider } | null = null;
  // With an adapter of one's own there is no network in it, and the provider is found by a file or a server.
  Object.defineProperties(made, {
    httpExecutor: { value: executor },
    getUpdateInfoAndProvider: { value: async () => handed },
  });
  return {
    updater: made,
    hand: (info, files) => {
      allow(Math.max(...files.map(({ info: file }) => file.size ?? 0)));
      handed = { info, provider: new HandedProvider(executor, info, files) };
    },
    install: (startAfter) => !(made instanceof MacUpdater) && made.install(true, startAfter),
  };
}
