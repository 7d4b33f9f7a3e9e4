/** `browse`: snapshots and what is in them. */
import { z } from 'zod';
import { Bytes, Ms, Nothing, method } from './parts.ts';

export const SnapshotInfo = z.object({
  id: z.string(),
  at: Ms,
  computer: z.string(),
  clientId: z.string(),
  thisComputer: z.boolean(),
  files: z.number(),
  bytes: Bytes,
  partial: z.boolean(),
  damaged: z.boolean(),
  skipped: z.number(),
  sources: z.array(z.string()),
});
export type SnapshotInfo = z.infer<typeof SnapshotInfo>;

export const EntryKind = z.enum(['folder', 'file', 'symlink', 'other']);
export const Entry = z.object({
  /** Opaque id of the entry inside its snapshot. */
  id: z.string(),
  name: z.string(),
  kind: EntryKind,
  size: Bytes.nullable(),
  /** Number of entries, for folders where it is known. */
  items: z.number().nullable(),
  modifiedAt: Ms.nullable(),
  mode: z.string(),
  owner: z.string(),
  linkTarget: z.string().nullable(),
});
export type Entry = z.infer<typeof Entry>;

export const browseMethods = {
  snapshots: method(Nothing, z.array(SnapshotInfo)),
  list: method(
    z.object({
      snapshotId: z.string(),
      /** Entry id of a folder, or null for the top. */
      folderId: z.string().nullable(),
      sort: z.enum(['name', 'modified', 'size']),
      descending: z.boolean(),
      offset: z.number().int().nonnegative(),
      limit: z.number().int().min(1).max(1000),
    }),
    z.object({
      total: z.number(),
      files: z.number(),
      entries: z.array(Entry),
      crumbs: z.array(z.object({ id: z.string().nullable(), name: z.string() })),
    }),
  ),
} as const;
