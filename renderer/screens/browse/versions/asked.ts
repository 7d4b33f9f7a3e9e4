/** What a look across snapshots asks to restore. */
export interface Asked {
  readonly snapshotId: string;
  readonly entryIds: string[];
  readonly count: number;
  /** Some of the names, for a sentence. */
  readonly names: readonly string[];
}
