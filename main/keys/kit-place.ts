/**
 * Where a kit should not be saved: inside what it protects, inside the backup itself, or in a folder that a service
 * copies to a place that others may read. Paths are taken as text and compared by the rules of their platform.
 */
import { posix, win32 } from 'node:path';
import { phrase, sentence, text, type Text, together } from '../text.ts';

export type Platform = 'linux' | 'darwin' | 'win32';

/** Names of folders that sync services make, at any depth of a path: lower case, `*` for any ending. */
const SYNCED_FOLDERS: { service: string; names: string[] }[] = [
  { service: 'Dropbox', names: ['dropbox', 'dropbox (*'] },
  { service: 'OneDrive', names: ['onedrive', 'onedrive - *', 'onedrive-*'] },
  { service: 'Google Drive', names: ['google drive', 'googledrive', 'googledrive-*', 'my drive', 'google-drive:*'] },
  { service: 'iCloud Drive', names: ['icloud drive', 'iclouddrive', 'com~apple~clouddocs', 'mobile documents'] },
  { service: 'Nextcloud', names: ['nextcloud', 'nextcloud-*', 'nextcloud*@*'] },
  { service: 'ownCloud', names: ['owncloud', 'owncloud-*'] },
  { service: 'Box', names: ['box', 'box sync', 'box-box'] },
  { service: 'pCloud', names: ['pcloud', 'pcloud drive', 'pclouddrive', 'pcloudsync'] },
  { service: 'Proton Drive', names: ['proton drive', 'protondrive-*'] },
  { service: 'MEGA', names: ['mega', 'megasync', 'megasync downloads'] },
  { service: 'Syncthing', names: ['syncthing'] },
  { service: 'Seafile', names: ['seafile', 'seadrive'] },
  { service: phrase('a cloud service'), names: ['cloudstorage'] },
];

/** Folders below the home folder that iCloud Drive takes on a Mac when "Desktop & Documents" is on. */
const ICLOUD_HOME = ['desktop', 'documents'];

export interface PlaceOptions {
  platform?: Platform;
  /** The home folder; only used on a Mac, for Desktop and Documents. */
  home?: string;
}

/**
 * Whether a sync service's folder holds `path`, by the folder names that these services use.
 *
 * @param path absolute, of the kit's file, symbolic links resolved
 * @returns a sentence for the user, or null
 */
export function syncedFolderWarning(path: string, options: PlaceOptions = {}): Text | null {
  const platform = options.platform ?? hostPlatform();
  const parts = partsOf(path, platform).map((part) => part.toLowerCase());
  const folders = parts.slice(0, -1);
  for (const { service, names } of SYNCED_FOLDERS) {
    if (folders.some((folder) => names.some((name) => fits(folder, name)))) {
      return text`This looks like a folder that ${sentence(service)} copies: whoever can read it there can open your backup.`;
    }
  }
  if (platform === 'darwin' && options.home !== undefined) {
    const home = partsOf(options.home, platform);
    const below = parts[home.length];
    if (startsWith(partsOf(path, platform), home, platform) && below !== undefined && ICLOUD_HOME.includes(below)) {
      return text`iCloud Drive may copy this folder: whoever can read it there can open your backup.`;
    }
  }
  return null;
}

/**
 * Whether the kit would lie in what it protects (then it is lost together with it) or in the backup itself.
 *
 * @param path absolute, of the kit's file
 * @param sources absolute folders or files that are backed up
 * @param destinations absolute folders of the backup, as far as they are folders of this computer
 * @returns a sentence for the user, or null
 */
export function insideProtected(
  path: string,
  sources: readonly string[],
  destinations: readonly string[],
  platform: Platform = hostPlatform(),
): Text | null {
  const parts = partsOf(path, platform);
  if (destinations.some((folder) => startsWith(parts, partsOf(folder, platform), platform))) {
    return text`This folder holds the backup: whoever finds the backup would find its key beside it.`;
  }
  const source = sources.find((folder) => startsWith(parts, partsOf(folder, platform), platform));
  if (source !== undefined) {
    const name = partsOf(source, platform).at(-1) ?? source;
    return text`${name} is part of this backup: if you lose the computer, you lose this copy of the key with it.`;
  }
  return null;
}

/** All that speaks against saving the kit at `path`, as one text; null where nothing does. */
export function kitPlaceWarning(
  path: string,
  sources: readonly string[],
  destinations: readonly string[],
  options: PlaceOptions = {},
): Text | null {
  const platform = options.platform ?? hostPlatform();
  const warnings = [
    insideProtected(path, sources, destinations, platform),
    syncedFolderWarning(path, { ...options, platform }),
  ].filter((warning) => warning !== null);
  return warnings.length === 0 ? null : together([text`Keep the kit outside what it opens.`, ...warnings]);
}

function hostPlatform(): Platform {
  return process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';
}

/** The names along a path, root first, `.` and `..` resolved. */
function partsOf(path: string, platform: Platform): string[] {
  const rules = platform === 'win32' ? win32 : posix;
  const normal = rules.normalize(path.normalize('NFC'));
  return normal.split(platform === 'win32' ? /[\\/]+/ : /\/+/).filter((part) => part !== '');
}

/** File systems of macOS and Windows take upper and lower case for the same. */
function startsWith(parts: readonly string[], start: readonly string[], platform: Platform): boolean {
  const key = (part: string): string => (platform === 'linux' ? part : part.toLowerCase());
  return start.every((part, i) => key(part) === key(parts[i] ?? ''));
}

/** `*` stands for any characters. */
function fits(folder: string, pattern: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return folder === pattern;
  if (!folder.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = folder.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}
