/** What opens one server is never shown to another one by mistake. */
import type { DestinationPlace } from '../destinations/spec.ts';
import { HoldfastError } from '../errors.ts';
import { kindName } from '../jobs/destination-words.ts';

/** Who would see what opens a place; null for a folder of this computer. Buckets of one service have one host. */
export function hostOf(place: DestinationPlace): string | null {
  switch (place.kind) {
    case 'local':
    case 'synced':
      return null;
    case 'google-drive':
      return 'Google';
    case 's3':
      return place.endpoint === null ? 'Amazon S3' : new URL(place.endpoint).host;
    case 'webdav':
      return new URL(place.url).host;
    case 'sftp':
      return `${place.host.toLowerCase()}:${place.port}`;
  }
}

/**
 * @param places which would all be opened by the same
 * @param source of what opens them, for the sentence, e.g. `The environment`
 * @throws HoldfastError `bad-input` where those of one kind are at different hosts
 */
export function assertOneHost(places: readonly DestinationPlace[], source: string): void {
  for (const place of places) {
    const other = places.find((one) => one.kind === place.kind && hostOf(one) !== hostOf(place));
    if (other === undefined) continue;
    throw new HoldfastError(
      'bad-input',
      `${source} has what opens one ${kindName(place)}, and these are two: ${hostOf(place)} and ${hostOf(other)}.`,
      'Keep what opens one of them (holdfast destination add NAME ADDRESS), then name it here as @NAME. Nothing was sent or changed.',
    );
  }
}
