/** The key vault of this computer's backup, as its owner uses it: proof, password, report, sessions, end. */
import { createHash } from 'node:crypto';
import { HoldfastError, toHoldfastError } from '../../errors.ts';
import type {
  ErrorInfo,
  KeyCheck,
  PasswordAnswer,
  RegistrationStep,
  Said,
  Seen,
  VaultChoice,
  VaultIdentity,
  VaultProof,
  VaultService,
  VaultSession,
  VaultState,
} from '../../ipc/services.ts';
import type { ConfigStore, KnownVault } from '../../jobs/config.ts';
import { errorInfo } from '../../ipc/dispatch.ts';
import { notSetUp } from '../../jobs/backups.ts';
import type { Connection } from '../../jobs/connection.ts';
import type { Clock, DestinationSpec, Engines, RepositoryFacts, VaultLocator } from '../../jobs/ports.ts';
import { differingRows, keyTypo } from '../../keys/row-checks.ts';
import { type RootKey, wipe } from '../../keys/secret.ts';
import type { KeySession } from '../../keys/session.ts';
import type { SecretStore } from '../../keys/store.ts';
import type { VaultClient, VaultFacts, VaultPlace, VaultRecord } from '../../keys/vault/api.ts';
import { accepted, readDigits, refusal } from '../key-entry.ts';
import type { EmbeddedVault } from './embedded.ts';
import { PendingPassword } from './pending-password.ts';
import { isLoopback, parsePlace, shownIdentity } from './place.ts';
import { SessionKeeper } from './session-keeper.ts';
import { kitNeeded, shownProof, shownRefusal, shownSession, withEnd } from './shapes.ts';
import { unseenFailures, VaultWatch } from './watch.ts';
import { wordPassword } from './words.ts';

export interface OwnerParts {
  keys: VaultClient;
  /** Null in release builds, which offer real vaults only. */
  embedded: EmbeddedVault | null;
  session: KeySession;
  store: SecretStore;
  connection: Connection;
  config: ConfigStore;
  engines: Engines;
  clock: Clock;
  /** The engine's folder: generation and owner of repo.json are remembered there. */
  stateFolder: string;
  changed: () => void;
  report: (what: string) => void;
}

/** A typed password is held no longer than this; the vault, too, forgets a try after a day. */
const TYPED_KEPT_MS = 86_400_000;

/** A record that was registered and that nothing names yet. */
interface Made {
  record: VaultRecord;
  /** Tells the key that it holds from others. */
  mark: string;
  /** What this computer's plan named before; it must not live on beside the new one. */
  before: KnownVault | null;
}

export class VaultOwner implements VaultService {
  readonly #parts: OwnerParts;
  readonly #pending = new PendingPassword();
  readonly watch: VaultWatch;
  readonly keeper: SessionKeeper;
  /** The vault that proved itself last, for the registration that may follow. */
  #proven: VaultFacts | null = null;
  /** Registered with the password that is pending; a later step may have failed, and is then tried again with it. */
  #made: Made | null = null;
  #step: RegistrationStep | null = null;
  #cancelDrop: () => void = () => undefined;
  #cancelForget: (() => void) | null = null;
  /** What the repository names where it differs from the plan; undefined while it does not. */
  #renamed: VaultLocator | null | undefined = undefined;

  constructor(parts: OwnerParts) {
    this.#parts = parts;
    const { keys, clock, session, changed, report, config } = parts;
    session.onLock(() => this.forgetTyped());
    const record = (): KnownVault | null => this.#own();
    const wake = async (one: VaultRecord): Promise<void> => await this.wake(one);
    const rootKey = (): RootKey | undefined => (session.locked ? undefined : session.rootKey);
    this.watch = new VaultWatch({ keys, clock, record, rootKey, wake, changed });
    const idleMinutes = (): number => config.value.settings.idleLockMinutes;
    this.keeper = new SessionKeeper({ keys, session, clock, record, wake, idleMinutes, changed, report });
  }

  get registering(): RegistrationStep | null {
    return this.#step;
  }

  /** True where the proven vault may be used without the 64-digit kit. */
  get kitOptional(): boolean {
    return this.#proven !== null && !kitNeeded(this.#proven);
  }

  /** For the window; null where the backup that is looked at has no vault. */
  state(): VaultState | null {
    const vault = this.#parts.connection.current()?.vault ?? null;
    if (vault === null) return null;
    const own = this.#own();
    const { tries, ended, report, reportError } = this.watch.known(vault);
    return {
      ...shownIdentity(vault),
      tries,
      ended,
      report,
      reportError,
      unseen: own === null ? null : unseenFailures(report, own.seenMs),
      sessionUntil: own === null ? null : this.keeper.until,
      renamed: this.#renamed === undefined ? null : { to: this.#renamed && shownIdentity(this.#renamed) },
    };
  }

  async prove(choice: VaultChoice): Promise<VaultProof> {
    this.#proven = null;
    this.#made = null;
    const place = choice.kind === 'own' ? parsePlace(choice.address, choice.fingerprint) : await this.#embedded();
    const facts = await this.#parts.keys.probe(place);
    this.#proven = facts;
    return shownProof(facts);
  }

  suggestPassword(): string {
    return wordPassword();
  }

  choosePassword(password: string, invite: string | undefined): Said {
    this.#made = null;
    if (this.#proven?.inviteNeeded === true && (invite ?? '') === '') {
      this.#pending.drop();
      return { ok: false, message: 'This vault takes only those it has invited: enter the invitation that you got.' };
    }
    this.#cancelDrop();
    this.#cancelDrop = this.#parts.clock.after(TYPED_KEPT_MS, () => this.dropPassword());
    return this.#pending.choose(password, invite === '' ? undefined : invite);
  }

  repeatPassword(password: string): Said {
    return this.#pending.repeat(password);
  }

  dropPassword(): void {
    this.#cancelDrop();
    this.#pending.drop();
    this.#made = null;
  }

  /** Every password that was typed and is still held here: for a registration, or to repeat a try whose answer was lost. */
  forgetTyped(): void {
    this.dropPassword();
    this.#forgetLogins();
  }

  /**
   * Registers the pending password for `rootKey` at the proven vault; called again with the same key after a later step
   * failed, gives the record that was made. Until it is in repo.json nothing depends on it.
   * @throws HoldfastError `bad-input` where nothing is proven or typed twice; those of `VaultKeys.register`
   */
  async makeRecord(rootKey: RootKey): Promise<KnownVault> {
    const facts = this.#proven;
    if (facts === null) throw notProven();
    const before = this.#own();
    const mark = markOf(rootKey);
    // Made for a key that was dropped since: the repository must never name it.
    if (this.#made?.mark !== mark) this.#made = null;
    this.#made ??= await this.#stepping((onStep) =>
      this.#pending.use(async (password, invite) => {
        const record = await this.#parts.keys.register(facts.place, { password, rootKey, invite, onStep });
        return { record, mark, before };
      }),
    );
    // A record that was just made has no wrong tries, and this computer's clock may be ahead of the vault's.
    return { ...this.#made.record, embedded: facts.embedded, seenMs: 0 };
  }

  /** What the repository of a finished set-up names, as this computer will know it. */
  known(vault: VaultLocator | null): KnownVault | null {
    return vault === null ? null : { ...vault, embedded: isLoopback(vault.urls), seenMs: this.#parts.clock.now() };
  }

  /** After a set-up or a registration: the password is forgotten, a session opened, the vault asked for a report. */
  inUse(): void {
    this.dropPassword();
    this.#renamed = undefined;
    this.keeper.open();
    void this.watch.ask();
  }

  async register(): Promise<{ oldRecord: ErrorInfo | null }> {
    const { session, connection } = this.#parts;
    const oldRecord = await this.#holding(async () => {
      // Before anything is registered: a disk that is away must not leave a record behind that nothing names.
      await connection.inspect(connection.require().destination);
      const known = await this.makeRecord(session.rootKey);
      const before = this.#made?.before ?? null;
      await this.#name(known);
      return before === null ? null : await this.#destroy(before);
    });
    this.inUse();
    return { oldRecord };
  }

  /**
   * Ends a record that another one has replaced: both would be twice the wrong tries for one key.
   * @returns why that did not succeed; the new record is in use all the same
   */
  async #destroy(record: KnownVault): Promise<ErrorInfo | null> {
    const { keys, session } = this.#parts;
    await this.keeper.close(record);
    try {
      await this.wake(record);
      await keys.turnOff(record, session.rootKey);
      return null;
    } catch (thrown) {
      const { code, message, detail = message } = toHoldfastError(thrown);
      return errorInfo(
        new HoldfastError(
          code,
          'The new password is in use, but the vault did not confirm that it destroyed its old copy of your key.',
          'Until that is destroyed, the old password may be tried there ten times more. Tell whoever runs the vault.',
          { severity: 'notice', detail },
        ),
      );
    }
  }

  async changePassword(): Promise<void> {
    const { keys, session } = this.#parts;
    const record = this.#require();
    await this.#holding(async () => {
      const { rootKey } = session;
      await this.wake(record);
      await this.#stepping((onStep) =>
        this.#pending.use(async (password) => await keys.changePassword(record, { password, rootKey, onStep })),
      );
    });
    // The vault has dropped its part of every session.
    await this.keeper.close(record);
    this.watch.opened(record);
    this.inUse();
  }

  /**
   * The digits are typed first: after this they are the only way in.
   * @param withoutVault goes on without the vault, which keeps its copy until that is destroyed by failures
   */
  async turnOff(groups: string[], withoutVault: boolean): Promise<KeyCheck> {
    const { keys, session } = this.#parts;
    const record = this.#require();
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    try {
      const wrong = differingRows(session.rootKey, parsed.key);
      if (wrong.length > 0) return refusal(keyTypo(wrong), wrong);
      await this.keeper.close(record);
      // First the vault's copy: broken off between, the repository names what is gone, and this can be done again.
      // Whatever the last try said: a suspended record still holds the key, and sessions outlive destruction by failures.
      if (!withoutVault) {
        await this.wake(record);
        await keys.turnOff(record, parsed.key);
      }
      await this.#name(null);
      this.watch.forget();
      const copy = withoutVault ? ' The vault was not told: its copy is still there.' : '';
      return accepted(parsed, `The 64 digits are the only way in now.${copy}`);
    } finally {
      parsed.key.wipe();
    }
  }

  async refresh(): Promise<void> {
    await this.watch.ask();
  }

  async markSeen(what: Seen): Promise<void> {
    const own = this.#require();
    if (what === 'registrations') {
      await this.#parts.keys.acknowledge(own);
      this.watch.acknowledged(own);
      return;
    }
    const newest = this.watch.known(own).report?.failures.at(-1)?.at ?? 0;
    await this.#keep({ ...own, seenMs: Math.max(newest, own.seenMs) });
  }

  async clearFailures(): Promise<void> {
    const record = this.#require();
    await this.wake(record);
    await this.#parts.keys.clearFailures(record, this.#parts.session.rootKey);
    await this.watch.ask();
  }

  async freeze(days: number): Promise<void> {
    const record = this.#require();
    await this.wake(record);
    await this.#parts.keys.freeze(record, days);
    await this.watch.ask();
  }

  async unfreeze(): Promise<void> {
    const record = this.#require();
    await this.wake(record);
    await this.#parts.keys.unfreeze(record, this.#parts.session.rootKey);
    await this.watch.ask();
  }

  async sessions(): Promise<VaultSession[]> {
    const record = this.#require();
    await this.wake(record);
    return (await this.#parts.keys.sessions(record)).map(shownSession);
  }

  async revokeSession(id: string): Promise<void> {
    const record = this.#require();
    await this.wake(record);
    const mine = (await this.#parts.keys.sessions(record)).some((one) => one.id === id && one.thisComputer);
    if (mine) await this.keeper.close(record);
    else await this.#parts.keys.revokeSession(record, id);
    await this.watch.ask();
  }

  async revokeDevice(id: string): Promise<void> {
    const record = this.#require();
    await this.wake(record);
    await this.#parts.keys.revokeDevice(record, this.#parts.session.rootKey, id);
    await this.watch.ask();
  }

  /**
   * Tries a password at `vault`. Only what the vault signed is believed.
   * @returns the key, which the caller owns, or the answer to show
   */
  async tryPassword(vault: VaultRecord, password: string): Promise<{ key: RootKey } | { answer: PasswordAnswer }> {
    await this.wake(vault);
    const { keys, clock } = this.#parts;
    // Not put off by later tries: the first of them may be the one that is held.
    this.#cancelForget ??= clock.after(TYPED_KEPT_MS, () => this.#forgetLogins());
    const result = await keys.unlock(vault, password);
    if (result.ok) {
      this.watch.opened(vault);
      return { key: result.rootKey };
    }
    const refusal = withEnd(result.refusal);
    this.watch.refused(vault, refusal);
    return { answer: shownRefusal(refusal, clock.now()) };
  }

  /**
   * After an unlock: accepts what the repository says now of its vault, makes this computer known to it, and opens a
   * session. Never rejects: being unlocked does not depend on it.
   * @param facts of the repository, as the key that opened it has proven them
   */
  async unlocked(facts: RepositoryFacts | null): Promise<void> {
    const { config, keys, session, store, report } = this.#parts;
    const plan = config.value.plan;
    if (plan === null) return;
    try {
      if (facts !== null) await this.#accept(facts.vault);
      const record = this.#own();
      if (record === null || session.locked) return;
      await this.watch.ask();
      const { report: last, ended } = this.watch.known(record);
      const enrolled = last?.devices.some((device) => device.thisComputer) === true;
      // In memory alone this computer's key would be a stranger's to the vault after every start.
      if (!enrolled && ended === null && last !== null && store.kind === 'system' && !session.locked) {
        await keys.enrolDevice(record, session.rootKey);
        await this.watch.ask();
      }
      if (this.watch.known(record).ended === null) this.keeper.open();
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code !== 'locked') report(`vault: ${error.message}`); // locked again meanwhile: nothing to do
    }
  }

  /** Compares what the repository names with the plan; storage alone never changes the plan. */
  noticed(vault: VaultLocator | null): void {
    const own = this.#own();
    this.#renamed = (vault?.recordId ?? null) === (own?.recordId ?? null) ? undefined : vault;
  }

  /** Starts the vault on this computer if `record` is kept by it. Its failure shows as a vault that does not answer. */
  async wake(record: VaultRecord): Promise<void> {
    const { embedded, report } = this.#parts;
    if (embedded === null || !isLoopback(record.urls) || !embedded.exists()) return;
    try {
      await embedded.start();
    } catch (thrown) {
      report(thrown instanceof HoldfastError ? `${thrown.message} ${thrown.detail ?? ''}` : String(thrown));
    }
  }

  /** Ends everything that goes on by itself, the vault on this computer included. */
  async end(): Promise<void> {
    this.forgetTyped();
    this.watch.end();
    this.#parts.keys.close();
    await this.#parts.embedded?.stop();
  }

  #forgetLogins(): void {
    this.#cancelForget?.();
    this.#cancelForget = null;
    this.#parts.keys.forgetLogins();
  }

  #own(): KnownVault | null {
    return this.#parts.config.value.plan?.vault ?? null;
  }

  #require(): KnownVault {
    const own = this.#own();
    if (own === null) throw notSetUp();
    return own;
  }

  async #embedded(): Promise<VaultPlace> {
    if (this.#parts.embedded !== null) return await this.#parts.embedded.start();
    throw new HoldfastError(
      'bad-input',
      'This Holdfast offers no vault on this computer.',
      'Enter the address and the identity of a vault, or use the 64-digit key.',
      { severity: 'notice' },
    );
  }

  /** Idleness does not lock while a password is on its way: the key is needed to the end of it. */
  async #holding<T>(work: () => Promise<T>): Promise<T> {
    const release = this.#parts.session.hold();
    try {
      return await work();
    } finally {
      release();
    }
  }

  async #stepping<T>(work: (onStep: (step: RegistrationStep) => void) => Promise<T>): Promise<T> {
    const tell = (step: RegistrationStep | null): void => {
      this.#step = step;
      this.#parts.changed();
    };
    try {
      tell('begin');
      return await work(tell);
    } finally {
      tell(null);
    }
  }

  /** Puts the vault into repo.json, or takes it out, then into the plan. */
  async #name(known: KnownVault | null): Promise<void> {
    await this.nameIn(this.#parts.connection.require().destination, this.#parts.session.rootKey, known);
    await this.#keep(known);
    this.#renamed = undefined;
  }

  /** @throws HoldfastError of the engine's `setVault` */
  async nameIn(destination: DestinationSpec, key: RootKey, known: KnownVault | null): Promise<void> {
    const engine = this.#parts.engines.fresh();
    const rootKey = key.copy();
    const vault =
      known === null
        ? null
        : {
            vaultId: known.vaultId,
            recordId: known.recordId,
            urls: known.urls,
            fingerprint: known.fingerprint,
          };
    try {
      const running = engine.run('setVault', { destination, rootKey, vault, stateFolder: this.#parts.stateFolder });
      wipe(rootKey);
      await running;
    } finally {
      wipe(rootKey);
      await engine.end();
    }
  }

  async #accept(vault: VaultLocator | null): Promise<void> {
    const own = this.#own();
    this.#renamed = undefined;
    if ((vault?.recordId ?? null) !== (own?.recordId ?? null)) await this.#keep(this.known(vault));
  }

  async #keep(vault: KnownVault | null): Promise<void> {
    const { config } = this.#parts;
    if (config.value.plan === null) throw notSetUp();
    await config.update({ plan: { ...config.value.plan, vault } });
    this.#parts.changed();
  }
}

/** A vault that a repository names, for showing. */
export function identityOf(vault: VaultLocator): VaultIdentity {
  return shownIdentity(vault);
}

/** Nothing of the key can be learnt from it: 256 random bits are never guessed. */
function markOf(key: RootKey): string {
  return key.read((bytes) => createHash('sha256').update('holdfast/app/made-for').update(bytes).digest('hex'));
}

function notProven(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'No vault has proven itself yet.',
    'Go back to the step that chooses the vault. Nothing was sent.',
    { severity: 'notice' },
  );
}
