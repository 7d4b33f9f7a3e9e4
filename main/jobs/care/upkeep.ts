/**
 * What is done by itself between backups, where nothing else runs and nothing holds back what starts by itself: old
 * backups go once a day by their rule, a sample is restored each month while unlocked, a part of the storage is checked
 * each month, and where no rule removes backups, small packs are joined each month.
 */
import type { ActivityLog, RunRecord } from '../activity.ts';
import type { ConfigStore } from '../config.ts';
import { plansOf } from '../plans.ts';
import type { Clock } from '../ports.ts';
import type { RunKind } from '../progress.ts';
import type { JobRunner } from '../runner.ts';
import type { Verifies } from '../verifies.ts';
import { DEFAULT_CARE, type Care } from './care.ts';
import type { Drills } from './drills.ts';
import type { Retention } from './retention.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** A month, in which each proof and each check comes once. */
const MONTH_MS = 30 * DAY_MS;
/** After packs were joined: the old ones wait for those that may be reading, at most a week. */
const JOINED_MS = 8 * DAY_MS;
/** After a run has ended: whoever waited for it may want something else first. */
const SETTLE_MS = 60_000;
/** Bytes that a monthly check reads; those that were checked longest ago come first. */
export const CHECK_BYTES = 1_000_000_000;

export interface UpkeepParts {
  config: ConfigStore;
  activity: ActivityLog;
  runner: JobRunner;
  retention: Pick<Retention, 'start' | 'startTidying'>;
  drills: Pick<Drills, 'start'>;
  verifies: Pick<Verifies, 'startPart'>;
  clock: Clock;
  unlocked: () => boolean;
  /** Whether what starts by itself may run now: not while backups are paused, nor in quiet hours, on a metered network... */
  mayRun: () => Promise<boolean>;
}

/** When each comes next, ms since the epoch; null where it does not come by itself. */
export interface UpkeepTimes {
  retentionMs: number | null;
  drillMs: number | null;
  checkMs: number | null;
  tidyMs: number | null;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  #cancel: () => void = () => undefined;
  #ended = false;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  times(): UpkeepTimes {
    const { config, activity, clock } = this.#parts;
    const { plan } = config.value;
    if (plan === null) return NOTHING;
    // One clean-up looks after all plans: it is due where any of them has a rule.
    const keep = plansOf(config.value).find((one) => one.keep !== null)?.keep ?? null;
    return upkeepTimes({ ...(plan.care ?? DEFAULT_CARE), keep }, activity.list(), clock.now());
  }

  /** Looks again every hour, and a minute after each run. */
  begin(): void {
    this.#lookAfter(HOUR_MS);
  }

  /** A run has ended, or the key came. */
  soon(): void {
    this.#lookAfter(SETTLE_MS);
  }

  end(): void {
    this.#ended = true;
    this.#cancel();
  }

  #lookAfter(ms: number): void {
    this.#cancel();
    if (this.#ended) return;
    this.#cancel = this.#parts.clock.after(ms, () => {
      this.#lookAfter(HOUR_MS);
      // What could not be started now (the key went in this moment) is started by the next look.
      this.#look().catch(() => undefined);
    });
  }

  /** Starts the first that is due; the others come when it has ended. */
  async #look(): Promise<void> {
    const { retention, drills, verifies, mayRun } = this.#parts;
    if (this.#due() === null || !(await mayRun())) return;
    // Looking at power and networks takes its time: what is due is asked again.
    switch (this.#due()) {
      case 'retention':
        retention.start();
        break;
      case 'drill':
        drills.start();
        break;
      case 'check':
        verifies.startPart(CHECK_BYTES);
        break;
      case 'tidy':
        await retention.startTidying();
        break;
      default:
    }
  }

  #due(): 'retention' | 'drill' | 'check' | 'tidy' | null {
    const { runner, clock, unlocked } = this.#parts;
    if (this.#ended || runner.active().length > 0) return null;
    const { retentionMs, drillMs, checkMs, tidyMs } = this.times();
    const isDue = (at: number | null): boolean => at !== null && at <= clock.now();
    if (isDue(retentionMs)) return 'retention';
    if (isDue(drillMs) && unlocked()) return 'drill';
    if (isDue(checkMs)) return 'check';
    // Last: it may find that no place is there, and holds back nothing else then.
    return isDue(tidyMs) ? 'tidy' : null;
  }
}

const NOTHING: UpkeepTimes = { retentionMs: null, drillMs: null, checkMs: null, tidyMs: null };

/**
 * @param log newest first. What is said to have started after `nowMs` is left out: the clock was set back since, and
 *   what waited for that moment would not come for as long
 */
export function upkeepTimes(care: Care, log: readonly RunRecord[], nowMs: number): UpkeepTimes {
  const runs = log.filter(({ startedAt }) => startedAt <= nowMs);
  const finished = runs.filter(({ kind, result }) => kind === 'backup' && result.startsWith('done'));
  const oldest = finished.at(-1)?.endedAt ?? null;
  const newest = finished[0]?.endedAt ?? null;
  if (oldest === null || newest === null) return NOTHING;
  const after = (kind: RunKind, wellMs: number, firstMs: number): number => {
    const last = runs.find((run) => run.kind === kind);
    if (last === undefined) return oldest + firstMs;
    // What failed is tried again the next day, as is what was stopped: the disk may be there then.
    const wait = last.result.startsWith('done') ? wellMs : Math.min(DAY_MS, wellMs);
    return last.startedAt + wait;
  };
  const last = runs.find(({ kind }) => kind === 'retention');
  const cleaned = last?.startedAt ?? 0;
  const waits = (last?.storedBytes ?? 0) > 0;
  return {
    // Without a newer backup the rule says what it said before.
    retentionMs: care.keep === null || newest <= cleaned ? null : after('retention', DAY_MS, 0),
    drillMs: care.drills ? after('drill', MONTH_MS, DAY_MS) : null,
    checkMs: care.checks ? after('verify', MONTH_MS, DAY_MS) : null,
    // A rule's own clean-up does this too. Without a newer backup there is nothing new to join.
    tidyMs:
      care.keep !== null || (newest <= cleaned && !waits)
        ? null
        : after('retention', waits ? JOINED_MS : MONTH_MS, MONTH_MS),
  };
}
