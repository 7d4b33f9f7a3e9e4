/** Counts what passes to and from a destination, slows it down to its limits, and stands still while the run does. */
import type { Direction, Limits } from './limits.ts';
import { emptyCount, type RequestClass, type Traffic, type TrafficCount } from './traffic.ts';
import { goOn, steadyClock, wait, type Clock, type Halt } from './waiting.ts';

export interface MeterOptions {
  /** None where it is missing. */
  limits?: Limits | undefined;
  /** Pauses and stops what passes. */
  halt?: Halt | undefined;
  clock?: Clock | undefined;
}

export class MeteredTraffic implements Traffic {
  readonly #limits: Limits | undefined;
  readonly #halt: Halt | undefined;
  readonly #clock: Clock;
  readonly #count = emptyCount();

  constructor({ limits, halt, clock = steadyClock }: MeterOptions = {}) {
    this.#limits = limits;
    this.#halt = halt;
    this.#clock = clock;
  }

  /** What has passed so far; a copy. */
  count(): TrafficCount {
    return { ...this.#count, requests: { ...this.#count.requests } };
  }

  async request(
    what: RequestClass,
    { units = 0, signal }: { units?: number; signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    await goOn(this.#halt, signal);
    this.#count.requests[what] += 1;
    this.#count.units += units;
  }

  async send(bytes: number, signal?: AbortSignal): Promise<void> {
    await this.#pass('send', bytes, signal);
    this.#count.sentBytes += bytes;
  }

  async receive(bytes: number, signal?: AbortSignal): Promise<void> {
    await this.#pass('receive', bytes, signal);
    this.#count.receivedBytes += bytes;
  }

  async #pass(direction: Direction, bytes: number, signal: AbortSignal | undefined): Promise<void> {
    await goOn(this.#halt, signal);
    for (let left = bytes; this.#limits !== undefined && left > 0;) {
      const { taken, waitMs } = this.#limits.take(direction, left, this.#clock.now());
      left -= taken;
      if (waitMs > 0) await wait(waitMs, this.#clock, this.#halt, signal);
    }
  }
}

/** What passed between two counts of one meter. */
export function countSince(before: TrafficCount, now: TrafficCount): TrafficCount {
  const since = emptyCount();
  for (const what of Object.keys(since.requests) as RequestClass[]) {
    since.requests[what] = now.requests[what] - before.requests[what];
  }
  since.sentBytes = now.sentBytes - before.sentBytes;
  since.receivedBytes = now.receivedBytes - before.receivedBytes;
  since.units = now.units - before.units;
  return since;
}
