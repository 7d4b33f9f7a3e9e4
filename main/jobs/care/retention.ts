/**
 * Keeps what each plan's rule keeps of its backups, and frees what only the others needed; at each place by
 * itself, one after the other, so that one that is away or fails holds back no other.
 */
import { HoldfastError, toHoldfastError, type ErrorInfo } from '../../errors.ts';
import { text, told } from '../../text.ts';
import type { ForgetOutput, PruneInput, PruneOutput } from '../../engine/api.ts';
import type { RunRecord } from '../activity.ts';
import type { ConfigStore, PlannedDestination } from '../config.ts';
import type { Connection } from '../connection.ts';
import { presenceOf } from '../destination-status.ts';
import type { Destinations } from '../destinations.ts';
import { type BackupPlan, planOf, plansOf } from '../plans.ts';
import type { DestinationSpec, Engines, Keys } from '../ports.ts';
import { runWithKey } from '../reading.ts';
import type { JobContext, JobRunner } from '../runner.ts';
import { DEFAULT_CARE, policyOf, type Keep } from './care.ts';
import { placeSentence, removedBytesOf, sumOf, type PlaceCleaned } from './retention-words.ts';

export interface RetentionParts {
  config: ConfigStore;
  connection: Connection;
  destinations: Destinations;
  runner: JobRunner;
  engines: Engines;
  keys: Keys;
  /** The engine's folder. */
  stateFolder: string;
  /** True while the root key is in memory: packs that are partly needed can be written anew then. */
  unlocked: () => boolean;
  /** Keeps the session from locking by idleness; returns what gives that back. */
  hold: () => () => void;
}

/** What a clean-up would free at one place. */
export interface FreePlan {
  name: string;
  /** Backups that the rule removes there. */
  snapshots: number;
  nowBytes: number;
  laterBytes: number;
  laterMs: number | null;
  lockedBytes: number;
  /** Folders of this computer: nobody else is reading there who could not try again. */
  atOnce: boolean;
  error: ErrorInfo | null;
}

export class Retention {
  readonly #parts: RetentionParts;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /**
   * What a rule would keep of a plan's backups, at the place that is read from.
   * @param planId the first plan where it is not given
   * @throws HoldfastError `bad-input` before set-up, `capability-*`, `destination-*`, `repository-*`
   */
  async preview(keep: Keep | null, planId?: string): Promise<ForgetOutput['decisions']> {
    const plan = planOf(this.#parts.config.value, planId);
    const { destinations } = this.#parts;
    const destination = destinations.spec(destinations.reading(plan.destinations));
    return (await this.#forget(plan, destination, keep, true)).decisions;
  }

  /** What a clean-up would free at each place, of all plans that go there. Changes nothing. */
  async plan(): Promise<FreePlan[]> {
    const { config, destinations } = this.#parts;
    planOf(config.value);
    await destinations.load();
    const free: FreePlan[] = [];
    for (const one of destinations.planned()) {
      const here = this.#plansAt(one);
      const each: FreePlan[] = [];
      for (const plan of here) each.push(await this.#planAt(plan, one));
      free.push(...together(each));
    }
    return free;
  }

  /**
   * Starts a clean-up of every place that is there.
   * @param atOnce without waiting for those that may be reading, in folders of this computer
   * @throws HoldfastError `busy`, `bad-input` before set-up
   */
  start(atOnce = false): { runId: string; finished: Promise<RunRecord> } {
    const { config, destinations, runner } = this.#parts;
    planOf(config.value);
    return runner.start({
      kind: 'retention',
      destination: destinations
        .planned()
        .map(({ name }) => name)
        .join(', '),
      execute: async (context) => await this.#clean({ atOnce, byRule: true }, context),
    });
  }

  /**
   * Starts what keeps the storage in order where every backup is kept: small packs are joined, and what no backup needs
   * goes. No backup goes, whatever a rule says by then.
   * @returns null where no place is there that this is possible at
   * @throws HoldfastError `busy`, `bad-input` before set-up
   */
  async startTidying(): Promise<{ runId: string; finished: Promise<RunRecord> } | null> {
    const { destinations, runner } = this.#parts;
    await destinations.load();
    const possible = destinations.planned().filter((one) => whyNot(destinations, one) === null);
    if (possible.length === 0) return null;
    const how = { atOnce: false, byRule: false, only: new Set(possible.map(({ id }) => id)) };
    return runner.start({
      kind: 'retention',
      destination: possible.map(({ name }) => name).join(', '),
      execute: async (context) => await this.#clean(how, context),
    });
  }

  #plansAt({ id }: PlannedDestination): BackupPlan[] {
    return plansOf(this.#parts.config.value).filter(({ destinations }) => destinations.some((one) => one.id === id));
  }

  async #planAt(plan: BackupPlan, one: PlannedDestination): Promise<FreePlan> {
    const nothing = { name: one.name, snapshots: 0, nowBytes: 0, laterBytes: 0, laterMs: null, lockedBytes: 0 };
    try {
      this.#assertPossible(one);
      const destination = this.#parts.destinations.spec(one);
      const { decisions } = await this.#forget(plan, destination, plan.keep, true);
      const without = decisions.flatMap((decision) => (decision.keep ? [] : [decision.id]));
      const output = await this.#prune(plan, destination, { dryRun: true, without });
      return {
        name: one.name,
        snapshots: without.length,
        nowBytes: output.removedBytes,
        // What is needed of packs that are written anew takes room again: before compression, so that this is cautious.
        laterBytes: Math.max(0, output.waitingBytes - output.repackedBytes - output.joinedBytes),
        laterMs: output.nextMs,
        lockedBytes: output.lockedBytes,
        atOnce: one.place.kind === 'local',
        error: null,
      };
    } catch (thrown) {
      return { ...nothing, atOnce: false, error: toHoldfastError(thrown).toInfo() };
    }
  }

  async #clean(how: HowToClean, context: JobContext): Promise<Partial<RunRecord>> {
    const { destinations, hold, unlocked } = this.#parts;
    const release = unlocked() ? hold() : () => undefined;
    const cleaned: PlaceCleaned[] = [];
    try {
      await destinations.load();
      for (const one of destinations.planned()) {
        if (how.only?.has(one.id) === false) continue;
        const several = plansOf(this.#parts.config.value).length > 1;
        for (const { id, name } of this.#plansAt(one)) {
          const result = await this.#cleanAt(id, one, how, context);
          cleaned.push(result);
          const level = result.error === null ? ('info' as const) : ('warning' as const);
          const words = placeSentence(result);
          context.emit({ type: 'message', level, ...told(several ? text`${name}, ${words}` : words) });
        }
      }
    } finally {
      release();
    }
    const [first] = cleaned;
    if (first?.error != null && cleaned.every(({ error }) => error !== null)) throw HoldfastError.fromInfo(first.error);
    return {
      // What a plan's rule keeps at one place it keeps at all: the place that has most stands for them.
      files: sumOf([...new Set(cleaned.map(({ plan }) => plan))], (plan) =>
        Math.max(0, ...cleaned.filter((one) => one.plan === plan).map(({ kept }) => kept)),
      ),
      removedFiles: new Set(cleaned.flatMap(({ gone }) => gone)).size,
      bytes: sumOf(cleaned, ({ output }) => removedBytesOf(output)),
      storedBytes: sumOf(cleaned, ({ output }) => output?.storedBytes ?? 0),
      destinations: outcomesOf(cleaned),
    };
  }

  async #cleanAt(
    planId: string,
    one: PlannedDestination,
    { atOnce, byRule }: HowToClean,
    context: JobContext,
  ): Promise<PlaceCleaned> {
    const { id, name } = one;
    // As they are now: a rule that was changed or a backup that was pinned since the run began counts from here on.
    const plan = planOf(this.#parts.config.value, planId);
    let gone: string[] = [];
    let kept = 0;
    try {
      this.#assertPossible(one);
      const destination = this.#parts.destinations.spec(one);
      if (byRule && plan.keep !== null) {
        const { decisions } = await this.#forget(plan, destination, plan.keep, false, context);
        gone = decisions.flatMap((decision) => (decision.keep ? [] : [decision.id]));
        kept = decisions.length - gone.length;
      }
      const graceHours = atOnce && one.place.kind === 'local' ? 0 : undefined;
      const output = await this.#prune(plan, destination, { dryRun: false, graceHours }, context);
      return { plan: planId, id, name, gone, kept, output, error: null };
    } catch (thrown) {
      const error = toHoldfastError(thrown);
      if (error.code === 'stopped') throw error;
      if (error.code.startsWith('destination-')) {
        this.#parts.destinations.found(id, { presence: presenceOf(error.code), error: error.toInfo() });
      }
      return { plan: planId, id, name, gone, kept, output: null, error: error.toInfo() };
    }
  }

  /** @throws HoldfastError `bad-input`, `destination-missing` where nothing can be freed now */
  #assertPossible(one: PlannedDestination): void {
    const why = whyNot(this.#parts.destinations, one);
    if (why !== null) throw why;
  }

  async #forget(
    plan: BackupPlan,
    destination: DestinationSpec,
    keep: Keep | null,
    dryRun: boolean,
    context?: JobContext,
  ): Promise<ForgetOutput> {
    const { config, engines, keys, stateFolder } = this.#parts;
    const policy = policyOf(keep, (config.value.plan?.care ?? DEFAULT_CARE).pins);
    const access = await keys.writeAccess(plan.clientId);
    const engine = engines.fresh();
    try {
      const input = { destination, access, stateFolder, policy, ids: [], dryRun };
      const running = engine.run('forget', input, optionsOf(context));
      access.capability.fill(0);
      return await running;
    } finally {
      await engine.end();
    }
  }

  /** In the reader's thread while unlocked, which ends with the key; else in one of its own, which cannot read contents. */
  async #prune(
    plan: BackupPlan,
    destination: DestinationSpec,
    more: Pick<PruneInput, 'dryRun' | 'without' | 'graceHours'>,
    context?: JobContext,
  ): Promise<PruneOutput> {
    const { engines, keys, stateFolder, unlocked } = this.#parts;
    const access = await keys.writeAccess(plan.clientId);
    const input: PruneInput = { destination, access, stateFolder, ...more };
    if (unlocked()) {
      try {
        return await runWithKey(this.#parts, 'prune', (rootKey) => ({ ...input, rootKey }), optionsOf(context));
      } finally {
        access.capability.fill(0);
      }
    }
    const engine = engines.fresh();
    try {
      return await engine.run('prune', input, optionsOf(context));
    } finally {
      access.capability.fill(0);
      await engine.end();
    }
  }
}

interface HowToClean {
  /** Without waiting for those that may be reading, in folders of this computer. */
  atOnce: boolean;
  /** False: no backup goes, also where a rule says so. */
  byRule: boolean;
  /** Ids of places; all where it is absent. */
  only?: ReadonlySet<string>;
}

/** Why nothing can be freed at a place now; null where it can. */
function whyNot(destinations: Destinations, one: PlannedDestination): HoldfastError | null {
  if (one.place.kind === 'synced') return carriedByAnother(one.name);
  if (destinations.status(one.id).presence === 'away') return isAway(one.name);
  return destinations.states.get(one.id).behind ? isBehind(one.name) : null;
}

/** What all plans at one place free there. */
function together(each: readonly FreePlan[]): FreePlan[] {
  const [first, ...others] = each;
  if (first === undefined) return [];
  return [
    others.reduce<FreePlan>(
      (all, one) => ({
        name: all.name,
        snapshots: all.snapshots + one.snapshots,
        nowBytes: all.nowBytes + one.nowBytes,
        laterBytes: all.laterBytes + one.laterBytes,
        laterMs:
          all.laterMs === null || (one.laterMs ?? Number.POSITIVE_INFINITY) < all.laterMs ? one.laterMs : all.laterMs,
        lockedBytes: all.lockedBytes + one.lockedBytes,
        atOnce: all.atOnce && one.atOnce,
        error: all.error ?? one.error,
      }),
      first,
    ),
  ];
}

/** How it ended at each place, for all plans that go there. */
function outcomesOf(cleaned: readonly PlaceCleaned[]): NonNullable<RunRecord['destinations']> {
  return [...new Set(cleaned.map(({ id }) => id))].map((id) => {
    const here = cleaned.filter((one) => one.id === id);
    const error = here.find((one) => one.error !== null)?.error ?? null;
    const storedBytes = sumOf(here, ({ output }) => output?.storedBytes ?? 0);
    return { id, name: here[0]?.name ?? '', complete: error === null, storedBytes, error };
  });
}

function optionsOf(context: JobContext | undefined): { control?: JobContext['control']; onEvent?: JobContext['emit'] } {
  return context === undefined ? {} : { control: context.control, onEvent: context.emit };
}

const carriedByAnother = (name: string): HoldfastError =>
  new HoldfastError(
    'bad-input',
    text`${name} is carried to the cloud by another program, which doesn’t say what has arrived there.`,
    'Nothing is removed there, so nothing is freed. Move the backup to another kind of place if it grows too large.',
    { severity: 'notice' },
  );

const isAway = (name: string): HoldfastError =>
  new HoldfastError('destination-missing', text`${name} isn’t there.`, 'Connect it: the next clean-up frees it too.', {
    severity: 'notice',
  });

const isBehind = (name: string): HoldfastError =>
  new HoldfastError(
    'bad-input',
    text`${name} still lacks some of the newest backup.`,
    'It catches up first; the next clean-up frees it too.',
    { severity: 'notice' },
  );
