/** What people read of a folder that another program synchronises. */
import { HoldfastError } from '../../errors.ts';
import { phrase, sentence, text, type Text } from '../../text.ts';
import type { SyncService } from '../spec.ts';

const NAMES: Record<SyncService, string> = {
  icloud: 'iCloud Drive',
  onedrive: 'OneDrive',
  dropbox: 'Dropbox',
  'google-drive': 'Google Drive',
  nextcloud: 'Nextcloud',
  other: phrase('The sync service'),
};

export function serviceName(service: SyncService): Text {
  return sentence(NAMES[service]);
}

/** A file is asked for and still on its way. */
export function notHereYet(service: SyncService, detail: string): HoldfastError {
  return new HoldfastError(
    'destination-busy',
    text`${serviceName(service)} has not brought back a part of the backup yet.`,
    'Nothing was lost: it is in the cloud. Wait, or open the folder and have its files kept on this computer.',
    { detail, retry: { afterMs: 5_000 } },
  );
}

/** The system could not bring a file back now. */
export function notBroughtBack(service: SyncService, cause: unknown): HoldfastError {
  return new HoldfastError(
    'destination-offline',
    text`${serviceName(service)} could not bring back a part of the backup.`,
    'Nothing was lost: it is in the cloud. Check the connection and that the service’s program runs, then try again.',
    { detail: cause instanceof Error ? cause.message : String(cause), cause, retry: { afterMs: null } },
  );
}
