/** Every call of a destination that asks a server, and what a failing one says. */
import type { Destination } from '../../main/destinations/destination.ts';
import { HoldfastError } from '../../main/errors.ts';
import { all, spool } from './destination-helpers.ts';
import { nameFor, numbered, OTHER_CLIENT } from './destination-names.ts';

/** The error that `call` rejects with. @throws Error where it does not, or with anything but a HoldfastError */
export async function failureOf(call: Promise<unknown>): Promise<HoldfastError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof HoldfastError) return error;
  throw new Error(`no HoldfastError: ${String(error)}`);
}

/** One call of every kind that asks the server. `withSpace`: its storage can be asked how much is free. */
export async function everyCall(at: Destination, withSpace: boolean): Promise<Record<string, () => Promise<unknown>>> {
  const file = await spool(at, numbered(2));
  return {
    init: async () => await at.init(),
    put: async () => await at.put(nameFor(numbered(1)), numbered(1)),
    publish: async () => await at.publish(file, nameFor(numbered(2))),
    clearSpool: async () => await at.clearSpool(OTHER_CLIENT),
    get: async () => await at.get('repo.json'),
    getRange: async () => await at.getRange('repo.json', 0, 1),
    stat: async () => await at.stat('repo.json'),
    list: async () => await all(at, ''),
    remove: async () => await at.remove('repo.json'),
    ...(withSpace ? { space: async () => await at.space() } : {}),
  };
}
