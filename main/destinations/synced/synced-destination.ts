/** A repository in a folder that another program carries to the cloud. */
import { PassThrough } from '../decorators/pass-through.ts';
import { LocalDestination } from '../local/local-destination.ts';
import type { Opening, SyncedPlace } from '../spec.ts';
import type { Traffic } from '../traffic.ts';

export class SyncedDestination extends PassThrough {
  override readonly kind = 'synced';

  static async open(
    spec: SyncedPlace & Opening,
    options: { signal: AbortSignal | undefined; traffic: Traffic },
  ): Promise<SyncedDestination> {
    return new SyncedDestination(await LocalDestination.open(spec.path, options));
  }
}
