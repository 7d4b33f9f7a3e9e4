/**
 * A real storage whose listings may be late, by the rule of the model (storage.ts): a listing may lack what was put, and
 * still have what was removed, since the last pause. Every other call tells what is there now.
 */
import type { Destination, ObjectInfo } from '../../../main/destinations/destination.ts';

/** The listing of that number, from 0 on, is late about one change, in the order of the changes, or about all of them. */
export interface Lateness {
  listing: number;
  about: number | 'all';
}

export class LateListings {
  /** Of how many changes each listing so far could have been late. */
  readonly chances: number[] = [];
  /** What the late listing was wrong about. */
  readonly wrong: string[] = [];
  readonly #late: readonly Lateness[];
  /** By name, in the order in which they came: null where it was put, what there was where it was removed. */
  readonly #changes = new Map<string, ObjectInfo | null>();

  constructor(late: readonly Lateness[] = []) {
    this.#late = late;
  }

  /** Time enough has passed for every listing to be right. */
  settle(): void {
    this.#changes.clear();
  }

  over(inner: Destination): Destination {
    const list = (...call: Parameters<Destination['list']>): AsyncGenerator<ObjectInfo> => this.#list(inner, ...call);
    const put: Destination['put'] = async (name, ...rest) => {
      await inner.put(name, ...rest);
      this.#note(name, null);
    };
    const publish: Destination['publish'] = async (file, name, ...rest) => {
      await inner.publish(file, name, ...rest);
      this.#note(name, null);
    };
    const remove: Destination['remove'] = async (name, ...rest) => {
      const before = await inner.stat(name);
      await inner.remove(name, ...rest);
      if (before !== null) this.#note(name, before);
    };
    const mine = new Map<PropertyKey, unknown>(Object.entries({ list, put, publish, remove }));
    return new Proxy<Destination>(inner, {
      get(target, name) {
        const value: unknown = mine.get(name) ?? Reflect.get(target, name, target);
        return typeof value === 'function' && !mine.has(name) ? value.bind(target) : value;
      },
    });
  }

  #note(name: string, before: ObjectInfo | null): void {
    this.#changes.delete(name);
    this.#changes.set(name, before);
  }

  async *#list(inner: Destination, ...call: Parameters<Destination['list']>): AsyncGenerator<ObjectInfo> {
    const [prefix] = call;
    const changed = [...this.#changes].filter(([name]) => name.startsWith(prefix));
    const number = this.chances.push(changed.length) - 1;
    const abouts = this.#late.flatMap(({ listing, about }) => (listing === number ? [about] : []));
    const wrong = new Map(changed.filter((_, i) => abouts.includes(i) || abouts.includes('all')));
    this.wrong.push(...[...wrong.keys()].map((name) => `listing ${number} of ${prefix}: ${name}`));
    for await (const info of inner.list(...call)) if (!wrong.has(info.name)) yield info;
    for (const before of wrong.values()) if (before !== null) yield before;
  }
}

/** Every way in which one listing of a run can be late, by what a run without any told. */
export const waysToBeLate = (chances: readonly number[]): Lateness[] =>
  chances.flatMap((count, listing) => [
    ...Array.from({ length: count }, (_, about) => ({ listing, about })),
    ...(count > 1 ? [{ listing, about: 'all' as const }] : []),
  ]);
