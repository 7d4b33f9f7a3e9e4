import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { FaultyDestination, type FaultPlan } from './destination-faulty.ts';

/** A faulty destination whose packs the workers still read in place, as they do in every local one. */
export class FaultyLocal extends FaultyDestination {
  readonly #local: LocalDestination;

  constructor(local: LocalDestination, plan: FaultPlan = {}) {
    super(local, plan);
    this.#local = local;
  }

  localPath(name: string): string {
    return this.#local.localPath(name);
  }
}

/** A faulty destination over the folder of a repository. */
export async function faultyAt(folder: string, plan: FaultPlan = {}): Promise<FaultyLocal> {
  return new FaultyLocal(await LocalDestination.open(folder), plan);
}

/** The destination's answer to one method is replaced; the rest is passed on. */
export function replaced<K extends keyof Destination>(
  inner: Destination,
  method: K,
  answer: Destination[K],
): Destination {
  return new Proxy<Destination>(inner, {
    get(target, name) {
      if (name === method) return answer;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
