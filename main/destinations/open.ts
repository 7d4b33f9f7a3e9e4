import type { CallOptions, Destination } from './destination.ts';
import { LocalDestination } from './local/local-destination.ts';
import type { DestinationSpec } from './spec.ts';

export type { DestinationSpec } from './spec.ts';

/**
 * Opens a destination without changing anything there. A folder that is absent opens too: `init` can make it, every
 * other call then rejects with `destination-missing`.
 *
 * @throws HoldfastError `bad-input` (path not absolute, or not a folder), `destination-denied`, `destination-failed`
 */
export async function openDestination(spec: DestinationSpec, options: CallOptions = {}): Promise<Destination> {
  return await LocalDestination.open(spec.path, options);
}
