/** Unlocking with the 64 digits or the password, locking, and practising with the digits. */
import type { KeyCheck, PasswordAnswer, Unlocking } from '../ipc/services.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import type { Engines, RepositoryFacts } from '../jobs/ports.ts';
import { differingRows, keyTypo } from '../keys/row-checks.ts';
import type { RootKey } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import { enrolPlans, type EnrolmentParts } from './enrolment.ts';
import type { KeyAccess } from './key-access.ts';
import { accepted, openWith, proveOpens, readDigits, refusal } from './key-entry.ts';
import type { VaultOwner } from './vault/owner.ts';
import { say } from '../words/say.ts';

export interface UnlockingParts {
  session: KeySession;
  connection: Connection;
  config: ConfigStore;
  engines: Engines;
  keys: KeyAccess;
  enrolment: EnrolmentParts;
  vault: VaultOwner;
  /** The engine's folder. */
  stateFolder: string;
  /** Called when the key came or went, or this computer can back up again. */
  changed: () => Promise<void>;
  /** Called when only the time of locking changed. */
  touched: () => void;
  /** Called when digits were typed and are right. */
  practised: () => Promise<void>;
}

export class SessionUnlocking implements Unlocking {
  readonly #parts: UnlockingParts;

  constructor(parts: UnlockingParts) {
    this.#parts = parts;
  }

  /** Unlocks with digits that open the repository; wrong ones are answered, and nothing counts them. */
  async unlock(groups: string[]): Promise<KeyCheck> {
    const { connection, engines, stateFolder } = this.#parts;
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    let facts: RepositoryFacts;
    try {
      const { destination, repoId } = connection.require();
      facts = await proveOpens(engines, destination, repoId, parsed, stateFolder);
    } catch (thrown) {
      parsed.key.wipe();
      return refusal(toHoldfastError(thrown));
    }
    await this.#opened(parsed.key, facts);
    await this.#parts.practised();
    return accepted(parsed, say('Unlocked.'));
  }

  /** Unlocks with the password of the vault that the backup names; only the vault counts wrong ones. */
  async unlockWithPassword(password: string): Promise<PasswordAnswer> {
    const { connection, engines, stateFolder, vault } = this.#parts;
    const { destination, vault: record } = connection.require();
    if (record === null) throw noVault();
    const tried = await vault.tryPassword(record, password);
    if ('answer' in tried) return tried.answer;
    let facts: RepositoryFacts;
    try {
      facts = await openWith(engines, destination, tried.key, stateFolder);
    } catch (thrown) {
      tried.key.wipe();
      const error = toHoldfastError(thrown);
      if (error.code === 'wrong-key') return { kind: 'other-key' };
      throw error;
    }
    await this.#opened(tried.key, facts);
    return { kind: 'opened' };
  }

  /** Locks, and forgets what was typed: a password may be held exactly while no key is in memory. */
  async lock(reason: 'user' | 'sleep' = 'user'): Promise<void> {
    this.#parts.vault.forgetTyped();
    await this.#parts.session.lock(reason);
  }

  touch(): void {
    this.#parts.session.touch();
    this.#parts.vault.keeper.touch();
    this.#parts.touched();
  }

  /** Practice: compares and forgets. Tells wrong rows only while unlocked, when the right ones are known anyway. */
  async test(groups: string[]): Promise<KeyCheck> {
    const { session, connection, engines } = this.#parts;
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    try {
      if (session.locked) {
        const { destination, repoId } = connection.require();
        await proveOpens(engines, destination, repoId, parsed);
      } else {
        const wrong = differingRows(session.rootKey, parsed.key);
        if (wrong.length > 0) return refusal(keyTypo(wrong), wrong);
      }
      await this.#parts.practised();
      return accepted(parsed, say('That is your key. It opens this backup.'));
    } catch (thrown) {
      return refusal(toHoldfastError(thrown));
    } finally {
      parsed.key.wipe();
    }
  }

  async #opened(key: RootKey, facts: RepositoryFacts): Promise<void> {
    const { session, vault, changed } = this.#parts;
    session.unlock(key);
    await this.#enrolAgain(facts.keysRenewed === true);
    // Not waited for: a vault that does not answer must not hold up a backup that is open.
    void vault.unlocked(facts);
    await changed();
  }

  /** Where the keychain lost what lets this computer back up, or the keys were renewed since, the key brings it back. */
  async #enrolAgain(keysRenewed: boolean): Promise<void> {
    const { connection, keys, session, enrolment, stateFolder } = this.#parts;
    const plans = connection.eachPlan();
    const states = await Promise.all(plans.map(async ({ plan }) => await keys.capabilityState(plan.clientId)));
    // With several plans one of them may have missed what was renewed while its places were away.
    if (!keysRenewed && !states.includes('missing') && plans.length === 1) return;
    await enrolPlans(enrolment, plans, session.rootKey, stateFolder);
  }
}

function noVault(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This backup has no password.',
    'Unlock it with its 64 digits. Nothing was sent anywhere.',
    { severity: 'notice' },
  );
}
