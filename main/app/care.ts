/** What the window sees and sets of the care for a backup: which backups stay, proofs, checks, practice. */
import type { AppState } from '../ipc/services.ts';
import type { ActivityLog } from '../jobs/activity.ts';
import { DEFAULT_CARE, keepsNothing, practiceDueMs, type Care, type Keep } from '../jobs/care/care.ts';
import type { Upkeep } from '../jobs/care/upkeep.ts';
import type { ConfigStore } from '../jobs/config.ts';
import { notSetUp } from '../jobs/not-set-up.ts';
import { changePlan, planOf } from '../jobs/plans.ts';
import type { Clock } from '../jobs/ports.ts';
import { HoldfastError } from '../errors.ts';

const LATER_MS = 7 * 86_400_000;

export interface CareParts {
  config: ConfigStore;
  activity: ActivityLog;
  upkeep: Pick<Upkeep, 'times'>;
  clock: Clock;
  changed: () => void;
}

export class CareSettings {
  readonly #parts: CareParts;

  constructor(parts: CareParts) {
    this.#parts = parts;
  }

  state(): AppState['care'] {
    const { config, activity, upkeep } = this.#parts;
    const { plan, keySavedMs } = config.value;
    const care = plan?.care ?? DEFAULT_CARE;
    const times = upkeep.times();
    const proven = activity.newest('drill', ({ result, files }) => result === 'done' && files > 0);
    const last = activity.newest('drill', ({ result }) => result.startsWith('done'));
    const failed = last?.result === 'done-with-skips' ? last : undefined;
    const change = plan?.keyChange ?? null;
    const names = plan?.destinations.filter(({ id }) => change?.places.includes(id)).map(({ name }) => name) ?? [];
    return {
      keep: care.keep,
      pins: [...care.pins],
      drills: care.drills,
      checks: care.checks,
      proven:
        proven === undefined
          ? null
          : { at: proven.endedAt ?? proven.startedAt, files: proven.files, bytes: proven.bytes, runId: proven.id },
      proofFailed:
        failed === undefined
          ? null
          : { at: failed.endedAt ?? failed.startedAt, failed: failed.skippedCount, runId: failed.id },
      nextDrillAt: times.drillMs,
      nextCheckAt: times.checkMs,
      nextCleanUpAt: times.retentionMs,
      practice: {
        lastAt: care.practice.lastMs,
        dueAt: practiceDueMs(care, Math.max(keySavedMs ?? 0, plan?.repoCreatedMs ?? 0)),
      },
      keyChange: change === null ? null : { places: names, oldRecord: change.before !== null },
    };
  }

  /**
   * @param planId the first plan where it is not given
   * @throws HoldfastError `bad-input` for a rule that would keep the newest backup alone
   */
  async setKeep(keep: Keep | null, planId?: string): Promise<void> {
    if (keep !== null && keepsNothing(keep)) throw keepsTooLittle();
    const { config, changed } = this.#parts;
    await changePlan(config, planOf(config.value, planId).id, { keep });
    changed();
  }

  async pin(snapshotId: string, pinned: boolean): Promise<void> {
    await this.#update((care) => {
      const others = care.pins.filter((id) => id !== snapshotId);
      return { ...care, pins: pinned ? [...others, snapshotId] : others };
    });
  }

  async setAutomatic(change: { drills?: boolean | undefined; checks?: boolean | undefined }): Promise<void> {
    await this.#update((care) => ({
      ...care,
      drills: change.drills ?? care.drills,
      checks: change.checks ?? care.checks,
    }));
  }

  /** The digits were typed and are right. Never rejects: that they are right does not depend on it. */
  async practised(): Promise<void> {
    if (this.#parts.config.value.plan === null) return;
    const lastMs = this.#parts.clock.now();
    await this.#update((care) => ({
      ...care,
      practice: { lastMs, times: care.practice.times + 1, laterMs: null },
    })).catch(() => undefined);
  }

  /** The digits are new: they are learnt from the beginning. */
  async renewedKey(): Promise<void> {
    const laterMs = this.#parts.clock.now() + LATER_MS;
    await this.#update((care) => ({ ...care, practice: { lastMs: null, times: 0, laterMs } }));
  }

  async practiceLater(): Promise<void> {
    const laterMs = this.#parts.clock.now() + LATER_MS;
    await this.#update((care) => ({ ...care, practice: { ...care.practice, laterMs } }));
  }

  async #update(change: (care: Care) => Care): Promise<void> {
    const { config, changed } = this.#parts;
    const { plan } = config.value;
    if (plan === null) throw notSetUp();
    await config.update({ plan: { ...plan, care: change(plan.care ?? DEFAULT_CARE) } });
    changed();
  }
}

const keepsTooLittle = (): HoldfastError =>
  new HoldfastError(
    'bad-input',
    'That rule would keep the newest backup alone.',
    'Keep at least one more, or every one. Nothing was changed.',
    { severity: 'notice' },
  );
