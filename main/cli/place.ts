/**
 * DEST of the command line as a place: a folder, an address, or `@name` of a destination that this computer knows (one of
 * the app's plan, or one that `holdfast destination add` kept).
 */
import { resolve } from 'node:path';
import type { DestinationPlace } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { s3Place, sftpPlace, webDavUrl } from '../jobs/place-forms.ts';

/** The forms that an address can have, for help texts. */
export const ADDRESS_FORMS = `A folder, or:
  sftp://USER@HOST[:PORT]/PATH?hostKey=SHA256:...   (PATH below / ; /~/PATH below the home folder)
  webdav:https://[USER@]HOST/PATH/[?certificate=SHA256 in hex]
  s3:BUCKET[/PREFIX][?region=REGION]                (Amazon S3)
  s3:https://HOST/BUCKET[/PREFIX][?region=REGION&pathStyle=true]
  @NAME                                             (holdfast destination list)
Passwords and keys are never part of an address: they come from the keychain, from --credentials FILE, or from the
environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY; HOLDFAST_WEBDAV_PASSWORD; HOLDFAST_SFTP_PASSWORD,
HOLDFAST_SFTP_KEY_FILE, HOLDFAST_SFTP_PASSPHRASE, or the running SSH agent).`;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The place that an address names; `@name` is not one.
 * @throws HoldfastError `bad-input`
 */
export function placeOf(address: string, environment: Environment = process.env): DestinationPlace {
  if (/^s3:/i.test(address)) return s3Of(address.slice(3), environment);
  if (/^webdavs?:/i.test(address)) return webDavOf(address.slice(address.indexOf(':') + 1));
  if (/^sftp:/i.test(address)) return sftpOf(address, environment);
  // A letter alone is a drive of Windows.
  if (/^[a-z][a-z0-9+.-]+:/i.test(address)) throw bad(`${address} is not a kind of place that Holdfast knows.`);
  return { kind: 'local', path: resolve(address) };
}

function s3Of(rest: string, environment: Environment): DestinationPlace {
  const url = urlOf(/^https?:\/\//i.test(rest) ? rest : `https://amazon.invalid/${rest.replace(/^\/*/, '')}`);
  const own = url.hostname !== 'amazon.invalid';
  const [bucket = '', ...prefix] = decodeURIComponent(url.pathname).replace(/^\//, '').split('/');
  const region = url.searchParams.get('region') ?? environment['AWS_REGION'] ?? environment['AWS_DEFAULT_REGION'];
  const { place } = s3Place({
    endpoint: own ? url.origin : null,
    region: region ?? 'us-east-1',
    bucket,
    prefix: prefix.join('/'),
    // Services other than Amazon's are reached under one host name most surely.
    pathStyle: (url.searchParams.get('pathStyle') ?? String(own)) === 'true',
    storageClass: url.searchParams.get('storageClass'),
    lock: lockOf(url.searchParams.get('lock')),
    accessKeyId: '',
    secretAccessKey: '',
  });
  return place;
}

/** `governance:30` or `compliance:30`, days. */
function lockOf(text: string | null): { mode: 'governance' | 'compliance'; days: number } | null {
  if (text === null) return null;
  const found = /^(governance|compliance):([1-9][0-9]{0,3})$/.exec(text);
  if (found === null) throw bad(`lock=${text} is not governance:DAYS or compliance:DAYS.`);
  return { mode: found[1] === 'compliance' ? 'compliance' : 'governance', days: Number(found[2]) };
}

function webDavOf(rest: string): DestinationPlace {
  const url = urlOf(/^https?:\/\//i.test(rest) ? rest : `https://${rest.replace(/^\/*/, '')}`);
  refusePassword(url);
  const user = decodeURIComponent(url.username);
  const certificate = url.searchParams.get('certificate');
  url.username = '';
  return { kind: 'webdav', url: webDavUrl(url.href), user, certificate };
}

function sftpOf(address: string, environment: Environment): DestinationPlace {
  const url = urlOf(address);
  refusePassword(url);
  const hostKey = url.searchParams.get('hostKey') ?? environment['HOLDFAST_SFTP_HOST_KEY'] ?? '';
  if (hostKey === '') {
    throw bad(
      'The server’s host key is missing.',
      `See it with: holdfast destination host-key ${url.hostname}. Compare it with the server’s own, then add ?hostKey=SHA256:... to the address.`,
    );
  }
  const path = decodeURIComponent(url.pathname);
  const by =
    environment['HOLDFAST_SFTP_PASSWORD'] !== undefined
      ? 'password'
      : environment['HOLDFAST_SFTP_KEY_FILE'] !== undefined
        ? 'key'
        : 'agent';
  const { place } = sftpPlace({
    host: url.hostname,
    port: url.port === '' ? 22 : Number(url.port),
    user: decodeURIComponent(url.username) || (environment['USER'] ?? ''),
    path: path.startsWith('/~/') ? path.slice(3) : path,
    // A `+` in a query stands for a space, and base64 has it.
    hostKey: hostKey.replaceAll(' ', '+'),
    login:
      by === 'password' ? { by, password: '' } : by === 'key' ? { by, keyFile: '', passphrase: '' } : { by: 'agent' },
  });
  return place;
}

function urlOf(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw bad(`${text} is not a complete address.`);
  }
}

function refusePassword(url: URL): void {
  if (url.password === '') return;
  throw bad(
    'The address holds a password, which other users of this computer can see in the list of running programs.',
    'Take it out of the address, change it on the server, and give it by the keychain, --credentials or the environment.',
  );
}

function bad(message: string, guidance = 'Run holdfast destination --help to see the forms.'): HoldfastError {
  return new HoldfastError('bad-input', message, `${guidance} Nothing was sent or changed.`);
}
