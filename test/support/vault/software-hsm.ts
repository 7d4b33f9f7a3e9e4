/**
 * The vault's HSM with its keys in memory: real cryptography and the module's semantics and counts, no token needed.
 * A SoftwareToken is the device that outlives a process; `open` is what a starting vault does with it.
 */
import { createHmac, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { HsmError } from '../../../vault/hsm/hsm.ts';
import type { Hsm, HsmCounts, HsmInfo, Profile, RecordKey } from '../../../vault/hsm/hsm.ts';
import { checkPoint, multiplyInProcess } from '../../../vault/hsm/ecdh.ts';
import { macToScalar, recordInput } from '../../../vault/hsm/record-scalar.ts';
import { GENERATOR, publicKeyOf } from '../../../vault/protocol/p256.ts';
import { FaultyHsm } from './hsm-faults.ts';
import type { HsmMethod } from './hsm-faults.ts';

interface Pair {
  /** 32 bytes big-endian. */
  scalar: Uint8Array;
  publicKey: Uint8Array;
  signing: KeyObject;
}

interface RecordPair extends Pair {
  usesLeft: number;
}

function makePair(): Pair {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const scalar = Buffer.from(String(privateKey.export({ format: 'jwk' }).d), 'base64url');
  return { scalar, publicKey: publicKeyOf(scalar), signing: privateKey };
}

/** Two for each product, none for G and -G, which are answered from the pinned public key. */
function derivesFor(point: Uint8Array): 0 | 2 {
  return Buffer.from(point.subarray(1)).equals(Buffer.from(GENERATOR.subarray(1))) ? 0 : 2;
}

function recordName(record: RecordKey): string {
  return Buffer.concat([record.recordId, record.nonce]).toString('hex');
}

/** The device: keys and objects, and the operations done since it was made. */
export class SoftwareToken {
  readonly profile: Profile;
  oprf = makePair();
  ake = makePair();
  receipt = makePair();
  site = makePair();
  macKey: Uint8Array = randomBytes(32);
  wrapKeys = new Map<string, Pair>();
  epochKeys = new Map<string, Uint8Array>();
  recordKeys = new Map<string, RecordPair>();
  head: Uint8Array | null = null;

  constructor(profile: Profile = 'A') {
    this.profile = profile;
  }

  open(): SoftwareHsm {
    return new SoftwareHsm(this);
  }

  /** Another site's device, to which the shared keys were cloned: it has a site key of its own and nothing else. */
  clone(): SoftwareToken {
    const clone = new SoftwareToken(this.profile);
    clone.oprf = this.oprf;
    clone.ake = this.ake;
    clone.receipt = this.receipt;
    clone.macKey = this.macKey;
    return clone;
  }

  /** The device as it is now, as if it were restored from a backup later. */
  copy(): SoftwareToken {
    const copy = this.clone();
    copy.site = this.site;
    copy.wrapKeys = new Map(this.wrapKeys);
    copy.epochKeys = new Map(this.epochKeys);
    copy.recordKeys = new Map([...this.recordKeys].map(([name, pair]) => [name, { ...pair }]));
    copy.head = this.head;
    return copy;
  }
}

export class SoftwareHsm extends FaultyHsm implements Hsm {
  readonly info: HsmInfo = {
    manufacturer: 'Holdfast tests',
    model: 'memory',
    serial: '0',
    firmware: '0.0',
    tokenLabel: 'memory',
    mechanisms: ['CKM_ECDH1_DERIVE', 'CKM_ECDSA', 'CKM_EC_KEY_PAIR_GEN', 'CKM_SHA256_HMAC'],
  };
  readonly profile: Profile;
  readonly publicKeys: Hsm['publicKeys'];
  readonly counts: HsmCounts = { oprfDerives: 0, akeDerives: 0, hmacs: 0, signs: 0 };
  readonly token: SoftwareToken;
  #closed = false;

  constructor(token: SoftwareToken = new SoftwareToken()) {
    super();
    this.token = token;
    this.profile = token.profile;
    this.publicKeys = {
      oprf: token.profile === 'A' ? token.oprf.publicKey : null,
      ake: token.profile === 'B' ? publicKeyOf(this.#akeScalar()) : token.ake.publicKey,
      receipt: token.receipt.publicKey,
      site: token.site.publicKey,
    };
    this.counts.hmacs = 0;
  }

  /** Puts other OPRF and AKE keys in the place of those whose public keys this object has pinned. */
  swapKeys(): void {
    this.token.oprf = makePair();
    this.token.ake = makePair();
  }

  createRecordKey(record: RecordKey, limit: number): Promise<void> {
    return this.#run('createRecordKey', () => {
      const name = recordName(record);
      if (this.profile !== 'C' || this.token.recordKeys.has(name)) return;
      this.token.recordKeys.set(name, { ...makePair(), usesLeft: limit });
    });
  }

  destroyRecordKey(record: RecordKey): Promise<void> {
    return this.#run('destroyRecordKey', () => {
      this.token.recordKeys.delete(recordName(record));
    });
  }

  evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array> {
    return this.#run('evaluate', () => {
      checkPoint(blinded);
      return this.#evaluate(record, blinded);
    });
  }

  #evaluate(record: RecordKey, point: Uint8Array): Uint8Array {
    if (this.profile === 'C') {
      const pair = this.token.recordKeys.get(recordName(record));
      if (pair === undefined) throw new HsmError('not-initialised', 'this record has no key in the module');
      if (derivesFor(point) === 0) return multiplyInProcess(pair.scalar, point);
      if (pair.usesLeft === 0) throw new HsmError('used-up', 'the key of this record has no uses left');
      pair.usesLeft--;
      this.counts.oprfDerives += 2;
      return multiplyInProcess(pair.scalar, point);
    }
    const purpose = this.profile === 'A' ? 'tweak' : 'record-key';
    const tweaked = multiplyInProcess(macToScalar(this.#mac(this.token.macKey, recordInput(purpose, record))), point);
    if (this.profile === 'B') return tweaked;
    this.counts.oprfDerives += derivesFor(tweaked);
    this.#checkPinned(this.token.oprf.publicKey, this.publicKeys.oprf);
    return multiplyInProcess(this.token.oprf.scalar, tweaked);
  }

  akeDh(peer: Uint8Array): Promise<Uint8Array> {
    return this.#run('akeDh', () => {
      checkPoint(peer);
      if (this.profile === 'B') return multiplyInProcess(this.#akeScalar(), peer);
      this.counts.akeDerives += derivesFor(peer);
      this.#checkPinned(this.token.ake.publicKey, this.publicKeys.ake);
      return multiplyInProcess(this.token.ake.scalar, peer);
    });
  }

  sign(message: Uint8Array): Promise<Uint8Array> {
    return this.#run('sign', () => this.#sign(this.token.receipt, message));
  }

  siteSign(message: Uint8Array): Promise<Uint8Array> {
    return this.#run('siteSign', () => this.#sign(this.token.site, message));
  }

  createWrapKey(): Promise<{ id: string; publicKey: Uint8Array }> {
    return this.#run('createWrapKey', () => {
      const id = randomBytes(16).toString('hex');
      const pair = makePair();
      this.token.wrapKeys.set(id, pair);
      return { id, publicKey: pair.publicKey };
    });
  }

  listWrapKeys(): Promise<{ id: string; publicKey: Uint8Array }[]> {
    return this.#run('listWrapKeys', () =>
      [...this.token.wrapKeys].map(([id, pair]) => ({ id, publicKey: pair.publicKey })),
    );
  }

  wrapKeyDh(id: string, peer: Uint8Array): Promise<Uint8Array> {
    return this.#run('wrapKeyDh', () => {
      checkPoint(peer);
      const pair = this.token.wrapKeys.get(id);
      if (pair === undefined) throw new HsmError('not-initialised', `there is no wrap key ${id}`);
      return multiplyInProcess(pair.scalar, peer).slice(1);
    });
  }

  destroyWrapKey(id: string): Promise<void> {
    return this.#run('destroyWrapKey', () => {
      this.token.wrapKeys.delete(id);
    });
  }

  createEpochKey(): Promise<string> {
    return this.#run('createEpochKey', () => {
      const id = randomBytes(16).toString('hex');
      this.token.epochKeys.set(id, randomBytes(32));
      return id;
    });
  }

  listEpochKeys(): Promise<string[]> {
    return this.#run('listEpochKeys', () => [...this.token.epochKeys.keys()]);
  }

  epochMac(id: string, message: Uint8Array): Promise<Uint8Array> {
    return this.#run('epochMac', () => {
      const key = this.token.epochKeys.get(id);
      if (key === undefined) throw new HsmError('not-initialised', `there is no epoch key ${id}`);
      return this.#mac(key, message);
    });
  }

  destroyEpochKey(id: string): Promise<void> {
    return this.#run('destroyEpochKey', () => {
      this.token.epochKeys.delete(id);
    });
  }

  readHead(): Promise<Uint8Array | null> {
    return this.#run('readHead', () => (this.token.head === null ? null : Uint8Array.from(this.token.head)));
  }

  writeHead(head: Uint8Array): Promise<void> {
    return this.#run('writeHead', () => {
      this.token.head = Uint8Array.from(head);
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #run<T>(method: HsmMethod, work: () => T): Promise<T> {
    return this.run(method, () => {
      if (this.#closed) throw new HsmError('unavailable', 'the module was closed');
      return work();
    });
  }

  #sign(pair: Pair, message: Uint8Array): Uint8Array {
    this.counts.signs++;
    return createSign('sha256').update(message).sign({ key: pair.signing, dsaEncoding: 'ieee-p1363' });
  }

  #mac(key: Uint8Array, message: Uint8Array): Uint8Array {
    this.counts.hmacs++;
    return Uint8Array.from(createHmac('sha256', key).update(message).digest());
  }

  /** Profile B: the AKE key is the module's MAC too. */
  #akeScalar(): Uint8Array {
    return macToScalar(this.#mac(this.token.macKey, Buffer.from('ake-key')));
  }

  #checkPinned(publicKey: Uint8Array, pinned: Uint8Array | null): void {
    if (pinned === null || !Buffer.from(pinned).equals(publicKey)) {
      throw new HsmError('swapped', 'the key in the module is not the one whose public key is pinned');
    }
  }
}
