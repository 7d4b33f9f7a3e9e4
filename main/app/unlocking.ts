/** Unlocking, locking and practising with the 64 digits. */
import type { KeyCheck, Unlocking } from '../ipc/services.ts';
import { toHoldfastError } from '../errors.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Connection } from '../jobs/connection.ts';
import type { Engines } from '../jobs/ports.ts';
import { differingRows, keyTypo } from '../keys/row-checks.ts';
import type { KeySession } from '../keys/session.ts';
import { enrolComputer, type EnrolmentParts } from './enrolment.ts';
import type { KeyAccess } from './key-access.ts';
import { accepted, proveOpens, readDigits, refusal } from './key-entry.ts';

export interface UnlockingParts {
  session: KeySession;
  connection: Connection;
  config: ConfigStore;
  engines: Engines;
  keys: KeyAccess;
  enrolment: EnrolmentParts;
  /** Called when the key came or went, or this computer can back up again. */
  changed: () => Promise<void>;
  /** Called when only the time of locking changed. */
  touched: () => void;
}

export class SessionUnlocking implements Unlocking {
  readonly #parts: UnlockingParts;

  constructor(parts: UnlockingParts) {
    this.#parts = parts;
  }

  /** Unlocks with digits that open the repository; wrong ones are answered, and nothing counts them. */
  async unlock(groups: string[]): Promise<KeyCheck> {
    const { session, connection, engines } = this.#parts;
    const read = readDigits(groups);
    if ('answer' in read) return read.answer;
    const { parsed } = read;
    try {
      const { destination, repoId } = connection.require();
      await proveOpens(engines, destination, repoId, parsed);
    } catch (thrown) {
      parsed.key.wipe();
      return refusal(toHoldfastError(thrown));
    }
    session.unlock(parsed.key);
    await this.#enrolAgain();
    await this.#parts.changed();
    return accepted(parsed, 'Unlocked.');
  }

  async lock(): Promise<void> {
    await this.#parts.session.lock('user');
  }

  touch(): void {
    this.#parts.session.touch();
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
      return accepted(parsed, 'That is your key. It opens this backup.');
    } catch (thrown) {
      return refusal(toHoldfastError(thrown));
    } finally {
      parsed.key.wipe();
    }
  }

  /** Where the keychain lost what lets this computer back up, the digits bring it back. */
  async #enrolAgain(): Promise<void> {
    const { config, keys, session, enrolment } = this.#parts;
    const plan = config.value.plan;
    if (plan === null || (await keys.capabilityState()) !== 'missing') return;
    const { kind, path } = plan.destination;
    await enrolComputer(enrolment, { kind, path }, session.rootKey, plan.clientId);
  }
}
