/** VaultKeys over the network: one object for each process, which puts connection, login, registration and sessions together. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { equal, wipe } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { Invite, type Ksf, type Response } from '../../../vault/protocol/messages.ts';
import { passwordBytes } from '../../../vault/protocol/password.ts';
import { vaultOwnerKey } from '../../../vault/protocol/signing.ts';
import { DEFAULT_KSF, KSF_BOUNDS, type KsfBounds } from '../../../vault/protocol/suite.ts';
import { HoldfastError } from '../../errors.ts';
import type { RootKey } from '../secret.ts';
import type { SecretStore } from '../store.ts';
import type {
  PendingRegistration,
  RegisterOptions,
  SessionInfo,
  UnlockResult,
  VaultClient,
  VaultFacts,
  VaultPlace,
  VaultRecord,
  VaultStatus,
} from './api.ts';
import {
  connectVault,
  countAnswering,
  fromHex,
  hexOfText,
  toHex,
  toText,
  withSentences,
  type Connection,
  type Signer,
} from './connection.ts';
import { forgetDevice, makeDevice, readDevice, type DeviceKey } from './device.ts';
import { Unreachable, VaultProblem } from './failures.ts';
import { Logins } from './login.ts';
import { RecordFolder, type Journal } from './record-folder.ts';
import { isOwnJournal, runRegistration } from './registration.ts';
import {
  eraseSession,
  openSession,
  readSession,
  resumeSession,
  revokeOwnSession,
  touchSession,
  type SessionContext,
} from './sessions.ts';
import { statusOf } from './status.ts';
import { Witnessed } from './witnessed.ts';

export interface VaultKeysOptions {
  /** Absolute path; made where it is missing (0700). */
  folder: string;
  store: SecretStore;
  /** False for a process whose store ends with it: each run would leave a computer behind that no longer exists. */
  enrol?: boolean;
  /** For new passwords; the suite's own where it is not given. */
  ksf?: Ksf;
  /** Only tests pass others than the suite's. */
  ksfBounds?: KsfBounds;
}

export function createVaultKeys(options: VaultKeysOptions): VaultClient {
  return new Client(options);
}

/** As many as repo.json takes. */
const MAX_URLS = 16;
/** ms that a proven connection is used before the bundles are asked for again. */
const CONNECTION_MS = 5 * 60_000;

class Client implements VaultClient {
  readonly #options: Required<VaultKeysOptions>;
  readonly #logins = new Logins();
  readonly #connections = new Map<string, { connection: Connection; until: number }>();
  /** Logins and registrations of one record never run side by side. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: VaultKeysOptions) {
    this.#options = { enrol: true, ksf: DEFAULT_KSF, ksfBounds: KSF_BOUNDS, ...options };
  }

  async probe(place: VaultPlace): Promise<VaultFacts> {
    const connection = await connectVault(place);
    try {
      const { bundle } = connection;
      return {
        place,
        vaultId: toHex(bundle.vaultId),
        profile: bundle.profile,
        embedded: bundle.embedded,
        sites: { answering: await countAnswering(connection, place.fingerprint), total: bundle.sites.length },
        maxAttempts: bundle.maxAttempts,
        inviteNeeded: bundle.inviteNeeded,
      };
    } finally {
      connection.close();
    }
  }

  register(place: VaultPlace, options: RegisterOptions): Promise<VaultRecord> {
    return withSentences(async () => {
      const connection = await this.#connect(place);
      const recordId = (await this.#resumable(connection, options.rootKey)) ?? new Uint8Array(randomBytes(32));
      const record: VaultRecord = {
        urls: connection.urls.slice(0, MAX_URLS),
        fingerprint: place.fingerprint,
        vaultId: toHex(connection.vaultId),
        recordId: toHex(recordId),
      };
      await this.#inTurn(record, () => this.#setPassword(record, options, 'first'));
      return record;
    });
  }

  changePassword(record: VaultRecord, options: RegisterOptions): Promise<void> {
    return withSentences(() => this.#inTurn(record, () => this.#setPassword(record, options, 'change')));
  }

  async unlock(record: VaultRecord, password: string): Promise<UnlockResult> {
    const bytes = bytesOf(password);
    try {
      return await this.#inTurn(record, () => this.#unlock(record, bytes));
    } finally {
      wipe(bytes);
    }
  }

  turnOff(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#asOwner(record, rootKey, 'destroy', {}).catch(unless('unknown-record', 'destroyed'));
      const folder = this.#folder(record);
      await eraseSession(this.#options.store, record.recordId, folder);
      await forgetDevice(this.#options.store, record.recordId);
      await folder.erase();
    });
  }

  status(record: VaultRecord, rootKey?: RootKey): Promise<VaultStatus> {
    return withSentences(async () => {
      const witnessed = await this.#witness(record);
      const device = await readDevice(this.#options.store, record.recordId);
      const requestId = new Uint8Array(randomBytes(16));
      const answer = await this.#asAny(record, rootKey, 'status', {}, requestId);
      const facts = await witnessed.check('status-facts', answer.receipt, [requestId]);
      await this.#settle(record, witnessed, facts.version);
      const status = statusOf(answer, facts, witnessed.seen, device?.deviceId ?? null);
      await witnessed.keep({ registrations: facts.registrations, version: facts.version });
      return status;
    });
  }

  freeze(record: VaultRecord, days: number, rootKey?: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#asAny(record, rootKey, 'freeze', { days });
    });
  }

  unfreeze(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#asOwner(record, rootKey, 'unfreeze', {});
    });
  }

  clearFailures(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#asOwner(record, rootKey, 'clearFailures', {});
    });
  }

  enrolDevice(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      const { deviceId, publicKey, seed } = await makeDevice(this.#options.store, record.recordId);
      wipe(seed);
      const fields = { deviceId: toText(deviceId), publicKey: toText(publicKey) };
      await this.#asOwner(record, rootKey, 'deviceAdd', fields);
    });
  }

  revokeDevice(record: VaultRecord, rootKey: RootKey, deviceId: string): Promise<void> {
    return withSentences(async () => {
      const own = await readDevice(this.#options.store, record.recordId);
      await this.#asOwner(record, rootKey, 'deviceRevoke', { deviceId: toText(fromHex(deviceId)) });
      if (own !== null && toHex(own.deviceId) === deviceId) await forgetDevice(this.#options.store, record.recordId);
    });
  }

  openSession(record: VaultRecord, rootKey: RootKey, times: { idleMs: number; lifeMs: number }): Promise<void> {
    return withSentences(async () => {
      await this.closeSession(record);
      const device = await readDevice(this.#options.store, record.recordId);
      await openSession(await this.#session(record), await this.#witness(record), rootKey, device, times);
    });
  }

  resumeSession(record: VaultRecord): Promise<RootKey | null> {
    return withSentences(async () => {
      const { store } = this.#options;
      // Most starts of a computer that keeps none: the vault is not asked.
      const folder = this.#folder(record);
      if ((await readSession(store, record.recordId)) === null || (await folder.session()) === null) {
        await eraseSession(store, record.recordId, folder);
        return null;
      }
      return resumeSession(await this.#session(record));
    });
  }

  touchSession(record: VaultRecord): Promise<void> {
    return withSentences(async () => {
      if ((await readSession(this.#options.store, record.recordId)) === null) throw sessionOver();
      if (!(await touchSession(await this.#session(record)))) throw sessionOver();
    });
  }

  async closeSession(record: VaultRecord): Promise<void> {
    const { store } = this.#options;
    const own = await readSession(store, record.recordId).catch(() => null);
    // This side first: it counts also where the vault cannot be reached, which forgets V by itself.
    await eraseSession(store, record.recordId, this.#folder(record));
    if (own === null) return;
    try {
      await revokeOwnSession({ connection: await this.#connect(record), recordId: fromHex(record.recordId) }, own);
    } catch {
      // It ends by its idle time.
    } finally {
      wipe(own.s);
    }
  }

  sessions(record: VaultRecord, rootKey?: RootKey): Promise<SessionInfo[]> {
    return withSentences(async () => {
      const own = await readSession(this.#options.store, record.recordId);
      const { sessions } = await this.#asAny(record, rootKey, 'sessionList', {});
      return sessions.map(({ sessionId, deviceId, ...times }) => ({
        id: hexOfText(sessionId),
        deviceId: deviceId === null ? null : hexOfText(deviceId),
        thisComputer: own !== null && toHex(own.sessionId) === hexOfText(sessionId),
        ...times,
      }));
    });
  }

  revokeSession(record: VaultRecord, sessionId: string, rootKey?: RootKey): Promise<void> {
    return withSentences(async () => {
      const own = await readSession(this.#options.store, record.recordId);
      const fields = { sessionId: toText(fromHex(sessionId)), self: false };
      await this.#asAny(record, rootKey, 'sessionRevoke', fields);
      if (own !== null && toHex(own.sessionId) === sessionId) {
        await eraseSession(this.#options.store, record.recordId, this.#folder(record));
      }
    });
  }

  async pendingRegistrations(): Promise<PendingRegistration[]> {
    const found = await this.#journals();
    return found.map(({ recordId, journal }) =>
      journal.kind === 'first'
        ? { kind: 'first', record: { ...journal.place, recordId } }
        : { kind: 'change', recordId },
    );
  }

  forgetLogins(): void {
    this.#logins.forget();
  }

  close(): void {
    this.#logins.forget();
    for (const { connection } of this.#connections.values()) connection.close();
    this.#connections.clear();
  }

  async #unlock(record: VaultRecord, password: Uint8Array): Promise<UnlockResult> {
    let connection: Connection;
    try {
      connection = await this.#connect(record);
    } catch (error) {
      if (error instanceof Unreachable) return refused({ kind: 'unreachable', charged: false, error });
      if (error instanceof HoldfastError && error.code === 'vault-not-proven') {
        return refused({ kind: 'not-the-vault', error });
      }
      throw error;
    }
    const recordId = fromHex(record.recordId);
    const witnessed = await this.#witness(record);
    const { store, ksfBounds, enrol } = this.#options;
    const device = await readDevice(store, record.recordId).catch(() => null);
    const result = await this.#logins.unlock({ connection, recordId, witnessed, device, ksfBounds }, password);
    if (device !== null) wipe(device.seed);
    if (result.ok) {
      await this.#settle(record, witnessed, witnessed.seen.version);
      // In memory alone a key would be a stranger's to the vault after every start.
      if (enrol && device === null && store.kind === 'system') {
        await this.enrolDevice(record, result.rootKey).catch(() => undefined);
      }
    }
    return result;
  }

  async #setPassword(record: VaultRecord, options: RegisterOptions, kind: 'first' | 'change'): Promise<void> {
    const { store, ksf, ksfBounds, enrol } = this.#options;
    if (options.invite !== undefined && !Invite.safeParse(options.invite).success) throw notAnInvitation();
    const password = bytesOf(options.password);
    try {
      const connection = await this.#connect(record);
      const recordId = fromHex(record.recordId);
      const folder = this.#folder(record);
      const witnessed = await this.#witness(record);
      const version = await this.#versionNow(record, options.rootKey, witnessed, kind);
      const { rootKey, invite, onStep = () => {} } = options;
      await runRegistration(
        { connection, recordId, folder, witnessed, place: record, ksf, ksfBounds },
        { password, rootKey, version, invite, onStep },
      );
      if (kind === 'change') await folder.dropJournal();
      // The vault has ended every session of the old password.
      await eraseSession(store, record.recordId, folder);
      // Without it the password works all the same; the next unlock tries again.
      if (enrol) await this.enrolDevice(record, rootKey).catch(() => undefined);
      onStep('done');
    } finally {
      wipe(password);
    }
  }

  /** Version of the record now, by the owner's question; 0 for one that is not there yet. */
  async #versionNow(
    record: VaultRecord,
    rootKey: RootKey,
    witnessed: Witnessed,
    kind: 'first' | 'change',
  ): Promise<number> {
    if (kind === 'first' && (await this.#folder(record).journal()) === null) return 0;
    const requestId = new Uint8Array(randomBytes(16));
    try {
      const answer = await this.#asOwner(record, rootKey, 'status', {}, requestId);
      const facts = await witnessed.check('status-facts', answer.receipt, [requestId]);
      await this.#settle(record, witnessed, facts.version);
      return facts.version;
    } catch (error) {
      if (kind === 'first' && error instanceof VaultProblem && error.code === 'unknown-record') return 0;
      throw error;
    }
  }

  /** The record of a first registration in this vault, with this key, that was cut off or whose end nobody has seen. */
  async #resumable(connection: Connection, rootKey: RootKey): Promise<Uint8Array | null> {
    for (const { recordId, journal } of await this.#journals()) {
      const id = fromHex(recordId);
      if (journal.kind !== 'first' || journal.place.vaultId !== toHex(connection.vaultId)) continue;
      if (!isOwnJournal(journal, rootKey, id)) continue;
      const record = { ...journal.place, recordId };
      const state = await this.#asOwner(record, rootKey, 'status', {}).then(
        (answer) => answer.state,
        (error: unknown) => unless('unknown-record', 'bad-proof')(error) ?? 'none',
      );
      if (state !== 'destroyed') return id;
      await this.#folder(record).erase();
    }
    return null;
  }

  /** A registration whose end was not seen: the vault's version tells how it ended. */
  async #settle(record: VaultRecord, witnessed: Witnessed, version: number): Promise<void> {
    const folder = this.#folder(record);
    const journal = await folder.journal();
    if (journal === null) return;
    const { registrations } = witnessed.seen;
    const happened = journal.step === 'expose' && version >= journal.version;
    if (happened && registrations > 0) await witnessed.keep({ registrations: registrations + 1 });
    await folder.dropJournal();
  }

  async #journals(): Promise<{ recordId: string; journal: Journal }[]> {
    const names = await readdir(this.#options.folder).catch(() => []);
    const found = names.filter((name) => /^[0-9a-f]{64}$/.test(name));
    const journals = await Promise.all(
      found.map(async (recordId) => ({
        recordId,
        journal: await new RecordFolder(this.#options.folder, recordId).journal(),
      })),
    );
    return journals.flatMap(({ recordId, journal }) => (journal === null ? [] : [{ recordId, journal }]));
  }

  async #asOwner<N extends 'destroy' | 'unfreeze' | 'clearFailures' | 'deviceAdd' | 'deviceRevoke' | 'status'>(
    record: VaultRecord,
    rootKey: RootKey,
    name: N,
    fields: object,
    requestId: Uint8Array = new Uint8Array(randomBytes(16)),
  ): Promise<Response<N>> {
    const connection = await this.#connect(record);
    const recordId = fromHex(record.recordId);
    const owner = rootKey.read((bytes) => vaultOwnerKey(bytes, recordId));
    try {
      const request = { recordId: toText(recordId), ...fields };
      return await connection.signed(name, request as never, owner, requestId);
    } finally {
      wipe(owner.seed);
    }
  }

  async #asAny<N extends 'status' | 'freeze' | 'sessionList' | 'sessionRevoke'>(
    record: VaultRecord,
    rootKey: RootKey | undefined,
    name: N,
    fields: object,
    requestId: Uint8Array = new Uint8Array(randomBytes(16)),
  ): Promise<Response<N>> {
    const recordId = fromHex(record.recordId);
    let signer: (Signer & Partial<DeviceKey>) | null;
    if (rootKey === undefined) signer = await readDevice(this.#options.store, record.recordId);
    else signer = rootKey.read((bytes) => vaultOwnerKey(bytes, recordId));
    if (signer === null) throw notEnrolled();
    try {
      const connection = await this.#connect(record);
      const request = { recordId: toText(recordId), ...fields };
      return await connection.signed(name, request as never, signer, requestId);
    } finally {
      wipe(signer.seed);
    }
  }

  async #connect(place: VaultPlace & { vaultId?: string; recordId?: string }): Promise<Connection> {
    const key = [place.fingerprint, ...place.urls].join(' ');
    const known = this.#connections.get(key);
    if (known !== undefined && performance.now() < known.until && !known.connection.sites.failed) {
      if (place.vaultId === undefined || equal(known.connection.vaultId, fromHex(place.vaultId)))
        return known.connection;
    }
    const seen =
      place.recordId === undefined ? null : await new RecordFolder(this.#options.folder, place.recordId).witness();
    const connection = await connectVault(place, {
      minEpoch: seen?.epoch ?? 0,
      ...(place.vaultId === undefined ? {} : { vaultId: fromHex(place.vaultId) }),
    });
    known?.connection.close();
    this.#connections.set(key, { connection, until: performance.now() + CONNECTION_MS });
    return connection;
  }

  async #witness(record: VaultRecord): Promise<Witnessed> {
    return Witnessed.begin(await this.#connect(record), fromHex(record.recordId), this.#folder(record));
  }

  async #session(record: VaultRecord): Promise<SessionContext> {
    const connection = await this.#connect(record);
    const { store } = this.#options;
    return {
      connection,
      recordId: fromHex(record.recordId),
      folder: this.#folder(record),
      store,
      name: record.recordId,
    };
  }

  #folder(record: Pick<VaultRecord, 'recordId'>): RecordFolder {
    return new RecordFolder(this.#options.folder, record.recordId);
  }

  async #inTurn<T>(record: VaultRecord, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(record.recordId) ?? Promise.resolve();
    const mine = before.then(work, work);
    const settled = mine.catch(() => undefined);
    this.#turns.set(record.recordId, settled);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(record.recordId) === settled) this.#turns.delete(record.recordId);
    }
  }
}

const refused = (refusal: Extract<UnlockResult, { ok: false }>['refusal']): UnlockResult => ({ ok: false, refusal });

/** Swallows refusals of these codes, and throws everything else on. */
function unless(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof VaultProblem && codes.includes(error.code ?? '')) return undefined;
    throw error;
  };
}

function bytesOf(password: string): Uint8Array {
  try {
    return passwordBytes(password);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new HoldfastError(
      'bad-input',
      'This cannot be a password: it is empty, too long, or has a character that keyboards do not make.',
      'Type it by hand. No try was spent.',
      { detail: error.message },
    );
  }
}

const notEnrolled = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'The vault does not know this computer yet.',
    'Unlock once with your password or your 64 digits; then it answers this computer.',
  );

const notAnInvitation = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'This is no invitation code.',
    'It has letters, digits, - and _ and no blanks. Ask the vault’s operator for it. Nothing was changed.',
  );

const sessionOver = (): HoldfastError =>
  new HoldfastError('locked', 'The session is over.', 'Unlock with your password or your 64 digits.');
