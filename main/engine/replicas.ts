/** Survey: how the destinations of a plan stand, and which of them should lead the next run. Changes nothing. */
import { folderOf } from '../destinations/spec.ts';
import type { Destination } from '../destinations/destination.ts';
import { toHoldfastError } from '../errors.ts';
import type { DestinationSpec, SurveyedDestination, SurveyInput, SurveyOutput } from './api.ts';
import { anotherRepository, stateOf } from './copy-state.ts';
import { equal } from './format/bytes.ts';
import { decodeCapability } from './format/capability.ts';
import { openFor } from './open.ts';
import { nextSequence } from './repository/domain.ts';
import { refuseEmptied } from './repository/known-places.ts';
import { Repository, readRepoFile } from './repository/repository.ts';
import { reachableDomains } from './repository/snapshot-finder.ts';
import type { VerbContext } from './verb-context.ts';

/** Errors: capability-damaged, stopped; what is wrong with one destination is told in its entry. */
export async function survey(input: SurveyInput, context: VerbContext): Promise<SurveyOutput> {
  const destinations = await Promise.all(
    input.destinations.map(async (spec) => {
      let destination: Destination | null = null;
      try {
        destination = await openFor(spec, context, { patience: SHORT });
        return await surveyOne(destination, spec, input);
      } catch (error) {
        const known = toHoldfastError(error);
        if (known.code === 'stopped' || known.code === 'capability-damaged') throw error;
        return { ...NOTHING, state: 'unreachable' as const, error: known.toInfo() };
      } finally {
        await destination?.close();
      }
    }),
  );
  return { destinations, lead: chooseLead(destinations, input.destinations) };
}

/** Who does not answer by then is looked at by the run itself, beside its work. */
const SHORT = { busyMs: 5_000, offlineMs: 5_000 };

const NOTHING = { head: 0, generation: 0, snapshots: 0, error: null };

/** One of them, open already. Errors: those of looking at it. */
export async function surveyOne(
  destination: Destination,
  spec: DestinationSpec,
  input: Omit<SurveyInput, 'destinations'>,
): Promise<SurveyedDestination> {
  const { access, stateFolder } = input;
  const repoId = access.kind === 'capability' ? decodeCapability(access.capability).repoId : null;
  const found = await stateOf(destination, repoId ?? (await readRepoFile(destination)).file.repoId);
  if (found.state !== 'ready') {
    if (repoId !== null && found.state === 'empty') await refuseEmptied(stateFolder, repoId, spec);
    return { ...NOTHING, state: found.state };
  }
  const { file } = found.copies;
  if (repoId !== null && !equal(file.repoId, repoId)) {
    const error = anotherRepository(destination.label).toInfo();
    return { ...NOTHING, state: 'other', generation: file.generation, error };
  }
  const domains = await reachableDomains(await Repository.open(destination, access));
  return {
    state: 'ready',
    head: Math.max(0, ...domains.map((domain) => nextSequence(domain) - 1)),
    generation: file.generation,
    snapshots: domains.reduce((sum, domain) => sum + domain.snapshots.length, 0),
    error: null,
  };
}

/**
 * The one that should lead the next run: that has the newest snapshot of those that can be backed up to, since it holds
 * what the run need not store again. Of equals a folder of this computer (it is the fastest to read), then the first.
 *
 * @returns its position, null where none is ready
 */
export function chooseLead(
  surveyed: readonly SurveyedDestination[],
  places: readonly DestinationSpec[],
): number | null {
  let best: { at: number; rank: number[] } | null = null;
  for (const [at, { state, head, generation }] of surveyed.entries()) {
    const place = places[at];
    if (state !== 'ready' || place === undefined) continue;
    const rank = [head, generation, place.kind === 'local' ? 2 : folderOf(place) !== null ? 1 : 0];
    if (best === null || isBetter(rank, best.rank)) best = { at, rank };
  }
  return best === null ? null : best.at;
}

function isBetter(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
