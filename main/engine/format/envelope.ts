/**
 * The envelope: the header that every object but repo.json and session markers begins with, and the one key that it
 * leads to (FORMAT.md, "Envelope").
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { concat, equal, u32, u64, utf8, view } from './bytes.ts';
import { damaged, newerFormat } from './damage.ts';
import { expand, extract, hmac } from './keys.ts';
import { suiteOf, type Suite } from './suite.ts';
import { decapsulate, encapsulate, KEM_CIPHERTEXT_BYTES } from './reader-key.ts';

export const MAGIC = utf8('HOLDFAST');
export const VERSION = 1;
export const HEADER_BYTES = 112;
export const SEALED_HEADER_BYTES = HEADER_BYTES + KEM_CIPHERTEXT_BYTES;
const FLAG_SEALED = 1;
const COMMITMENT_AT = 80;

export const Kind = { dataPack: 1, metadataPack: 2, indexSegment: 3, snapshot: 4, localCache: 5 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

export interface Header {
  suite: Suite;
  kind: number;
  sealed: boolean;
  epoch: number;
  /** 16 bytes each. */
  repoId: Uint8Array;
  clientId: Uint8Array;
  salt: Uint8Array;
  commitment: Uint8Array;
  /** Whole header with the KEM ciphertext where there is one: 112 or 1,232 bytes. */
  bytes: Uint8Array;
}

/** What opens or seals the segments of one object. */
export interface ObjectKey {
  key: Uint8Array;
  /** SHA-256 of the whole header; associated data of every segment. */
  aad: Uint8Array;
}

const sha256 = (...parts: Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};

/**
 * Fresh randomness hedged with a secret and with facts that differ between two clones of one machine: a weak random
 * source or a restored virtual machine does not repeat it.
 */
export class Hedge {
  readonly #key: Uint8Array;
  readonly #thread: number;

  /** @param key K_hedge, 32 bytes */
  constructor(key: Uint8Array, thread: number) {
    this.#key = key;
    this.#thread = thread;
  }

  /** @param firstIds ids of the object's first block, or its first bytes */
  draw(clientId: Uint8Array, firstIds: Uint8Array): { salt: Uint8Array; eseed: Uint8Array } {
    const facts = concat(
      clientId,
      u32(process.pid),
      u32(this.#thread),
      u64(BigInt(Date.now()) * 1_000_000n),
      u64(process.hrtime.bigint()),
      firstIds,
    );
    const salt = hmac(this.#key, randomBytes(32), facts);
    const eseed = createHmac('sha512', this.#key).update('eseed').update(randomBytes(64)).update(facts).digest();
    return { salt, eseed: new Uint8Array(eseed) };
  }
}

function secrets(prefix: Uint8Array, kemCiphertext: Uint8Array, salt: Uint8Array, ikm: Uint8Array) {
  const h = sha256(prefix, kemCiphertext);
  const prk = extract(salt, ikm);
  return {
    key: expand(prk, concat(utf8('holdfast/v1/key'), h)),
    commitment: expand(prk, concat(utf8('holdfast/v1/commit'), h)),
  };
}

export interface SealOptions {
  suite: Suite;
  kind: Kind;
  epoch: number;
  repoId: Uint8Array;
  clientId: Uint8Array;
  /** 32 bytes from Hedge. */
  salt: Uint8Array;
  /** Either the computer's own key (32 bytes; K_meta for stored objects) or the reader public key with 64 fresh bytes. */
  to: { key: Uint8Array } | { readerPublicKey: Uint8Array; eseed: Uint8Array };
}

/** Makes a header and the object's key. Throws a RangeError for an epoch that 32 bits do not hold. */
export function sealHeader(options: SealOptions): { header: Uint8Array } & ObjectKey {
  if (options.epoch !== options.epoch >>> 0) throw new RangeError(`${options.epoch} is no number of an epoch`);
  const sealed = 'readerPublicKey' in options.to;
  const prefix = new Uint8Array(COMMITMENT_AT);
  prefix.set(MAGIC, 0);
  prefix.set([VERSION, options.suite, options.kind, sealed ? FLAG_SEALED : 0], 8);
  view(prefix).setUint32(12, options.epoch);
  prefix.set(options.repoId, 16);
  prefix.set(options.clientId, 32);
  prefix.set(options.salt, 48);
  let kemCiphertext: Uint8Array = new Uint8Array(0);
  let ikm: Uint8Array;
  if ('readerPublicKey' in options.to) {
    const kem = encapsulate(options.to.readerPublicKey, options.to.eseed);
    kemCiphertext = kem.ciphertext;
    ikm = kem.shared;
  } else {
    ikm = options.to.key;
  }
  const { key, commitment } = secrets(prefix, kemCiphertext, options.salt, ikm);
  const header = concat(prefix, commitment, kemCiphertext);
  return { header, key, aad: sha256(header) };
}

/** Reads a header; nothing secret is needed. Errors: object-damaged, newer-format. */
export function parseHeader(bytes: Uint8Array, what: string): Header {
  if (bytes.length < HEADER_BYTES || !equal(bytes.subarray(0, 8), MAGIC)) throw damaged(what, 'no Holdfast header');
  const suite = suiteOf(bytes[9]);
  if (bytes[8] !== VERSION || suite === null) throw newerFormat(what);
  const flags = bytes[11] ?? 0;
  if ((flags & ~FLAG_SEALED) !== 0) throw newerFormat(what);
  const sealed = flags === FLAG_SEALED;
  const length = sealed ? SEALED_HEADER_BYTES : HEADER_BYTES;
  if (bytes.length < length) throw damaged(what, 'header cut short');
  return {
    suite,
    kind: bytes[10] ?? 0,
    sealed,
    epoch: view(bytes).getUint32(12),
    repoId: bytes.slice(16, 32),
    clientId: bytes.slice(32, 48),
    salt: bytes.slice(48, 80),
    commitment: bytes.slice(COMMITMENT_AT, HEADER_BYTES),
    bytes: bytes.slice(0, length),
  };
}

/**
 * The object's key, or null where this secret does not open it (the commitment differs).
 *
 * @param secret K_meta (32 bytes) for unsealed objects, the reader's secret key (32-byte seed) for sealed ones
 */
export function openHeader(header: Header, secret: Uint8Array): ObjectKey | null {
  const kemCiphertext = header.bytes.subarray(HEADER_BYTES);
  const ikm = header.sealed ? decapsulate(kemCiphertext, secret) : secret;
  const { key, commitment } = secrets(header.bytes.subarray(0, COMMITMENT_AT), kemCiphertext, header.salt, ikm);
  return equal(commitment, header.commitment) ? { key, aad: sha256(header.bytes) } : null;
}

/** Key of a pack's table and trailer: under K_meta even where the blocks are sealed to the reader. */
export function tableKey(header: Pick<Header, 'salt'>, aad: Uint8Array, metaKey: Uint8Array): Uint8Array {
  return expand(extract(header.salt, metaKey), concat(utf8('holdfast/v1/table'), aad));
}
