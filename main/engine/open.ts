/**
 * Opens a destination for running verbs: what passes is counted and slowed to its limits, stands still while they are
 * paused, and ends when they are stopped. A folder on a disk passes nothing; the verbs themselves look at their pause.
 */
import { CancelDestination } from '../destinations/decorators/cancel.ts';
import type { Destination } from '../destinations/destination.ts';
import { openDestination, WHILE_WATCHED, type OpenOptions } from '../destinations/open.ts';
import type { DestinationSpec } from './api.ts';
import { Attendants } from './attendants.ts';
import type { VerbContext } from './verb-context.ts';

export { WHILE_WATCHED } from '../destinations/open.ts';

/** `cache`: see decorators/read-cache.ts. */
export type OpenForOptions = Pick<OpenOptions, 'cache' | 'patience'>;

/** A destination that outlives the verb it was opened for. */
export interface KeptDestination {
  readonly destination: Destination;
  /** A verb uses it from now on, until it calls the function that comes back. */
  attend(context: VerbContext): () => void;
  close(): Promise<void>;
}

/**
 * Opens a destination for one verb, which closes it when it ends; what passed is then told in a `traffic` event.
 * Errors: those of `openDestination`, `stopped`.
 */
export async function openFor(
  spec: DestinationSpec,
  context: VerbContext,
  options: OpenForOptions = {},
): Promise<Destination> {
  if (spec.kind === 'local') return await openDestination(spec);
  const attendants = new Attendants(spec);
  const leave = attendants.attend(context);
  try {
    return new ForOneVerb(await openWith(spec, attendants, options), attendants.signal, leave);
  } catch (error) {
    leave();
    throw error;
  }
}

/** Opens a destination for one verb that somebody waits for, and closes it when the work is done. Errors: those of `openFor`. */
export async function whileWatched<T>(
  spec: DestinationSpec,
  context: VerbContext,
  work: (destination: Destination) => Promise<T>,
): Promise<T> {
  const destination = await openFor(spec, context, { patience: WHILE_WATCHED });
  try {
    return await work(destination);
  } finally {
    await destination.close();
  }
}

/** Opens a destination for several verbs, one after the other or together. Errors: those of `openDestination`. */
export async function openKept(spec: DestinationSpec, options: OpenForOptions = {}): Promise<KeptDestination> {
  if (spec.kind === 'local') {
    const destination = await openDestination(spec);
    return { destination, attend: () => () => undefined, close: async () => await destination.close() };
  }
  const attendants = new Attendants(spec);
  const destination = new CancelDestination(await openWith(spec, attendants, options), attendants.signal);
  return {
    destination,
    attend: (context) => attendants.attend(context),
    close: async () => await destination.close(),
  };
}

async function openWith(spec: DestinationSpec, attendants: Attendants, options: OpenForOptions): Promise<Destination> {
  const { meter, onWait } = attendants;
  return await openDestination(spec, {
    ...options,
    traffic: meter,
    halt: attendants,
    onWait,
    signal: attendants.signal(),
  });
}

class ForOneVerb extends CancelDestination {
  readonly #leave: () => void;

  constructor(inner: Destination, signal: () => AbortSignal, leave: () => void) {
    super(inner, signal);
    this.#leave = leave;
  }

  override async close(): Promise<void> {
    try {
      await super.close();
    } finally {
      this.#leave();
    }
  }
}
