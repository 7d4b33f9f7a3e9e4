/** Passwords of records: set up, changed, tried; and what a registration that was cut off left behind. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { wipe } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { Invite } from '../../../vault/protocol/messages.ts';
import { passwordBytes } from '../../../vault/protocol/password.ts';
import type { StatusFacts } from '../../../vault/protocol/receipt.ts';
import { HoldfastError } from '../../errors.ts';
import type { RootKey } from '../secret.ts';
import type {
  PendingRegistration,
  RegisterOptions,
  UnlockRefusal,
  UnlockResult,
  VaultPlace,
  VaultRecord,
} from './api.ts';
import { fromHex, toHex, toText, type Connection } from './connection.ts';
import { makeDevice, readDevice } from './device.ts';
import { Unreachable, unless, VaultProblem } from './failures.ts';
import type { Links } from './links.ts';
import { Logins } from './login.ts';
import type { Journal } from './record-folder.ts';
import { isOwnJournal, runRegistration } from './registration.ts';
import { eraseSession } from './sessions.ts';
import type { Witnessed } from './witnessed.ts';

/** As many as repo.json takes. */
const MAX_URLS = 16;

type Kind = Journal['kind'];

export class Passwords {
  readonly #links: Links;
  readonly #logins = new Logins();
  /** Logins, registrations and questions of one record never run side by side. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(links: Links) {
    this.#links = links;
  }

  async register(place: VaultPlace, options: RegisterOptions): Promise<VaultRecord> {
    const connection = await this.#links.connect(place);
    const recordId = (await this.#resumable(connection, options.rootKey)) ?? new Uint8Array(randomBytes(32));
    const record: VaultRecord = {
      urls: connection.urls.slice(0, MAX_URLS),
      fingerprint: place.fingerprint,
      vaultId: toHex(connection.vaultId),
      recordId: toHex(recordId),
    };
    await this.inTurn(record, () => this.#set(record, options, 'first'));
    return record;
  }

  change(record: VaultRecord, options: RegisterOptions): Promise<void> {
    return this.inTurn(record, () => this.#set(record, options, 'change'));
  }

  async unlock(record: VaultRecord, password: string): Promise<UnlockResult> {
    const bytes = bytesOf(password);
    try {
      return await this.inTurn(record, () => this.#unlock(record, bytes));
    } finally {
      wipe(bytes);
    }
  }

  /** The key is stored before the vault hears of it. */
  async enrol(record: VaultRecord, rootKey: RootKey): Promise<void> {
    const { deviceId, publicKey, seed } = await makeDevice(this.#links.options.store, record.recordId);
    wipe(seed);
    const fields = { deviceId: toText(deviceId), publicKey: toText(publicKey) };
    await this.#links.asOwner(record, rootKey, 'deviceAdd', fields);
  }

  async pending(): Promise<PendingRegistration[]> {
    return (await this.#journals()).map(({ recordId, journal }) =>
      journal.kind === 'first'
        ? { kind: 'first', record: { ...journal.place, recordId } }
        : { kind: 'change', recordId },
    );
  }

  /** A registration whose end was not seen: the vault's version tells how it ended. Only in turn: none is under way then. */
  async settle(record: VaultRecord, witnessed: Witnessed, version: number): Promise<void> {
    const folder = this.#links.folder(record);
    const journal = await folder.journal();
    if (journal === null) return;
    const { registrations } = witnessed.seen;
    const happened = journal.step === 'expose' && version >= journal.version;
    if (happened && registrations > 0) await witnessed.keep({ registrations: registrations + 1 });
    await folder.dropJournal();
  }

  forget(): void {
    this.#logins.forget();
  }

  async #unlock(record: VaultRecord, password: Uint8Array): Promise<UnlockResult> {
    let connection: Connection;
    try {
      connection = await this.#links.connect(record);
    } catch (error) {
      if (error instanceof Unreachable) return refused({ kind: 'unreachable', charged: false, error });
      if (error instanceof HoldfastError && error.code === 'vault-not-proven') {
        return refused({ kind: 'not-the-vault', error });
      }
      throw error;
    }
    const recordId = fromHex(record.recordId);
    const witnessed = await this.#links.witness(record);
    const { store, ksfBounds, enrol } = this.#links.options;
    const device = await readDevice(store, record.recordId).catch(() => null);
    const result = await this.#logins.unlock({ connection, recordId, witnessed, device, ksfBounds }, password);
    if (device !== null) wipe(device.seed);
    if (result.ok) {
      await this.settle(record, witnessed, witnessed.seen.version);
      // In memory alone a key would be a stranger's to the vault after every start.
      if (enrol && device === null && store.kind === 'system') {
        await this.enrol(record, result.rootKey).catch(() => undefined);
      }
    }
    return result;
  }

  async #set(record: VaultRecord, options: RegisterOptions, kind: Kind): Promise<void> {
    const { store, ksf, ksfBounds, enrol } = this.#links.options;
    const { rootKey, invite, onStep = () => {} } = options;
    if (invite !== undefined && !Invite.safeParse(invite).success) throw notAnInvitation();
    const password = bytesOf(options.password);
    try {
      const connection = await this.#links.connect(record);
      const recordId = fromHex(record.recordId);
      const folder = this.#links.folder(record);
      const witnessed = await this.#links.witness(record);
      const version = await this.#versionNow(record, rootKey, witnessed, kind);
      await runRegistration(
        { connection, recordId, folder, witnessed, place: record, ksf, ksfBounds },
        { password, rootKey, version, invite, onStep },
      );
      if (kind === 'change') await folder.dropJournal();
      // The vault has ended every session of the old password.
      await eraseSession(store, record.recordId, folder);
      // Without it the password works all the same; the next unlock tries again.
      if (enrol) await this.enrol(record, rootKey).catch(() => undefined);
      onStep('done');
    } finally {
      wipe(password);
    }
  }

  /** Version of the record now, by the owner's question; 0 for one that is not there yet. */
  async #versionNow(record: VaultRecord, rootKey: RootKey, witnessed: Witnessed, kind: Kind): Promise<number> {
    if (kind === 'first' && (await this.#links.folder(record).journal()) === null) return 0;
    try {
      const facts = await this.#factsOf(record, rootKey, witnessed);
      await this.settle(record, witnessed, facts.version);
      return facts.version;
    } catch (error) {
      if (kind === 'first' && error instanceof VaultProblem && error.code === 'unknown-record') return 0;
      throw error;
    }
  }

  /** What the vault vouches for of this record. @throws VaultProblem, HoldfastError vault-* */
  async #factsOf(record: VaultRecord, rootKey: RootKey, witnessed: Witnessed): Promise<StatusFacts> {
    const requestId = new Uint8Array(randomBytes(16));
    const { receipt } = await this.#links.asOwner(record, rootKey, 'status', {}, requestId);
    return witnessed.check('status-facts', receipt, [requestId]);
  }

  /** The record of a first registration in this vault, with this key, that was cut off or whose end nobody has seen. */
  async #resumable(connection: Connection, rootKey: RootKey): Promise<Uint8Array | null> {
    for (const { recordId, journal } of await this.#journals()) {
      const id = fromHex(recordId);
      if (journal.kind !== 'first' || journal.place.vaultId !== toHex(connection.vaultId)) continue;
      if (!isOwnJournal(journal, rootKey, id)) continue;
      const record = { ...journal.place, recordId };
      const facts = await this.#factsOf(record, rootKey, await this.#links.witness(record)).catch(
        unless('unknown-record', 'bad-proof'),
      );
      if (facts?.state !== 'destroyed') return id;
      await this.#links.folder(record).erase();
    }
    return null;
  }

  async #journals(): Promise<{ recordId: string; journal: Journal }[]> {
    const names = await readdir(this.#links.options.folder).catch(() => []);
    const found = names.filter((name) => /^[0-9a-f]{64}$/.test(name));
    const journals = await Promise.all(
      found.map(async (recordId) => ({ recordId, journal: await this.#links.folder({ recordId }).journal() })),
    );
    return journals.flatMap(({ recordId, journal }) => (journal === null ? [] : [{ recordId, journal }]));
  }

  /** @param work is begun when everything before it of this record has ended, however it ended */
  async inTurn<T>(record: VaultRecord, work: () => Promise<T>): Promise<T> {
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

const refused = (refusal: UnlockRefusal): UnlockResult => ({ ok: false, refusal });

/** @throws HoldfastError bad-input */
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

const notAnInvitation = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'This is no invitation code.',
    'It has letters, digits, - and _ and no blanks. Ask the vault’s operator for it. Nothing was changed.',
  );
