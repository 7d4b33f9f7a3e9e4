/** What the window may ask of the key vault: proof, a new password, report, sessions, the end of it. */
import { say } from '../../words/say.ts';
import { HoldfastError, toHoldfastError } from '../../errors.ts';
import type {
  ErrorInfo,
  KeyCheck,
  Said,
  Seen,
  VaultChoice,
  VaultProof,
  VaultService,
  VaultSession,
} from '../../ipc/services.ts';
import type { KnownVault } from '../../jobs/config.ts';
import { errorInfo } from '../../ipc/dispatch.ts';
import type { Connection } from '../../jobs/connection.ts';
import type { DestinationSpec } from '../../jobs/ports.ts';
import { differingRows, keyTypo } from '../../keys/row-checks.ts';
import type { KeySession } from '../../keys/session.ts';
import type { VaultKeys } from '../../keys/vault/api.ts';
import { accepted, readDigits, refusal } from '../key-entry.ts';
import type { VaultOwner } from './owner.ts';
import { shownSession } from './shapes.ts';
import { wordPassword } from './words.ts';

export interface RequestParts {
  owner: VaultOwner;
  keys: VaultKeys;
  session: KeySession;
  connection: Connection;
  /** Told where repo.json was changed: other places of the plan have the old one. */
  changedRepoFile: (destination: DestinationSpec) => Promise<void>;
}

export class VaultRequests implements VaultService {
  readonly #owner: VaultOwner;
  readonly #keys: VaultKeys;
  readonly #session: KeySession;
  readonly #connection: Connection;
  readonly #changedRepoFile: RequestParts['changedRepoFile'];

  constructor({ owner, keys, session, connection, changedRepoFile }: RequestParts) {
    this.#owner = owner;
    this.#keys = keys;
    this.#session = session;
    this.#connection = connection;
    this.#changedRepoFile = changedRepoFile;
  }

  prove(choice: VaultChoice): Promise<VaultProof> {
    return this.#owner.password.prove(choice);
  }

  suggestPassword(): string {
    return wordPassword();
  }

  choosePassword(password: string, invite: string | undefined): Said {
    return this.#owner.password.choose(password, invite);
  }

  repeatPassword(password: string): Said {
    return this.#owner.password.repeat(password);
  }

  dropPassword(): void {
    this.#owner.password.drop();
  }

  async register(): Promise<{ oldRecord: ErrorInfo | null }> {
    const oldRecord = await this.#holding(async () => {
      // Before anything is registered: a disk that is away must not leave a record behind that nothing names.
      await this.#connection.inspect(this.#connection.require().destination);
      const { known, before } = await this.#owner.password.makeRecord(this.#session.rootKey);
      await this.#name(known);
      return before === null ? null : await this.#destroy(before);
    });
    this.#owner.inUse();
    return { oldRecord };
  }

  /**
   * Ends a record that another one has replaced: both would be twice the wrong tries for one key.
   * @returns why that did not succeed; the new record is in use all the same
   */
  async #destroy(record: KnownVault): Promise<ErrorInfo | null> {
    await this.#owner.keeper.close(record);
    try {
      await this.#owner.wake(record);
      await this.#keys.turnOff(record, this.#session.rootKey);
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
    const record = this.#owner.named.require();
    await this.#holding(async () => {
      const { rootKey } = this.#session;
      await this.#owner.wake(record);
      await this.#owner.password.change(record, rootKey);
    });
    // The vault has dropped its part of every session.
    await this.#owner.keeper.close(record);
    this.#owner.watch.opened(record);
    this.#owner.inUse();
  }

  /**
   * The digits are typed first: after this they are the only way in.
   * @param withoutVault goes on without the vault, which keeps its copy until that is destroyed by failures
   */
  async turnOff(groups: string[], withoutVault: boolean): Promise<KeyCheck> {
    const record = this.#owner.named.require();
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    try {
      const wrong = differingRows(this.#session.rootKey, parsed.key);
      if (wrong.length > 0) return refusal(keyTypo(wrong), wrong);
      await this.#owner.keeper.close(record);
      // First the vault's copy: broken off between, the repository names what is gone, and this can be done again.
      // Whatever the last try said: a suspended record still holds the key, and sessions outlive destruction by failures.
      if (!withoutVault) {
        await this.#owner.wake(record);
        await this.#keys.turnOff(record, parsed.key);
      }
      await this.#name(null);
      this.#owner.watch.forget();
      const done = say('The 64 digits are the only way in now.');
      return accepted(
        parsed,
        withoutVault ? `${done} ${say('The vault was not told: its copy is still there.')}` : done,
      );
    } finally {
      parsed.key.wipe();
    }
  }

  async refresh(): Promise<void> {
    await this.#owner.watch.ask();
  }

  async markSeen(what: Seen): Promise<void> {
    const own = this.#owner.named.require();
    if (what === 'registrations') {
      await this.#keys.acknowledge(own);
      this.#owner.watch.acknowledged(own);
      return;
    }
    const newest = this.#owner.watch.known(own).report?.failures.at(-1)?.at ?? 0;
    await this.#owner.named.keep({ ...own, seenMs: Math.max(newest, own.seenMs) });
  }

  async clearFailures(): Promise<void> {
    await this.#andLook((record) => this.#keys.clearFailures(record, this.#session.rootKey));
  }

  async freeze(days: number): Promise<void> {
    await this.#andLook((record) => this.#keys.freeze(record, days));
  }

  async unfreeze(): Promise<void> {
    await this.#andLook((record) => this.#keys.unfreeze(record, this.#session.rootKey));
  }

  async sessions(): Promise<VaultSession[]> {
    const record = this.#owner.named.require();
    await this.#owner.wake(record);
    return (await this.#keys.sessions(record)).map(shownSession);
  }

  async revokeSession(id: string): Promise<void> {
    await this.#andLook(async (record) => {
      const mine = (await this.#keys.sessions(record)).some((one) => one.id === id && one.thisComputer);
      if (mine) await this.#owner.keeper.close(record);
      else await this.#keys.revokeSession(record, id);
    });
  }

  async revokeDevice(id: string): Promise<void> {
    await this.#andLook((record) => this.#keys.revokeDevice(record, this.#session.rootKey, id));
  }

  /** Does something at the vault, then asks it how things stand. */
  async #andLook(work: (record: KnownVault) => Promise<void>): Promise<void> {
    const record = this.#owner.named.require();
    await this.#owner.wake(record);
    await work(record);
    await this.#owner.watch.ask();
  }

  /** Idleness does not lock while a password is on its way: the key is needed to the end of it. */
  async #holding<T>(work: () => Promise<T>): Promise<T> {
    const release = this.#session.hold();
    try {
      return await work();
    } finally {
      release();
    }
  }

  async #name(known: KnownVault | null): Promise<void> {
    const { destination } = this.#connection.require();
    await this.#owner.named.write(destination, this.#session.rootKey, known);
    await this.#changedRepoFile(destination);
  }
}
