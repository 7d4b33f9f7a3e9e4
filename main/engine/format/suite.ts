/**
 * Suites: which algorithms a repository was made with (FORMAT.md, "repo.json"). It is said once, in repo.json, stands in
 * every envelope, and never changes.
 */

/** 1 names blobs by HMAC-SHA-256, 2 by keyed BLAKE3. All else is the same. */
export type Suite = 1 | 2;

/** Of new repositories. */
export const NEWEST_SUITE: Suite = 2;

/** Null for one of a newer version. */
export const suiteOf = (number: number | undefined): Suite | null => (number === 1 || number === 2 ? number : null);
