/** Faults of a module where a test wants them, in a module in memory and in front of a real one. */
import { HsmError } from '../../../vault/hsm/hsm.ts';
import type { Hsm, HsmCounts, HsmErrorCode, HsmInfo, Profile, RecordKey } from '../../../vault/hsm/hsm.ts';

/** Calls that use the token; those that a fault can be aimed at. */
export type HsmMethod = Exclude<keyof Hsm, 'info' | 'profile' | 'publicKeys' | 'counts' | 'close'>;

export interface Fault {
  code: HsmErrorCode;
  /** Null: whichever comes next. */
  method: HsmMethod | null;
  /** `before`: nothing is done. `after`: the module does it (and counts it), but its answer is lost. */
  when: 'before' | 'after';
}

/** A module whose calls a test watches, holds back and lets fail. */
export abstract class FaultyHsm {
  /** Asked before every operation; a test that holds its promise back holds the module back. */
  onCall: (method: HsmMethod) => void | Promise<void> = () => {};
  #faults: Fault[] = [];

  /** The next call (of `method`, if given) fails with `code`; several are used up one by one. */
  failNext(code: HsmErrorCode, options: { method?: HsmMethod; times?: number; when?: Fault['when'] } = {}): void {
    for (let i = 0; i < (options.times ?? 1); i++) {
      this.#faults.push({ code, method: options.method ?? null, when: options.when ?? 'before' });
    }
  }

  /** Faults that no call has met yet. */
  get faultsLeft(): number {
    return this.#faults.length;
  }

  /** What every operation goes through: the gate, a fault before it, the work, a fault after it. */
  protected async run<T>(method: HsmMethod, work: () => T | Promise<T>): Promise<T> {
    await this.onCall(method);
    const fault = this.#takeFault(method);
    if (fault?.when === 'before') throw new HsmError(fault.code, `${method} fails because a test wants it to`);
    const result = await work();
    if (fault !== null) throw new HsmError(fault.code, `the answer to ${method} is lost because a test wants it to`);
    return result;
  }

  #takeFault(method: HsmMethod): Fault | null {
    const at = this.#faults.findIndex((fault) => fault.method === null || fault.method === method);
    return at < 0 ? null : (this.#faults.splice(at, 1)[0] ?? null);
  }
}

/** Stands before a real module: keys, operations and counts are the module's own. */
export class GuardedHsm extends FaultyHsm implements Hsm {
  readonly info: HsmInfo;
  readonly profile: Profile;
  readonly publicKeys: Hsm['publicKeys'];
  readonly counts: Readonly<HsmCounts>;
  readonly #module: Hsm;

  constructor(module: Hsm) {
    super();
    this.#module = module;
    this.info = module.info;
    this.profile = module.profile;
    this.publicKeys = module.publicKeys;
    this.counts = module.counts;
  }

  createRecordKey(record: RecordKey, limit: number): Promise<void> {
    return this.run('createRecordKey', () => this.#module.createRecordKey(record, limit));
  }
  destroyRecordKey(record: RecordKey): Promise<void> {
    return this.run('destroyRecordKey', () => this.#module.destroyRecordKey(record));
  }
  evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array> {
    return this.run('evaluate', () => this.#module.evaluate(record, blinded));
  }
  akeDh(peer: Uint8Array): Promise<Uint8Array> {
    return this.run('akeDh', () => this.#module.akeDh(peer));
  }
  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.run('sign', () => this.#module.sign(message));
  }
  siteSign(message: Uint8Array): Promise<Uint8Array> {
    return this.run('siteSign', () => this.#module.siteSign(message));
  }
  createWrapKey(): Promise<{ id: string; publicKey: Uint8Array }> {
    return this.run('createWrapKey', () => this.#module.createWrapKey());
  }
  listWrapKeys(): Promise<{ id: string; publicKey: Uint8Array }[]> {
    return this.run('listWrapKeys', () => this.#module.listWrapKeys());
  }
  wrapKeyDh(id: string, peer: Uint8Array): Promise<Uint8Array> {
    return this.run('wrapKeyDh', () => this.#module.wrapKeyDh(id, peer));
  }
  destroyWrapKey(id: string): Promise<void> {
    return this.run('destroyWrapKey', () => this.#module.destroyWrapKey(id));
  }
  createEpochKey(): Promise<string> {
    return this.run('createEpochKey', () => this.#module.createEpochKey());
  }
  listEpochKeys(): Promise<string[]> {
    return this.run('listEpochKeys', () => this.#module.listEpochKeys());
  }
  epochMac(id: string, message: Uint8Array): Promise<Uint8Array> {
    return this.run('epochMac', () => this.#module.epochMac(id, message));
  }
  destroyEpochKey(id: string): Promise<void> {
    return this.run('destroyEpochKey', () => this.#module.destroyEpochKey(id));
  }
  readHead(): Promise<Uint8Array | null> {
    return this.run('readHead', () => this.#module.readHead());
  }
  writeHead(head: Uint8Array): Promise<void> {
    return this.run('writeHead', () => this.#module.writeHead(head));
  }
  close(): Promise<void> {
    return this.#module.close();
  }
}
