/** Set-up with a key of its own or that of a repository that is already there, and with a password if one is wanted. */
import { randomBytes, randomInt } from 'node:crypto';
import type { DestinationPlace } from '../destinations/spec.ts';
import type { DestinationSpec, RepositoryFacts } from '../jobs/ports.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { errorInfo } from '../ipc/dispatch.ts';
import type {
  BackupComputer,
  KeyCheck,
  PasswordAnswer,
  Row,
  SetUp,
  SetUpPlan,
  VaultIdentity,
} from '../ipc/services.ts';
import type { Backups } from '../jobs/backups.ts';
import type { ConfigStore, Plan, PlannedDestination } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import { whereWords } from '../jobs/destination-words.ts';
import { withDistinctNames, type ChosenPlace, type Destinations } from '../jobs/destinations.ts';
import { withoutNested } from '../jobs/sources.ts';
import { keyGroups, keyQrText, keyText, ROW_GROUPS, ROWS } from '../keys/digits.ts';
import { canDraw, type KitContent } from '../keys/kit-content.ts';
import { qrMatrix } from '../keys/qr.ts';
import { differingRows, keyTypo, rowChecks } from '../keys/row-checks.ts';
import { RootKey, wipe } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import { adoptComputer } from './adoption.ts';
import { enrolComputer, type EnrolmentParts } from './enrolment.ts';
import { accepted, openWith, proveOpens, readDigits, refusal } from './key-entry.ts';
import { identityOf, type VaultOwner } from './vault/owner.ts';
import { locale, say, spoken } from '../words/say.ts';

/** The key of a set-up that is not finished. */
interface Draft {
  key: RootKey;
  /** 16 bytes in hex. */
  repoId: string;
  /** `new`: to be created; `existing`: the digits opened what is there; `change`: to take the place of the key in use. */
  kind: 'new' | 'existing' | 'change';
  /** The rows to type back. */
  asked: Row[];
  proved: boolean;
  savedAt: number | null;
}

export interface SetUpParts {
  config: ConfigStore;
  session: KeySession;
  connection: Connection;
  destinations: Destinations;
  backups: Backups;
  enrolment: EnrolmentParts;
  vault: VaultOwner;
  /** The engine's folder: generation and owner of repo.json are remembered there. */
  stateFolder: string;
  computerName: string;
  /** Prints the kit; resolves when the system's dialog is closed. */
  print: (kit: KitContent) => Promise<void>;
  /** Makes it a PDF where the kit's own maker cannot draw its letters. */
  kitPagePdf: (kit: KitContent) => Promise<Uint8Array>;
  changed: () => Promise<void>;
}

export class KeySetUp implements SetUp {
  readonly #parts: SetUpParts;
  #draft: Draft | null = null;
  #considered: DestinationPlace | null = null;

  constructor(parts: SetUpParts) {
    this.#parts = parts;
  }

  /** Makes a key; one that was made and perhaps printed already is kept. */
  newKey(): boolean {
    if (this.#draft?.kind === 'new') return false;
    this.#make('new', randomBytes(16).toString('hex'));
    return true;
  }

  /** Makes the key that is to take the place of the one in use; one that was made before and not used is forgotten. */
  beginChange(repoId: string): void {
    this.#make('change', repoId);
  }

  /**
   * The key of a change, whose rows were typed back; it stays this set-up's.
   * @throws HoldfastError `bad-input` where there is none, or its rows were not typed back
   */
  provenChange(): { key: RootKey; savedAt: number | null } {
    if (this.#draft?.kind !== 'change' || !this.#draft.proved) throw notProved();
    return this.#draft;
  }

  /** Forgets the key of a change; whatever else is being set up stays. */
  dropChange(): void {
    if (this.#draft?.kind === 'change') this.forget();
  }

  #make(kind: 'new' | 'change', repoId: string): void {
    this.#draft?.key.wipe();
    this.#draft = { key: RootKey.generate(), repoId, kind, asked: twoRows(), proved: false, savedAt: null };
  }

  reveal(): ReturnType<SetUp['reveal']> {
    const { key, repoId } = this.#shown();
    const id = Buffer.from(repoId, 'hex');
    return { groups: keyGroups(key), rowChecks: rowChecks(id, key), repoId, qr: qrMatrix(keyQrText(key, id)) };
  }

  keyText(): string {
    return keyText(this.#shown().key).trim();
  }

  consider(place: DestinationPlace): void {
    this.#considered = place;
  }

  considered(): DestinationPlace | null {
    return this.#considered;
  }

  async kit(): Promise<Uint8Array> {
    const content = this.#kitContent();
    const drawn = canDraw([say('Holdfast recovery kit'), content.computerName, ...content.destinations]);
    if (!drawn) return await this.#parts.kitPagePdf(content);
    // What draws it takes longer to load than all else that a start needs.
    const { recoveryKitPdf } = await import('../keys/kit.ts');
    return await recoveryKitPdf(content, { language: spoken(), locale: locale(), say });
  }

  async kitSaved(): Promise<void> {
    if (this.#draft === null) {
      await this.#parts.config.update({ keySavedMs: Date.now() });
      await this.#parts.changed();
    } else {
      this.#draft.savedAt = Date.now();
    }
  }

  async printKit(): Promise<void> {
    await this.#parts.print(this.#kitContent());
    await this.kitSaved();
  }

  challenge(): Row[] {
    return [...this.#new().asked];
  }

  /** Compares the two rows typed back; the other two are taken as right. */
  prove(rows: Record<string, string[]>): KeyCheck {
    const draft = this.#new();
    const groups = keyGroups(draft.key);
    for (const row of draft.asked) {
      const typed = rows[row] ?? ['', '', '', ''];
      groups.splice(ROWS.indexOf(row) * ROW_GROUPS, ROW_GROUPS, ...typed);
    }
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    try {
      const wrong = differingRows(draft.key, read.parsed.key);
      if (wrong.length > 0) return refusal(keyTypo(wrong), wrong);
      draft.proved = true;
      return accepted(read.parsed, say('Both rows are right.'));
    } finally {
      read.parsed.key.wipe();
    }
  }

  /** Joins a repository that is already there: its key, checked by opening it. */
  async unlockExisting(chosen: ChosenPlace, groups: string[]): Promise<KeyCheck> {
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    try {
      const { connection, destinations, enrolment, stateFolder } = this.#parts;
      const destination = destinations.specOf(chosen);
      const { repoId } = await connection.inspect(destination);
      this.#join(parsed.key, await proveOpens(enrolment.engines, destination, repoId, parsed, stateFolder));
      return accepted(parsed, say('These digits open this backup.'));
    } catch (thrown) {
      parsed.key.wipe();
      return refusal(toHoldfastError(thrown));
    }
  }

  async existingVault(chosen: ChosenPlace): Promise<VaultIdentity | null> {
    const { connection, destinations } = this.#parts;
    const { vault } = await connection.inspect(destinations.specOf(chosen));
    return vault === null ? null : identityOf(vault);
  }

  /**
   * Joins a repository that is already there with the password of the vault that it names.
   * @param shown fingerprint that `existingVault` gave: storage may name another vault by now, which gets nothing
   */
  async unlockExistingWithPassword(chosen: ChosenPlace, password: string, shown: string): Promise<PasswordAnswer> {
    const { connection, destinations, enrolment, vault, stateFolder } = this.#parts;
    const destination = destinations.specOf(chosen);
    const facts = await connection.inspect(destination);
    if (facts.vault === null) throw noPassword();
    if (identityOf(facts.vault).fingerprint !== shown) {
      return { kind: 'not-the-vault', error: errorInfo(notTheShownVault()) };
    }
    const tried = await vault.tryPassword(facts.vault, password);
    if ('answer' in tried) return tried.answer;
    try {
      this.#join(tried.key, await openWith(enrolment.engines, destination, tried.key, stateFolder));
      return { kind: 'opened' };
    } catch (thrown) {
      tried.key.wipe();
      const error = toHoldfastError(thrown);
      if (error.code === 'wrong-key') return { kind: 'other-key' };
      throw error;
    }
  }

  /**
   * The computers that back up into a backup that was opened here.
   * @throws HoldfastError `bad-input` before its key was accepted, those of the engine's `listComputers`
   */
  async existingComputers(chosen: ChosenPlace): Promise<BackupComputer[]> {
    const { destinations, enrolment, stateFolder } = this.#parts;
    const draft = this.#draft;
    if (draft?.kind !== 'existing') throw notProved();
    const engine = enrolment.engines.fresh();
    const rootKey = draft.key.copy();
    try {
      const running = engine.run('listComputers', { destination: destinations.specOf(chosen), rootKey, stateFolder });
      wipe(rootKey);
      return (await running).map(({ newestMs, adopted: _, elsewhere: __, ...one }) => ({
        ...one,
        newestAt: newestMs,
        thisComputer: false,
        takenOver: false,
      }));
    } finally {
      wipe(rootKey);
      await engine.end();
    }
  }

  /**
   * Registers the password if there is to be one, creates or joins the repository, enrols this computer, stores the
   * plan and starts the first backup. May be called again after a failure: what was done already is found and kept.
   */
  async finish(plan: SetUpPlan): Promise<void> {
    const { session, connection, destinations, backups, vault } = this.#parts;
    // Whoever wants no kit has never come by the page that makes the key.
    if (plan.protection === 'password' && vault.kitOptional) this.newKey();
    const draft = this.#draft;
    const password = plan.protection === 'password' && draft?.kind === 'new';
    if (draft === null || !(draft.proved || (password && vault.kitOptional))) throw notProved();
    const [first] = plan.destinations;
    if (first === undefined) throw noPlace();
    const destination = destinations.specOf(first);
    // The vault first: a repository whose key was never in the vault, and on no paper, could not be opened again.
    const record = password ? await vault.makeRecord(draft.key) : null;
    const facts = await (draft.kind === 'new' ? this.#create(draft, destination) : this.#open(draft, destination));
    if (facts === null || facts.repoId !== draft.repoId) throw otherRepository();
    if (record !== null) await vault.nameIn(destination, draft.key, record);
    const clientId = await this.#enrol(plan, draft, destination);
    await this.#store(plan, {
      repoId: facts.repoId,
      repoCreatedMs: facts.createdMs,
      clientId,
      vault: record ?? vault.known(facts.vault),
    });
    connection.leave();
    session.unlock(draft.key);
    this.#draft = null;
    if (record === null) void vault.unlocked(null);
    else vault.inUse();
    await this.#parts.changed();
    await backups.start();
  }

  /** As a further computer, or in the place of one that is there. @returns the client id, in hex */
  async #enrol(
    { adopt, destinations: chosen }: SetUpPlan,
    { key, kind }: Draft,
    first: DestinationSpec,
  ): Promise<string> {
    const { destinations, enrolment, stateFolder } = this.#parts;
    if (adopt == null || kind !== 'existing') return await enrolComputer(enrolment, first, key);
    const further = chosen.slice(1).map((one) => destinations.specOf(one));
    await adoptComputer(enrolment, [first, ...further], key, adopt, stateFolder);
    return adopt;
  }

  /** Stores the plan and the secrets of its destinations; none of them where the plan could not be stored. */
  async #store(plan: SetUpPlan, made: Pick<Plan, 'repoId' | 'repoCreatedMs' | 'clientId' | 'vault'>): Promise<void> {
    const { config, destinations } = this.#parts;
    const planned: PlannedDestination[] = [];
    try {
      for (const chosen of plan.destinations) planned.push(await destinations.adopt(chosen));
      // One that cannot be made now says so at the first backup, which goes to the others all the same.
      await Promise.all(planned.slice(1).map((one) => destinations.make(one).catch(() => undefined)));
      await config.update({
        plan: {
          ...made,
          destinations: withDistinctNames(planned),
          sources: withoutNested(plan.sources),
          excludes: plan.excludes.filter((pattern) => pattern.trim() !== ''),
        },
        keySavedMs: this.#draft?.savedAt ?? null,
      });
    } catch (error) {
      for (const { id } of planned) await destinations.drop(id);
      throw error;
    }
  }

  /** Forgets the key of an unfinished set-up; called on quit. */
  forget(): void {
    this.#draft?.key.wipe();
    this.#draft = null;
  }

  #join(key: RootKey, facts: RepositoryFacts): void {
    this.#draft?.key.wipe();
    this.#draft = { key, repoId: facts.repoId, kind: 'existing', asked: [], proved: true, savedAt: null };
  }

  async #create(draft: Draft, destination: DestinationSpec): Promise<RepositoryFacts> {
    const engine = this.#parts.enrolment.engines.fresh();
    const rootKey = draft.key.copy();
    try {
      const running = engine.run('create', { destination, rootKey, repoId: draft.repoId });
      wipe(rootKey);
      return await running;
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code !== 'repository-exists') throw error;
      // An earlier try may have come this far; another repository is never taken over.
      const there = await this.#open(draft, destination);
      if (there === null) throw error;
      return there;
    } finally {
      await engine.end();
    }
  }

  /**
   * What the repository says of itself, proven by the draft's key: whoever can write to the storage may have replaced
   * what is seen without it. Null where it is another repository.
   */
  async #open(draft: Draft, destination: DestinationSpec): Promise<RepositoryFacts | null> {
    const { enrolment, stateFolder } = this.#parts;
    try {
      const facts = await openWith(enrolment.engines, destination, draft.key, stateFolder);
      return facts.repoId === draft.repoId ? facts : null;
    } catch (thrown) {
      if (toHoldfastError(thrown).code === 'wrong-key') return null;
      throw thrown;
    }
  }

  /** The key being set up, else that of the unlocked session, for a new kit. */
  #shown(): { key: RootKey; repoId: string } {
    return this.#draft ?? { key: this.#parts.session.rootKey, repoId: this.#parts.connection.require().repoId };
  }

  #new(): Draft {
    if (this.#draft !== null && this.#draft.kind !== 'existing') return this.#draft;
    throw new HoldfastError(
      'bad-input',
      'There is no new key to check.',
      'Go back to the step that makes the key. Nothing was changed.',
      { severity: 'notice' },
    );
  }

  #kitContent(): KitContent {
    const { key, repoId } = this.#shown();
    const planned = this.#parts.destinations.planned().map(({ place }) => place);
    const places = planned.length > 0 || this.#considered === null ? planned : [this.#considered];
    return {
      key,
      repoId: Buffer.from(repoId, 'hex'),
      computerName: this.#parts.computerName,
      destinations: places.map(whereWords),
      made: new Date(),
    };
  }
}

/** Two different rows, in order. */
function twoRows(): Row[] {
  const first = randomInt(ROWS.length);
  const second = (first + 1 + randomInt(ROWS.length - 1)) % ROWS.length;
  return ROWS.filter((_, i) => i === first || i === second);
}

function notProved(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'The key has not been checked yet.',
    'Go back and type the two rows of your key. Nothing was stored.',
  );
}

function noPlace(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'No place for the backups has been chosen.',
    'Go back and choose one. Nothing was stored.',
  );
}

function otherRepository(): HoldfastError {
  return new HoldfastError(
    'repository-exists',
    'The place holds another backup now than the one your digits opened.',
    'Go back and choose the place again. Nothing was changed.',
  );
}

function notTheShownVault(): HoldfastError {
  return new HoldfastError(
    'vault-not-proven',
    'The backup there names another key vault now than the one that was shown here. Nothing was sent to it.',
    'Compare the identity that is shown now with the one that you know before you type the password, or use the 64 digits.',
  );
}

function noPassword(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'This backup has no password.',
    'Enter its 64 digits. Nothing was sent anywhere.',
    { severity: 'notice' },
  );
}
