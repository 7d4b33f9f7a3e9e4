/** The steps of a backup (FORMAT.md, "Order and crash safety"). */
import { removeMarker, type Id, type Pack, type Snapshot, type Storage } from './storage.ts';
import { isFormer, opening, standing } from './adopt-steps.ts';
import { ending, look, store, withRun, type Move } from './steps.ts';
import { changeComputer, type Computer, type Run, type Scene, type World } from './world.ts';
import { bits, forks, homesOf, strangers, usable, type View } from './view.ts';

export function* backupSteps(scene: Scene, world: World, computer: Computer): Generator<Move> {
  const { name, run, local } = computer;
  if (run === null) return;
  const { rules } = scene;
  const hasAdopters = scene.adopters.length > 0;
  switch (run.at) {
    case 'open':
      return yield opening(world, computer);
    case 'load':
      return yield* look(rules, world, computer, 'reads the index', (view, now) =>
        load(scene, now, computer, run, view),
      );
    case 'pack':
      return yield* store(
        world,
        computer,
        (id): Pack => ({ id, blobs: run.missing }),
        'p',
        (_, { id }) => ({ at: 'segment', missing: 0, adds: [...run.adds, id], used: [...run.used, id] }),
      );
    case 'segment': {
      const adds = run.adds.flatMap((pack) => world.storage.packs.find(({ id }) => id === pack) ?? []);
      return yield* store(
        world,
        computer,
        (id) => ({ id, adds, doomed: [], drops: [], forgotten: [], replaces: [] }),
        'i',
        () => ({ at: 'look', adds: [] }),
      );
    }
    case 'look': {
      if (!rules.lastLook) return yield [`${name} does not look`, withRun(world, name, run, { at: 'commit' })];
      return yield* look(rules, world, computer, 'looks at what it refers to', (view, now) => {
        const gone = run.used.filter((id) => !view.listing.has(id));
        if (gone.length > 0) return [null, `${gone.join(' ')} is gone`];
        const isLeaving = (id: Id): boolean => view.doomed.has(id) || view.drops.has(id);
        const leaving = rules.lookSeesDoomed ? run.used.filter(isLeaving) : [];
        if (leaving.length > 0) return [null, `${leaving.join(' ')} is about to go`];
        const next = scene.sleepsAnywhere ? 'check' : 'commit';
        return [{ at: hasAdopters && rules.lookWhoWrites ? 'stand' : next, looked: now.now }, ''];
      });
    }
    case 'stand':
      return yield standing(world, computer, scene.sleepsAnywhere ? 'check' : 'commit');
    case 'check':
      return yield [
        `${name} looks at the clock`,
        withRun(world, name, run, { at: rules.lookAgainAfterSleep && run.looked !== world.now ? 'look' : 'commit' }),
      ];
    case 'commit': {
      const stale = rules.lookAgainAfterSleep && run.looked !== world.now;
      if (stale && !scene.sleepsAnywhere) return yield [`${name} slept`, withRun(world, name, run, { at: 'look' })];
      return yield* commit(scene, world, computer, run);
    }
    case 'note': {
      const head = local.head === null ? null : { ...local.head, committed: true };
      const next = { ...local, head, cache: run.needs };
      return yield [`${name} remembers`, ending(changeComputer(world, name, { local: next }), computer)];
    }
    default:
      return yield [
        `${name} is done`,
        changeComputer({ ...world, storage: removeMarker(world.storage, local.instance) }, name, { run: null }),
      ];
  }
}

function load(
  { rules }: Scene,
  { storage }: World,
  { local }: Computer,
  run: Run,
  view: View,
): readonly [Partial<Run> | null, string] {
  if (rules.markers && strangers(view, local)) return [null, 'another instance writes here'];
  if (rules.forkStops && forks(view.snapshots)) return [null, 'two snapshots have one predecessor'];
  const packs = usable(view, rules, local);
  const homes = homesOf(run.needs, packs);
  const cached = rules.indexOverCache ? 0 : local.cache;
  const missing = bits(run.needs & ~cached).reduce((sum, blob) => (homes.has(blob) ? sum : sum | blob), 0);
  const adds = view.unnamed.map(({ id }) => id).filter((id) => packs.some((pack) => pack.id === id));
  const { sequence, previous } = succession(rules.askForHead, storage, view, local);
  return [
    {
      at: missing !== 0 ? 'pack' : adds.length > 0 ? 'segment' : 'look',
      missing,
      adds,
      used: [...new Set(homes.values())],
      sequence,
      previous,
    },
    '',
  ];
}

/** Number and predecessor of the next snapshot, as main/engine/repository/known-head.ts decides them. */
function succession(ask: boolean, storage: Storage, view: View, { head }: Computer['local']) {
  const newest = view.snapshots.at(-1);
  const sequence = Math.max(newest?.sequence ?? 0, head?.sequence ?? 0) + 1;
  const own = newest?.id ?? null;
  if (head === null || head.sequence <= (newest?.sequence ?? 0)) return { sequence, previous: own };
  const isThere = head.committed || (ask && storage.snapshots.some(({ id }) => id === head.id));
  return { sequence, previous: isThere ? head.id : own };
}

function* commit(scene: Scene, world: World, computer: Computer, run: Run): Generator<Move> {
  const { name, local } = computer;
  const { needs, sequence, previous, partial } = run;
  const make = (id: Id): Snapshot => ({ id, sequence, previous, needs, partial });
  // The head is written just before the put; between the two nothing happens that a crash before it would not show.
  const head = { id: run.object ?? `s${world.next}`, sequence, committed: false };
  const before = changeComputer(world, name, { local: { ...local, head } });
  const again = { at: scene.rules.lookAgainAfterSleep ? 'look' : 'commit' };
  for (const [words, next] of store(before, computer, make, 's', () => ({ at: 'note' }), again)) {
    const known = next.committed.some(({ id }) => id === head.id);
    const isLate = isFormer(world, computer);
    const late = isLate && !known ? [...next.late, head.id] : next.late;
    const intruded = isLate && world.now > world.claimed ? head.id : next.intruded;
    yield [words, known ? next : { ...next, late, intruded, committed: [...next.committed, make(head.id)] }];
  }
}
