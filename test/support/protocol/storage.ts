/**
 * A storage as its objects, in a few bits: a blob is one bit of a mask. Reads of one object are of what is there now;
 * a listing may be late: it may lack what was put, and still have what was removed, since the last pause.
 */

/** `p1` a pack, `i2` an index segment, `s3` a snapshot. Ids are never used again. */
export type Id = string;
/** Markers are listed too, by names that are no ids. */
export const isId = (name: string): boolean => /^[pis]\d/.test(name);

export interface Pack {
  readonly id: Id;
  readonly blobs: number;
}

export interface Segment {
  readonly id: Id;
  readonly adds: readonly Pack[];
  readonly doomed: readonly { readonly pack: Id; readonly since: number }[];
  readonly drops: readonly Id[];
  readonly forgotten: readonly Id[];
  readonly replaces: readonly Id[];
}

export interface Snapshot {
  readonly id: Id;
  readonly sequence: number;
  readonly previous: Id | null;
  readonly needs: number;
  readonly partial: boolean;
}

/** The owner's word in repo.json: which computer of the domain writes it. */
export interface Writer {
  /** 1 for the first that took it over. */
  readonly number: number;
  readonly token: string;
}

/** The owner's note: what counts of the computers before. */
export interface Note extends Writer {
  readonly names: readonly Id[];
}

export interface Storage {
  /** Null while the first computer writes. */
  readonly writer: Writer | null;
  readonly note: Note | null;
  /** Numbers of the computers that stored the objects; those of the first are not in it. */
  readonly by: ReadonlyMap<Id, number>;
  readonly packs: readonly Pack[];
  readonly segments: readonly Segment[];
  readonly snapshots: readonly Snapshot[];
  /** Session markers: the names of the instances that write here. */
  readonly markers: readonly string[];
  /** A snapshot that is listed and does not open for a while. */
  readonly closed: Id | null;
  /** What a late listing may not know yet. */
  readonly justPut: readonly string[];
  readonly justRemoved: readonly string[];
}

export const EMPTY: Storage = {
  writer: null,
  note: null,
  by: new Map(),
  packs: [],
  segments: [],
  snapshots: [],
  markers: [],
  closed: null,
  justPut: [],
  justRemoved: [],
};

type Stored = Pack | Segment | Snapshot;
type Shelf = 'packs' | 'segments' | 'snapshots';

const shelfOf = (id: Id): Shelf => (id.startsWith('p') ? 'packs' : id.startsWith('i') ? 'segments' : 'snapshots');

/** Puts an object; one that is there already is the same one, and nothing changes. @param by number of its computer */
export function put(storage: Storage, object: Stored, by = 0): Storage {
  const shelf = shelfOf(object.id);
  if (storage[shelf].some(({ id }) => id === object.id)) return storage;
  return {
    ...storage,
    [shelf]: [...storage[shelf], object],
    by: by === 0 ? storage.by : new Map(storage.by).set(object.id, by),
    justPut: withOne(storage.justPut, object.id),
  };
}

/** Removes an object; no error where there is none. */
export function remove(storage: Storage, id: Id): Storage {
  const shelf = shelfOf(id);
  if (!storage[shelf].some((object) => object.id === id)) return storage;
  const left = storage[shelf].filter((object) => object.id !== id);
  return { ...storage, [shelf]: left, justRemoved: withOne(storage.justRemoved, id) };
}

export function putMarker(storage: Storage, instance: string): Storage {
  if (storage.markers.includes(instance)) return storage;
  return {
    ...storage,
    markers: [...storage.markers, instance].sort(),
    justPut: withOne(storage.justPut, instance),
  };
}

export function removeMarker(storage: Storage, instance: string): Storage {
  if (!storage.markers.includes(instance)) return storage;
  return { ...storage, markers: storage.markers.filter((one) => one !== instance) };
}

/** Time enough has passed for every listing to be right. */
export const settled = (storage: Storage): Storage => ({ ...storage, justPut: [], justRemoved: [] });

/** What a listing says: names of objects and of markers. */
export type Listing = ReadonlySet<string>;

/** The right one first; then, of late ones, every one that is possible. */
export function* listings(storage: Storage, late: boolean): Generator<readonly [listing: Listing, words: string]> {
  const { packs, segments, snapshots, markers, closed, justPut, justRemoved } = storage;
  const names = [...packs, ...segments, ...snapshots].map(({ id }) => id);
  if (closed !== null) names.push(closed);
  yield [new Set([...names, ...markers]), ''];
  if (!late) return;
  const hidden = justPut.filter((name) => names.includes(name) || markers.includes(name));
  const shown = justRemoved.filter((name) => !names.includes(name));
  const changes = [...hidden, ...shown];
  for (let mask = 1; mask < 1 << changes.length; mask++) {
    const wrong = changes.filter((_, i) => (mask & (1 << i)) !== 0);
    const listing = new Set([...names, ...markers]);
    for (const name of wrong) if (!listing.delete(name)) listing.add(name);
    yield [listing, ` by a listing that is late about ${wrong.join(', ')}`];
  }
}

const withOne = (names: readonly string[], name: string): string[] =>
  names.includes(name) ? [...names] : [...names, name];
