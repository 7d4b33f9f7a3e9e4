/** What people are told while a destination lets a run wait. */
import type { DestinationSpec } from './api.ts';
import type { ErrorCode } from '../errors.ts';

/** What people call the service behind a destination. */
export function serviceOf(spec: DestinationSpec): string {
  switch (spec.kind) {
    case 'local':
    case 'synced':
      return spec.path;
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

export function waitText(service: string, code: ErrorCode, delayMs: number): string {
  const seconds = Math.round(delayMs / 1000);
  const time = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
  if (code === 'destination-busy') return `${service} asks for a pause; going on in ${time}.`;
  if (code === 'destination-offline') return `${service} cannot be reached; trying again in ${time}.`;
  return `${service} could not do what was asked; trying again in ${time}.`;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}
