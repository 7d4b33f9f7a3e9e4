/**
 * The keys that records are sealed under, in memory while the site runs; in the store only wrapped to the sites. One is
 * current; while a rotation is under way the one before it still opens what has not been sealed again.
 */
import { z } from 'zod';
import type { Hsm } from '../hsm/hsm.ts';
import { wipe } from '../protocol/bytes.ts';
import { decodeCbor, encodeCbor } from '../protocol/cbor.ts';
import { binary, checked } from '../protocol/schema.ts';
import type { Entry, Store } from '../store/store.ts';
import { damaged, notReady } from './errors.ts';
import { unwrapDataKey, wrapKeyIdOf } from './key-wrap.ts';
import { checkMark, mark } from './log.ts';
import type { Site } from './sites.ts';

export const CURRENT_KEY = 'datakey';

/** Which data key is current. */
export interface KeyState {
  /** From 1. */
  number: number;
  /** Index of the log entry that made it current, and of the one that made the key before it current. */
  since: number;
  before: number;
  /** Records may still be sealed under the key before it. */
  rotating: boolean;
}

const StoredState = z.strictObject({
  number: z.number().int().positive(),
  since: z.number().int().positive(),
  before: z.number().int().positive(),
  rotating: z.boolean(),
  mark: binary(32),
});

export function wrapPrefix(number: number): string {
  return `datakey/${String(number).padStart(8, '0')}/`;
}

export function encodeKeyState(state: KeyState, dataKey: Uint8Array, clusterId: string): Uint8Array {
  return encodeCbor({ ...state, mark: markOf(state, dataKey, clusterId) });
}

function markOf(state: KeyState, dataKey: Uint8Array, clusterId: string): Uint8Array {
  return mark(dataKey, 'key-mark', clusterId, [state.number, state.since, state.before, state.rotating]);
}

export interface DataKey {
  number: number;
  /** 32 bytes. */
  key: Uint8Array;
}

export class DataKeys {
  readonly #store: Store;
  readonly #hsm: Hsm;
  readonly #site: string;
  readonly #sites: readonly Site[];
  readonly #keys = new Map<number, Uint8Array>();
  #state: (KeyState & { revision: number }) | null = null;

  constructor(store: Store, hsm: Hsm, site: string, sites: readonly Site[]) {
    this.#store = store;
    this.#hsm = hsm;
    this.#site = site;
    this.#sites = sites;
  }

  /** @throws LedgerError `not-ready` before the first load */
  get state(): KeyState & { revision: number } {
    if (this.#state === null) throw notReady('the data keys have not been loaded');
    return this.#state;
  }

  get current(): DataKey {
    const { number } = this.state;
    return { number, key: this.get(number) };
  }

  has(number: number): boolean {
    return this.#keys.has(number);
  }

  /** @throws LedgerError `not-ready` where no site has wrapped that key for this one yet; `damaged` for one that is gone */
  get(number: number): Uint8Array {
    const key = this.#keys.get(number);
    if (key !== undefined) return key;
    const { number: current, rotating } = this.state;
    if (number === current || (rotating && number === current - 1)) {
      throw notReady(
        this.#sites.length > 1
          ? `data key ${number} is not wrapped for this site's module; a site that runs does it within seconds`
          : `the module does not hold the key that data key ${number} is wrapped to; it is not the module of this vault`,
      );
    }
    throw damaged(`something is sealed under data key ${number}, which is destroyed`);
  }

  /** Reads which key is current, unwraps what is new, forgets what is over. */
  async reload(): Promise<void> {
    const entry = await this.#store.get(CURRENT_KEY);
    if (entry === null) throw damaged('the store does not say which data key is current');
    const stored = checked(
      StoredState,
      decodeCbor(entry.value, 'the state of the data keys'),
      'the state of the data keys',
    );
    const numbers = stored.rotating && stored.number > 1 ? [stored.number, stored.number - 1] : [stored.number];
    for (const number of numbers) if (!this.#keys.has(number)) await this.#unwrap(number);
    const { mark: found, ...state } = stored;
    const key = this.#keys.get(state.number);
    // A site that joins cannot check the mark before the key is wrapped for it; it answers nothing until then.
    if (key !== undefined) checkMark(markOf(state, key, this.#store.clusterId), found, 'the state of the data keys');
    this.adopt(state, entry.revision);
  }

  /** What this site has just committed itself. */
  adopt(state: KeyState, revision: number, key?: Uint8Array): void {
    if (key !== undefined) this.#keys.set(state.number, key);
    this.#state = { ...state, revision };
    for (const [number, old] of this.#keys) {
      if (number === state.number || (state.rotating && number === state.number - 1)) continue;
      wipe(old);
      this.#keys.delete(number);
    }
  }

  /** Entries under which data keys lie wrapped for this site, of every number that there still is. */
  async ownWraps(): Promise<Entry[]> {
    const { number } = this.state;
    const keys = [number, number - 1].filter((n) => n > 0).map((n) => wrapPrefix(n) + this.#site);
    return (await this.#store.getMany(keys)).filter((entry) => entry !== null);
  }

  wipe(): void {
    for (const key of this.#keys.values()) wipe(key);
    this.#keys.clear();
  }

  async #unwrap(number: number): Promise<void> {
    const entry = await this.#store.get(wrapPrefix(number) + this.#site);
    if (entry === null) return;
    const own = await this.#hsm.listWrapKeys();
    // Wrapped to a key that the module has lost: a live site wraps it again, to the key that this one publishes.
    if (!own.some((key) => key.id === wrapKeyIdOf(entry.value))) return;
    const place = { clusterId: this.#store.clusterId, number, site: this.#site };
    this.#keys.set(number, await unwrapDataKey(this.#hsm, this.#sites, place, own, entry.value));
  }
}
