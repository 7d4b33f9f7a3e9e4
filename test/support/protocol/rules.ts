/**
 * The rules of FORMAT.md, "Order and crash safety" and "Collection", each of which can be left out: the explorer then
 * has to find what goes wrong.
 */
export interface Rules {
  /** Backup: the last act before the snapshot is a look at what it refers to. */
  readonly lastLook: boolean;
  /** That look refuses packs that were doomed or dropped since the run began. */
  readonly lookSeesDoomed: boolean;
  /** It is repeated where time, sleep included, has passed since, and before a put is tried again. */
  readonly lookAgainAfterSleep: boolean;
  /** Nothing new refers to a doomed pack. */
  readonly skipDoomed: boolean;
  /** The cache is believed only as far as the index goes. */
  readonly indexOverCache: boolean;
  /** A writer leaves a marker, and stops where it meets that of another instance. */
  readonly markers: boolean;
  /** Nothing is marked or removed while a snapshot that the computer knows is missing. */
  readonly knownMustBeThere: boolean;
  /** Nothing is marked or removed while something that is listed does not open. */
  readonly allMustOpen: boolean;
  /** Nothing is marked or removed where two snapshots have one predecessor. */
  readonly forkStops: boolean;
  /** Doomed packs wait. */
  readonly grace: boolean;
  /** They wait from when it was written that they are doomed, not from when it was found that nothing needs them. */
  readonly waitFromPut: boolean;
  /** Before anything is removed, snapshots and segments are listed and read again. */
  readonly lookBeforeDelete: boolean;
  /** That look is repeated where time, sleep included, has passed since. */
  readonly lookAgainBeforeDelete: boolean;
  /** What is needed after all is struck. */
  readonly strike: boolean;
  /** A copy of a blob counts only in a pack that stays. */
  readonly copiesMustStay: boolean;
  /** A pack is doomed only when its live part is stored elsewhere. */
  readonly repackBeforeDoom: boolean;
  /** Packs are named as removed before they are. */
  readonly dropBeforeDelete: boolean;
  /** The newest complete snapshot is never forgotten; a partial one does not count. */
  readonly keepNewestComplete: boolean;
  readonly partialIsNotComplete: boolean;
  /** It is said that a snapshot is forgotten before it is removed. */
  readonly sayForgotten: boolean;
  /** Joined segments are removed only when the one that replaces them is there. */
  readonly joinBeforeRemove: boolean;
  /** A snapshot whose put was begun here, and that no listing shows, is looked for by its name. */
  readonly askForHead: boolean;
  /** Adoption: before its snapshot a computer looks whether it is still the one that writes. */
  readonly lookWhoWrites: boolean;
  /** And between saying what goes and removing it. */
  readonly lookBeforeRemoval: boolean;
  /** Who takes over says so before it lists what counts. */
  readonly claimBeforeList: boolean;
  /** The note names packs and segments, not only snapshots. */
  readonly nameAll: boolean;
  /** Of earlier computers only what the note names is believed. */
  readonly onlyNamedCounts: boolean;
  /** What is nowhere else is read from what does not count: what is read proves itself. */
  readonly readFormer: boolean;
}

export const RULES: Rules = {
  lastLook: true,
  lookSeesDoomed: true,
  lookAgainAfterSleep: true,
  skipDoomed: true,
  indexOverCache: true,
  markers: true,
  knownMustBeThere: true,
  allMustOpen: true,
  forkStops: true,
  grace: true,
  waitFromPut: true,
  lookBeforeDelete: true,
  lookAgainBeforeDelete: true,
  strike: true,
  copiesMustStay: true,
  repackBeforeDoom: true,
  dropBeforeDelete: true,
  keepNewestComplete: true,
  partialIsNotComplete: true,
  sayForgotten: true,
  joinBeforeRemove: true,
  askForHead: true,
  lookWhoWrites: true,
  lookBeforeRemoval: true,
  claimBeforeList: true,
  nameAll: true,
  onlyNamedCounts: true,
  readFormer: true,
};

export const without = (...rules: (keyof Rules)[]): Rules =>
  rules.reduce((all, rule) => ({ ...all, [rule]: false }), RULES);
