/** Tells places apart: by what is asked of a server, not by the words for people, which may be alike. */
import { createHash } from 'node:crypto';
import type { DestinationPlace } from './spec.ts';

/** Tells one place from another, the same for the same place: 64 hexadecimal digits that reveal nothing. */
export function placeId(place: DestinationPlace): string {
  return createHash('sha256')
    .update(JSON.stringify(facts(place)))
    .digest('hex');
}

function facts(place: DestinationPlace): (string | number | null)[] {
  switch (place.kind) {
    case 'local':
    case 'synced':
      return ['folder', place.path];
    case 'google-drive':
      return [place.kind, place.driveId, place.folderId];
    case 's3':
      return [place.kind, place.endpoint, place.bucket, place.prefix];
    case 'webdav':
      return [place.kind, place.url, place.user];
    case 'sftp':
      return [place.kind, place.user, place.host, place.port, place.path];
  }
}
