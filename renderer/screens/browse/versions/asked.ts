/** What a look across snapshots asks to restore. */
export interface Asked {
  readonly snapshotId: string;
  readonly entryIds: string[];
  readonly count: number;
  /** Some of the names, for a sentence. */
  readonly names: readonly string[];
  /** So many that were asked for too are not in this snapshot: they came later. */
  readonly later?: number;
}
