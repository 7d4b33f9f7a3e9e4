/** How large packs and index segments become, and how hard their blocks are compressed: the same whoever writes them. */
import type { Destination } from '../../destinations/destination.ts';
import { shortOfPadded } from '../format/padme.ts';

const DATA_PACK_BYTES = 64 * 1024 * 1024;
/** Where few and large objects serve the storage best. */
const LARGE_PACK_BYTES = 128 * 1024 * 1024;
/** By chance never less than 8 MiB, from where on padding is fine enough to be small. */
export const METADATA_PACK_BYTES = 11 * 1024 * 1024;
export const COMPRESSION_LEVEL = 1;
/**
 * Bytes of a full pack's table: some 140,000 blobs. Tiny files would make tables of half of their pack, and whoever writes
 * or reads a pack or a segment holds a whole table, or several. The packs are still large enough to need little padding.
 */
export const TABLE_BYTES = 6 * 1024 * 1024;
/** Bytes of tables from which on an index segment is full: that of one full pack is. */
export const SEGMENT_TABLE_BYTES = 4 * 1024 * 1024;

/** Bytes of a data pack at this destination. */
export const dataPackBytes = ({ abilities }: Destination): number =>
  abilities?.largePacks === true ? LARGE_PACK_BYTES : DATA_PACK_BYTES;

/**
 * By which share of its size a full pack falls short by chance, at most; and share of the size before that in which it
 * waits for a length that needs little padding. The first is far more than the second: were it the other way round, packs
 * would end where their contents have them end, and whoever knows these would know them again by their sizes.
 */
const JITTER = 1 / 4;
const WINDOW = 1 / 16;
/**
 * How short of its padded size a pack may be, as a share of the step to the next one, to be closed at the beginning of
 * the window; and how much more at its end. With blocks of half a MiB 0.3 % is padding then, where it was 0.9.
 */
const TAKEN_AT_ONCE = 0.05;
const TAKEN_AT_LAST = 0.6;

/** Share of a full pack at which one is closed at the latest; by chance, for each anew. */
export const drawShare = (): number => 1 - Math.random() * JITTER;

export interface Filled {
  /** Bytes with all blocks, without the table. */
  size: number;
  /** Bytes of table and trailer. */
  tail: number;
  /** Drawn for this pack. */
  share: number;
  /** Size of a full one. */
  fullBytes: number;
}

/** True where a pack is to be closed. */
export function isFull({ size, tail, share, fullBytes }: Filled): boolean {
  const left = share - Math.max(size / fullBytes, tail / TABLE_BYTES);
  if (left <= 0) return true;
  const progress = 1 - left / WINDOW;
  return progress >= 0 && shortOfPadded(size + tail) <= TAKEN_AT_ONCE + TAKEN_AT_LAST * progress;
}
