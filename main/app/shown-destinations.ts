/** The plan's destinations as window and health show them. */
import type { AppState } from '../ipc/services.ts';
import { folderOf, placeText } from '../destinations/spec.ts';
import type { PlannedDestination } from '../jobs/config.ts';
import { presenceOf } from '../jobs/destination-status.ts';
import { kindName } from '../jobs/destination-words.ts';
import type { Destinations } from '../jobs/destinations.ts';
import type { DestinationHealth } from '../jobs/health-facts.ts';
import type { JobRunner } from '../jobs/runner.ts';
import { say, sayInfo, sentences } from '../words/say.ts';

type Shown = AppState['destinations'][number];

interface Parts {
  destinations: Destinations;
  runner: JobRunner;
  backups: { paused(): unknown };
}

export function shownDestinations(parts: Parts): Shown[] {
  return parts.destinations.planned().map((destination) => shown(parts, destination));
}

function shown(parts: Parts, destination: PlannedDestination): Shown {
  const { id, name, place, limits } = destination;
  const { freeBytes, totalBytes, trashBytes } = parts.destinations.status(id);
  const { completeMs, usedBytes, usage } = parts.destinations.states.get(id);
  const state = stateOf(parts, destination);
  return {
    id,
    kind: place.kind,
    kindName: kindName(place),
    service: place.kind === 'synced' ? place.service : null,
    name,
    path: placeText(place),
    state,
    message: wordsOf(parts, destination, state),
    usedBytes,
    freeBytes,
    totalBytes,
    trashBytes,
    lastBackupAt: completeMs,
    usage: usage.map((sample) => ({ ...sample })),
    limits: { ...limits },
    isFolder: folderOf(place) !== null,
  };
}

function stateOf({ destinations, runner }: Parts, { id }: PlannedDestination): Shown['state'] {
  const { presence } = destinations.status(id);
  const { completeMs, behind, error } = destinations.states.get(id);
  const progress = runner.progress();
  const active = progress?.destinations.find((one) => one.id === id);
  const live = runner.active().includes('backup') || runner.active().includes('copy');
  if (live && active?.state === 'running' && presence === 'present') return 'running';
  if (presence !== 'present') return presence;
  if (completeMs === null) return error === null ? 'empty' : 'error';
  return behind ? 'behind' : 'up-to-date';
}

function wordsOf({ destinations, backups }: Parts, { id, place }: PlannedDestination, state: Shown['state']): string {
  const { error } = destinations.status(id);
  const last = destinations.states.get(id).error;
  switch (state) {
    case 'running':
      return backups.paused() === null ? say('Backing up') : say('Paused');
    case 'away':
      return folderOf(place) === null && error !== null
        ? sentences(error)
        : say('Connect it, and what it missed is brought there by itself.');
    case 'sign-in':
    case 'error': {
      const said = error ?? last;
      return said === null ? '' : sentences(said);
    }
    case 'empty':
      return say('No backup here yet');
    case 'up-to-date':
      return place.kind === 'synced' ? say('Handed to the sync program') : say('Up to date');
    case 'behind':
      // What was away then and is there now would be told wrong.
      return last === null || presenceOf(last.code) === 'away'
        ? say('The newest backup is not complete here yet')
        : `${say('The newest backup is not complete here yet.')} ${sayInfo(last).message}`;
  }
}

/** @param among those of one plan; all where it is not given */
export function destinationHealth(
  destinations: Destinations,
  among: readonly PlannedDestination[] = destinations.planned(),
): DestinationHealth[] {
  return among.map(({ id, name }) => {
    const { presence, error } = destinations.status(id);
    return {
      name,
      presence,
      message: error === null ? '' : sentences(error),
      completeMs: destinations.states.get(id).completeMs,
    };
  });
}
