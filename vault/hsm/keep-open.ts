/**
 * An Hsm that survives its module: a network HSM restarts, a USB token is pulled and put back. What was running fails
 * and is not repeated here, because it may have been carried out; the next operation opens the token again, with all
 * the checks of a start and the public keys of the first one pinned.
 */
import { HsmError } from './hsm.ts';
import type { Hsm, HsmCounts, HsmInfo, Profile, RecordKey } from './hsm.ts';

export interface KeepOpenOptions {
  /** Opens the token; `pinned` is null the first time. */
  open(pinned: Hsm['publicKeys'] | null): Promise<Hsm>;
  /** ms between tries to open it again; meanwhile operations fail at once. */
  waitMs?: number;
  /** ms, of a clock that does not go back. */
  now?: () => number;
}

const DEFAULT_WAIT_MS = 1000;
/** Trying these again could lock the token, or hide that it was exchanged. */
const FINAL = new Set(['wrong-pin', 'swapped', 'unfit']);

/** Opens the token and keeps it open. @throws HsmError as `open`; the first time nothing is tried again */
export async function keepOpen(options: KeepOpenOptions): Promise<Hsm> {
  return new KeptOpenHsm(await options.open(null), options);
}

class KeptOpenHsm implements Hsm {
  readonly info: HsmInfo;
  readonly profile: Profile;
  readonly publicKeys: Hsm['publicKeys'];
  readonly #options: KeepOpenOptions;
  readonly #now: () => number;
  /** Of every token object so far: operations that still run in an older one are counted there. */
  #allCounts: Readonly<HsmCounts>[];
  #current: Hsm | null;
  #opening: Promise<Hsm> | null = null;
  #leaving: Promise<void> = Promise.resolve();
  #triedAt = Number.NEGATIVE_INFINITY;
  #final: HsmError | null = null;

  constructor(first: Hsm, options: KeepOpenOptions) {
    this.info = first.info;
    this.profile = first.profile;
    this.publicKeys = first.publicKeys;
    this.#current = first;
    this.#allCounts = [first.counts];
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get counts(): Readonly<HsmCounts> {
    const sum: HsmCounts = { oprfDerives: 0, akeDerives: 0, hmacs: 0, signs: 0 };
    for (const counts of this.#allCounts) {
      for (const key of Object.keys(sum) as (keyof HsmCounts)[]) sum[key] += counts[key];
    }
    return sum;
  }

  createRecordKey(record: RecordKey, limit: number): Promise<void> {
    return this.#run((hsm) => hsm.createRecordKey(record, limit));
  }

  destroyRecordKey(record: RecordKey): Promise<void> {
    return this.#run((hsm) => hsm.destroyRecordKey(record));
  }

  evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array> {
    // In profile C a key that is not there is a record that was destroyed.
    return this.#run((hsm) => hsm.evaluate(record, blinded), this.profile !== 'C');
  }

  akeDh(peer: Uint8Array): Promise<Uint8Array> {
    return this.#run((hsm) => hsm.akeDh(peer), true);
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#run((hsm) => hsm.sign(message), true);
  }

  siteSign(message: Uint8Array): Promise<Uint8Array> {
    return this.#run((hsm) => hsm.siteSign(message), true);
  }

  createWrapKey(): Promise<{ id: string; publicKey: Uint8Array }> {
    return this.#run((hsm) => hsm.createWrapKey());
  }

  listWrapKeys(): Promise<{ id: string; publicKey: Uint8Array }[]> {
    return this.#run((hsm) => hsm.listWrapKeys());
  }

  wrapKeyDh(id: string, peer: Uint8Array): Promise<Uint8Array> {
    return this.#run((hsm) => hsm.wrapKeyDh(id, peer));
  }

  destroyWrapKey(id: string): Promise<void> {
    return this.#run((hsm) => hsm.destroyWrapKey(id));
  }

  createEpochKey(): Promise<string> {
    return this.#run((hsm) => hsm.createEpochKey());
  }

  listEpochKeys(): Promise<string[]> {
    return this.#run((hsm) => hsm.listEpochKeys());
  }

  epochMac(id: string, message: Uint8Array): Promise<Uint8Array> {
    return this.#run((hsm) => hsm.epochMac(id, message));
  }

  destroyEpochKey(id: string): Promise<void> {
    return this.#run((hsm) => hsm.destroyEpochKey(id));
  }

  readHead(): Promise<Uint8Array | null> {
    return this.#run((hsm) => hsm.readHead());
  }

  writeHead(head: Uint8Array): Promise<void> {
    return this.#run((hsm) => hsm.writeHead(head));
  }

  async close(): Promise<void> {
    this.#final = new HsmError('unavailable', 'The module was closed.');
    await this.#opening?.catch(() => {});
    if (this.#current !== null) this.#leave(this.#current);
    await this.#leaving;
  }

  /** @param fixedKey the operation uses a key that is always there, so that its absence is a lost token too */
  async #run<T>(work: (hsm: Hsm) => Promise<T>, fixedKey = false): Promise<T> {
    if (this.#final !== null) throw this.#final;
    const hsm = this.#current ?? (await this.#reopen());
    try {
      return await work(hsm);
    } catch (error) {
      const code = error instanceof HsmError ? error.code : null;
      if (code === 'unavailable' || (fixedKey && code === 'not-initialised')) this.#leave(hsm);
      throw error;
    }
  }

  #leave(hsm: Hsm): void {
    if (this.#current !== hsm) return;
    this.#current = null;
    this.#leaving = hsm.close().catch(() => {});
  }

  #reopen(): Promise<Hsm> {
    if (this.#opening === null) {
      if (this.#now() - this.#triedAt < (this.#options.waitMs ?? DEFAULT_WAIT_MS)) {
        return Promise.reject(
          new HsmError('unavailable', 'The module does not answer; it is tried again in a moment.'),
        );
      }
      this.#opening = this.#openAgain().finally(() => {
        this.#triedAt = this.#now();
        this.#opening = null;
      });
    }
    return this.#opening;
  }

  async #openAgain(): Promise<Hsm> {
    await this.#leaving;
    try {
      const hsm = await this.#options.open(this.publicKeys);
      this.#allCounts.push(hsm.counts);
      this.#current = hsm;
      return hsm;
    } catch (error) {
      if (error instanceof HsmError && FINAL.has(error.code)) this.#final = error;
      throw error;
    }
  }
}
