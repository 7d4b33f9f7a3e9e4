/** What people call kinds of storage, and a place's name where they gave none. */
import path from 'node:path';
import { placeText, type DestinationPlace, type SyncService } from '../destinations/spec.ts';

const SERVICES: Record<SyncService, string> = {
  icloud: 'iCloud Drive',
  onedrive: 'OneDrive',
  dropbox: 'Dropbox',
  'google-drive': 'Google Drive folder',
  nextcloud: 'Nextcloud folder',
  other: 'Synced folder',
};

export const serviceName = (service: SyncService): string => SERVICES[service];

export function kindName(place: DestinationPlace): string {
  switch (place.kind) {
    case 'local':
      return 'Folder';
    case 'synced':
      return SERVICES[place.service];
    case 'google-drive':
      return 'Google Drive';
    case 's3':
      return 'S3 storage';
    case 'webdav':
      return 'WebDAV server';
    case 'sftp':
      return 'SFTP server';
  }
}

/** A short name for lists. */
export function placeNameOf(place: DestinationPlace): string {
  switch (place.kind) {
    case 'local':
      return path.basename(place.path) || place.path;
    case 'synced':
    case 'google-drive':
      return kindName(place);
    case 's3':
      return place.bucket;
    case 'webdav':
      return hostOf(place.url);
    case 'sftp':
      return place.host;
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return url;
  }
}

/** For a kit: "Folder /media/disk/Holdfast", "SFTP server: backups at anna@nas". */
export function whereWords(place: DestinationPlace): string {
  const text = placeText(place);
  if (place.kind === 'google-drive') return text;
  return place.kind === 'local' ? `Folder ${text}` : `${kindName(place)}: ${text}`;
}
