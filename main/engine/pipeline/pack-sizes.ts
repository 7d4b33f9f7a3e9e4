/** How large packs become, and how hard their blocks are compressed: the same whoever writes them. */
import type { Destination } from '../../destinations/destination.ts';

const DATA_PACK_BYTES = 64 * 1024 * 1024;
/** Where few and large objects serve the storage best. */
const LARGE_PACK_BYTES = 128 * 1024 * 1024;
/** Above 8 MiB, from where on padding is fine enough to be small. */
export const METADATA_PACK_BYTES = 10 * 1024 * 1024;
export const COMPRESSION_LEVEL = 1;

/** Bytes of a data pack at this destination. */
export const dataPackBytes = ({ abilities }: Destination): number =>
  abilities?.largePacks === true ? LARGE_PACK_BYTES : DATA_PACK_BYTES;
