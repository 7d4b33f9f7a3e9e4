/** The Hsm over a PKCS#11 token: each method goes to the part that does it. */
import type { DhKey } from './dh-keys.ts';
import { HeadObject } from './head.ts';
import type { Hsm, HsmCounts, HsmInfo, Profile, RecordKey } from './hsm.ts';
import type { SignKey } from './keys.ts';
import type { Token } from './module.ts';
import type { Oprf } from './oprf.ts';
import { calling, signDigest } from './operations.ts';
import type { EpochKeys, WrapKeys } from './site-keys.ts';

export interface TokenParts {
  token: Token;
  profile: Profile;
  counts: HsmCounts;
  oprf: Oprf;
  /** Null where each record has a key of its own. */
  oprfPublicKey: Uint8Array | null;
  ake: DhKey;
  receipt: SignKey;
  site: SignKey;
  wrapKeys: WrapKeys;
  epochKeys: EpochKeys;
}

export class TokenHsm implements Hsm {
  readonly info: HsmInfo;
  readonly profile: Profile;
  readonly publicKeys: Hsm['publicKeys'];
  readonly counts: Readonly<HsmCounts>;
  readonly #parts: TokenParts;
  readonly #counts: HsmCounts;
  readonly #head: HeadObject;
  #closing: Promise<void> | null = null;

  constructor(parts: TokenParts) {
    this.#parts = parts;
    this.#counts = parts.counts;
    this.counts = parts.counts;
    this.info = parts.token.info;
    this.profile = parts.profile;
    this.publicKeys = {
      oprf: parts.oprfPublicKey,
      ake: parts.ake.publicKey,
      receipt: parts.receipt.publicKey,
      site: parts.site.publicKey,
    };
    this.#head = new HeadObject(parts.token);
  }

  async createRecordKey(record: RecordKey, limit: number): Promise<void> {
    await this.#parts.oprf.create(record, limit);
  }

  async destroyRecordKey(record: RecordKey): Promise<void> {
    await this.#parts.oprf.destroy(record);
  }

  async evaluate(record: RecordKey, blinded: Uint8Array): Promise<Uint8Array> {
    return await this.#parts.oprf.evaluate(record, blinded);
  }

  async akeDh(peer: Uint8Array): Promise<Uint8Array> {
    return await this.#parts.ake.multiply(peer);
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return await this.#sign(this.#parts.receipt, message, 'sign a receipt');
  }

  async siteSign(message: Uint8Array): Promise<Uint8Array> {
    return await this.#sign(this.#parts.site, message, 'sign for this site');
  }

  async createWrapKey(): Promise<{ id: string; publicKey: Uint8Array }> {
    return await this.#parts.wrapKeys.create();
  }

  async listWrapKeys(): Promise<{ id: string; publicKey: Uint8Array }[]> {
    return await this.#parts.wrapKeys.list();
  }

  async wrapKeyDh(id: string, peer: Uint8Array): Promise<Uint8Array> {
    return await this.#parts.wrapKeys.dh(id, peer);
  }

  async destroyWrapKey(id: string): Promise<void> {
    await this.#parts.wrapKeys.destroy(id);
  }

  async createEpochKey(): Promise<string> {
    return await this.#parts.epochKeys.create();
  }

  async listEpochKeys(): Promise<string[]> {
    return await this.#parts.epochKeys.list();
  }

  async epochMac(id: string, message: Uint8Array): Promise<Uint8Array> {
    return await this.#parts.epochKeys.mac(id, message);
  }

  async destroyEpochKey(id: string): Promise<void> {
    await this.#parts.epochKeys.destroy(id);
  }

  async readHead(): Promise<Uint8Array | null> {
    return await this.#head.read();
  }

  async writeHead(head: Uint8Array): Promise<void> {
    await this.#head.write(head);
  }

  close(): Promise<void> {
    this.#closing ??= this.#parts.token.release();
    return this.#closing;
  }

  #sign(key: SignKey, message: Uint8Array, doing: string): Promise<Uint8Array> {
    this.#counts.signs++;
    return calling(doing, () => signDigest(this.#parts.token, key.handle, message));
  }
}
