/**
 * What a tree node may tell besides: birth time, which names are one file, extended attributes, flags, holes
 * (FORMAT.md, "Trees"). All of it is optional: a node without any reads as it always did.
 */
import type { Cbor, CborReader } from './cbor.ts';
import { damaged } from './damage.ts';
import { ID_BYTES } from './blob.ts';

/** Seconds (may be negative) and nanoseconds (0 to 999,999,999) since the epoch. */
export interface Time {
  s: number;
  ns: number;
}

/** Whose flags they are; each system gives back only its own. */
export const FlagSystem = { linux: 1, macos: 2, windows: 3 } as const;

export interface Flags {
  /** One of FlagSystem; a number that is none of them is kept and means nothing here. */
  system: number;
  /** FS_IOC_GETFLAGS, st_flags, or GetFileAttributes. */
  bits: number;
}

/** An extended attribute whose value stands in the node. */
export interface SmallAttribute {
  name: Uint8Array;
  value: Uint8Array;
}

/** An attribute that can be contents: its value is data blobs, sealed to the reader as contents are. */
export interface LargeAttribute {
  name: Uint8Array;
  /** Length of the value in bytes. */
  size: number;
  /** 32-byte ids of its data blobs in order, joined. */
  content: Uint8Array;
}

/**
 * Holes of a file: start and length in turn, ascending, apart from each other; `zeros` where there are too many to
 * list or the system does not tell them: any run of zeros may then be a hole. The content has zeros in their place.
 */
export type Holes = number[] | 'zeros';

export interface NodeExtras {
  birth?: Time | undefined;
  /** Names of one snapshot with equal groups were names of one file: device and inode, 8 bytes each, big-endian. */
  link?: Uint8Array | undefined;
  /** By name, strictly ascending; at most MAX_INLINE_BYTES of values. */
  small?: SmallAttribute[] | undefined;
  /** By name, strictly ascending; no name is in `small` too. */
  large?: LargeAttribute[] | undefined;
  flags?: Flags | undefined;
  holes?: Holes | undefined;
}

/** Longer values are data blobs. */
export const MAX_SMALL_VALUE = 128;
/** Bytes of names and values in one node, so that a node is always small beside a leaf's 1 MiB. */
export const MAX_INLINE_BYTES = 4096;
/** Attributes of one entry; no system of ours allows as many in practice. */
export const MAX_ATTRIBUTES = 4096;
/** Bytes of one value; a longer one is not read into memory, but listed as not taken. */
export const MAX_VALUE = 64 * 1024 * 1024;
/** Data blobs of one value, each 1 MiB but the last. */
export const MAX_VALUE_BLOBS = 64;
export const MAX_HOLES = 1024;
export const LINK_BYTES = 16;

/** Errors: object-damaged. */
export function largeOf(value: Cbor, r: CborReader, what: string): LargeAttribute[] {
  const list = r.array(value, 'attributes').map((item) => {
    const triple = r.array(item, 'attribute');
    const content = r.bytes(triple[2], 'attribute content');
    if (triple.length !== 3 || content.length % ID_BYTES !== 0) throw damaged(what, 'attribute');
    const size = r.uint(triple[1], 'attribute size');
    if (size > MAX_VALUE || content.length > MAX_VALUE_BLOBS * ID_BYTES) throw damaged(what, 'attribute size');
    return { name: r.bytes(triple[0], 'attribute name'), size, content };
  });
  checkNames(list, what);
  return list;
}

/** Bytes of a file that are known to be holes. */
export function holeBytes(holes: Holes | undefined): number {
  if (holes === undefined || holes === 'zeros') return 0;
  return holes.reduce((sum, n, i) => (i % 2 === 1 ? sum + n : sum), 0);
}

/** Names ascend, are none twice, and hold no 0, which ends a name for every system. */
function checkNames(list: { name: Uint8Array }[], what: string): void {
  if (list.length > MAX_ATTRIBUTES) throw damaged(what, 'attributes');
  let before: Uint8Array = new Uint8Array(0);
  for (const { name } of list) {
    if (Buffer.compare(before, name) >= 0 || name.includes(0)) throw damaged(what, 'attribute names');
    before = name;
  }
}

/** @param size of the file, which its holes lie in. Errors: object-damaged */
export function holesOf(value: Cbor, r: CborReader, what: string, size: number): Holes {
  if (value === true) return 'zeros';
  const numbers = r.array(value, 'holes').map((n) => r.uint(n, 'holes'));
  if (numbers.length % 2 !== 0 || numbers.length > 2 * MAX_HOLES) throw damaged(what, 'holes');
  let end = -1;
  for (let i = 0; i < numbers.length; i += 2) {
    const start = numbers[i] ?? 0;
    const length = numbers[i + 1] ?? 0;
    if (start <= end || length === 0 || start + length > size) throw damaged(what, 'holes');
    end = start + length;
  }
  return numbers;
}
