/** A vault's client whose vault is in memory: what the app does with its answers is under test. */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../main/errors.ts';
import { RootKey } from '../../main/keys/secret.ts';
import type {
  Attempts,
  PendingRegistration,
  RegisterOptions,
  SessionInfo,
  UnlockRefusal,
  UnlockResult,
  VaultClient,
  VaultFacts,
  VaultPlace,
  VaultRecord,
  VaultStatus,
} from '../../main/keys/vault/api.ts';

interface Kept {
  password: string;
  key: RootKey;
  used: number;
  destroyed: 'no' | 'failures' | 'owner';
  registrations: number;
}

export class FakeVault implements VaultClient {
  readonly calls: string[] = [];
  readonly records = new Map<string, Kept>();
  /** Calls that fail, and with what. */
  readonly failing = new Map<string, HoldfastError>();
  facts: Omit<VaultFacts, 'place'> = {
    vaultId: 'ee'.repeat(16),
    profile: 'A',
    embedded: false,
    sites: { answering: 3, total: 3 },
    maxAttempts: 10,
    inviteNeeded: false,
  };
  /** The next answer to a password, instead of counting. */
  refusal: UnlockRefusal | null = null;
  failures: VaultStatus['failures'] = [];
  /** What every report tells until somebody acknowledges it. */
  unknownRegistrations = 0;
  waitMs = 0;
  enrolled = false;
  /** What a session of this computer keeps. */
  session: { recordId: string; key: RootKey; expiresAt: number } | null = null;
  forgotten = 0;
  closed = false;

  async probe(place: VaultPlace): Promise<VaultFacts> {
    this.#call('probe');
    return { place, ...this.facts };
  }

  async register(place: VaultPlace, options: RegisterOptions): Promise<VaultRecord> {
    this.#call('register');
    const recordId = randomBytes(32).toString('hex');
    this.records.set(recordId, {
      password: options.password,
      key: copy(options.rootKey),
      used: 0,
      destroyed: 'no',
      registrations: 1,
    });
    for (const step of ['start', 'stage', 'prove', 'expose', 'done'] as const) options.onStep?.(step);
    this.enrolled = true;
    return { ...place, vaultId: this.facts.vaultId, recordId };
  }

  async changePassword(record: VaultRecord, options: RegisterOptions): Promise<void> {
    this.#call('changePassword');
    const kept = this.#kept(record);
    kept.password = options.password;
    kept.registrations += 1;
    this.session = null;
    options.onStep?.('done');
  }

  async unlock(record: VaultRecord, password: string): Promise<UnlockResult> {
    this.#call('unlock');
    const { refusal } = this;
    if (refusal !== null) return { ok: false, refusal };
    const kept = this.records.get(record.recordId);
    if (kept === undefined) return { ok: false, refusal: { kind: 'unknown-record' } };
    if (kept.destroyed !== 'no') {
      return { ok: false, refusal: { kind: 'destroyed', byOwner: kept.destroyed === 'owner' } };
    }
    if (password === kept.password) {
      kept.used = 0;
      return { ok: true, rootKey: copy(kept.key) };
    }
    kept.used += 1;
    if (kept.used === 10) kept.destroyed = 'failures';
    return { ok: false, refusal: { kind: 'wrong-password', attempts: this.#attempts(kept) } };
  }

  async turnOff(record: VaultRecord): Promise<void> {
    this.#call('turnOff');
    this.#kept(record).destroyed = 'owner';
  }

  async status(record: VaultRecord): Promise<VaultStatus> {
    this.#call('status');
    const kept = this.#kept(record);
    return {
      state: kept.destroyed === 'no' ? 'live' : 'destroyed',
      version: kept.registrations,
      attempts: { ...this.#attempts(kept), lifetime: kept.used, lifetimeLimit: 100 },
      failures: this.failures,
      registrations: kept.registrations,
      unknownRegistrations: this.unknownRegistrations,
      devices: this.enrolled ? [{ id: 'd1', addedAt: 1, thisComputer: true }] : [],
      sessions: this.session === null ? 0 : 1,
      frozenMs: 0,
      sites: this.facts.sites.total,
      embedded: this.facts.embedded,
    };
  }

  async acknowledge(): Promise<void> {
    this.#call('acknowledge');
    this.unknownRegistrations = 0;
  }
  async freeze(): Promise<void> {
    this.#call('freeze');
  }
  async unfreeze(): Promise<void> {
    this.#call('unfreeze');
  }
  async clearFailures(): Promise<void> {
    this.#call('clearFailures');
    this.failures = [];
  }
  async enrolDevice(): Promise<void> {
    this.#call('enrolDevice');
    this.enrolled = true;
  }
  async revokeDevice(): Promise<void> {
    this.#call('revokeDevice');
  }

  async openSession(record: VaultRecord, rootKey: RootKey, times: { idleMs: number; lifeMs: number }): Promise<void> {
    this.#call(`openSession ${times.idleMs}`);
    this.session = { recordId: record.recordId, key: copy(rootKey), expiresAt: times.lifeMs };
  }
  async resumeSession(record: VaultRecord): Promise<RootKey | null> {
    this.#call('resumeSession');
    return this.session?.recordId === record.recordId ? copy(this.session.key) : null;
  }
  async touchSession(): Promise<void> {
    this.#call('touchSession');
  }
  async closeSession(): Promise<void> {
    this.#call('closeSession');
    this.session = null;
  }
  async sessions(): Promise<SessionInfo[]> {
    this.#call('sessions');
    if (this.session === null) return [];
    const { expiresAt } = this.session;
    return [{ id: 's1', deviceId: 'd1', thisComputer: true, openedAt: 1, lastUsedAt: 2, expiresAt, idleMs: 3 }];
  }
  async revokeSession(): Promise<void> {
    this.#call('revokeSession');
  }
  async pendingRegistrations(): Promise<PendingRegistration[]> {
    return [];
  }
  forgetLogins(): void {
    this.forgotten += 1;
  }
  close(): void {
    this.closed = true;
  }

  #call(name: string): void {
    this.calls.push(name);
    const error = this.failing.get(name);
    if (error !== undefined) throw error;
  }

  #kept(record: VaultRecord): Kept {
    const kept = this.records.get(record.recordId);
    if (kept === undefined) throw new HoldfastError('vault-refused', 'Unknown.', 'Set up anew.');
    return kept;
  }

  #attempts({ used }: Kept): Attempts {
    return { used, limit: 10, left: 10 - used, waitMs: this.waitMs };
  }
}

function copy(key: RootKey): RootKey {
  return new RootKey(key.copy());
}
