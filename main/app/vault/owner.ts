/**
 * The key vault of this computer's backup, as the rest of the app uses it: its state, unlocking, what goes on by itself.
 * What the window may ask of it is in requests.ts.
 */
import { HoldfastError, toHoldfastError } from '../../errors.ts';
import type { PasswordAnswer, RegistrationStep, VaultIdentity, VaultState } from '../../ipc/services.ts';
import type { ConfigStore, KnownVault } from '../../jobs/config.ts';
import type { Connection } from '../../jobs/connection.ts';
import type { Clock, DestinationSpec, Engines, RepositoryFacts, VaultLocator } from '../../jobs/ports.ts';
import type { RootKey } from '../../keys/secret.ts';
import type { KeySession } from '../../keys/session.ts';
import type { SecretStore } from '../../keys/store.ts';
import type { VaultClient, VaultRecord } from '../../keys/vault/api.ts';
import type { EmbeddedVault } from './embedded.ts';
import { NamedVault } from './named-vault.ts';
import { NewPassword, TYPED_KEPT_MS } from './new-password.ts';
import { isLoopback, shownIdentity } from './place.ts';
import { SessionKeeper } from './session-keeper.ts';
import { shownRefusal, withEnd } from './shapes.ts';
import { unseenFailures, VaultWatch } from './watch.ts';

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
  /** Whether a new password is good enough. @throws HoldfastError `password-weak` */
  checkPassword: (password: string) => Promise<void>;
  changed: () => void;
  report: (what: string) => void;
}

export class VaultOwner {
  readonly #parts: OwnerParts;
  readonly password: NewPassword;
  readonly named: NamedVault;
  readonly watch: VaultWatch;
  readonly keeper: SessionKeeper;
  #cancelForget: (() => void) | null = null;
  #ended = false;

  constructor(parts: OwnerParts) {
    this.#parts = parts;
    const { keys, clock, session, changed, report, config } = parts;
    session.onLock(() => this.forgetTyped());
    this.named = new NamedVault(parts);
    const record = (): KnownVault | null => this.named.own;
    this.password = new NewPassword({ ...parts, own: record });
    const wake = async (one: VaultRecord): Promise<void> => await this.wake(one);
    const rootKey = (): RootKey | undefined => (session.locked ? undefined : session.rootKey);
    this.watch = new VaultWatch({ keys, clock, record, rootKey, wake, changed });
    const idleMinutes = (): number => config.value.settings.idleLockMinutes;
    this.keeper = new SessionKeeper({ keys, session, clock, record, wake, idleMinutes, changed, report });
  }

  get registering(): RegistrationStep | null {
    return this.password.step;
  }

  /** True where the proven vault may be used without the 64-digit kit. */
  get kitOptional(): boolean {
    return this.password.kitOptional;
  }

  /** For the window; null where the backup that is looked at has no vault. */
  state(): VaultState | null {
    const vault = this.#parts.connection.current()?.vault ?? null;
    if (vault === null) return null;
    const { own, renamed } = this.named;
    const { tries, ended, report, reportError } = this.watch.known(vault);
    return {
      ...shownIdentity(vault),
      tries,
      ended,
      report,
      reportError,
      unseen: own === null ? null : unseenFailures(report, own.seenMs),
      sessionUntil: own === null ? null : this.keeper.until,
      renamed: renamed === undefined ? null : { to: renamed && shownIdentity(renamed) },
    };
  }

  /** Every password that was typed and is still held here: for a registration, or to repeat a try whose answer was lost. */
  forgetTyped(): void {
    this.password.drop();
    this.#forgetLogins();
  }

  /** As `NewPassword.makeRecord`, for a set-up, which has nothing to take the place of. */
  async makeRecord(rootKey: RootKey): Promise<KnownVault> {
    return (await this.password.makeRecord(rootKey)).known;
  }

  /** What the repository of a finished set-up names, as this computer will know it. */
  known(vault: VaultLocator | null): KnownVault | null {
    return this.named.known(vault);
  }

  /** After a set-up or a registration: the password is forgotten, a session opened, the vault asked for a report. */
  inUse(): void {
    this.password.drop();
    this.named.agreed();
    this.keeper.open();
    void this.watch.ask();
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
      // A place that missed a change names what was before it.
      if (facts !== null && facts.behind !== true) await this.named.accept(facts.vault);
      const record = this.named.own;
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

  /** What a look at the repository found; storage alone never changes the plan. */
  noticed(vault: VaultLocator | null): void {
    this.named.noticed(vault);
  }

  /** Starts the vault on this computer if `record` is kept by it. Its failure shows as a vault that does not answer. */
  async wake(record: VaultRecord): Promise<void> {
    const { embedded, report } = this.#parts;
    if (embedded === null || !isLoopback(record.urls) || !embedded.exists()) return;
    try {
      await embedded.start();
    } catch (thrown) {
      if (this.#ended) return; // nobody waits for it any more
      report(thrown instanceof HoldfastError ? `${thrown.message} ${thrown.detail ?? ''}` : String(thrown));
    }
  }

  /** Ends everything that goes on by itself, the vault on this computer included. */
  async end(): Promise<void> {
    this.#ended = true;
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

  /** Puts the vault of a set-up into repo.json. @throws HoldfastError of the engine's `setVault` */
  async nameIn(destination: DestinationSpec, key: RootKey, known: KnownVault): Promise<void> {
    await this.named.writeIn(destination, key, known);
  }
}

/** A vault that a repository names, for showing. */
export function identityOf(vault: VaultLocator): VaultIdentity {
  return shownIdentity(vault);
}
