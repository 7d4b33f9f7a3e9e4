/** Makes a domain's packs readable where they are not files of this computer. */
import type { DestinationSpec } from '../api.ts';
import { RemotePacks } from '../fetch/remote-packs.ts';
import type { VerbContext } from '../verb-context.ts';
import type { Domain } from './domain.ts';

/**
 * Starts the thread that fetches packs, and lets the domain's readers in this thread use it. Whoever calls this closes
 * what it returns, after all readers.
 *
 * @param spec of the destination that the domain was read from
 * @param fresh everything is fetched, whatever this computer has kept of earlier runs
 * @returns null where every pack can be read in place
 */
export function sourceOf(
  domain: Domain,
  spec: DestinationSpec,
  context: VerbContext,
  fresh = false,
): RemotePacks | null {
  if (domain.packs.every(({ path }) => path !== null)) return null;
  const source = new RemotePacks({ packs: domain.packs, spec, fresh });
  domain.line = source.line(context);
  return source;
}
