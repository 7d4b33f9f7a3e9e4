/**
 * Names in a synchronised folder that are none of the repository's and no strays either: temporary files that sync
 * services leave alone, and files that they and the systems put everywhere.
 */
import { randomBytes } from 'node:crypto';
import type { SyncService } from '../spec.ts';

/**
 * A new name that the service does not carry to the cloud. iCloud skips `.nosync`; the others skip names that begin with
 * `~` and end in `.tmp` (Dropbox: "Files that won't sync"; OneDrive: "Invalid file names and file types"; Nextcloud:
 * sync-exclude.lst).
 */
export function passingName(service: SyncService): string {
  return `~$holdfast-${randomBytes(12).toString('hex')}.${service === 'icloud' ? 'nosync' : 'tmp'}`;
}

const PASSING = /^~\$holdfast-[0-9a-f]{24}\.(?:nosync|tmp)$/;

export function isPassing(name: string): boolean {
  return PASSING.test(name);
}

const OTHERS =
  /^(?:\.DS_Store|\.localized|Icon\r|desktop\.ini|Thumbs\.db|\.dropbox(?:\.attr|\.cache)?|\.sync_[0-9a-f]+\.db.*|\._sync_[0-9a-f]+\.db.*|\.owncloudsync\.log.*|\.tmp\.driveupload|\.tmp\.drivedownload)$/;

/** True for files of the services and systems themselves, and for our own that are on their way. */
export function isOthersOwn(name: string): boolean {
  return isPassing(name) || OTHERS.test(name);
}
