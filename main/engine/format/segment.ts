/**
 * Index segments: what packs hold, so that nobody has to read them to know. `adds` names packs with their tables;
 * `doomed` marks packs that are to be removed (still read, not deduplicated against); `drops` names removed ones. A drop
 * wins over any add, in any order. `forgotten` names snapshots that retention removed, `replaces` segments whose every
 * word is in this one. `lost` and `lacking` are what a repair found.
 */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { damaged, newerFormat } from './damage.ts';
import { phrase } from '../../text.ts';
import { ID_BYTES } from './blob.ts';

export interface PackFacts {
  /** SHA-256 of the stored bytes. */
  name: Uint8Array;
  /** `p` for data, `m` for metadata packs. */
  room: 'p' | 'm';
  /** Stored size in bytes. */
  size: number;
  /** Header of 112 or 1,232 bytes. */
  header: Uint8Array;
  /** Plaintext of the table. */
  table: Uint8Array;
}

export interface Doom {
  /** Name of the pack. */
  name: Uint8Array;
  /** When it was decided, ms since the epoch by the writer's clock; 0 where that is not known. */
  sinceMs: number;
}

/** A snapshot that was removed on purpose. */
export interface Forgotten {
  sequence: number;
  /** SHA-256 name. */
  hash: Uint8Array;
}

/** An object that a repair found gone or damaged: that is no news any more. Where it is whole, it counts as ever. */
export interface Lost {
  room: 'p' | 'm' | 'i' | 's';
  /** SHA-256 name. */
  name: Uint8Array;
}

/** A snapshot that a repair found not to be whole. */
export interface Lacking {
  /** SHA-256 name. */
  snapshot: Uint8Array;
  /** Files, and folders that do not open. */
  entries: number;
}

export interface IndexSegment {
  adds: PackFacts[];
  doomed: Doom[];
  drops: Uint8Array[];
  forgotten: Forgotten[];
  /** Names of segments. */
  replaces: Uint8Array[];
  lost: Lost[];
  lacking: Lacking[];
}

export const emptySegment = (): IndexSegment => ({
  adds: [],
  doomed: [],
  drops: [],
  forgotten: [],
  replaces: [],
  lost: [],
  lacking: [],
});

const SEGMENT_VERSION = 1;
const ROOMS = ['p', 'm'] as const;
const ALL_ROOMS = [...ROOMS, 'i', 's'] as const;

/** What is left out is empty. */
export function encodeSegment(given: Partial<IndexSegment>): Uint8Array {
  const segment = { ...emptySegment(), ...given };
  const map = new Map<number, Cbor>([
    [0, SEGMENT_VERSION],
    [1, segment.adds.map((pack) => [pack.name, ROOMS.indexOf(pack.room), pack.size, pack.header, pack.table])],
    [2, segment.doomed.map(({ name }) => name)],
    [3, segment.drops],
  ]);
  if (segment.doomed.length > 0)
    map.set(
      4,
      segment.doomed.map(({ sinceMs }) => sinceMs),
    );
  if (segment.forgotten.length > 0)
    map.set(
      5,
      segment.forgotten.map(({ sequence, hash }) => [sequence, hash]),
    );
  if (segment.replaces.length > 0) map.set(6, segment.replaces);
  if (segment.lost.length > 0)
    map.set(
      7,
      segment.lost.map(({ room, name }) => [ALL_ROOMS.indexOf(room), name]),
    );
  if (segment.lacking.length > 0)
    map.set(
      8,
      segment.lacking.map(({ snapshot, entries }) => [snapshot, entries]),
    );
  return encodeCbor(map);
}

export function decodeSegment(bytes: Uint8Array, what = phrase('An index segment')): IndexSegment {
  const r = new CborReader(what);
  const m = r.map(decodeCbor(bytes, what), 'segment');
  if (r.uint(m.get(0), 'version') !== SEGMENT_VERSION) throw newerFormat(what);
  const names = (key: number): Uint8Array[] =>
    r.array(m.get(key), `field ${key}`).map((name) => r.bytes(name, 'name', ID_BYTES));
  const optional = (key: number): readonly Cbor[] => (m.has(key) ? r.array(m.get(key), `field ${key}`) : []);
  const doomed = names(2);
  const since = optional(4).map((value) => r.uint(value, 'time'));
  if (m.has(4) && since.length !== doomed.length) throw damaged(what, 'times');
  return {
    adds: r.array(m.get(1), 'adds').map((item) => {
      const pack = r.array(item, 'pack');
      const room = ROOMS[r.uint(pack[1], 'room')];
      if (room === undefined) throw newerFormat(what);
      return {
        name: r.bytes(pack[0], 'name', ID_BYTES),
        room,
        size: r.uint(pack[2], 'size'),
        header: r.bytes(pack[3], 'header'),
        table: r.bytes(pack[4], 'table'),
      };
    }),
    doomed: doomed.map((name, i) => ({ name, sinceMs: since[i] ?? 0 })),
    drops: names(3),
    forgotten: optional(5).map((value) => {
      const pair = r.array(value, 'forgotten');
      return { sequence: r.uint(pair[0], 'forgotten'), hash: r.bytes(pair[1], 'forgotten', ID_BYTES) };
    }),
    replaces: optional(6).map((name) => r.bytes(name, 'name', ID_BYTES)),
    lost: optional(7).map((value) => {
      const pair = r.array(value, 'lost');
      const room = ALL_ROOMS[r.uint(pair[0], 'lost')];
      if (room === undefined) throw newerFormat(what);
      return { room, name: r.bytes(pair[1], 'lost', ID_BYTES) };
    }),
    lacking: optional(8).map((value) => {
      const pair = r.array(value, 'lacking');
      return { snapshot: r.bytes(pair[0], 'lacking', ID_BYTES), entries: r.uint(pair[1], 'lacking') };
    }),
  };
}
