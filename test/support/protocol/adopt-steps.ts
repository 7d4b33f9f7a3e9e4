/** The steps of taking over a domain, and how its computers tell which of them writes (FORMAT.md, "Adoption"). */
import { listings, type Id, type Note, type Writer } from './storage.ts';
import { ending, withRun, type Move } from './steps.ts';
import { changeComputer, type Computer, type Run, type Scene, type World } from './world.ts';
import { counts, viewOf } from './view.ts';

const isWriter = (a: Writer | null, b: Writer | null): boolean =>
  a !== null && b !== null && a.number === b.number && a.token === b.token;

/** True where another computer has taken the domain over. */
export function isFormer({ storage }: World, { local }: Computer): boolean {
  const { writer } = storage;
  return writer !== null && !isWriter(writer, local.writer) && writer.number >= (local.writer?.number ?? 0);
}

const taken = (world: World, computer: Computer, words: string): Move => [
  `${computer.name} ${words}: another one writes here now`,
  ending(world, computer),
];

/** Before a run: who writes here, and whether everybody can know. */
export function opening(world: World, computer: Computer): Move {
  const { name, run, local } = computer;
  if (run === null) return [`${name} rests`, world];
  if (isFormer(world, computer)) return taken(world, computer, 'opens the repository');
  const { note } = world.storage;
  const own = local.note;
  if (own === null) return [`${name} opens the repository`, withRun(world, name, run, { at: 'load' })];
  if (isWriter(note, own) && (note?.names.length ?? 0) >= own.names.length) {
    return [`${name} opens the repository`, withRun(world, name, run, { at: 'load' })];
  }
  const brought = { ...world, storage: { ...world.storage, note: own } };
  return [`${name} opens the repository and puts its note`, withRun(brought, name, run, { at: 'load' })];
}

/** A later look at who writes. */
export function standing(world: World, computer: Computer, at: string): Move {
  const { name, run } = computer;
  if (run === null || isFormer(world, computer)) return taken(world, computer, 'looks who writes');
  return [`${name} looks who writes`, withRun(world, name, run, { at })];
}

/** Takes over. Killed anywhere, the same call again goes on. */
export function* adoptSteps(scene: Scene, world: World, computer: Computer): Generator<Move> {
  const { name, run, local } = computer;
  if (run === null) return;
  const { rules } = scene;
  switch (run.at) {
    case 'load': {
      // Before it says so: killed after that, it knows that it is the one that is named.
      const writer = writerFor(world, computer);
      const kept = changeComputer(world, name, { local: { ...local, writer } });
      const at = isWriter(world.storage.writer, writer) || !rules.claimBeforeList ? 'list' : 'claim';
      return yield [`${name} keeps that it is number ${writer.number}`, withRun(kept, name, run, { at })];
    }
    case 'claim':
      return yield claim(world, computer, run);
    case 'read back':
      if (!isWriter(world.storage.writer, local.writer)) return yield taken(world, computer, 'reads that back');
      return yield [
        `${name} reads that back`,
        withRun(world, name, run, { at: rules.claimBeforeList ? 'list' : 'sign' }),
      ];
    case 'list':
      return yield* list(scene, world, computer, run);
    case 'sign': {
      const { note } = local;
      const signed = { ...world, storage: { ...world.storage, note } };
      return yield [`${name} puts the note`, withRun(signed, name, run, { at: 'last look' })];
    }
    case 'last look': {
      if (!isWriter(world.storage.writer, local.writer)) return yield taken(world, computer, 'looks once more');
      const able = changeComputer(world, name, { local: { ...local, capable: true }, run: null });
      return yield [`${name} is able to write`, able];
    }
    default:
      return yield [`${name} is done`, changeComputer(world, name, { run: null })];
  }
}

/** The owner's word in repo.json, over whatever another one has written there since it was read. */
function claim(world: World, computer: Computer, run: Run): Move {
  const { name, local } = computer;
  const { storage } = world;
  const writer = local.writer ?? writerFor(world, computer);
  const isSure = (id: Id): boolean => !storage.justPut.includes(id) && !world.late.includes(id) && counts(storage, id);
  const promised = storage.snapshots.map(({ id }) => id).filter(isSure);
  const claimed: World = {
    ...world,
    storage: { ...storage, writer },
    promised: [...new Set([...world.promised, ...promised])].sort(),
    claimed: world.now,
  };
  return [`${name} says that it writes, as number ${writer.number}`, withRun(claimed, name, run, { at: 'read back' })];
}

function writerFor({ storage }: World, { name, local }: Computer): Writer {
  const number = storage.writer?.number ?? 0;
  const kept = local.writer;
  if (kept !== null && (kept.number > number || isWriter(storage.writer, kept))) return kept;
  return { number: number + 1, token: name };
}

function* list({ rules }: Scene, world: World, computer: Computer, run: Run): Generator<Move> {
  const { name, local } = computer;
  const { writer } = local;
  if (writer === null) return;
  const { note } = world.storage;
  if (note !== null && note.number > writer.number) return yield taken(world, computer, 'lists');
  if (note !== null && note.number === writer.number && note.token !== writer.token) {
    if (!isWriter(world.storage.writer, writer)) return yield taken(world, computer, 'goes past');
    const past = { number: writer.number + 1, token: name };
    const kept = changeComputer(world, name, { local: { ...local, writer: past } });
    return yield [
      `${name} keeps that it is number ${past.number}, past the other one`,
      withRun(kept, name, run, { at: 'claim' }),
    ];
  }
  for (const [listing, late] of listings(world.storage, world.budget.late > 0)) {
    const { snapshots, left, ...view } = viewOf(world.storage, listing, { number: writer.number, rules });
    const wanted = rules.nameAll ? 'pis' : 's';
    const listed = [...view.listing].filter((id) => wanted.includes(id.charAt(0)));
    const told = [...snapshots, ...left].flatMap(({ previous }) => previous ?? []);
    const signed: Note = { ...writer, names: [...new Set([...(local.note?.names ?? []), ...listed, ...told])].sort() };
    const newest = snapshots.at(-1);
    const head = newest === undefined ? null : { id: newest.id, sequence: newest.sequence, committed: true };
    const spent = late === '' ? world : { ...world, budget: { ...world.budget, late: world.budget.late - 1 } };
    const kept = changeComputer(spent, name, { local: { ...local, writer, note: signed, head } });
    const at = rules.claimBeforeList ? 'sign' : 'claim';
    yield [`${name} lists what counts${late}: ${signed.names.join(' ')}`, withRun(kept, name, run, { at })];
  }
}
