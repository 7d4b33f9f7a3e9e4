/**
 * What is known of the record at the vault: from signed answers to tries, and from a report asked for once a day, so
 * that wrong tries of others are seen soon.
 */
import { errorInfo } from '../../ipc/dispatch.ts';
import type { VaultState } from '../../ipc/services.ts';
import { toHoldfastError } from '../../errors.ts';
import type { Clock } from '../../jobs/ports.ts';
import type { RootKey } from '../../keys/secret.ts';
import type { UnlockRefusal, VaultKeys, VaultRecord } from '../../keys/vault/api.ts';
import { shownReport, shownTries } from './shapes.ts';

type Known = Pick<VaultState, 'tries' | 'ended' | 'report' | 'reportError'>;

const NOTHING: Known = { tries: null, ended: null, report: null, reportError: null };
const DAY_MS = 86_400_000;
/** After a report that did not come: a vault that restarts is back soon, and a computer that travels may be too. */
const AGAIN_MS = 3_600_000;

export interface WatchParts {
  keys: VaultKeys;
  clock: Clock;
  /** The record of this computer's own plan; null where it has none. */
  record: () => VaultRecord | null;
  /** The key while it is in memory: it may ask where this computer is not enrolled. */
  rootKey: () => RootKey | undefined;
  /** Called before the vault is asked anything: the one on this computer may have to be started. */
  wake: (record: VaultRecord) => Promise<void>;
  changed: () => void;
}

export class VaultWatch {
  readonly #parts: WatchParts;
  /** Of which record the rest is known. */
  #recordId: string | null = null;
  #known = NOTHING;
  #asking: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  known(record: VaultRecord): Known {
    return this.#recordId === record.recordId ? this.#known : NOTHING;
  }

  /** Takes note of how a try ended; only what the vault signed changes the counts. */
  refused(record: VaultRecord, refusal: UnlockRefusal): void {
    switch (refusal.kind) {
      case 'wrong-password':
      case 'delayed':
        this.#learn(record, { tries: shownTries(refusal.attempts, this.#parts.clock.now()), ended: null });
        break;
      case 'destroyed':
        this.#learn(record, { ended: refusal.byOwner ? 'destroyed-by-owner' : 'destroyed' });
        break;
      case 'suspended':
        this.#learn(record, { ended: 'suspended' });
        break;
      case 'unknown-record':
        this.#learn(record, { ended: 'unknown' });
        break;
      case 'frozen':
      case 'unreachable':
      case 'not-the-vault':
        break;
    }
  }

  /** The right password: the vault starts counting anew. */
  opened(record: VaultRecord): void {
    this.#learn(record, { tries: null, ended: null });
  }

  /** The foreign registrations of the last report were seen. */
  acknowledged(record: VaultRecord): void {
    const { report } = this.known(record);
    if (report !== null) this.#learn(record, { report: { ...report, unknownRegistrations: 0 } });
  }

  /** Nothing that was known holds any more: another record, or none. */
  forget(): void {
    this.#recordId = null;
    this.#known = NOTHING;
    this.#parts.changed();
  }

  /** Asks at once, then daily, hourly while the vault does not answer. Does nothing without a record. Never rejects. */
  ask(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** Asks no more. */
  end(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  async #ask(): Promise<void> {
    this.end();
    const record = this.#parts.record();
    if (record === null) return;
    try {
      await this.#parts.wake(record);
      const status = await this.#parts.keys.status(record, this.#parts.rootKey());
      const report = shownReport(status, this.#parts.clock.now());
      // Who destroyed it, only a try tells; what one has told already stays.
      const destroyed = this.known(record).ended === 'destroyed-by-owner' ? 'destroyed-by-owner' : 'destroyed';
      const ended = status.state === 'destroyed' ? destroyed : status.state === 'suspended' ? 'suspended' : null;
      this.#learn(record, { report, reportError: null, tries: report.tries, ended });
      this.#later(DAY_MS);
    } catch (thrown) {
      this.#learn(record, { reportError: errorInfo(toHoldfastError(thrown)) });
      this.#later(AGAIN_MS);
    }
  }

  #later(ms: number): void {
    this.end();
    this.#cancel = this.#parts.clock.after(ms, () => void this.ask());
  }

  #learn(record: VaultRecord, news: Partial<Known>): void {
    this.#known = { ...this.known(record), ...news };
    this.#recordId = record.recordId;
    this.#parts.changed();
  }
}

/** Wrong tries after `seenMs`, as "3 wrong tries since Tuesday" needs them; null where there are none. */
export function unseenFailures(report: VaultState['report'], seenMs: number): VaultState['unseen'] {
  const unseen = (report?.failures ?? []).filter((failure) => failure.at > seenMs);
  const [first] = unseen;
  return first === undefined ? null : { count: unseen.length, since: first.at };
}
