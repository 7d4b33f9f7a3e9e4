/** Folders of sync services that are set up on this computer, by their usual places and their own settings. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { SyncService } from '../spec.ts';

export interface SyncedFolder {
  service: SyncService;
  /** For people: the service, and whose where the folder says so. */
  name: string;
  /** Absolute path of the folder that is synchronised. */
  path: string;
}

/** The computer that is looked at; tests pass their own. */
export interface Computer {
  platform: NodeJS.Platform;
  home: string;
  env: Readonly<Record<string, string | undefined>>;
}

const thisComputer = (): Computer => ({ platform: process.platform, home: homedir(), env: process.env });

/** In the order of the services; each folder once, and only folders that are there. Never rejects. */
export async function findSynced(computer: Computer = thisComputer()): Promise<SyncedFolder[]> {
  const finders = [iCloud, oneDrive, dropbox, googleDrive, nextcloud];
  const candidates = (await Promise.all(finders.map((find) => find(computer)))).flat();
  const found: SyncedFolder[] = [];
  for (const candidate of candidates) {
    if (!path.isAbsolute(candidate.path) || found.some((other) => other.path === candidate.path)) continue;
    if (await isFolder(candidate.path)) found.push(candidate);
  }
  return found;
}

async function iCloud({ platform, home, env }: Computer): Promise<SyncedFolder[]> {
  const places = {
    darwin: path.join(home, 'Library', 'Mobile Documents', 'com~apple~CloudDocs'),
    win32: path.join(env['USERPROFILE'] ?? home, 'iCloudDrive'),
  };
  if (platform !== 'darwin' && platform !== 'win32') return [];
  return [{ service: 'icloud', name: 'iCloud Drive', path: places[platform] }];
}

/** Windows tells its folders in the environment; one of an organisation is called after it. */
async function oneDrive({ platform, home, env }: Computer): Promise<SyncedFolder[]> {
  if (platform === 'darwin') return await cloudStorage(home, 'onedrive', /^OneDrive(?:-(?<whose>.+))?$/, 'OneDrive');
  if (platform !== 'win32') return [];
  const folders = ['OneDriveConsumer', 'OneDriveCommercial', 'OneDrive'].map((name) => env[name] ?? '');
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => ({ service: 'onedrive', name: named('OneDrive', path.basename(folder)), path: folder }));
}

/** info.json is Dropbox's own: `{"personal": {"path": …}, "business": {"path": …}}`. */
async function dropbox({ platform, home, env }: Computer): Promise<SyncedFolder[]> {
  const appData = ['APPDATA', 'LOCALAPPDATA'].flatMap((name) => (env[name] === undefined ? [] : [env[name]]));
  const settings =
    platform === 'win32'
      ? appData.map((folder) => path.join(folder, 'Dropbox', 'info.json'))
      : [path.join(home, '.dropbox', 'info.json')];
  const found: SyncedFolder[] = [];
  for (const file of settings) {
    const accounts = parsed(await text(file));
    for (const [account, facts] of Object.entries(accounts)) {
      if (typeof facts !== 'object' || facts === null || !('path' in facts) || typeof facts.path !== 'string') continue;
      found.push({
        service: 'dropbox',
        name: account === 'business' ? 'Dropbox (business)' : 'Dropbox',
        path: facts.path,
      });
    }
  }
  if (platform === 'darwin')
    found.push(...(await cloudStorage(home, 'dropbox', /^Dropbox(?:-(?<whose>.+))?$/, 'Dropbox')));
  return found;
}

/** Google Drive for desktop: a folder per account on macOS, a drive or a folder of the person's choice on Windows. */
async function googleDrive({ platform, home, env }: Computer): Promise<SyncedFolder[]> {
  const found: SyncedFolder[] = [];
  if (platform === 'darwin') {
    const accounts = await cloudStorage(home, 'google-drive', /^GoogleDrive-(?<whose>.+)$/, 'Google Drive');
    for (const account of accounts) found.push({ ...account, path: path.join(account.path, 'My Drive') });
  }
  if (platform === 'win32') {
    found.push({ service: 'google-drive', name: 'Google Drive', path: path.join('G:\\', 'My Drive') });
    found.push({
      service: 'google-drive',
      name: 'Google Drive',
      path: path.join(env['USERPROFILE'] ?? home, 'My Drive'),
    });
  }
  return found;
}

/** nextcloud.cfg is an INI file of Qt's; a folder of an account is `0\Folders\1\localPath=/home/person/Nextcloud/`. */
async function nextcloud({ platform, home, env }: Computer): Promise<SyncedFolder[]> {
  const folder = {
    darwin: path.join(home, 'Library', 'Preferences', 'Nextcloud'),
    win32: path.join(env['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), 'Nextcloud'),
  };
  const elsewhere = path.join(env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'), 'Nextcloud');
  const config = platform === 'darwin' || platform === 'win32' ? folder[platform] : elsewhere;
  const lines = (await text(path.join(config, 'nextcloud.cfg'))).split(/\r?\n/);
  return lines.flatMap((line): SyncedFolder[] => {
    const place = /^\d+\\Folders(?:WithPlaceholders)?\\\w+\\localPath=(?<place>.+)$/.exec(line)?.groups?.['place'];
    return place === undefined ? [] : [{ service: 'nextcloud', name: 'Nextcloud', path: path.resolve(place) }];
  });
}

/** macOS 12.3 and later keep the folders of sync services in one place, each with its account's name. */
async function cloudStorage(
  home: string,
  service: SyncService,
  pattern: RegExp,
  name: string,
): Promise<SyncedFolder[]> {
  const folder = path.join(home, 'Library', 'CloudStorage');
  const entries = await readdir(folder).catch(() => []);
  return entries.sort().flatMap((entry): SyncedFolder[] => {
    const match = pattern.exec(entry);
    if (match === null) return [];
    const whose = match.groups?.['whose'];
    return [{ service, name: whose === undefined ? name : `${name} (${whose})`, path: path.join(folder, entry) }];
  });
}

/** `OneDrive - Contoso` is OneDrive (Contoso). */
function named(service: string, folder: string): string {
  const whose = folder.startsWith(`${service} - `) ? folder.slice(service.length + 3) : '';
  return whose === '' ? service : `${service} (${whose})`;
}

async function text(file: string): Promise<string> {
  return await readFile(file, 'utf8').catch(() => '');
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

async function isFolder(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => null))?.isDirectory() === true;
}
