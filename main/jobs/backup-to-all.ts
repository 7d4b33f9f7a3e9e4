/**
 * One backup to every destination of a plan: the sources are read once. One destination leads (index and snapshots are
 * made there), the others receive the same objects; each has its own outcome, and one that fails holds back no other.
 */
import { mkdir } from 'node:fs/promises';
import { placeText } from '../destinations/spec.ts';
import type { BackupOutput, EngineEvent } from '../engine/api.ts';
import { type ErrorInfo, happened, HoldfastError, toHoldfastError } from '../errors.ts';
import { text, told } from '../text.ts';
import type { RunRecord } from './activity.ts';
import type { PlannedDestination } from './config.ts';
import { presenceOf } from './destination-status.ts';
import type { Destinations } from './destinations.ts';
import type { BackupPlan } from './plans.ts';
import type { Engines, Keys } from './ports.ts';
import type { JobContext } from './runner.ts';
import { TrafficLog } from './traffic-log.ts';

export interface BackupToAllParts {
  engines: Engines;
  keys: Keys;
  destinations: Destinations;
  /** Folder for cache, lock and local index. */
  stateFolder: string;
  computerName: string;
}

/** What of a plan its run needs. */
export type PlanToRun = Pick<BackupPlan, 'destinations' | 'sources' | 'excludes' | 'clientId'> & {
  /** Missing where it is the only one. */
  id?: string | undefined;
  /** Kept with the snapshot. */
  tags?: readonly string[] | undefined;
};

type Outcome = NonNullable<RunRecord['destinations']>[number];

export class BackupToAll {
  readonly #parts: BackupToAllParts;

  constructor(parts: BackupToAllParts) {
    this.#parts = parts;
  }

  /** Rejects only where no destination could be written to, with what the last one said. */
  async run(plan: PlanToRun, context: JobContext): Promise<Partial<RunRecord>> {
    const { destinations, stateFolder } = this.#parts;
    await mkdir(stateFolder, { recursive: true, mode: 0o700 });
    await destinations.load();
    const traffic = new TrafficLog();
    const outcomes = new Map<string, Outcome>();
    let { leads, followers } = await this.#inOrder(plan, outcomes, context, traffic);
    let failure: HoldfastError | null = null;
    for (const lead of leads) {
      // A lead that failed is not tried again in this run; the others go on without it.
      followers = followers.filter((one) => one !== lead);
      try {
        const output = await this.#backup(plan, lead, followers, context, traffic);
        await this.#note(plan, outcomes, lead, followers, output);
        return { ...record(output), destinations: inPlan(plan, outcomes), traffic: traffic.list() };
      } catch (thrown) {
        failure = toHoldfastError(thrown);
        if (!failure.code.startsWith('destination-')) throw failure;
        await this.#failed(plan, outcomes, lead, failure.toInfo());
        if (followers.length > 0) {
          context.emit({
            type: 'message',
            level: 'warning',
            ...told(text`${lead.name}: ${happened(failure)} The backup goes on to the other destinations.`),
          });
        }
      }
    }
    throw failure ?? unreachable(outcomes);
  }

  /** Who can lead, the best first, and who receives: those and places to be filled. What the others said is noted. */
  async #inOrder(
    plan: PlanToRun,
    outcomes: Map<string, Outcome>,
    context: JobContext,
    traffic: TrafficLog,
  ): Promise<{ leads: PlannedDestination[]; followers: PlannedDestination[] }> {
    const planned = plan.destinations;
    if (planned.length === 1) return { leads: [...planned], followers: [] };
    const { destinations, engines, keys, stateFolder } = this.#parts;
    const access = await keys.writeAccess(plan.clientId);
    const engine = engines.fresh();
    try {
      const found = await engine.run(
        'survey',
        { destinations: planned.map((destination) => destinations.spec(destination)), access, stateFolder },
        { control: context.control, onEvent: (event) => traffic.take(event, namesOf(planned)) },
      );
      const leads: PlannedDestination[] = [];
      const followers: PlannedDestination[] = [];
      for (const [i, { state, error }] of found.destinations.entries()) {
        const destination = planned[i];
        if (destination === undefined) continue;
        if (state === 'other' || state === 'unreachable') await this.#failed(plan, outcomes, destination, error);
        // A server that is only slow or busy now may receive later in the run, which opens it beside its work.
        if (state !== 'other' && (state !== 'unreachable' || error?.retry !== undefined)) followers.push(destination);
        if (state !== 'ready') continue;
        if (i === found.lead) leads.unshift(destination);
        else leads.push(destination);
      }
      return { leads, followers };
    } finally {
      access.capability.fill(0);
      await engine.end();
    }
  }

  async #backup(
    plan: PlanToRun,
    lead: PlannedDestination,
    followers: readonly PlannedDestination[],
    context: JobContext,
    traffic: TrafficLog,
  ): Promise<BackupOutput> {
    const { destinations, engines, keys, stateFolder, computerName } = this.#parts;
    const names = namesOf([lead, ...followers]);
    context.destinations([lead, ...followers].map(({ id }) => id));
    const access = await keys.writeAccess(plan.clientId);
    const engine = engines.fresh();
    try {
      return await engine.run(
        'backup',
        {
          destination: destinations.spec(lead),
          also: followers.map((destination) => destinations.spec(destination)),
          access,
          stateFolder,
          sources: [...plan.sources],
          excludes: [...plan.excludes],
          computerName,
          ...(plan.tags === undefined ? {} : { tags: [...plan.tags] }),
        },
        {
          control: context.control,
          onEvent: (event: EngineEvent) => {
            traffic.take(event, names);
            context.emit(event);
          },
        },
      );
    } finally {
      access.capability.fill(0);
      await engine.end();
    }
  }

  async #note(
    plan: PlanToRun,
    outcomes: Map<string, Outcome>,
    lead: PlannedDestination,
    followers: readonly PlannedDestination[],
    output: BackupOutput,
  ): Promise<void> {
    const { destinations } = this.#parts;
    outcomes.set(lead.id, outcome(lead, { complete: true, storedBytes: output.storedBytes, error: null }));
    destinations.found(lead.id, { presence: 'present', error: null });
    await destinations.note(lead.id, { error: null, complete: true }, plan.id);
    for (const { index, state, error, storedBytes } of output.also) {
      const follower = followers[index];
      if (follower === undefined) continue;
      if (state !== 'complete') {
        await this.#failed(plan, outcomes, follower, error, storedBytes);
        continue;
      }
      outcomes.set(follower.id, outcome(follower, { complete: true, storedBytes, error: null }));
      destinations.found(follower.id, { presence: 'present', error: null });
      await destinations.note(follower.id, { error: null, complete: true }, plan.id);
    }
  }

  async #failed(
    plan: PlanToRun,
    outcomes: Map<string, Outcome>,
    destination: PlannedDestination,
    error: ErrorInfo | null,
    storedBytes = 0,
  ): Promise<void> {
    const { destinations } = this.#parts;
    outcomes.set(destination.id, outcome(destination, { complete: false, storedBytes, error }));
    // A run that a person stopped, or another copy that is at work there, says nothing against the place.
    const against = error === null || error.code === 'stopped' || error.code === 'busy' ? null : error;
    if (against !== null) destinations.found(destination.id, { presence: presenceOf(against.code), error: against });
    await destinations.note(destination.id, { error: against, complete: false }, plan.id);
  }
}

function outcome({ id, name }: PlannedDestination, rest: Omit<Outcome, 'id' | 'name'>): Outcome {
  return { id, name, ...rest };
}

/** What people call destinations, by the labels that the engine gives them. */
function namesOf(all: readonly PlannedDestination[]): Map<string, string> {
  return new Map(all.map(({ name, place }) => [placeText(place), name]));
}

/** In the order in which people see their destinations. */
function inPlan(plan: PlanToRun, outcomes: Map<string, Outcome>): Outcome[] {
  return plan.destinations.flatMap(({ id }) => outcomes.get(id) ?? []);
}

function record(output: BackupOutput): Partial<RunRecord> {
  return {
    files: output.files,
    bytes: output.bytes,
    newFiles: output.newFiles,
    changedFiles: output.changedFiles,
    unchangedFiles: output.unchangedFiles,
    removedFiles: output.removedFiles,
    storedBytes: output.storedBytes,
    skippedCount: output.skipped.length,
    skipped: output.skipped,
    snapshotId: output.snapshotId,
    phases: output.phases,
  };
}

/** What the first that is more than absent said, else what the first said. */
function unreachable(outcomes: Map<string, Outcome>): HoldfastError {
  const errors = [...outcomes.values()].flatMap(({ error }) => error ?? []);
  const worst = errors.find(({ code }) => presenceOf(code) !== 'away') ?? errors[0];
  if (worst !== undefined) return HoldfastError.fromInfo(worst);
  return new HoldfastError(
    'destination-missing',
    'None of the places that your backups go to could be reached.',
    'Nothing was lost. Connect one of them; the next backup goes on from there.',
  );
}
