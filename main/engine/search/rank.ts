/** How well a name fits what somebody looks for; smaller is better. */
export const Rank = { exact: 0, start: 1, word: 2, inside: 3, none: -1 } as const;
export const RANKS = 4;

/** Tells how well bytes [from, to) fit. */
export interface NamePattern {
  rank(bytes: Uint8Array, from: number, to: number): number;
}
