/**
 * Which small packs are joined into larger ones. Each backup leaves two packs or more, however little has changed, and
 * storage behind a line is asked, listed and paid for by the number of its objects.
 *
 * What is joined at least doubles: a pack is written anew only together with as many bytes of smaller ones as it has
 * itself. So the number of small packs stays that of a few runs, and a byte is written anew only as often as a small pack
 * can double, however many runs there are. One run joins no more than a few full packs' worth, the smallest first: a
 * first clean-up after years costs no more to download than any other.
 */
import type { Destination } from '../destinations/destination.ts';
import type { DestinationPlace } from '../destinations/spec.ts';
import { tablePlaintextBytes } from './format/pack.ts';
import { TABLE_BYTES } from './pipeline/pack-sizes.ts';

export interface SmallPack {
  name: string;
  /** Its stored bytes that are needed, without padding. */
  bytes: number;
  /** Blobs in it that are needed. */
  blobs: number;
}

/** Share of a full pack below which a pack is small: a pack is full of bytes, or of blobs. */
const SMALL_SHARE = 0.25;
/** Fewer small packs than this are left as they are. */
export const FEWEST_SMALL = 16;
/** Full packs' worth that one run joins. */
const MOST_FULL = 8;

/**
 * @param packs of one kind, which stay as they are otherwise
 * @param fullBytes size at which a pack of this kind is full
 * @param fewest small packs that are joined; at least 2
 * @returns names of those that are written anew as a few large ones; none, or `fewest` and more
 */
export function smallToJoin(packs: readonly SmallPack[], fullBytes: number, fewest: number): string[] {
  const small = packs
    .filter(
      ({ bytes, blobs }) => Math.max(bytes / fullBytes, tablePlaintextBytes(0, blobs) / TABLE_BYTES) < SMALL_SHARE,
    )
    .sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1));
  let count = 0;
  let smaller = 0;
  for (const [i, { bytes }] of small.entries()) {
    if (smaller + bytes > fullBytes * MOST_FULL) break;
    if (i + 1 >= fewest && bytes <= smaller) count = i + 1;
    smaller += bytes;
  }
  return small.slice(0, count).map(({ name }) => name);
}

/**
 * False where joining would cost more than it saves: objects under a lock stay and are paid for beside the new ones, and
 * a class of storage that was chosen for contents may bill every byte read and every early removal.
 *
 * @param room data packs (`p`) or metadata packs (`m`)
 */
export function isJoiningCheap({ abilities }: Destination, place: DestinationPlace, room: 'p' | 'm'): boolean {
  if (abilities?.lock === true) return false;
  if (place.kind !== 's3') return true;
  return place.lock === null && (room === 'm' || place.storageClass === null);
}
