/**
 * How fast a destination may be used, in memory that all threads share: the app sets it while the engine's threads run,
 * and what several of them send to one destination counts together.
 */
import type { Opening } from './spec.ts';

/** Null: no limit. */
export interface LimitValues {
  /** Bytes a second. */
  sendBytes: number | null;
  /** Bytes a second. */
  receiveBytes: number | null;
  /** Calls at a time. */
  requests: number | null;
}

export type Direction = 'send' | 'receive';

/** Places in the shared memory; 0 stands for no limit. The last two: until when what has passed takes, in µs. */
const SEND = 0;
const RECEIVE = 1;
const REQUESTS = 2;
const SENT_UNTIL = 3;
const RECEIVED_UNTIL = 4;
const WORDS = 5;

/** How much may pass at once, in µs of the limit; and how much of an unused time may be made up for afterwards. */
const PART_US = 200_000;
const SLACK_US = 50_000;

export class Limits {
  /** To be sent to other threads; `new Limits(shared)` there sees the same limits. */
  readonly shared: SharedArrayBuffer;
  readonly #words: BigInt64Array;
  readonly #line: Limits | null;

  /** @param line of the whole connection: what passes here counts there too, and keeps to the slower of both */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(WORDS * 8), line: SharedArrayBuffer | null = null) {
    this.shared = shared;
    this.#words = new BigInt64Array(shared);
    this.#line = line === null ? null : new Limits(line);
  }

  /** Those of a place as it is opened; undefined where it has none. */
  static of({ limits, line }: Pick<Opening, 'limits' | 'line'>): Limits | undefined {
    return limits === undefined && line === undefined ? undefined : new Limits(limits, line ?? null);
  }

  /** Acts on everything that is open with these limits, within a second. */
  set({ sendBytes, receiveBytes, requests }: LimitValues): void {
    for (const [at, value] of [sendBytes, receiveBytes, requests].entries()) {
      Atomics.store(this.#words, at, BigInt(Math.max(0, Math.round(value ?? 0))));
    }
  }

  /** Calls that may be on their way at a time; null for any number. */
  get requests(): number | null {
    return this.#limit(REQUESTS);
  }

  /**
   * Lets as many of `bytes` pass as may pass now, at most 200 ms worth of the limit: none while what passed before still
   * takes. What is left is to be asked for again after `waitMs`.
   *
   * @param nowMs of a clock that all threads share
   */
  take(direction: Direction, bytes: number, nowMs: number): { taken: number; waitMs: number } {
    const own = this.#take(direction, bytes, nowMs);
    if (this.#line === null || own.taken === 0) return own;
    const shared = this.#line.take(direction, own.taken, nowMs);
    if (shared.taken < own.taken) this.#giveBack(direction, own.taken - shared.taken);
    return shared;
  }

  #take(direction: Direction, bytes: number, nowMs: number): { taken: number; waitMs: number } {
    const rate = this.#limit(rateAt(direction));
    if (rate === null || bytes === 0) return { taken: bytes, waitMs: 0 };
    const at = untilAt(direction);
    const now = Math.round(nowMs * 1000);
    for (;;) {
      const until = Atomics.load(this.#words, at);
      const owed = Number(until) - now;
      if (owed > 0) return { taken: 0, waitMs: owed / 1000 };
      const taken = Math.min(bytes, Math.max(1, Math.floor((rate * PART_US) / 1e6)));
      const start = now + Math.max(owed, -SLACK_US);
      const end = BigInt(start + Math.ceil((taken * 1e6) / rate));
      if (Atomics.compareExchange(this.#words, at, until, end) === until) return { taken, waitMs: 0 };
    }
  }

  /** What was taken here and may not pass the line yet. */
  #giveBack(direction: Direction, bytes: number): void {
    const rate = this.#limit(rateAt(direction));
    if (rate !== null) Atomics.sub(this.#words, untilAt(direction), BigInt(Math.floor((bytes * 1e6) / rate)));
  }

  #limit(at: number): number | null {
    const value = Number(Atomics.load(this.#words, at));
    return value === 0 ? null : value;
  }
}

const rateAt = (direction: Direction): number => (direction === 'send' ? SEND : RECEIVE);
const untilAt = (direction: Direction): number => (direction === 'send' ? SENT_UNTIL : RECEIVED_UNTIL);
