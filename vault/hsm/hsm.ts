/**
 * What the vault asks of its hardware security module. Private keys are made inside the module and never leave it; every
 * method that uses one is one or more operations in the module, counted in `counts`.
 */

/**
 * A: one OPRF key in the module, a secret tweak per record (the default). B: a key per record, derived by the module's
 * HMAC, for modules without raw ECDH; weaker. C: a key object per record with the module's own use limit.
 */
export type Profile = 'A' | 'B' | 'C';

export interface HsmInfo {
  manufacturer: string;
  model: string;
  serial: string;
  firmware: string;
  tokenLabel: string;
  /** CKM_ names that the module offers in this slot, sorted. */
  mechanisms: string[];
}

/** Operations since this object was opened. */
export interface HsmCounts {
  /** ECDH derives with the OPRF key (or a record's key): 2 for each evaluation. */
  oprfDerives: number;
  /** ECDH derives with the AKE key: 2 for each key exchange. */
  akeDerives: number;
  hmacs: number;
  signs: number;
}

/** What names one record's OPRF key. Forgetting the nonce kills the key (profiles A and B). */
export interface RecordKey {
  /** 32 bytes. */
  recordId: Uint8Array;
  /** 32 random bytes of this version of the record. */
  nonce: Uint8Array;
}

export type HsmErrorCode =
  | 'unfit' // the module lacks a mechanism that this profile needs
  | 'not-initialised' // no such token, or no keys in it: `vault init`
  | 'wrong-pin'
  | 'swapped' // the module's key is not the pinned one
  | 'bad-point' // the identity or not on the curve
  | 'used-up' // profile C: the hardware's limit for this record is reached
  | 'unavailable'; // the module does not answer

export class HsmError extends Error {
  readonly code: HsmErrorCode;
  constructor(code: HsmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HsmError';
    this.code = code;
  }
}

export interface Hsm {
  readonly info: HsmInfo;
  readonly profile: Profile;
  /** Compressed P-256 points. `oprf` is null where each record has a key of its own (profiles B and C). */
  readonly publicKeys: { oprf: Uint8Array | null; ake: Uint8Array; receipt: Uint8Array; site: Uint8Array };
  readonly counts: Readonly<HsmCounts>;

  /** Profile C: makes the record's key object with `limit` uses. Nothing to do in A and B. */
  createRecordKey(record: RecordKey, limit: number): Promise<void>;
  /** Profile C: destroys the key object; idempotent. Nothing to do in A and B. */
  destroyRecordKey(record: RecordKey): Promise<void>;
  /**
   * RFC 9497 BlindEvaluate with the record's key.
   * @param blinded compressed point, 33 bytes
   * @returns compressed point, 33 bytes
   * @throws HsmError `bad-point`, `swapped`, `used-up`, `unavailable`
   */
  evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array>;
  /** Diffie-Hellman of RFC 9807 with the server's AKE key: the whole point, compressed, 33 bytes. */
  akeDh(peer: Uint8Array): Promise<Uint8Array>;
  /** ECDSA P-256 over SHA-256(message) with the receipt key: r || s, 64 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** The same with this site's own key, which vouches for its wrap keys and seals. */
  siteSign(message: Uint8Array): Promise<Uint8Array>;

  /** A new P-256 key pair of this site for receiving data keys. `id` is 16 bytes in hex. */
  createWrapKey(): Promise<{ id: string; publicKey: Uint8Array }>;
  listWrapKeys(): Promise<{ id: string; publicKey: Uint8Array }[]>;
  /** x coordinate (32 bytes) of the ECDH with that key. @throws HsmError `not-initialised` where it was destroyed */
  wrapKeyDh(id: string, peer: Uint8Array): Promise<Uint8Array>;
  destroyWrapKey(id: string): Promise<void>;

  /** Keys that this site seals its view of the log with: HMAC-SHA-256, one a checkpoint, the old one destroyed. */
  createEpochKey(): Promise<string>;
  listEpochKeys(): Promise<string[]>;
  epochMac(id: string, message: Uint8Array): Promise<Uint8Array>;
  destroyEpochKey(id: string): Promise<void>;

  /** Strict mode of a vault on one machine: the log's head in a private data object of the token. Null before the first. */
  readHead(): Promise<Uint8Array | null>;
  writeHead(head: Uint8Array): Promise<void>;

  close(): Promise<void>;
}
