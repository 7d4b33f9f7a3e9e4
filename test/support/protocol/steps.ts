/** What the steps of the verbs have in common: one call of the storage each, whose answer may be lost. */
import { listings, put, type Id, type Pack, type Segment, type Snapshot } from './storage.ts';
import { BARE, changeComputer, spend, type Computer, type Run, type World } from './world.ts';
import type { Rules } from './rules.ts';
import { viewOf, type View } from './view.ts';

export type Move = readonly [name: string, next: World];

export function withRun(world: World, name: string, run: Run, change: Partial<Run>): World {
  return changeComputer(world, name, { run: { ...run, ...change } });
}

/** Which of the computers that write the domain one after the other this is. */
export const numberOf = ({ local }: Computer): number => local.writer?.number ?? 0;

/** A step that lists and reads. `decide` says what the run does next. */
export function* look(
  rules: Rules,
  world: World,
  computer: Computer,
  words: string,
  decide: (view: View, world: World) => readonly [Partial<Run> | null, string],
): Generator<Move> {
  const { name, run } = computer;
  if (run === null) return;
  for (const [listing, late] of listings(world.storage, world.budget.late > 0)) {
    const now = late === '' ? world : spend(world, 'late');
    const [change, said] = decide(viewOf(world.storage, listing, { number: numberOf(computer), rules }), now);
    const next = change === null ? ending(now, computer) : withRun(now, name, run, change);
    yield [`${name} ${words}${late}${said === '' ? '' : `: ${said}`}`, next];
  }
}

/** A step that puts an object; while its answer is lost, the same one is put again. */
export function* store(
  world: World,
  computer: Computer,
  make: (id: Id) => Pack | Segment | Snapshot,
  kind: 'p' | 'i' | 's',
  done: (world: World, object: Pack | Segment | Snapshot) => Partial<Run>,
  again: Partial<Run> = {},
): Generator<Move> {
  const { name, run } = computer;
  if (run === null) return;
  const id = run.object ?? `${kind}${world.next}`;
  const object = make(id);
  const stored: World = {
    ...world,
    storage: put(world.storage, object, numberOf(computer)),
    next: run.object === null ? world.next + 1 : world.next,
  };
  const words = `${name} puts ${wordsOf(object)}`;
  yield [words, withRun(stored, name, run, { object: null, ...done(stored, object) })];
  if (world.budget.lost > 0) {
    yield [`${words}, and gets no answer`, withRun(spend(stored, 'lost'), name, run, { ...again, object: id })];
  }
}

/** The run is over, but for its marker where it has one. */
export function ending(world: World, { name, run, local }: Computer): World {
  if (run === null) return world;
  if (run.verb !== 'backup' || !world.storage.markers.includes(local.instance)) {
    return changeComputer(world, name, { run: null });
  }
  return withRun(world, name, run, { ...BARE, at: 'end' });
}

function wordsOf(object: Pack | Segment | Snapshot): string {
  if ('blobs' in object) return `pack ${object.id} with ${mask(object.blobs)}`;
  if ('needs' in object) return `snapshot ${object.id} of ${mask(object.needs)}${object.partial ? ', partial' : ''}`;
  const said = [
    object.adds.length > 0 ? `adds ${object.adds.map(({ id }) => id).join(' ')}` : '',
    object.doomed.length > 0 ? `dooms ${object.doomed.map(({ pack }) => pack).join(' ')}` : '',
    object.drops.length > 0 ? `drops ${object.drops.join(' ')}` : '',
    object.forgotten.length > 0 ? `forgets ${object.forgotten.join(' ')}` : '',
    object.replaces.length > 0 ? `replaces ${object.replaces.join(' ')}` : '',
  ].filter((part) => part !== '');
  return `segment ${object.id} (${said.join(', ')})`;
}

export const mask = (blobs: number): string =>
  ['a', 'b', 'c', 'd'].filter((_, i) => (blobs & (1 << i)) !== 0).join('') || 'nothing';
