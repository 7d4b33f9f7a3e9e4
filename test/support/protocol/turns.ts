/**
 * Lets real runs take turns at the calls of their storage: each goes on for some calls, then the other does. What a
 * schedule leads to, it leads to again, as far as a run makes its calls in one order.
 */
import type { Destination, ObjectInfo } from '../../../main/destinations/destination.ts';

export class Turns {
  /** Names of the calls that were made, by lane. */
  readonly calls: string[][] = [[], []];
  readonly #bursts: number[];
  #current = 0;
  #left: number;
  readonly #done = [false, false];
  #waiting: (() => void)[] = [];

  /** @param bursts calls that the lanes make in turn, the first lane's first; after the last, a lane runs to its end */
  constructor(bursts: readonly number[]) {
    this.#bursts = [...bursts];
    this.#left = this.#next();
  }

  /** Runs both lanes to their ends. What one rejects with is what comes back in its place. */
  async run(lanes: readonly [() => Promise<unknown>, () => Promise<unknown>]): Promise<unknown[]> {
    const results = await Promise.allSettled(
      lanes.map(async (lane, i) => {
        try {
          await this.turn(i, 'begin');
          return await lane();
        } finally {
          this.#done[i] = true;
          this.#pass(1 - i);
        }
      }),
    );
    return results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason));
  }

  /** Resolves when it is this lane's turn. */
  async turn(lane: number, call: string): Promise<void> {
    for (;;) {
      if (lane === this.#current) {
        if (this.#left-- > 0 || this.#done[1 - lane] === true) break;
        this.#pass(1 - lane);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.calls[lane]?.push(call);
  }

  #pass(lane: number): void {
    if (this.#done[lane] === true) return;
    this.#current = lane;
    this.#left = this.#next();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #next(): number {
    return this.#bursts.shift() ?? Number.POSITIVE_INFINITY;
  }
}

const CALLS = new Set<PropertyKey>(['put', 'publish', 'clearSpool', 'get', 'getRange', 'stat', 'remove']);

export interface Between {
  /** Waited for before each call; what it rejects with, the call rejects with. */
  before: (call: string) => Promise<void>;
  /** What a listing does not show yet. */
  hides?: (info: ObjectInfo) => boolean;
}

/** A storage, every call of which waits for its turn. */
export function inTurns(inner: Destination, { before, hides = () => false }: Between): Destination {
  async function* list(...args: Parameters<Destination['list']>): AsyncGenerator<ObjectInfo> {
    await before(`list ${args[0]}`);
    for await (const info of inner.list(...args)) if (!hides(info)) yield info;
  }
  return new Proxy<Destination>(inner, {
    get(target, name) {
      if (name === 'list') return list;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      if (!CALLS.has(name)) return value.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const about = name === 'publish' ? args[1] : args[0];
        await before(`${String(name)} ${String(about)}`);
        return await Reflect.apply(value, target, args);
      };
    },
  });
}
