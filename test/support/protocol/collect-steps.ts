/** The steps of `forget` and of a collection (FORMAT.md, "Collection"). */
import { remove, type Id, type Pack, type Segment } from './storage.ts';
import { opening, standing } from './adopt-steps.ts';
import { ending, look, store, withRun, type Move } from './steps.ts';
import { changeComputer, type Computer, type Run, type Scene, type World } from './world.ts';
import { bits, homesOf, obstacle, present, type View } from './view.ts';

const SAYS_NOTHING: Omit<Segment, 'id'> = { adds: [], doomed: [], drops: [], forgotten: [], replaces: [] };

/** Forgets all but the newest complete snapshot, and what is partial after it. */
export function* forgetSteps(scene: Scene, world: World, computer: Computer): Generator<Move> {
  const { name, run } = computer;
  if (run === null) return;
  const { rules } = scene;
  const looksOnce = scene.adopters.length > 0 && rules.lookBeforeRemoval;
  switch (run.at) {
    case 'open':
      return yield opening(world, computer);
    case 'stand':
      return yield standing(world, computer, 'remove');
    case 'load':
      return yield* look(rules, world, computer, 'lists snapshots', ({ snapshots }) => {
        const newest = snapshots.findLast(({ partial }) => !rules.partialIsNotComplete || !partial);
        const old = snapshots.filter((one) => one !== newest && one.sequence <= (newest?.sequence ?? 0));
        const goes = rules.keepNewestComplete ? old : snapshots;
        if (goes.length === 0) return [null, 'nothing to forget'];
        return [{ at: rules.sayForgotten ? 'say' : 'remove', snapshots: goes.map(({ id }) => id) }, ''];
      });
    case 'say':
      for (const [words, next] of store(
        world,
        computer,
        (id) => ({ ...SAYS_NOTHING, id, forgotten: run.snapshots }),
        'i',
        () => ({ at: looksOnce ? 'stand' : 'remove' }),
      )) {
        yield [words, meant(next, run.snapshots)];
      }
      return;
    case 'remove': {
      const [id = '', ...rest] = run.snapshots;
      const next = meant({ ...world, storage: remove(world.storage, id) }, run.snapshots);
      const over = rest.length === 0;
      return yield [
        `${name} removes ${id}`,
        over ? ending(next, computer) : withRun(next, name, run, { snapshots: rest }),
      ];
    }
    default:
      return yield [`${name} is done`, changeComputer(world, name, { run: null })];
  }
}

const meant = (world: World, ids: readonly Id[]): World => ({
  ...world,
  forgotten: [...new Set([...world.forgotten, ...ids])].sort(),
});

export function* pruneSteps(scene: Scene, world: World, computer: Computer): Generator<Move> {
  const { name, run, local } = computer;
  if (run === null) return;
  const { rules } = scene;
  const looksOnce = scene.adopters.length > 0 && rules.lookBeforeRemoval;
  switch (run.at) {
    case 'open':
      return yield opening(world, computer);
    case 'stand':
      return yield standing(world, computer, run.replaces.length > 0 ? 'remove joined' : 'delete');
    case 'load':
      return yield* look(rules, world, computer, 'marks', (view, now) => {
        const why = obstacle(view, rules, local);
        return why === null ? plan(scene, now, view) : [null, why];
      });
    case 'say':
    case 'repack': {
      if (run.at === 'repack' && rules.repackBeforeDoom) return yield* repack(world, computer, run, 'say');
      const adds = run.adds.flatMap((pack) => world.storage.packs.find(({ id }) => id === pack) ?? []);
      const since = rules.waitFromPut ? world.now : run.looked;
      const doomed = run.packs.map((pack) => ({ pack, since }));
      const next = run.at === 'repack' && run.missing !== 0 ? 'repack late' : 'look';
      return yield* store(
        world,
        computer,
        (id) => ({ ...SAYS_NOTHING, id, adds, doomed }),
        'i',
        () => ({ at: next, adds: [], packs: rules.lookBeforeDelete ? [] : run.packs }),
      );
    }
    case 'repack late':
      return yield* repack(world, computer, run, 'look');
    case 'look':
      return yield* look(rules, world, computer, 'looks again', (view, now) => {
        const why = rules.lookBeforeDelete ? obstacle(view, rules, local) : null;
        return why === null ? last(scene, now, run, view) : [null, why];
      });
    case 'spare': {
      const replaced = world.storage.segments.filter(({ id }) => run.replaces.includes(id));
      return yield* store(
        world,
        computer,
        (id) => ({ ...joined(replaced, run.used), id, replaces: run.replaces }),
        'i',
        () => ({ at: 'look', replaces: [], used: [] }),
      );
    }
    case 'drop': {
      if (stale(scene, world, run))
        return yield [`${name} slept`, withRun(world, name, run, { at: 'look', object: null })];
      return yield* store(
        world,
        computer,
        (id) => ({ ...SAYS_NOTHING, id, drops: run.packs }),
        'i',
        () => ({ at: !rules.dropBeforeDelete ? 'end' : looksOnce ? 'stand' : 'delete' }),
      );
    }
    case 'delete': {
      const [id = '', ...rest] = run.packs;
      const next = changeComputer({ ...world, storage: remove(world.storage, id) }, name, {
        local: { ...local, removed: local.removed.includes(id) ? local.removed : [...local.removed, id] },
      });
      const after = rest.length > 0 ? 'delete' : scene.compaction ? 'join' : 'end';
      return yield [
        `${name} removes ${id}`,
        after === 'end' ? ending(next, computer) : withRun(next, name, run, { at: after, packs: rest, looked: 0 }),
      ];
    }
    case 'join':
      return yield* look(rules, world, computer, 'reads the index', (view) => {
        const why = obstacle(view, rules, local);
        if (why !== null || view.segments.length < 2) return [null, why ?? ''];
        return [
          { at: rules.joinBeforeRemove ? 'put joined' : 'remove joined', replaces: view.segments.map(({ id }) => id) },
          '',
        ];
      });
    case 'put joined': {
      const replaced = world.storage.segments.filter(({ id }) => run.replaces.includes(id));
      return yield* store(
        world,
        computer,
        (id) => ({ ...joined(replaced, []), id, replaces: run.replaces }),
        'i',
        () => ({ at: looksOnce ? 'stand' : 'remove joined' }),
      );
    }
    case 'remove joined': {
      const [id = '', ...rest] = run.replaces;
      const next = { ...world, storage: remove(world.storage, id) };
      return yield [
        `${name} removes ${id}`,
        rest.length === 0 ? ending(next, computer) : withRun(next, name, run, { replaces: rest }),
      ];
    }
    default:
      return yield [`${name} is done`, changeComputer(world, name, { run: null })];
  }
}

/** True where the look that says what goes is too old to remove by it. */
const stale = ({ rules }: Scene, world: World, run: Run): boolean =>
  rules.lookBeforeDelete && rules.lookAgainBeforeDelete && run.looked !== world.now;

function* repack(world: World, computer: Computer, run: Run, at: string): Generator<Move> {
  yield* store(
    world,
    computer,
    (id): Pack => ({ id, blobs: run.missing }),
    'p',
    (_, { id }) => ({ at, missing: 0, adds: at === 'say' ? [...run.adds, id] : [] }),
  );
}

const staying = (view: View, copiesMustStay: boolean): Pack[] =>
  present(view).filter(({ id }) => !copiesMustStay || !view.doomed.has(id));

/** What is dead, what moves, what is named from now on. */
function plan(scene: Scene, world: World, view: View): readonly [Partial<Run> | null, string] {
  const live = view.snapshots.reduce((sum, { needs }) => sum | needs, 0);
  const homes = homesOf(live, staying(view, scene.rules.copiesMustStay));
  const goes: Id[] = [];
  const adds: Id[] = [];
  let moved = 0;
  for (const pack of present(view)) {
    if (view.doomed.has(pack.id)) continue;
    const used = bits(live & pack.blobs).reduce((sum, blob) => (homes.get(blob) === pack.id ? sum | blob : sum), 0);
    if (used === pack.blobs) {
      if (!view.adds.has(pack.id)) adds.push(pack.id);
      continue;
    }
    goes.push(pack.id);
    moved |= used;
    // What is doomed is named too, so that it is known what it holds.
    if (!view.adds.has(pack.id)) adds.push(pack.id);
  }
  const words = goes.length > 0 ? `${goes.join(' ')} goes` : 'nothing goes';
  if (goes.length === 0 && adds.length === 0) return [lookOr(scene, world, view), words];
  return [
    {
      at: moved !== 0 ? 'repack' : 'say',
      missing: moved,
      adds,
      packs: goes,
      looked: scene.rules.waitFromPut ? 0 : world.now,
    },
    words,
  ];
}

/** Whether there is something doomed at all. */
const lookOr = ({ rules }: Scene, _: World, view: View): Partial<Run> | null => {
  if (view.doomed.size === 0 && view.drops.size === 0) return null;
  return { at: 'look', packs: rules.lookBeforeDelete ? [] : [...view.doomed.keys()] };
};

/** Of what is doomed and has waited: what is needed after all, and what goes now. */
function last(scene: Scene, world: World, run: Run, view: View): readonly [Partial<Run> | null, string] {
  const { rules } = scene;
  const waited = (since: number): boolean => !rules.grace || since + scene.grace <= world.now;
  const ready = present(view).filter(({ id }) => {
    const since = view.doomed.get(id);
    return since !== undefined && waited(since);
  });
  const at = rules.dropBeforeDelete ? 'drop' : 'delete';
  // Rests of what was dropped before, and not removed by whoever crashed then.
  const rests = [...view.drops].filter((id) => view.listing.has(id));
  if (!rules.lookBeforeDelete) {
    const goes = run.packs.filter((id) => ready.some((pack) => pack.id === id));
    return goes.length === 0 ? [null, 'nothing has waited'] : [{ at, packs: goes, looked: world.now }, ''];
  }
  const live = view.snapshots.reduce((sum, { needs }) => sum | needs, 0);
  const stay = staying(view, rules.copiesMustStay);
  const isNeeded = (pack: Pack): boolean => {
    const others = homesOf(
      live,
      stay.filter(({ id }) => id !== pack.id),
    );
    return bits(live & pack.blobs).some((blob) => !others.has(blob));
  };
  const spared = rules.strike ? ready.filter(isNeeded).map(({ id }) => id) : [];
  if (spared.length > 0) {
    const replaces = view.segments
      .filter(({ doomed }) => doomed.some(({ pack }) => spared.includes(pack)))
      .map(({ id }) => id);
    return [{ at: 'spare', used: spared, replaces }, `${spared.join(' ')} is needed after all`];
  }
  const goes = ready.map(({ id }) => id);
  if (goes.length > 0) return [{ at, packs: [...goes, ...rests], looked: world.now }, `${goes.join(' ')} goes now`];
  if (rests.length > 0) return [{ at: 'delete', packs: rests }, `${rests.join(' ')} was left over`];
  return [null, 'nothing has waited'];
}

/** All that several segments say, but that these packs are doomed. */
function joined(segments: readonly Segment[], spared: readonly Id[]): Omit<Segment, 'id' | 'replaces'> {
  const replaced = new Set(segments.flatMap(({ replaces }) => replaces));
  const drops = [...new Set(segments.flatMap((segment) => segment.drops))];
  const adds = new Map(segments.flatMap((segment) => segment.adds.map((pack) => [pack.id, pack] as const)));
  const doomed = new Map<Id, number>();
  for (const segment of segments) {
    if (replaced.has(segment.id)) continue;
    for (const { pack, since } of segment.doomed) {
      if (!drops.includes(pack) && !spared.includes(pack)) doomed.set(pack, Math.min(since, doomed.get(pack) ?? since));
    }
  }
  return {
    adds: [...adds.values()].filter(({ id }) => !drops.includes(id)),
    doomed: [...doomed].map(([pack, since]) => ({ pack, since })),
    drops,
    forgotten: [...new Set(segments.flatMap((segment) => segment.forgotten))],
  };
}
