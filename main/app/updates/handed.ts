/** What the installer asks of electron-updater, and what that needs for it. */
import type { AppUpdater, ResolvedUpdateFileInfo, UpdateInfo } from 'electron-updater';
import type { ElectronHttpExecutor } from 'electron-updater/out/electronHttpExecutor.js';

export interface HandedParts {
  readonly version: string;
  /** Where what is loaded waits, in a folder `updates`. */
  readonly cacheFolder: string;
  /** Whose signature of the system the file must carry on Windows; null elsewhere. */
  readonly publisher: string | null;
  readonly platform: NodeJS.Platform;
  /** Default: Electron's own network. */
  readonly executor?: ElectronHttpExecutor;
  readonly report: (what: string) => void;
}

export interface HandedUpdater {
  readonly updater: AppUpdater;
  /** What the next look for an update finds. At most a few times the size of its files is loaded. */
  hand(info: UpdateInfo, files: ResolvedUpdateFileInfo[]): void;
  /**
   * Puts what was loaded in place; not on macOS, where the system does it when the program ends.
   * @returns false where it failed, which `error` tells of
   */
  install(startAfter: boolean): boolean;
}
