/** Keeps what was used last, up to a total weight. */
export class Lru<T> {
  readonly #most: number;
  readonly #kept = new Map<string, { value: T; weight: number }>();
  #weight = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    const found = this.#kept.get(key);
    if (found === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, found);
    return found.value;
  }

  /** Gives the value back. What was used longest ago goes first; the newest stays, however heavy it is. */
  set(key: string, value: T, weigh: (value: T) => number): T {
    const weight = weigh(value);
    this.#kept.set(key, { value, weight });
    this.#weight += weight;
    for (const [oldest, other] of this.#kept) {
      if (this.#weight <= this.#most || oldest === key) break;
      this.#kept.delete(oldest);
      this.#weight -= other.weight;
    }
    return value;
  }
}
