/**
 * `care`: which backups are kept, room that is freed, proof that a restore works, practice. `keyring`: the keys of this
 * backup over time, and the computers that back up into it.
 */
import { z } from 'zod';
import { Bytes, ErrorInfo, Groups, KeyCheck, Ms, Nothing, Ok, method } from './parts.ts';

const Count = z.number().int().min(0).max(9999);

/** How many of the newest backups, and of the newest of each hour, day and so on, are kept. */
export const Keep = z.object({
  last: Count,
  hourly: Count,
  daily: Count,
  weekly: Count,
  monthly: Count,
  yearly: Count,
});
export type Keep = z.infer<typeof Keep>;

export const CareState = z.object({
  /** Null: every backup is kept. */
  keep: Keep.nullable(),
  /** Ids of snapshots that no rule removes. */
  pins: z.array(z.string()),
  /** A sample is restored and compared each month, while unlocked; a part of the storage is checked each month. */
  drills: z.boolean(),
  checks: z.boolean(),
  /** The last time that a sample came back right; null before the first. */
  proven: z.object({ at: Ms, files: z.number(), bytes: Bytes, runId: z.string() }).nullable(),
  /** The newest sample, where files of it did not come back right. */
  proofFailed: z.object({ at: Ms, failed: z.number(), runId: z.string() }).nullable(),
  nextDrillAt: Ms.nullable(),
  nextCheckAt: Ms.nullable(),
  /** When old backups may be removed again; null where every backup is kept. */
  nextCleanUpAt: Ms.nullable(),
  practice: z.object({ lastAt: Ms.nullable(), dueAt: Ms }),
  /** Not null while a change of the key is not over: names of places that still open with the old digits. */
  keyChange: z.object({ places: z.array(z.string()), oldRecord: z.boolean() }).nullable(),
});
export type CareState = z.infer<typeof CareState>;

/** What a rule says of one backup of this computer. */
export const KeepDecision = z.object({
  id: z.string(),
  at: Ms,
  keep: z.boolean(),
  pinned: z.boolean(),
  /** In a few words; at least one. */
  reasons: z.array(z.string()),
});
export type KeepDecision = z.infer<typeof KeepDecision>;

/** What a clean-up would do at one place. */
export const PlaceToFree = z.object({
  name: z.string(),
  /** Backups that the rule removes there. */
  snapshots: z.number(),
  /** About so much is freed by the next clean-up, and so much when those that may be reading are done. */
  nowBytes: Bytes,
  laterBytes: Bytes,
  laterAt: Ms.nullable(),
  /** About so much more could be freed while unlocked. */
  lockedBytes: Bytes,
  /** True where nobody else can be reading: all of it may be freed at once. */
  atOnce: z.boolean(),
  /** Why nothing is freed there now. */
  error: ErrorInfo.nullable(),
});
export type PlaceToFree = z.infer<typeof PlaceToFree>;

export const BackupComputer = z.object({
  clientId: z.string(),
  name: z.string(),
  thisComputer: z.boolean(),
  snapshots: z.number(),
  newestAt: Ms.nullable(),
  storedBytes: Bytes,
  retired: z.boolean(),
  /** True where this is, or was, this computer and another one goes on with its backups. */
  takenOver: z.boolean(),
});
export type BackupComputer = z.infer<typeof BackupComputer>;

export const careMethods = {
  /** What a rule would keep of a plan's backups, the first one's where none is named; changes nothing. */
  preview: method(z.object({ keep: Keep.nullable(), plan: z.string().optional() }), z.array(KeepDecision)),
  setKeep: method(z.object({ keep: Keep.nullable() }), Ok),
  pin: method(z.object({ snapshotId: z.string().regex(/^[0-9a-f]{64}$/), pinned: z.boolean() }), Ok),
  /** What a clean-up would free at each place; changes nothing. */
  freePlan: method(Nothing, z.array(PlaceToFree)),
  /** `atOnce`: without waiting for those that may be reading, where the place allows it. */
  free: method(z.object({ atOnce: z.boolean() }), z.object({ runId: z.string() })),
  /** Restores a sample to a private folder, compares it, and removes it again. */
  prove: method(Nothing, z.object({ runId: z.string() })),
  setAutomatic: method(z.object({ drills: z.boolean(), checks: z.boolean() }).partial().strict(), Ok),
  /** Stops a clean-up or a drill. */
  cancel: method(Nothing, Ok),
  /** Reminds again in a week. */
  practiceLater: method(Nothing, Ok),
} as const;

export const keyringMethods = {
  /** Needs the key. The one that backed up last comes first. */
  computers: method(Nothing, z.array(BackupComputer)),
  /** That computer may back up no more; what it has stored stays. */
  retire: method(z.object({ clientId: z.string().regex(/^[0-9a-f]{32}$/) }), Ok),
  /** This computer goes on with that one's backups, which backs up here no more; also its own, taken back. */
  adopt: method(z.object({ clientId: z.string().regex(/^[0-9a-f]{32}$/) }), Ok),
  /** What has backed up as this one, on this computer, begins a history of its own. */
  startAnew: method(z.object({ clientId: z.string().regex(/^[0-9a-f]{32}$/) }), Ok),
  /** New keys for what is backed up from now on; digits and password stay. */
  renew: method(Nothing, z.object({ epochs: z.number() })),
  /** Makes a new key in main's memory. Its kit is shown, printed and proven by the methods of `setup`. */
  beginChange: method(Nothing, Ok),
  dropChange: method(Nothing, Ok),
  /**
   * Puts the proven new key in the place of the old one. `password`: the one that `vault.repeatPassword` accepted guards
   * the new key; else the new digits are the only way in.
   */
  change: method(
    z.object({ password: z.boolean() }),
    z.object({
      /** Places that still open with the old digits, and why. */
      kept: z.array(z.object({ name: z.string(), error: ErrorInfo })),
      /** Why the vault's copy of the old key could not be destroyed. */
      oldRecord: ErrorInfo.nullable(),
    }),
  ),
  /** Changes the key at the places that were away, with the old digits. */
  finishChange: method(z.object({ groups: Groups }), KeyCheck),
} as const;
