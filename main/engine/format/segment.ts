/**
 * Index segments: what packs hold, so that nobody has to read them to know. `adds` names packs with their tables;
 * `doomed` marks packs that are to be removed (still read, not deduplicated against); `drops` names removed ones. A drop
 * wins over any add, in any order.
 */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { newerFormat } from './damage.ts';
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

export interface IndexSegment {
  adds: PackFacts[];
  doomed: Uint8Array[];
  drops: Uint8Array[];
}

const SEGMENT_VERSION = 1;
const ROOMS = ['p', 'm'] as const;

export function encodeSegment(segment: IndexSegment): Uint8Array {
  return encodeCbor(
    new Map<number, Cbor>([
      [0, SEGMENT_VERSION],
      [1, segment.adds.map((pack) => [pack.name, ROOMS.indexOf(pack.room), pack.size, pack.header, pack.table])],
      [2, segment.doomed],
      [3, segment.drops],
    ]),
  );
}

export function decodeSegment(bytes: Uint8Array, what = 'An index segment'): IndexSegment {
  const r = new CborReader(what);
  const m = r.map(decodeCbor(bytes, what), 'segment');
  if (r.uint(m.get(0), 'version') !== SEGMENT_VERSION) throw newerFormat(what);
  const names = (key: number): Uint8Array[] =>
    r.array(m.get(key), `field ${key}`).map((name) => r.bytes(name, 'name', ID_BYTES));
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
    doomed: names(2),
    drops: names(3),
  };
}
