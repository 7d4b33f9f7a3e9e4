/** What people are told while a destination lets a run wait. */
import { serviceName } from '../destinations/synced/words.ts';
import type { DestinationSpec } from './api.ts';
import type { ErrorCode } from '../errors.ts';
import { plural, text, type Text } from '../text.ts';

/** What people call the service behind a destination. */
export function serviceOf(spec: DestinationSpec): string | Text {
  switch (spec.kind) {
    case 'local':
      return spec.path;
    case 'synced':
      return serviceName(spec.service);
    case 'google-drive':
      return 'Google Drive';
    case 's3':
      return spec.endpoint === null ? 'Amazon S3' : hostOf(spec.endpoint);
    case 'webdav':
      return hostOf(spec.url);
    case 'sftp':
      return spec.host;
  }
}

/** @param service as `serviceOf` calls it */
export function waitText(
  kind: DestinationSpec['kind'],
  service: string | Text,
  code: ErrorCode,
  delayMs: number,
): Text {
  const seconds = Math.round(delayMs / 1000);
  const time =
    seconds < 120
      ? text`${plural(seconds, { one: '# second', other: '# seconds' })}`
      : text`${plural(Math.round(seconds / 60), { one: '# minute', other: '# minutes' })}`;
  if (kind === 'synced') return text`${service} is still bringing back a file; looking again in ${time}.`;
  if (code === 'destination-busy') return text`${service} asks for a pause; going on in ${time}.`;
  if (code === 'destination-offline') return text`${service} cannot be reached; trying again in ${time}.`;
  return text`${service} could not do what was asked; trying again in ${time}.`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
