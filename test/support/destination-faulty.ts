/**
 * A destination that fails on command. It numbers the calls as they arrive, from 1, and a rule says what happens to
 * each; the same calls in the same order always fail in the same way.
 */
import { stat } from 'node:fs/promises';
import type {
  CallOptions,
  Destination,
  ObjectInfo,
  PutOptions,
  SpaceInfo,
} from '../../main/destinations/destination.ts';
import { HoldfastError, type ErrorCode } from '../../main/errors.ts';

export type Operation =
  | 'init'
  | 'undoInit'
  | 'put'
  | 'spoolFolder'
  | 'publish'
  | 'clearSpool'
  | 'get'
  | 'getRange'
  | 'stat'
  | 'list'
  | 'remove'
  | 'space';

export interface Call {
  /** From 1, in the order of arrival. */
  number: number;
  operation: Operation;
  /** Name, prefix or owner that the call is about; empty where there is none. */
  name: string;
}

/**
 * `fail-before`: nothing happens. `fail-after`: it happens, and the answer is lost; a list fails halfway.
 * `short-read`: a read gives half of its bytes. `corrupt`: a read gives one wrong bit. `vanish`: this call and all
 * later ones reject with `destination-missing`. The two for reads leave other calls alone.
 */
export type Fault = 'fail-before' | 'fail-after' | 'short-read' | 'corrupt' | 'vanish';
export type FaultRule = (call: Call) => Fault | null;

export interface FaultPlan {
  rule?: FaultRule;
  /** The disk is full once this many bytes have been put and published; what does not fit is not stored. */
  fullAfterBytes?: number;
  /** What failing calls reject with; by default a `destination-failed`. */
  error?: (call: Call) => unknown;
}

/** The fault happens to call `number`, and to no other. */
export function atCall(number: number, fault: Fault): FaultRule {
  return (call) => (call.number === number ? fault : null);
}

/** The fault happens to the n-th call (from 1) of this operation. */
export function atOperation(operation: Operation, nth: number, fault: Fault): FaultRule {
  let seen = 0;
  return (call) => (call.operation === operation && (seen += 1) === nth ? fault : null);
}

/**
 * Runs `body` on a destination that only counts, and gives back the calls it made: `atCall(n, …)` for n from 1 to
 * their number then fails each of them once.
 */
export async function countCalls(inner: Destination, body: (counted: Destination) => Promise<void>): Promise<Call[]> {
  const counted = new FaultyDestination(inner);
  await body(counted);
  return counted.calls;
}

export class FaultyDestination implements Destination {
  readonly kind: string;
  readonly label: string;
  /** Every call so far. */
  readonly calls: Call[] = [];
  /** How many calls a fault has happened to: a test that saw none has tested nothing. */
  faults = 0;
  readonly #inner: Destination;
  readonly #plan: FaultPlan;
  #vanished = false;
  #written = 0;

  /** `localPath` is not passed on: every read goes through here. */
  constructor(inner: Destination, plan: FaultPlan = {}) {
    this.kind = inner.kind;
    this.label = inner.label;
    this.#inner = inner;
    this.#plan = plan;
  }

  async init(options?: CallOptions): Promise<void> {
    await this.#call('init', '', async () => await this.#inner.init(options));
  }

  async undoInit(options?: CallOptions): Promise<void> {
    await this.#call('undoInit', '', async () => await this.#inner.undoInit?.(options));
  }

  async put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void> {
    await this.#call('put', name, async () => {
      this.#take(bytes.length);
      await this.#inner.put(name, bytes, options);
    });
  }

  async spoolFolder(owner: string, options?: CallOptions): Promise<string> {
    return await this.#call('spoolFolder', owner, async () => await this.#inner.spoolFolder(owner, options));
  }

  async publish(spoolPath: string, name: string, options?: CallOptions): Promise<void> {
    await this.#call('publish', name, async () => {
      const spool = await stat(spoolPath).catch(() => null);
      this.#take(spool?.size ?? 0);
      await this.#inner.publish(spoolPath, name, options);
    });
  }

  async clearSpool(owner: string, options?: CallOptions): Promise<void> {
    await this.#call('clearSpool', owner, async () => await this.#inner.clearSpool(owner, options));
  }

  async get(name: string, options?: CallOptions): Promise<Uint8Array> {
    return await this.#call('get', name, async () => await this.#inner.get(name, options), spoil);
  }

  async getRange(name: string, offset: number, length: number, options?: CallOptions): Promise<Uint8Array> {
    const read = async (): Promise<Uint8Array> => await this.#inner.getRange(name, offset, length, options);
    return await this.#call('getRange', name, read, spoil);
  }

  async stat(name: string, options?: CallOptions): Promise<ObjectInfo | null> {
    return await this.#call('stat', name, async () => await this.#inner.stat(name, options));
  }

  list(prefix: string, options?: CallOptions & { onStray?: (path: string) => void }): AsyncIterable<ObjectInfo> {
    const call = this.#arrive('list', prefix);
    return this.#list(call, prefix, options);
  }

  async remove(name: string, options?: CallOptions): Promise<void> {
    await this.#call('remove', name, async () => await this.#inner.remove(name, options));
  }

  async space(options?: CallOptions): Promise<SpaceInfo> {
    const space = await this.#call('space', '', async () => await this.#inner.space(options));
    const limit = this.#plan.fullAfterBytes;
    return limit === undefined ? space : { freeBytes: Math.max(0, limit - this.#written), totalBytes: limit };
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }

  async *#list(
    { call, fault }: Arrival,
    prefix: string,
    options: (CallOptions & { onStray?: (path: string) => void }) | undefined,
  ): AsyncGenerator<ObjectInfo> {
    if (fault === 'fail-before') throw this.#error(call);
    this.#refuseIfVanished();
    if (fault !== 'fail-after') return yield* this.#inner.list(prefix, options);
    const all: ObjectInfo[] = [];
    for await (const info of this.#inner.list(prefix, options)) all.push(info);
    yield* all.slice(0, all.length >> 1);
    throw this.#error(call);
  }

  async #call<T>(
    operation: Operation,
    name: string,
    body: () => Promise<T>,
    spoiled: (result: T, fault: Fault) => T = (result) => result,
  ): Promise<T> {
    const { call, fault } = this.#arrive(operation, name);
    if (fault === 'fail-before') throw this.#error(call);
    this.#refuseIfVanished();
    const result = await body();
    if (fault === 'fail-after') throw this.#error(call);
    return fault === null ? result : spoiled(result, fault);
  }

  #arrive(operation: Operation, name: string): Arrival {
    const call = { number: this.calls.length + 1, operation, name };
    this.calls.push(call);
    const fault = this.#plan.rule?.(call) ?? null;
    if (fault !== null) this.faults += 1;
    if (fault === 'vanish') this.#vanished = true;
    return { call, fault };
  }

  #refuseIfVanished(): void {
    if (this.#vanished) throw injected('destination-missing', 'The destination went away (injected).');
  }

  #take(bytes: number): void {
    const limit = this.#plan.fullAfterBytes;
    if (limit !== undefined && this.#written + bytes > limit) {
      this.faults += 1;
      throw injected('destination-full', 'There is no space left (injected).');
    }
    this.#written += bytes;
  }

  #error(call: Call): unknown {
    if (this.#plan.error !== undefined) return this.#plan.error(call);
    return injected('destination-failed', `Call ${call.number} failed (injected): ${call.operation} ${call.name}`);
  }
}

interface Arrival {
  call: Call;
  fault: Fault | null;
}

function spoil(bytes: Uint8Array, fault: Fault): Uint8Array {
  if (fault === 'short-read') return bytes.slice(0, bytes.length >> 1);
  if (fault !== 'corrupt' || bytes.length === 0) return bytes;
  const wrong = bytes.slice();
  const middle = wrong.length >> 1;
  wrong[middle] = (wrong[middle] ?? 0) ^ 1;
  return wrong;
}

function injected(code: ErrorCode, message: string): HoldfastError {
  return new HoldfastError(code, message, 'Nothing was lost. Try again.');
}
