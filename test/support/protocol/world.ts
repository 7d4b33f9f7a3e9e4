/** The world that is explored: a storage, the computers that write to it as one, and what may still happen to them. */
import { EMPTY, isId, type Id, type Note, type Segment, type Snapshot, type Storage, type Writer } from './storage.ts';
import type { Rules } from './rules.ts';

/** What a computer keeps on its own disk; a clone has the same, and a disk image brings an older one back. */
export interface Local {
  /** Bound to the machine: a clone has another one. */
  readonly instance: string;
  /** The newest snapshot that it has made; not committed while nobody has said that it is there. */
  readonly head: { readonly id: Id; readonly sequence: number; readonly committed: boolean } | null;
  /** Blobs of which the local cache says that they are stored. */
  readonly cache: number;
  /** Packs that it has removed. */
  readonly removed: readonly Id[];
  /** Who it is, or is about to be, in a domain that it takes over; null for the first. */
  readonly writer: Writer | null;
  /** What it has signed there. */
  readonly note: Note | null;
  /** False for a computer that has no capability (yet). */
  readonly capable: boolean;
}

/** A verb that runs, as far as it has come. Each of its steps is one call of the storage, or one change on its disk. */
export interface Run {
  readonly verb: 'backup' | 'forget' | 'prune' | 'adopt';
  readonly at: string;
  /** Backup: blobs of the files as they are read. */
  readonly needs: number;
  readonly partial: boolean;
  /** Blobs that are to be stored: of a backup new ones, of a collection those that move. */
  readonly missing: number;
  /** Packs that the next segment names. */
  readonly adds: readonly Id[];
  /** Packs that the snapshot refers to. */
  readonly used: readonly Id[];
  /** Snapshots that go. */
  readonly snapshots: readonly Id[];
  readonly sequence: number;
  readonly previous: Id | null;
  /** Packs to be doomed, or to be removed. */
  readonly packs: readonly Id[];
  /** Segments that the next one replaces. */
  readonly replaces: readonly Id[];
  /** When the storage was looked at last. */
  readonly looked: number;
  /** The object that is being put, while its answer is missing. */
  readonly object: Id | null;
}

export interface Computer {
  readonly name: string;
  readonly local: Local;
  readonly run: Run | null;
}

/** How often each thing may still happen. */
export interface Budget {
  readonly backups: number;
  /** Backups that are stopped by their user and leave a partial snapshot. */
  readonly partials: number;
  readonly forgets: number;
  readonly prunes: number;
  /** Long pauses: everything sleeps for weeks. */
  readonly sleeps: number;
  readonly crashes: number;
  /** Listings that may be late. */
  readonly late: number;
  /** Answers that get lost after the work was done. */
  readonly lost: number;
  /** Disk images that are put back. */
  readonly images: number;
  /** Snapshots that are away for a while, as at a place that waits for a copy. */
  readonly away: number;
  /** Snapshots that do not open for a while. */
  readonly closed: number;
  /** Times that a computer takes over from another. */
  readonly adopts: number;
}

export interface World {
  readonly now: number;
  readonly storage: Storage;
  readonly computers: readonly Computer[];
  /** A snapshot that cannot be had for a while. */
  readonly away: Snapshot | null;
  /** What a disk image of the first computer holds. */
  readonly image: Local | null;
  readonly budget: Budget;
  /** Every snapshot that was ever there, and those of them that somebody forgot. */
  readonly committed: readonly Snapshot[];
  readonly forgotten: readonly Id[];
  /** Snapshots that were put by who had been taken over just before. */
  readonly late: readonly Id[];
  /** All others that were there, and shown in every listing, when a computer said that it takes over. */
  readonly promised: readonly Id[];
  /** When a computer last said so. */
  readonly claimed: number;
  /** A snapshot that a former computer stored weeks after that. */
  readonly intruded: Id | null;
  /** Number of the next object. */
  readonly next: number;
}

/** What stays the same while a world is explored. */
export interface Scene {
  readonly rules: Rules;
  /** What the files may be when a backup reads them: masks of blobs. */
  readonly files: readonly number[];
  /** Pauses that a doomed pack waits for; 0 where a collection may be asked to remove at once. */
  readonly grace: number;
  /** Index segments are joined at the end of a collection. */
  readonly compaction: boolean;
  /** A machine may fall asleep between its last look at the clock and the put of the snapshot. */
  readonly sleepsAnywhere: boolean;
  /** Computers that may take over the others' domain; where there are none, nobody looks who writes it. */
  readonly adopters: readonly string[];
}

const NOTHING: Budget = {
  backups: 0,
  partials: 0,
  forgets: 0,
  prunes: 0,
  sleeps: 0,
  crashes: 0,
  late: 0,
  lost: 0,
  images: 0,
  away: 0,
  closed: 0,
  adopts: 0,
};

/** A run that needs nothing (any more). */
export const BARE: Omit<Run, 'verb' | 'at'> = {
  needs: 0,
  partial: false,
  missing: 0,
  adds: [],
  used: [],
  snapshots: [],
  sequence: 0,
  previous: null,
  packs: [],
  replaces: [],
  looked: 0,
  object: null,
};

const saying = (id: Id, said: Partial<Segment>): Segment => ({
  ...{ adds: [], doomed: [], drops: [], forgotten: [], replaces: [] },
  ...said,
  id,
});

/**
 * `new`: one snapshot of two blobs in one pack. `forgotten`: a second one of one of them, and the first is forgotten.
 * `doomed`: and its pack has been repacked and doomed just now.
 */
export type Beginning = 'new' | 'forgotten' | 'doomed';

/**
 * A repository, and computers that all think that they made it.
 *
 * @param instances what their machines are called
 * @param adopters names of computers that have the owner's key and nothing else
 */
export function startOf(
  beginning: Beginning,
  budget: Partial<Budget>,
  instances: readonly string[] = ['A'],
  adopters: readonly string[] = [],
): World {
  const [old, moved] = [
    { id: 'p1', blobs: 3 },
    { id: 'p5', blobs: 2 },
  ];
  const first: Snapshot = { id: 's3', sequence: 1, previous: null, needs: 3, partial: false };
  const second: Snapshot = { id: 's4', sequence: 2, previous: 's3', needs: 2, partial: false };
  const isNew = beginning === 'new';
  const isDoomed = beginning === 'doomed';
  const segments = [saying('i2', { adds: [old] })];
  if (!isNew) segments.push(saying('i6', { forgotten: ['s3'] }));
  if (isDoomed) segments.push(saying('i7', { adds: [moved], doomed: [{ pack: 'p1', since: 0 }] }));
  const newest = isNew ? first : second;
  const head = { id: newest.id, sequence: newest.sequence, committed: true };
  const made = { head, cache: 3, removed: [], writer: null, note: null, capable: true };
  return {
    now: 0,
    storage: { ...EMPTY, packs: isDoomed ? [old, moved] : [old], segments, snapshots: [newest] },
    computers: [
      ...instances.map((instance, i) => ({ name: 'ABC'[i] ?? instance, local: { ...made, instance }, run: null })),
      ...adopters.map((name) => ({
        name,
        local: { ...made, instance: name, head: null, cache: 0, capable: false },
        run: null,
      })),
    ],
    away: null,
    image: { ...made, instance: instances[0] ?? 'A' },
    budget: { ...NOTHING, ...budget },
    committed: isNew ? [first] : [first, second],
    forgotten: isNew ? [] : ['s3'],
    late: [],
    promised: [],
    claimed: 0,
    intruded: null,
    next: 8,
  };
}

export function changeComputer(world: World, name: string, change: Partial<Computer>): World {
  return {
    ...world,
    computers: world.computers.map((one) => (one.name === name ? { ...one, ...change } : one)),
  };
}

export const spend = (world: World, what: keyof Budget): World => ({
  ...world,
  budget: { ...world.budget, [what]: world.budget[what] - 1 },
});

/** Worlds that differ in the numbers of their objects only are one. Each part is written in a fixed order, for speed. */
export function keyOf(world: World): string {
  const { now, storage, computers, away, budget, committed, forgotten, late, promised, claimed, intruded } = world;
  const numbers = new Map<Id, number>();
  const short = (id: Id): string => {
    let number = numbers.get(id);
    if (number === undefined) numbers.set(id, (number = numbers.size));
    const by = storage.by.get(id);
    return (id[0] ?? '') + String(number) + (by === undefined ? '' : `^${by}`);
  };
  const all = (ids: readonly Id[]): string => ids.map(short).join();
  const snapshot = (one: Snapshot): string =>
    `${short(one.id)}.${one.sequence}.${one.previous === null ? '' : short(one.previous)}.${one.needs}${one.partial ? 'p' : ''}`;
  const segment = ({ id, adds, doomed, drops, forgotten: forgets, replaces }: Segment): string =>
    `${short(id)}+${all(adds.map((pack) => pack.id))}!${doomed.map(({ pack, since }) => `${short(pack)}@${since}`).join()}-${all(drops)}f${all(forgets)}r${all(replaces)}`;
  const run = (one: Run): string =>
    `${one.verb}.${one.at}.${one.needs}.${one.missing}.${one.sequence}.${one.looked}${one.partial ? 'p' : ''}a${all(one.adds)}u${all(one.used)}s${all(one.snapshots)}p${all(one.packs)}r${all(one.replaces)}v${one.previous === null ? '' : short(one.previous)}o${one.object === null ? '' : short(one.object)}`;
  const writer = (one: Writer | null): string => (one === null ? '' : `${one.number}${one.token}`);
  const note = (one: Note | null): string => (one === null ? '' : `${writer(one)}:${all(one.names)}`);
  const local = (one: Local): string =>
    `${one.instance}h${one.head === null ? '' : `${short(one.head.id)}.${one.head.sequence}.${one.head.committed}`}c${one.cache}r${all(one.removed)}w${writer(one.writer)}n${note(one.note)}${one.capable ? '' : '?'}`;
  return [
    now,
    storage.packs.map(({ id, blobs }) => `${short(id)}=${blobs}`).join(),
    committed.map(snapshot).join(),
    all(storage.snapshots.map(({ id }) => id)),
    storage.segments.map(segment).join(';'),
    storage.markers.join(),
    writer(storage.writer),
    note(storage.note),
    away === null ? '' : short(away.id) + (storage.closed === null ? '' : '!'),
    storage.justPut.map((name) => (isId(name) ? short(name) : name)).join(),
    storage.justRemoved.map((name) => (isId(name) ? short(name) : name)).join(),
    all(forgotten),
    `${all(late)}@${all(promised)}@${claimed}${intruded === null ? '' : '!'}`,
    computers.map((one) => `${local(one.local)}/${one.run === null ? '' : run(one.run)}`).join('|'),
    Object.values(budget).join(),
  ].join(' ');
}
