/** Types of what makes a backup smaller again: `forget` removes snapshots, `prune` removes what no snapshot needs. */
import type { DestinationSpec } from '../../destinations/spec.ts';
import type { Access } from './common.ts';

/** How many of the newest snapshots, and of the newest of each hour, day and so on, are kept. */
export interface KeepCounts {
  last?: number | undefined;
  hourly?: number | undefined;
  daily?: number | undefined;
  weekly?: number | undefined;
  monthly?: number | undefined;
  yearly?: number | undefined;
}

/** A length of time in the calendar: `months: 1` before 31 March is 28 or 29 February. */
export interface KeepWithin {
  years?: number | undefined;
  months?: number | undefined;
  days?: number | undefined;
  hours?: number | undefined;
}

/** What is to be kept. A policy without any rule keeps everything. */
export interface RetentionPolicy extends KeepCounts {
  /** Every snapshot that is no older than this before the newest one of its group. */
  within?: KeepWithin | undefined;
  /** The newest of each hour, day and so on, for so long before the newest one. */
  withinHourly?: KeepWithin | undefined;
  withinDaily?: KeepWithin | undefined;
  withinWeekly?: KeepWithin | undefined;
  withinMonthly?: KeepWithin | undefined;
  withinYearly?: KeepWithin | undefined;
  /** Every snapshot that carries one of these tags. */
  tags?: string[] | undefined;
  /** Pinned snapshots: ids in hex, or beginnings of 4 digits or more. */
  keepIds?: string[] | undefined;
}

export interface ForgetInput {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  stateFolder: string;
  /** What is kept; the rest is forgotten. Null where only `ids` are. */
  policy: RetentionPolicy | null;
  /** Snapshots to forget whatever the policy says: ids in hex, or beginnings of 4 digits or more. */
  ids: string[];
  /** Only says what would be done. */
  dryRun: boolean;
}

/** What happens to one snapshot, and why. */
export interface RetentionDecision {
  /** SHA-256 name in hex. */
  id: string;
  sequence: number;
  /** End of the run, ms since the epoch. */
  endedMs: number;
  sources: string[];
  tags: string[];
  partial: boolean;
  /** A later backup found that parts of it are missing. Others, and all of it elsewhere, may well be restorable. */
  damaged: boolean;
  keep: boolean;
  /** "daily 3 of 7", "tag holiday", "the newest complete one", ...; of a removed one why it goes. At least one. */
  reasons: string[];
}

export interface ForgetOutput {
  /** Newest first. */
  decisions: RetentionDecision[];
  kept: number;
  /** Snapshots that are gone now (of a dry run: that would be). */
  forgotten: number;
  dryRun: boolean;
}

export interface PruneInput {
  destination: DestinationSpec;
  access: Extract<Access, { kind: 'capability' }>;
  /** Where it is given, data packs are repacked too, which takes reading contents. 32 bytes. */
  rootKey?: Uint8Array | undefined;
  stateFolder: string;
  /**
   * Hours between the decision that a pack goes and its removal. 72 where it is not given, on Google Drive 168; less
   * only in a folder of this computer.
   */
  graceHours?: number | undefined;
  /** A pack of which more than this share (0 to 1) is dead is written anew without it. 0.3 where it is not given. */
  maxUnused?: number | undefined;
  /** Only says what would be done. */
  dryRun: boolean;
  /** Of a dry run: ids (hex) of snapshots that are counted as forgotten already. */
  without?: string[] | undefined;
  /** Size of data packs in bytes, 64 MiB where it is not given. For tests. */
  packBytes?: number | undefined;
  /** Small packs from which on they are joined, 16 where it is not given. For tests. */
  fewestSmall?: number | undefined;
}

export interface PruneOutput {
  dryRun: boolean;
  /** Snapshots whose needs were counted. */
  snapshots: number;
  /** Blobs that they need, and bytes of them before compression. */
  liveBlobs: number;
  liveBytes: number;
  /** Packs as they stood before, and their bytes in the storage. */
  packs: number;
  packBytes: number;
  /** Packs marked to be removed by this run, as logical names, sorted. */
  doomed: string[];
  /** Of `doomed`: packs whose live part is written anew first; and bytes of that part, before compression. */
  repacked: string[];
  repackedBytes: number;
  /** Of `doomed`: small packs that are written anew as fewer large ones; and their bytes in the storage. */
  joined: string[];
  joinedBytes: number;
  /** Packs in no segment that the index names from now on. */
  adopted: string[];
  /** Packs that were marked to be removed and are needed after all: they stay. */
  spared: string[];
  /** Packs removed now, and their bytes in the storage. */
  removed: string[];
  removedBytes: number;
  /** Rests of forgotten snapshots, removed now. */
  removedSnapshots: string[];
  /** Index segments joined into one, and removed. */
  compacted: string[];
  /** Bytes of packs that are marked and wait for the end of their grace; null where nothing waits. */
  waitingBytes: number;
  /** When the next of them may be removed, ms since the epoch; null where nothing waits. */
  nextMs: number | null;
  /** Dead bytes in data packs over the limit, about, that only a run with the key would free. */
  lockedBytes: number;
  /** Dead bytes that stay in packs below the limit, about. */
  unusedBytes: number;
  /** Bytes of new packs; 0 in a dry run, which cannot know how small they become. */
  storedBytes: number;
}

export interface CollectVerbs {
  /**
   * Removes snapshots of this computer, and nothing of what they hold. Errors: bad-input (the newest complete one, a
   * pinned one), snapshot-not-found, busy, locked, repository-rolled-back, stopped, destination-*.
   */
  forget: { input: ForgetInput; output: ForgetOutput };
  /**
   * Removes what no snapshot of this computer needs. Errors: bad-input; object-damaged, object-missing, newer-format and
   * cloned-computer where it is not certain what is needed (nothing is removed then); busy, locked, wrong-key,
   * repository-rolled-back, stopped, destination-*.
   */
  prune: { input: PruneInput; output: PruneOutput };
}
