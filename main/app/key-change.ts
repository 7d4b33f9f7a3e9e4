/**
 * Another key for this backup, for when somebody may have seen the digits. In two phases: the new digits are on paper and
 * proven before anything is changed, and at each place the new lock opens before the old one goes. What could not be
 * changed yet is in the configuration, so that the change can be finished after a crash, or when a disk is back.
 */
import { createHash } from 'node:crypto';
import { sentence, text } from '../text.ts';
import { HoldfastError, toHoldfastError, type ErrorInfo } from '../errors.ts';
import type { KeyCheck } from '../ipc/services.ts';
import type { ConfigStore, KeyChange, KnownVault, Plan, PlannedDestination } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import type { Destinations } from '../jobs/destinations.ts';
import { notSetUp } from '../jobs/not-set-up.ts';
import type { Engines, VaultLocator } from '../jobs/ports.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { locked, RootKey, wipe } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import type { VaultKeys } from '../keys/vault/api.ts';
import type { CareSettings } from './care.ts';
import { enrolPlans, type EnrolmentParts } from './enrolment.ts';
import { accepted, openWith, readDigits, refusal } from './key-entry.ts';
import type { KeySetUp } from './set-up.ts';
import type { VaultOwner } from './vault/owner.ts';
import { say } from '../words/say.ts';

export interface KeyChangesParts {
  config: ConfigStore;
  connection: Connection;
  destinations: Destinations;
  runner: JobRunner;
  engines: Engines & { endReader(): Promise<void> };
  session: KeySession;
  enrolment: EnrolmentParts;
  vault: VaultOwner;
  vaultKeys: VaultKeys;
  /** Holds the new key while its kit is made and proven. */
  setUp: KeySetUp;
  care: Pick<CareSettings, 'renewedKey'>;
  /** The engine's folder. */
  stateFolder: string;
  refresh: () => Promise<void>;
}

/** A place that still opens with the old digits, and why. */
export interface KeptPlace {
  name: string;
  error: ErrorInfo;
}

export class KeyChanges {
  readonly #parts: KeyChangesParts;

  constructor(parts: KeyChangesParts) {
    this.#parts = parts;
    // A new key that was not used is of no use to anybody.
    parts.session.onLock(() => this.drop());
  }

  /**
   * Makes the new key.
   * @throws HoldfastError `locked`, `bad-input` while an earlier change has places left. A vault that is gone for good and
   *   never says that it destroyed its old copy stands in nobody's way.
   */
  begin(): void {
    const { session, setUp, connection } = this.#parts;
    if (this.#earlier().hasPlaces) throw notOver();
    if (session.locked) throw locked();
    setUp.beginChange(connection.require().repoId);
  }

  drop(): void {
    this.#parts.setUp.dropChange();
  }

  /**
   * Changes the key at every place that is there, the one that is read from first.
   * @param password the one that was typed twice for the proven vault guards the new key
   * @throws HoldfastError `bad-input` where the new digits are not proven, `locked`, `busy`, `vault-*`, `destination-*`;
   *   nothing was changed then
   */
  async change(password: boolean): Promise<{ kept: KeptPlace[]; oldRecord: ErrorInfo | null }> {
    const { session, setUp, vault, config } = this.#parts;
    const proven = setUp.provenChange();
    if (session.locked) throw locked();
    const release = this.#begin();
    const keys = { old: copyOf(session.rootKey), next: copyOf(proven.key) };
    try {
      const { change: earlier, hasPlaces } = this.#earlier();
      const mark = markOf(keys.next);
      const again = earlier?.mark === mark;
      // A try that got as far as the session, or that was another key's, is finished by hand.
      if (keys.old.equals(keys.next) || (hasPlaces && !again)) throw notOver();
      if (!again) await this.#assertOpens(keys.old);
      const after = password ? await vault.makeRecord(keys.next) : null;
      const plan = this.#plan();
      const places = plan.destinations.map(({ id }) => id);
      await this.#keep({ places, mark, before: again ? earlier.before : (plan.vault ?? null), after });
      const kept = await this.#changeAll(keys, !again);
      await config.update({ keySavedMs: proven.savedAt });
      const oldRecord = await this.#takeOver(keys);
      setUp.dropChange();
      return { kept, oldRecord };
    } finally {
      keys.old.wipe();
      keys.next.wipe();
      release();
    }
  }

  /**
   * Goes on with a change at the places that are left. One key is in the session, the other one is typed.
   * @throws HoldfastError `bad-input` where there is none, `locked`
   */
  async finish(groups: string[]): Promise<KeyCheck> {
    const { session } = this.#parts;
    const { mark } = this.#change();
    if (session.locked) throw locked();
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const typed = read.parsed.key;
    const held = copyOf(session.rootKey);
    let release = (): void => undefined;
    const keys = markOf(typed) === mark ? { old: held, next: typed } : { old: typed, next: held };
    try {
      // Typed again, the new one would pass for the old one, and what is left would be forgotten.
      if (markOf(keys.next) !== mark || held.equals(typed)) throw neitherKey();
      release = this.#begin();
      const [kept] = await this.#changeAll(keys, false);
      const oldRecord = await this.#takeOver(keys);
      if (kept !== undefined)
        throw HoldfastError.fromInfo({
          ...kept.error,
          said: {
            ...kept.error.said,
            message: text`${kept.name}: ${sentence(kept.error.said?.message ?? kept.error.message)}`,
          },
        });
      if (oldRecord !== null) throw HoldfastError.fromInfo(oldRecord);
      return accepted(read.parsed, say('Every place opens with the new digits, and with no others.'));
    } catch (thrown) {
      return refusal(toHoldfastError(thrown));
    } finally {
      held.wipe();
      typed.wipe();
      release();
    }
  }

  /** Keeps runs from starting with the keys of before, and the session from locking by idleness. @returns what ends both */
  #begin(): () => void {
    const { runner, session } = this.#parts;
    const free = runner.reserve();
    const release = session.hold();
    return () => {
      release();
      free();
    };
  }

  /** Before anything is kept or registered: the place that comes first is there. @throws HoldfastError of opening it */
  async #assertOpens(old: RootKey): Promise<void> {
    const { destinations, engines, stateFolder } = this.#parts;
    await destinations.load();
    await openWith(engines, destinations.spec(destinations.reading()), old, stateFolder);
  }

  /**
   * At each place that is left. Where the first fails before any was changed, that ends it.
   * @param fresh no earlier try can have changed a place: such a failure then leaves nothing to finish
   * @returns the places that keep needing the old key
   */
  async #changeAll(keys: Keys, fresh: boolean): Promise<KeptPlace[]> {
    const { destinations } = this.#parts;
    await destinations.load();
    const { places } = this.#change();
    const reading = destinations.reading().id;
    const left = destinations.planned().filter(({ id }) => places.includes(id));
    const inOrder = [...left.filter(({ id }) => id === reading), ...left.filter(({ id }) => id !== reading)];
    const kept: KeptPlace[] = [];
    let begun = left.length < destinations.planned().length;
    for (const one of inOrder) {
      try {
        await this.#changeAt(one, keys);
        begun = true;
      } catch (thrown) {
        const error = toHoldfastError(thrown);
        if (!begun) {
          if (fresh && (await this.#opens(one, keys.old))) await this.#keep(null);
          throw error;
        }
        kept.push({ name: one.name, error: error.toInfo() });
      }
    }
    return kept;
  }

  async #changeAt(one: PlannedDestination, keys: Keys): Promise<void> {
    const { destinations, engines, stateFolder } = this.#parts;
    const destination = destinations.spec(one);
    const vault = locatorOf(this.#change().after);
    const [rootKey, newRootKey] = [keys.old.copy(), keys.next.copy()];
    const engine = engines.fresh();
    try {
      const running = engine.run('changeKey', { destination, rootKey, newRootKey, vault, stateFolder });
      wipe(rootKey);
      wipe(newRootKey);
      await running;
    } finally {
      wipe(rootKey);
      wipe(newRootKey);
      await engine.end();
    }
    const change = this.#change();
    await this.#keep({ ...change, places: change.places.filter((id) => id !== one.id) });
  }

  /**
   * Goes on with the new key on this computer; the vault's copy of the old one is destroyed when no place needs it.
   * @returns why that copy could not be destroyed
   */
  async #takeOver({ old, next }: Keys): Promise<ErrorInfo | null> {
    const { session, engines, enrolment, stateFolder, vault, connection, care, refresh } = this.#parts;
    await enrolPlans(enrolment, connection.eachPlan(), next, stateFolder);
    const { before, after, places } = this.#change();
    if (before !== null && before.recordId !== after?.recordId) await vault.keeper.close(before);
    await vault.named.keep(after);
    if (!session.locked && !session.rootKey.equals(next)) {
      await engines.endReader();
      session.unlock(copyOf(next));
      await care.renewedKey();
    }
    if (after === null) vault.watch.forget();
    else if (!session.locked) vault.inUse();
    let failed: ErrorInfo | null = null;
    if (places.length === 0) {
      failed = before === null ? null : await this.#destroy(before, old);
      if (failed === null) await this.#keep(null);
    }
    await refresh();
    return failed;
  }

  async #destroy(record: KnownVault, oldKey: RootKey): Promise<ErrorInfo | null> {
    try {
      await this.#parts.vault.wake(record);
      await this.#parts.vaultKeys.turnOff(record, oldKey);
      return null;
    } catch (thrown) {
      const { code, message, detail = message } = toHoldfastError(thrown);
      return new HoldfastError(
        code,
        'The vault did not confirm that it destroyed its copy of the old key.',
        'The new key is in use. Finish the change under Protection when the vault answers.',
        { severity: 'notice', detail },
      ).toInfo();
    }
  }

  /** False also where it cannot be told: the change counts as begun then. */
  async #opens(one: PlannedDestination, key: RootKey): Promise<boolean> {
    const { engines, destinations, stateFolder } = this.#parts;
    return await openWith(engines, destinations.spec(one), key, stateFolder).then(
      () => true,
      () => false,
    );
  }

  #plan(): Plan {
    const { plan } = this.#parts.config.value;
    if (plan === null) throw notSetUp();
    return plan;
  }

  #change(): KeyChange {
    const { change } = this.#earlier();
    if (change === null) throw nothingToFinish();
    return change;
  }

  /** A change that is not over, without places that were taken out of the plan since: they are nobody's to change. */
  #earlier(): { change: KeyChange | null; hasPlaces: boolean } {
    const { keyChange = null, destinations } = this.#plan();
    if (keyChange === null) return { change: null, hasPlaces: false };
    const places = keyChange.places.filter((id) => destinations.some((one) => one.id === id));
    return { change: { ...keyChange, places }, hasPlaces: places.length > 0 };
  }

  async #keep(keyChange: KeyChange | null): Promise<void> {
    await this.#parts.config.update({ plan: { ...this.#plan(), keyChange } });
  }
}

interface Keys {
  old: RootKey;
  next: RootKey;
}

const copyOf = (key: RootKey): RootKey => key.read((bytes) => new RootKey(bytes));

/** Nothing of the key can be learnt from it: 256 random bits are never guessed. */
function markOf(key: RootKey): string {
  return key.read((bytes) => createHash('sha256').update('holdfast/app/changed-to').update(bytes).digest('hex'));
}

function locatorOf(known: KnownVault | null): VaultLocator | null {
  if (known === null) return null;
  const { vaultId, recordId, urls, fingerprint } = known;
  return { vaultId, recordId, urls, fingerprint };
}

const notOver = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'An earlier change of the key is not over.',
    'Finish that one first, under Protection. Nothing was changed.',
    { severity: 'notice' },
  );

const nothingToFinish = (): HoldfastError =>
  new HoldfastError('bad-input', 'No change of the key is waiting.', 'Nothing was changed.', { severity: 'notice' });

const neitherKey = (): HoldfastError =>
  new HoldfastError(
    'wrong-key',
    'These are not the digits that this change needs.',
    'Type the old ones, from before the change; or the new ones where you unlocked with the old. Nothing was changed.',
    { severity: 'notice' },
  );
