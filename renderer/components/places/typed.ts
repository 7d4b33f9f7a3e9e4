/** What was typed into the forms of places, without the secrets, so that it can be changed; and what is wrong with it. */
import { t } from '@lingui/core/macro';
import type { S3Preset } from '../../../preload/contract.ts';

export interface S3Typed {
  readonly kind: 's3';
  readonly preset: string;
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly pathStyle: boolean;
  readonly storageClass: string;
  readonly lock: 'off' | 'governance' | 'compliance';
  readonly lockDays: string;
}

export interface WebDavTyped {
  readonly kind: 'webdav';
  readonly url: string;
  readonly user: string;
}

export interface SftpTyped {
  readonly kind: 'sftp';
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly path: string;
}

export type Typed = S3Typed | WebDavTyped | SftpTyped;

export const EMPTY_WEBDAV: WebDavTyped = { kind: 'webdav', url: '', user: '' };
export const EMPTY_SFTP: SftpTyped = { kind: 'sftp', host: '', port: '22', user: '', path: 'holdfast' };

export function emptyS3(preset: S3Preset | undefined): S3Typed {
  return {
    kind: 's3',
    preset: preset?.id ?? '',
    endpoint: '',
    region: preset?.regions[0] ?? '',
    bucket: '',
    prefix: 'holdfast',
    accessKeyId: '',
    pathStyle: preset?.pathStyle ?? false,
    storageClass: '',
    lock: 'off',
    lockDays: '30',
  };
}

/** Field by field what is wrong; empty where nothing is. */
export type Wrong = Readonly<Record<string, string | undefined>>;

function required(value: string, words: string): string | undefined {
  return value.trim() === '' ? words : undefined;
}

/** A whole number within bounds, or null. */
export function wholeNumber(text: string, least: number, most: number): number | null {
  if (!/^\d{1,9}$/.test(text.trim())) return null;
  const value = Number(text.trim());
  return value >= least && value <= most ? value : null;
}

/** The address of a service in a region; null for Amazon's own, which needs none. */
export function endpointOf(preset: S3Preset | undefined, typed: S3Typed): string | null {
  if (preset === undefined || preset.endpoint === '') return typed.endpoint.trim();
  return preset.endpoint === null ? null : preset.endpoint.replace('{region}', typed.region.trim());
}

export function wrongS3(typed: S3Typed, preset: S3Preset | undefined, secret: string): Wrong {
  const endpoint = endpointOf(preset, typed);
  const bucket = typed.bucket.trim();
  return {
    endpoint: endpoint === null ? undefined : wrongAddress(endpoint),
    region: required(typed.region, t`Type the region, for example eu-central-1.`),
    bucket:
      bucket === ''
        ? t`Type the bucket’s name.`
        : /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/i.test(bucket)
          ? undefined
          : t`A bucket’s name has 3 to 63 letters, digits, dots and hyphens.`,
    accessKeyId: required(typed.accessKeyId, t`Type the access key’s id.`),
    secret: required(secret, t`Type the secret key.`),
    lockDays:
      typed.lock === 'off' || wholeNumber(typed.lockDays, 1, 3650) !== null ? undefined : t`From 1 to 3,650 days.`,
  };
}

export function wrongWebDav(typed: WebDavTyped): Wrong {
  return { url: wrongAddress(typed.url) };
}

export function wrongSftp(typed: SftpTyped): Wrong {
  const host = typed.host.trim();
  return {
    host:
      host === ''
        ? t`Type the server’s name or address.`
        : /[\s/@]/.test(host)
          ? t`Only the name, like nas.local; user and folder have fields of their own.`
          : undefined,
    port: wholeNumber(typed.port, 1, 65_535) === null ? t`From 1 to 65535; usually 22.` : undefined,
    user: required(typed.user, t`Type the user’s name.`),
    path: required(typed.path, t`Type the folder.`),
  };
}

/** As main reads it: `https:` where no scheme was typed, no name and no password in it. */
function wrongAddress(typed: string): string | undefined {
  const text = typed.trim();
  if (text === '') return t`Type the address.`;
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) return t`That is not a whole address.`;
  const url = new URL(withScheme);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return t`It must begin with https://.`;
  if (url.username !== '' || url.password !== '') return t`User and password have fields of their own.`;
  return undefined;
}
