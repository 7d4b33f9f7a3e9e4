/** Bounds that every adapter keeps to. */

/** Largest object read whole, in bytes: packs stay far below; a planted giant must not exhaust the memory. */
export const MAX_OBJECT = 2 ** 30;

/**
 * Age in ms after which a temporary file, or an unfinished upload, of an object that belongs to no computer is taken for
 * the rest of an interrupted call: somebody else may be writing a younger one.
 */
export const STALE_MS = 24 * 60 * 60 * 1000;
