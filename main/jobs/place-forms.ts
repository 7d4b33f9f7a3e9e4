/** From what a person typed or chose to a place for backups, with what opens it. Nothing is sent anywhere here. */
import path from 'node:path';
import { s3Presets, syncedFolders, hasBuiltInGoogleClient, type S3Preset } from '../destinations/connect.ts';
import type { DestinationCredentials, S3Place, SyncService } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { sentence, text, type Text } from '../text.ts';
import { say } from '../words/say.ts';
import { placeNameOf, serviceName } from './destination-words.ts';
import type { ChosenPlace } from './destinations.ts';
import { liesIn } from './sources.ts';

/** The folder that is proposed inside a disk or a sync service. */
export const BACKUP_FOLDER = 'Holdfast Backups';

export interface Offers {
  synced: { service: SyncService; name: string; path: string }[];
  googleClient: boolean;
  s3: readonly S3Preset[];
  sshAgent: boolean;
}

/** What this computer can offer as a place for backups. */
export async function offers(environment: Readonly<Record<string, string | undefined>> = process.env): Promise<Offers> {
  const [synced, googleClient, s3] = await Promise.all([syncedFolders(), hasBuiltInGoogleClient(), s3Presets()]);
  // On Windows the agent is a named pipe that is always there to be asked.
  const sshAgent = process.platform === 'win32' || (environment['SSH_AUTH_SOCK'] ?? '') !== '';
  const said = s3.map((preset) => ({
    ...preset,
    name: say(preset.name),
    note: preset.note === null ? null : say(preset.note),
  }));
  return { synced, googleClient, s3: said, sshAgent };
}

/** A folder that was chosen; one that a sync service carries is known as such. */
export async function folderPlace(folder: string): Promise<ChosenPlace> {
  const synced = (await syncedFolders()).find((known) => liesIn(folder, known.path));
  if (synced !== undefined) return syncedPlace(synced.service, folder);
  const place = { kind: 'local', path: folder } as const;
  return { place, credentials: null, name: placeNameOf(place) };
}

/** The backup's folder in the folder of a sync service: the folder itself where it was chosen, else one made in it. */
export function syncedPlace(service: SyncService, folder: string): ChosenPlace {
  return { place: { kind: 'synced', path: folder, service }, credentials: null, name: serviceName(service) };
}

/** @throws HoldfastError `bad-input` where this computer has no such folder */
export async function syncedOffer(service: SyncService, folder: string): Promise<ChosenPlace> {
  const known = (await syncedFolders()).find((one) => one.service === service && one.path === folder);
  if (known === undefined) throw bad('That folder is not there any more.', 'Choose another place.');
  return syncedPlace(service, path.join(known.path, BACKUP_FOLDER));
}

export interface S3Form extends Omit<S3Place, 'kind'> {
  accessKeyId: string;
  secretAccessKey: string;
}

/** @throws HoldfastError `bad-input` */
export function s3Place(form: S3Form): ChosenPlace {
  const { accessKeyId, secretAccessKey, ...rest } = form;
  const endpoint = form.endpoint === null ? null : httpUrl(form.endpoint, text`The address of the storage`).origin;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/i.test(form.bucket)) {
    throw bad('That is not the name of a bucket.', 'It has 3 to 63 letters, digits, dots and hyphens.');
  }
  const prefix = form.prefix.trim().replace(/^\/+/, '').replace(/\/*$/, '/');
  const place: S3Place = { ...rest, kind: 's3', endpoint, prefix: prefix === '/' ? '' : prefix };
  const credentials = { kind: 's3', accessKeyId: accessKeyId.trim(), secretAccessKey: secretAccessKey.trim() } as const;
  return { place, credentials, name: placeNameOf(place) };
}

export interface WebDavForm {
  url: string;
  user: string;
  password: string;
  certificate: string | null;
}

/** @throws HoldfastError `bad-input` */
export function webDavPlace({ url, user, password, certificate }: WebDavForm): ChosenPlace {
  const place = { kind: 'webdav', url: webDavUrl(url), user: user.trim(), certificate } as const;
  return { place, credentials: { kind: 'webdav', password }, name: placeNameOf(place) };
}

/**
 * A typed address as the adapter takes it: with its scheme, without user and query, with a slash at its end.
 * @throws HoldfastError `bad-input`
 */
export function webDavUrl(typed: string): string {
  const url = httpUrl(typed, text`The address of the server`);
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

export interface SftpForm {
  host: string;
  port: number;
  user: string;
  path: string;
  hostKey: string;
  login: { by: 'password'; password: string } | { by: 'key'; keyFile: string; passphrase: string } | { by: 'agent' };
}

/** @throws HoldfastError `bad-input` */
export function sftpPlace(form: SftpForm): ChosenPlace {
  const host = form.host.trim().replace(/^\[(.*)\]$/, '$1');
  if (host === '' || /[\s/@]/.test(host)) throw bad('That is not the name of a server.', 'Type it like nas.local.');
  if (!/^SHA256:[A-Za-z0-9+/]{43}$/.test(form.hostKey)) {
    throw bad('The server’s key has not been looked at yet.', 'Press Continue to see it.');
  }
  const place = {
    kind: 'sftp',
    host,
    port: form.port,
    user: form.user.trim(),
    path: form.path.trim(),
    hostKey: form.hostKey,
    login: form.login.by,
  } as const;
  return { place, credentials: sftpCredentials(form.login), name: placeNameOf(place) };
}

export function sftpCredentials(login: SftpForm['login']): Extract<DestinationCredentials, { kind: 'sftp' }> {
  switch (login.by) {
    case 'password':
      return { kind: 'sftp', password: login.password };
    case 'key':
      return {
        kind: 'sftp',
        keyFile: login.keyFile,
        ...(login.passphrase === '' ? {} : { passphrase: login.passphrase }),
      };
    case 'agent':
      return { kind: 'sftp' };
  }
}

function httpUrl(typed: string, what: Text): URL {
  const address = typed.trim();
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(address) ? address : `https://${address}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw bad(text`${what} is not complete.`, 'Type it like https://cloud.example.org/dav/.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw bad(text`${what} must begin with https://.`, 'Look for it in your server’s settings.');
  }
  if (url.username !== '' || url.password !== '') {
    throw bad(
      'The address holds a name or a password.',
      'Type them in their own fields: addresses are shown and logged.',
    );
  }
  return url;
}

function bad(message: string | Text, guidance: string | Text): HoldfastError {
  return new HoldfastError('bad-input', message, text`${sentence(guidance)} Nothing was sent or changed.`, {
    severity: 'notice',
  });
}
