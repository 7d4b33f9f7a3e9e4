/** VaultKeys over the network: one object for each process. */
import { randomBytes } from 'node:crypto';
import { wipe } from '../../../vault/protocol/bytes.ts';
import type { Ksf } from '../../../vault/protocol/messages.ts';
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
import { connectVault, countAnswering, fromHex, hexOfText, toHex, toText, withSentences } from './connection.ts';
import { destroyRecord } from './destroy.ts';
import { forgetDevice, readDevice } from './device.ts';
import { Links } from './links.ts';
import { Passwords } from './passwords.ts';
import { eraseSession, openSession, readSession, resumeSession, revokeOwnSession, touchSession } from './sessions.ts';
import { statusOf } from './status.ts';

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

class Client implements VaultClient {
  readonly #links: Links;
  readonly #passwords: Passwords;
  readonly #store: SecretStore;

  constructor(options: VaultKeysOptions) {
    this.#links = new Links({ enrol: true, ksf: DEFAULT_KSF, ksfBounds: KSF_BOUNDS, ...options });
    this.#passwords = new Passwords(this.#links);
    this.#store = options.store;
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
    return withSentences(() => this.#passwords.register(place, options));
  }

  changePassword(record: VaultRecord, options: RegisterOptions): Promise<void> {
    return withSentences(() => this.#passwords.change(record, options));
  }

  unlock(record: VaultRecord, password: string): Promise<UnlockResult> {
    return withSentences(() => this.#passwords.unlock(record, password));
  }

  turnOff(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await destroyRecord(this.#links, record, rootKey);
      const folder = this.#links.folder(record);
      await eraseSession(this.#store, record.recordId, folder);
      await forgetDevice(this.#store, record.recordId);
      await folder.erase();
    });
  }

  status(record: VaultRecord, rootKey?: RootKey): Promise<VaultStatus> {
    return withSentences(() => this.#passwords.inTurn(record, () => this.#status(record, rootKey)));
  }

  acknowledge(record: VaultRecord): Promise<void> {
    return this.#passwords.inTurn(record, () => this.#links.folder(record).acknowledge());
  }

  freeze(record: VaultRecord, days: number, rootKey?: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#links.asAny(record, rootKey, 'freeze', { days });
    });
  }

  unfreeze(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#links.asOwner(record, rootKey, 'unfreeze', {});
    });
  }

  clearFailures(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(async () => {
      await this.#links.asOwner(record, rootKey, 'clearFailures', {});
    });
  }

  enrolDevice(record: VaultRecord, rootKey: RootKey): Promise<void> {
    return withSentences(() => this.#passwords.enrol(record, rootKey));
  }

  revokeDevice(record: VaultRecord, rootKey: RootKey, deviceId: string): Promise<void> {
    return withSentences(async () => {
      const own = await readDevice(this.#store, record.recordId);
      await this.#links.asOwner(record, rootKey, 'deviceRevoke', { deviceId: toText(fromHex(deviceId)) });
      if (own !== null && toHex(own.deviceId) === deviceId) await forgetDevice(this.#store, record.recordId);
    });
  }

  openSession(record: VaultRecord, rootKey: RootKey, times: { idleMs: number; lifeMs: number }): Promise<void> {
    return withSentences(async () => {
      await this.closeSession(record);
      const device = await readDevice(this.#store, record.recordId);
      await openSession(await this.#links.session(record), await this.#links.witness(record), rootKey, device, times);
    });
  }

  resumeSession(record: VaultRecord): Promise<RootKey | null> {
    return withSentences(async () => {
      const store = this.#store;
      // Most starts of a computer that keeps none: the vault is not asked.
      const folder = this.#links.folder(record);
      if ((await readSession(store, record.recordId)) === null || (await folder.session()) === null) {
        await eraseSession(store, record.recordId, folder);
        return null;
      }
      return resumeSession(await this.#links.session(record));
    });
  }

  touchSession(record: VaultRecord): Promise<void> {
    return withSentences(async () => {
      if ((await readSession(this.#store, record.recordId)) === null) throw sessionOver();
      if (!(await touchSession(await this.#links.session(record)))) throw sessionOver();
    });
  }

  async closeSession(record: VaultRecord): Promise<void> {
    const store = this.#store;
    const own = await readSession(store, record.recordId).catch(() => null);
    // This side first: it counts also where the vault cannot be reached, which forgets V by itself.
    await eraseSession(store, record.recordId, this.#links.folder(record));
    if (own === null) return;
    try {
      await revokeOwnSession(
        { connection: await this.#links.connect(record), recordId: fromHex(record.recordId) },
        own,
      );
    } catch {
      // It ends by its idle time.
    } finally {
      wipe(own.s);
    }
  }

  sessions(record: VaultRecord, rootKey?: RootKey): Promise<SessionInfo[]> {
    return withSentences(async () => {
      const own = await readSession(this.#store, record.recordId);
      const { sessions } = await this.#links.asAny(record, rootKey, 'sessionList', {});
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
      const own = await readSession(this.#store, record.recordId);
      const fields = { sessionId: toText(fromHex(sessionId)), self: false };
      await this.#links.asAny(record, rootKey, 'sessionRevoke', fields);
      if (own !== null && toHex(own.sessionId) === sessionId) {
        await eraseSession(this.#store, record.recordId, this.#links.folder(record));
      }
    });
  }

  pendingRegistrations(): Promise<PendingRegistration[]> {
    return this.#passwords.pending();
  }

  forgetLogins(): void {
    this.#passwords.forget();
  }

  close(): void {
    this.#passwords.forget();
    this.#links.close();
  }

  async #status(record: VaultRecord, rootKey: RootKey | undefined): Promise<VaultStatus> {
    const witnessed = await this.#links.witness(record);
    const device = await readDevice(this.#store, record.recordId);
    const requestId = new Uint8Array(randomBytes(16));
    const answer = await this.#links.asAny(record, rootKey, 'status', {}, requestId);
    const facts = await witnessed.check('status-facts', answer.receipt, [requestId]);
    await this.#passwords.settle(record, witnessed, facts.version);
    const status = statusOf(answer, facts, witnessed.seen, device?.deviceId ?? null);
    const { version, registrations } = facts;
    // The first answer is what later ones are compared with; from then on only a person takes back what was told.
    await witnessed.keep(
      witnessed.seen.registrations === 0
        ? { version, registrations }
        : { version, foreign: status.unknownRegistrations ?? 0 },
    );
    return status;
  }
}

const sessionOver = (): HoldfastError =>
  new HoldfastError('locked', 'The session is over.', 'Unlock with your password or your 64 digits.');
