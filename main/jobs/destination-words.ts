/** What people call kinds of storage, and a place's name where they gave none. */
import path from 'node:path';
import { placeText, type DestinationPlace, type SyncService } from '../destinations/spec.ts';
import { text, type Text } from '../text.ts';
import { say } from '../words/say.ts';

const SERVICES: Record<SyncService, string | Text> = {
  icloud: 'iCloud Drive',
  onedrive: 'OneDrive',
  dropbox: 'Dropbox',
  'google-drive': text`Google Drive folder`,
  nextcloud: text`Nextcloud folder`,
  other: text`Synced folder`,
};

export const serviceName = (service: SyncService): string => say(SERVICES[service]);

/** The kind alone, where nothing more is known. */
export function placeKindName(kind: DestinationPlace['kind']): string {
  switch (kind) {
    case 'local':
      return say('Folder');
    case 'synced':
      return say(SERVICES.other);
    case 'google-drive':
      return 'Google Drive';
    case 's3':
      return say('S3 storage');
    case 'webdav':
      return say('WebDAV server');
    case 'sftp':
      return say('SFTP server');
  }
}

export function kindName(place: DestinationPlace): string {
  return place.kind === 'synced' ? say(SERVICES[place.service]) : placeKindName(place.kind);
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
  const where = placeText(place);
  if (place.kind === 'google-drive') return where;
  return place.kind === 'local' ? say(text`Folder ${where}`) : `${kindName(place)}: ${where}`;
}
