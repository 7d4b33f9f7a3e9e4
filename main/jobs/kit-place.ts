/** Whether the place chosen for the key kit is a good one. */
import { liesIn } from './sources.ts';
import { text } from '../text.ts';
import { say } from '../words/say.ts';

/** Folder names under which programs keep copies of their contents elsewhere. */
const SYNCED =
  /^(dropbox|onedrive.*|google ?drive|my drive|icloud ?drive|mobile documents|com~apple~clouddocs|nextcloud|owncloud|sync|syncthing|pcloud ?drive|mega|box|proton ?drive|seafile)$/i;

/**
 * A sentence of warning, or null where nothing speaks against the place. The kit must not lie in what it opens (gone
 * with it, or found beside it), nor where a program uploads it.
 * @param file absolute path of the saved kit
 * @param places folders of the backup's destinations, and what is backed up
 */
export function kitPlaceWarning(
  file: string,
  places: { folders: readonly string[]; sources: readonly string[] },
): string | null {
  const synced = file.split(/[\\/]/).find((part) => SYNCED.test(part));
  if (synced !== undefined) {
    return say(
      text`This copy lies in ${synced}, which uploads it: whoever can read that can open your backup. Move it to a USB stick, or print it.`,
    );
  }
  if (places.folders.some((folder) => liesIn(file, folder))) {
    return say('This copy lies beside the backup it opens: whoever takes one has both. Keep it somewhere else.');
  }
  if (places.sources.some((source) => liesIn(file, source))) {
    return say(
      'This copy lies in what it protects: if the computer is lost, so is the key. Print it too, or copy it to a USB stick.',
    );
  }
  return null;
}
