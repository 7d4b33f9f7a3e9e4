/** `restore`: bringing files back. */
import { z } from 'zod';
import { PlaceDraft } from './destinations.ts';
import { Bytes, Cap, ErrorInfo, Ms, Nothing, Ok, Place, method } from './parts.ts';
import { SkippedItem } from './runs.ts';
import { VaultIdentity } from './vault.ts';

export const RestorePlan = z.object({
  planId: z.string(),
  files: z.number(),
  bytes: Bytes,
  /** Where it goes, as shown to the user. */
  target: z.string(),
  /** Files of these names that are already there. */
  conflicts: z.number(),
  /** Files that are already there by size and time, such as of a restore before this one; they stay. */
  alreadyThere: z.number(),
  conflictSamples: z.array(z.object({ path: z.string(), outcome: z.string() })).max(20),
  freeBytes: Bytes.nullable(),
  enoughSpace: z.boolean(),
});
export type RestorePlan = z.infer<typeof RestorePlan>;

export const RestoreReport = z.object({
  runId: z.string(),
  snapshotAt: Ms,
  target: z.string(),
  /** Each file went back to where it came from; `target` is a sentence then. */
  toOriginal: z.boolean(),
  requested: z.number(),
  restored: z.number(),
  bytes: Bytes,
  skippedExisting: z.number(),
  keptBoth: z.number(),
  problems: z.array(SkippedItem),
  durationMs: z.number(),
  state: z.enum(['done', 'stopped', 'failed']),
  error: ErrorInfo.nullable(),
});
export type RestoreReport = z.infer<typeof RestoreReport>;

export const restoreMethods = {
  /** R1: connect to storage that holds a repository, before this computer is set up. */
  connect: method(
    z.object({ cap: Cap }),
    z.object({
      place: PlaceDraft,
      repoId: z.string(),
      computers: z.number(),
      vault: VaultIdentity.nullable(),
    }),
  ),
  chooseTarget: method(Nothing, Place.nullable()),
  suggestTarget: method(Nothing, Place),
  plan: method(
    z.object({
      snapshotId: z.string(),
      /** Entry ids; empty means everything. */
      entryIds: z.array(z.string()),
      target: z.union([z.object({ kind: z.literal('original') }), z.object({ kind: z.literal('folder'), cap: Cap })]),
      conflict: z.enum(['keep-both', 'skip', 'replace']),
    }),
    RestorePlan,
  ),
  start: method(z.object({ planId: z.string() }), z.object({ runId: z.string() })),
  pause: method(Nothing, Ok),
  resume: method(Nothing, Ok),
  cancel: method(Nothing, Ok),
  report: method(z.object({ runId: z.string() }), RestoreReport),
  saveReport: method(z.object({ runId: z.string() }), z.object({ path: z.string() }).nullable()),
  showInFolder: method(z.object({ runId: z.string() }), Ok),
} as const;
