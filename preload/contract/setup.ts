/** `setup`: the key, what is to be backed up, and the first backup. */
import { z } from 'zod';
import { BackupComputer } from './care.ts';
import { PlaceDraft } from './destinations.ts';
import { Bytes, Cap, Groups, KeyCheck, Ms, Nothing, Ok, Password, Place, Row, method } from './parts.ts';
import { SkippedItem } from './runs.ts';
import { PasswordAnswer, VaultIdentity } from './vault.ts';

export const SourceNode = Place.extend({
  kind: z.enum(['folder', 'file']),
  hasChildren: z.boolean(),
  /** True where the set-up proposes to back this up. */
  suggested: z.boolean(),
});
export type SourceNode = z.infer<typeof SourceNode>;

export const Measure = z.object({
  id: z.string(),
  cap: Cap,
  files: z.number(),
  bytes: Bytes,
  excludedFiles: z.number(),
  excludedBytes: Bytes,
  unreadable: z.array(SkippedItem).max(50),
  unreadableCount: z.number(),
  done: z.boolean(),
});
export type Measure = z.infer<typeof Measure>;

export const setupMethods = {
  /** A proposal that works at once: a folder of this computer's largest other disk, else in the home folder. */
  suggestDestination: method(Nothing, PlaceDraft),
  /** Makes a new key in main's memory; the digits stay there until `revealKey`. */
  newKey: method(Nothing, z.object({ made: z.boolean() })),
  revealKey: method(
    Nothing,
    z.object({
      groups: Groups,
      /** Two-character check printed at the end of each row. */
      rowChecks: z.array(z.string()).length(4),
      repoId: z.string(),
      /** QR code of the kit: side length and dark modules, row by row. */
      qr: z.object({ size: z.number(), modules: z.array(z.boolean()) }),
    }),
  ),
  hideKey: method(Nothing, Ok),
  copyKey: method(Nothing, z.object({ clearsAt: Ms })),
  /** Saves the kit as PDF (and restore.mjs beside it) by a native dialog. */
  saveKit: method(Nothing, z.object({ path: z.string(), warning: z.string().nullable() }).nullable()),
  printKit: method(Nothing, Ok),
  /** The two rows to type back. */
  challenge: method(Nothing, z.object({ rows: z.array(Row).length(2) })),
  proveKey: method(z.object({ rows: z.record(z.string(), z.array(z.string()).length(4)) }), KeyCheck),
  /** For a destination that already holds a repository: its key instead of a new one. */
  unlockExisting: method(z.object({ cap: Cap, groups: Groups }), KeyCheck),
  /** The vault that a repository at this place names, if it does. */
  existingVault: method(z.object({ cap: Cap }), VaultIdentity.nullable()),
  /** `fingerprint`: that of `existingVault`, as it was shown; the password goes to no other vault. */
  unlockExistingWithPassword: method(
    z.object({ cap: Cap, password: Password, fingerprint: z.string().max(128) }),
    PasswordAnswer,
  ),
  /** The computers that back up into a place whose key was accepted; the one that backed up last comes first. */
  existingComputers: method(z.object({ cap: Cap }), z.array(BackupComputer)),
  suggestSources: method(Nothing, z.array(SourceNode)),
  chooseSource: method(Nothing, SourceNode.nullable()),
  listFolder: method(z.object({ cap: Cap }), z.array(SourceNode)),
  /** Starts measuring; results arrive as `measure` events carrying the same id. A new call ends the last one. */
  measure: method(z.object({ id: z.string(), caps: z.array(Cap), excludes: z.array(z.string()) }), Ok),
  defaultExcludes: method(Nothing, z.array(z.string())),
  /** Creates or joins the repository, enrols this computer, stores the plan, starts the first backup. */
  finish: method(
    z.object({
      /** The first is made and backed up to first; the others are filled from it. */
      destinations: z.array(Cap).min(1).max(8),
      sources: z.array(Cap).min(1),
      excludes: z.array(z.string()),
      consents: z.object({ nobodyCanHelp: z.literal(true), keptSafe: z.literal(true) }),
      /** `password`: the one that `vault.repeatPassword` accepted is registered first. */
      protection: z.enum(['key', 'password']).default('key'),
      /** Client id of the computer whose backups this one goes on with; null for a further computer. */
      adopt: z
        .string()
        .regex(/^[0-9a-f]{32}$/)
        .nullable()
        .default(null),
    }),
    Ok,
  ),
} as const;
