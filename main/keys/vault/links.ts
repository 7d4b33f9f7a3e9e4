/** What the parts of VaultKeys share: proven connections, this computer's folders, and calls signed by who may make them. */
import { randomBytes } from 'node:crypto';
import { equal, wipe } from '../../../vault/protocol/bytes.ts';
import type { Ksf, Response } from '../../../vault/protocol/messages.ts';
import { vaultOwnerKey } from '../../../vault/protocol/signing.ts';
import type { KsfBounds } from '../../../vault/protocol/suite.ts';
import { HoldfastError } from '../../errors.ts';
import type { RootKey } from '../secret.ts';
import type { SecretStore } from '../store.ts';
import type { VaultPlace, VaultRecord } from './api.ts';
import { connectVault, fromHex, toText, type Connection, type Signer } from './connection.ts';
import { readDevice } from './device.ts';
import { RecordFolder } from './record-folder.ts';
import type { SessionContext } from './sessions.ts';
import { Witnessed } from './witnessed.ts';

export interface LinkOptions {
  folder: string;
  store: SecretStore;
  enrol: boolean;
  ksf: Ksf;
  ksfBounds: KsfBounds;
}

/** ms that a proven connection is used before the bundles are asked for again. */
const CONNECTION_MS = 5 * 60_000;

export type OwnerCall = 'destroy' | 'unfreeze' | 'clearFailures' | 'deviceAdd' | 'deviceRevoke' | 'status';
export type AnyCall = 'status' | 'freeze' | 'sessionList' | 'sessionRevoke';

export class Links {
  readonly options: LinkOptions;
  readonly #connections = new Map<string, { connection: Connection; until: number }>();

  constructor(options: LinkOptions) {
    this.options = options;
  }

  /** @throws HoldfastError vault-unreachable, vault-not-proven */
  async connect(place: VaultPlace & { vaultId?: string; recordId?: string }): Promise<Connection> {
    const key = [place.fingerprint, ...place.urls].join(' ');
    const known = this.#connections.get(key);
    if (known !== undefined && performance.now() < known.until && !known.connection.sites.failed) {
      const { vaultId } = known.connection;
      if (place.vaultId === undefined || equal(vaultId, fromHex(place.vaultId))) return known.connection;
    }
    const seen = place.recordId === undefined ? null : await this.folder({ recordId: place.recordId }).witness();
    const connection = await connectVault(place, {
      minEpoch: seen?.epoch ?? 0,
      ...(place.vaultId === undefined ? {} : { vaultId: fromHex(place.vaultId) }),
    });
    // The one before may be in use still; its connections end by themselves.
    this.#connections.set(key, { connection, until: performance.now() + CONNECTION_MS });
    return connection;
  }

  folder(record: Pick<VaultRecord, 'recordId'>): RecordFolder {
    return new RecordFolder(this.options.folder, record.recordId);
  }

  async witness(record: VaultRecord): Promise<Witnessed> {
    return Witnessed.begin(await this.connect(record), fromHex(record.recordId), this.folder(record));
  }

  async session(record: VaultRecord): Promise<SessionContext> {
    return {
      connection: await this.connect(record),
      recordId: fromHex(record.recordId),
      folder: this.folder(record),
      store: this.options.store,
      name: record.recordId,
    };
  }

  /** Signed by the vault-owner key. @throws VaultProblem, HoldfastError vault-* */
  asOwner<N extends OwnerCall | AnyCall>(
    record: VaultRecord,
    rootKey: RootKey,
    name: N,
    fields: object,
    requestId?: Uint8Array,
  ): Promise<Response<N>> {
    const owner = rootKey.read((bytes) => vaultOwnerKey(bytes, fromHex(record.recordId)));
    return this.#signed(record, owner, name, fields, requestId);
  }

  /** Signed by the owner where `rootKey` is given, else by this computer. @throws HoldfastError locked where it has no key */
  async asAny<N extends AnyCall>(
    record: VaultRecord,
    rootKey: RootKey | undefined,
    name: N,
    fields: object,
    requestId?: Uint8Array,
  ): Promise<Response<N>> {
    if (rootKey !== undefined) return this.asOwner(record, rootKey, name, fields, requestId);
    const device = await readDevice(this.options.store, record.recordId);
    if (device === null) throw notEnrolled();
    return this.#signed(record, device, name, fields, requestId);
  }

  close(): void {
    for (const { connection } of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #signed<N extends OwnerCall | AnyCall>(
    record: VaultRecord,
    signer: Signer,
    name: N,
    fields: object,
    requestId: Uint8Array = new Uint8Array(randomBytes(16)),
  ): Promise<Response<N>> {
    try {
      const connection = await this.connect(record);
      const request = { recordId: toText(fromHex(record.recordId)), ...fields };
      return await connection.signed(name, request as never, signer, requestId);
    } finally {
      wipe(signer.seed);
    }
  }
}

const notEnrolled = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'The vault does not know this computer yet.',
    'Unlock once with your password or your 64 digits; then it answers this computer.',
  );
