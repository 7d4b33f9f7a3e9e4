/** Everything that can happen next in a world, and what must never be so in it. */
import { adoptSteps, isFormer } from './adopt-steps.ts';
import { backupSteps } from './backup-steps.ts';
import { forgetSteps, pruneSteps } from './collect-steps.ts';
import { explore, type Report } from './explore.ts';
import { listings, putMarker, settled, type Id, type Listing } from './storage.ts';
import { RULES } from './rules.ts';
import { mask, numberOf, type Move } from './steps.ts';
import { BARE, changeComputer, keyOf, spend, type Computer, type Scene, type World } from './world.ts';
import { counts, forks, obstacle, viewOf, type View } from './view.ts';

/** @param scene what stays the same @param world where it stands */
export function* moves(scene: Scene, world: World): Generator<Move> {
  for (const computer of world.computers) {
    if (computer.run === null) yield* begin(scene, world, computer);
    else yield* step(scene, world, computer);
  }
  const { budget, storage, away } = world;
  for (const one of away === null ? storage.snapshots : []) {
    const without = { ...storage, snapshots: storage.snapshots.filter(({ id }) => id !== one.id) };
    if (budget.away > 0) {
      yield [`${one.id} is away for a while`, { ...spend(world, 'away'), away: one, storage: without }];
    }
    if (budget.closed > 0) {
      const closed = { ...without, closed: one.id };
      yield [`${one.id} does not open for a while`, { ...spend(world, 'closed'), away: one, storage: closed }];
    }
  }
  if (away !== null && !storage.snapshots.some(({ id }) => id === away.id)) {
    const back = { ...storage, closed: null, snapshots: [...storage.snapshots, away] };
    yield [`${away.id} is there again`, { ...world, storage: back, away: null }];
  }
  if (budget.sleeps > 0 && (world.computers.some(({ run }) => run !== null) || matters(scene, world))) {
    const slept = spend(world, 'sleeps');
    yield ['weeks pass', { ...slept, now: world.now + 1, storage: settled(storage) }];
  }
}

/** Where nobody does anything, a pause makes a difference only to what waits, or to what is listed late. */
const matters = (_: Scene, { storage }: World): boolean =>
  storage.justPut.length + storage.justRemoved.length > 0 || storage.segments.some(({ doomed }) => doomed.length > 0);

function* begin(scene: Scene, world: World, { name, local }: Computer): Generator<Move> {
  const { budget } = world;
  if (budget.adopts > 0 && scene.adopters.includes(name)) {
    const begun = changeComputer(spend(world, 'adopts'), name, { run: { ...BARE, verb: 'adopt', at: 'load' } });
    yield* first(scene, `${name} begins to take over`, begun, name);
  }
  if (!local.capable) return;
  const at = scene.adopters.length > 0 ? 'open' : 'load';
  const marked = scene.rules.markers ? { ...world, storage: putMarker(world.storage, local.instance) } : world;
  if (budget.backups > 0) {
    for (const needs of scene.files) {
      for (const partial of budget.partials > 0 ? [false, true] : [false]) {
        const spent = spend(partial ? spend(marked, 'partials') : marked, 'backups');
        const run = { ...BARE, verb: 'backup', at, needs, partial } as const;
        const words = `${name} begins a backup of ${mask(needs)}${partial ? ', which is stopped' : ''}`;
        yield* first(scene, words, changeComputer(spent, name, { run }), name);
      }
    }
  }
  for (const [verb, what] of [
    ['forget', 'forgets'],
    ['prune', 'prunes'],
  ] as const) {
    if (budget[what] === 0) continue;
    const begun = changeComputer(spend(world, what), name, { run: { ...BARE, verb, at } });
    yield* first(scene, `${name} begins to ${verb}`, begun, name);
  }
  if (budget.images > 0 && name === 'A' && world.image !== null) yield [`${name} is put back`, putBack(world)];
}

/** Where the beginning leaves nothing in the storage, it is one step with the look that follows. */
function* first(scene: Scene, words: string, begun: World, name: string): Generator<Move> {
  const computer = begun.computers.find((one) => one.name === name);
  if (computer === undefined || (scene.rules.markers && computer.run?.verb === 'backup')) return yield [words, begun];
  for (const [then, next] of verbSteps(scene, begun, computer)) yield [`${words}; ${then}`, next];
}

function* verbSteps(scene: Scene, world: World, computer: Computer): Generator<Move> {
  if (computer.run?.verb === 'backup') yield* backupSteps(scene, world, computer);
  else if (computer.run?.verb === 'forget') yield* forgetSteps(scene, world, computer);
  else if (computer.run?.verb === 'adopt') yield* adoptSteps(scene, world, computer);
  else yield* pruneSteps(scene, world, computer);
}

function* step(scene: Scene, world: World, computer: Computer): Generator<Move> {
  const { name, run } = computer;
  if (run === null) return;
  yield* verbSteps(scene, world, computer);
  if (world.budget.crashes > 0) {
    yield [`${name} crashes`, changeComputer(spend(world, 'crashes'), name, { run: null })];
  }
  if (world.budget.images > 0 && name === 'A' && world.image !== null) yield [`${name} is put back`, putBack(world)];
}

/** The first computer's disk is as it was at the beginning; what ran there runs no more. */
const putBack = (world: World): World =>
  world.image === null ? world : changeComputer(spend(world, 'images'), 'A', { local: world.image, run: null });

export interface Claims {
  /** One computer by itself never looks like two, and is never kept from collecting. */
  alone?: boolean;
}

/** What is wrong; null where nothing is. */
export function check(scene: Scene, world: World, { alone = false }: Claims): string | null {
  const { storage, away, committed, forgotten } = world;
  const stored = storage.packs.reduce((sum, { blobs }) => sum | blobs, 0);
  const counted = storage.note === null ? committed : committed.filter(({ id }) => counts(storage, id));
  for (const { id, needs } of counted) {
    if (forgotten.includes(id)) continue;
    if (![...storage.snapshots, away].some((one) => one?.id === id))
      return `snapshot ${id} is gone, and nobody forgot it`;
    if ((needs & ~stored) !== 0) return `snapshot ${id} lacks ${mask(needs & ~stored)}`;
  }
  const complete = counted.filter(({ partial }) => !partial);
  const newest = Math.max(...complete.map(({ sequence }) => sequence));
  const best = complete.filter(({ sequence }) => sequence === newest);
  if (best.every(({ id }) => forgotten.includes(id))) return 'the newest complete snapshot was forgotten';
  const segments = storage.segments.filter(({ id }) => counts(storage, id));
  const drops = new Set(segments.flatMap((segment) => segment.drops));
  const doomed = new Set(segments.flatMap((segment) => segment.doomed.map(({ pack }) => pack)));
  // By a late listing who takes over misses that what was doomed is gone: it is told as damage, and nothing needs it.
  const isGone = (id: Id): boolean => drops.has(id) || (storage.note !== null && doomed.has(id));
  for (const { adds } of segments) {
    const lost = adds.find(({ id }) => !isGone(id) && !storage.packs.some((pack) => pack.id === id));
    if (lost !== undefined) return `the index names ${lost.id}, which is not there`;
  }
  const wrong = storage.writer === null ? null : checkAdopted(scene, world);
  if (wrong !== null || !alone) return wrong;
  if (forks(counted)) return 'two snapshots have one predecessor';
  const idle = away === null ? world.computers.filter((one) => isIdleWriter(world, one)) : [];
  for (const computer of idle) {
    const why = obstacle(viewBy(scene, world, numberOf(computer)), scene.rules, computer.local);
    if (why !== null) return `nothing is ever collected again: ${why}`;
  }
  return null;
}

const isIdleWriter = (world: World, computer: Computer): boolean =>
  computer.run === null && computer.local.capable && !isFormer(world, computer);

function viewBy({ rules }: Pick<Scene, 'rules'>, { storage }: World, number: number): View {
  const [[listing]] = [...listings(storage, false)] as [readonly [Listing, string]];
  return viewOf(storage, listing, { number, rules });
}

/** What must never be so in a domain that was taken over. */
function checkAdopted({ rules }: Scene, world: World): string | null {
  const { storage, committed, promised, forgotten, intruded } = world;
  if (intruded !== null) return `a former computer stores ${intruded}, weeks after`;
  if (storage.note === null) return null;
  const lost = promised.find((id) => !forgotten.includes(id) && !counts(storage, id));
  if (lost !== undefined) return `snapshot ${lost} of before does not count`;
  if (rules.readFormer) return null;
  const view = viewBy({ rules: RULES }, world, storage.note.number);
  const found = [...view.adds.values(), ...view.unnamed].filter(({ id }) =>
    storage.packs.some((pack) => pack.id === id),
  );
  const readable = found.reduce((sum, { blobs }) => sum | blobs, 0);
  for (const { id, needs } of committed) {
    if (forgotten.includes(id) || !counts(storage, id)) continue;
    if ((needs & ~readable) !== 0) return `of snapshot ${id} ${mask(needs & ~readable)} does not count`;
  }
  return null;
}

export interface Limits {
  maxStates?: number;
  until?: number;
}

export const exploreScene = (scene: Scene, start: World, claims: Claims = {}, limits: Limits = {}): Report =>
  explore<World>({
    start,
    moves: (world) => moves(scene, world),
    keyOf,
    check: (world) => check(scene, world, claims),
    ...limits,
  });
