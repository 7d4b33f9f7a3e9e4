/** `look`: search, versions of a file, comparisons and sizes of folders. */
import { z } from 'zod';
import { Bytes, Ms, Nothing, Ok, method } from './parts.ts';

const Kind = z.enum(['folder', 'file', 'symlink', 'other']);
/** Full id of a snapshot. */
const SnapshotId = z.string().regex(/^[0-9a-f]{64}$/);
/** Opaque id of an entry inside a snapshot, from the top down; as `Entry` has it. */
const EntryId = z.string().max(1_000_000);
const Page = { offset: z.number().int().nonnegative(), limit: z.number().int().min(1).max(1000) };

export const FoundItem = z.object({
  clientId: z.string(),
  computer: z.string(),
  entryId: z.string(),
  name: z.string(),
  /** For display: the folder it lies in. */
  folder: z.string(),
  kind: Kind,
  /** Of the newest version; null for what has no size of its own. */
  size: Bytes.nullable(),
  modifiedAt: Ms.nullable(),
  versions: z.number(),
  /** How many snapshots have it, and the newest and oldest of them. */
  snapshots: z.number(),
  newestSnapshotId: z.string(),
  newestAt: Ms,
  oldestAt: Ms,
  /** True where the newest whole snapshot of its folders does not have it any more. */
  gone: z.boolean(),
});
export type FoundItem = z.infer<typeof FoundItem>;

export const SearchQuery = z.object({
  text: z.string().max(500),
  kind: z.enum(['any', 'file', 'folder']),
  /** Endings of names, without the dot; any where it is null. */
  endings: z.array(z.string().min(1).max(12)).max(64).nullable(),
  changedAfter: Ms.nullable(),
  changedBefore: Ms.nullable(),
  now: z.enum(['any', 'there', 'gone']),
  ...Page,
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const FoundPage = z.object({
  items: z.array(FoundItem),
  /** All that match, beyond this page; `matched` and `gone` whatever `now` asks for. */
  total: z.number(),
  matched: z.number(),
  gone: z.number(),
  /** What was searched: distinct paths, and snapshots. */
  paths: z.number(),
  snapshots: z.number(),
  /** Snapshots of which folders could not be read. */
  incomplete: z.number(),
  /** How long the search itself took, in ms. */
  tookMs: z.number(),
});
export type FoundPage = z.infer<typeof FoundPage>;

export const FileVersion = z.object({
  /** Newest snapshot that has it. */
  snapshotId: z.string(),
  kind: Kind,
  size: Bytes.nullable(),
  modifiedAt: Ms.nullable(),
  /** When the first and the last snapshot that have it were made, and how many have it. */
  firstAt: Ms,
  lastAt: Ms,
  snapshots: z.number(),
  /** Those snapshots, newest first, up to 100. */
  snapshotIds: z.array(z.string()).max(100),
  /** Against the version before: null for the first one. */
  before: z.object({ sizeDelta: z.number(), sameContents: z.boolean(), changed: z.array(z.string()) }).nullable(),
});
export type FileVersion = z.infer<typeof FileVersion>;

export const DiskState = z.object({
  /** `same`: byte for byte; `unreadable`: it is there and the system does not let it be read. */
  state: z.enum(['same', 'different', 'missing', 'unreadable']),
  size: Bytes.nullable(),
  modifiedAt: Ms.nullable(),
  /** The contents are the same, and rights, owner or dates are not. */
  onlyAbout: z.boolean(),
});
export type DiskState = z.infer<typeof DiskState>;

const Tally = z.object({ files: z.number(), folders: z.number(), bytes: Bytes });
/** `about`: rights, owner or dates alone. */
export const ChangeKind = z.enum(['added', 'removed', 'changed', 'moved', 'about']);
export type ChangeKind = z.infer<typeof ChangeKind>;

export const Comparison = z.object({
  comparisonId: z.string(),
  added: Tally,
  removed: Tally,
  changed: z.object({ files: z.number(), bytesBefore: Bytes, bytesAfter: Bytes }),
  moved: z.object({ files: z.number(), bytes: Bytes }),
  about: z.number(),
  /** Differences that are listed, and how many there are beyond. */
  listed: z.number(),
  beyond: z.number(),
  /** Items of the disk that could not be looked at. */
  unread: z.number(),
});
export type Comparison = z.infer<typeof Comparison>;

const View = {
  comparisonId: z.string(),
  show: z.array(ChangeKind).max(5),
  /** Part of a path, upper and lower case alike; empty: everything. */
  text: z.string().max(500),
};

export const ComparedRow = z.discriminatedUnion('row', [
  z.object({
    row: z.literal('folder'),
    /** Entry id of the folder. */
    id: z.string(),
    path: z.string(),
    counts: z.object({
      added: z.number(),
      removed: z.number(),
      changed: z.number(),
      moved: z.number(),
      about: z.number(),
    }),
    /** Bytes more than before; less where it is negative. */
    delta: z.number(),
    /** The whole folder came or went. */
    whole: z.enum(['added', 'removed']).nullable(),
    closed: z.boolean(),
  }),
  z.object({
    row: z.literal('item'),
    /** Entry id on the newer side; on the older one for what was removed. */
    id: z.string(),
    change: ChangeKind,
    name: z.string(),
    folder: z.string(),
    kind: Kind,
    size: Bytes,
    sizeBefore: Bytes.nullable(),
    modifiedAt: Ms,
    /** Where it was before, for what was moved. */
    from: z.string().nullable(),
  }),
]);
export type ComparedRow = z.infer<typeof ComparedRow>;

export const SizedItem = z.object({
  id: z.string(),
  name: z.string(),
  kind: Kind,
  files: z.number(),
  bytes: Bytes,
  bytesBefore: Bytes.nullable(),
  inside: z.array(z.object({ id: z.string(), name: z.string(), kind: Kind, bytes: Bytes })),
});
export type SizedItem = z.infer<typeof SizedItem>;

export const FolderSizes = z.object({
  files: z.number(),
  bytes: Bytes,
  /** Null where nothing is compared, or the folder was not there. */
  bytesBefore: Bytes.nullable(),
  items: z.array(SizedItem).max(500),
  /** Smaller ones that are not told one by one. */
  rest: z.object({ entries: z.number(), files: z.number(), bytes: Bytes, bytesBefore: Bytes }),
  unread: z.number(),
  crumbs: z.array(z.object({ id: z.string().nullable(), name: z.string() })),
});
export type FolderSizes = z.infer<typeof FolderSizes>;

/** How far something long has come: entries it has looked at. */
export const Looking = z.object({ what: z.enum(['search', 'versions', 'comparison', 'sizes']), entries: z.number() });
export type Looking = z.infer<typeof Looking>;

export const lookMethods = {
  /** A newer search ends the wait of an older one with `stopped`. */
  search: method(SearchQuery, FoundPage),
  versions: method(
    z.object({ clientId: z.string().regex(/^[0-9a-f]{32}$/), entryId: EntryId }),
    z.object({
      versions: z.array(FileVersion),
      /** Snapshots looked at, and those of which the way to the file could not be read. */
      snapshots: z.number(),
      unread: z.number(),
    }),
  ),
  /** One entry of a snapshot of this computer against the disk. */
  onDisk: method(z.object({ snapshotId: SnapshotId, entryId: EntryId }), DiskState),
  /** Compares two snapshots, or one with the disk (`to` null); ends a comparison that is under way. */
  compare: method(
    z.object({
      from: SnapshotId,
      to: SnapshotId.nullable(),
      /** Files of the disk that have the same size are read. */
      contents: z.boolean(),
    }),
    Comparison,
  ),
  compared: method(
    z.object({
      ...View,
      /** By folder, each under its heading; else by how much was changed. */
      grouped: z.boolean(),
      /** Ids of folders whose items are not shown. */
      closed: z.array(EntryId).max(5000),
      ...Page,
    }),
    z.object({ rows: z.array(ComparedRow), total: z.number(), items: z.number() }),
  ),
  /** Entry ids to restore: of those in view, or of some of them; what each snapshot has. */
  comparedIds: method(
    z.object({ ...View, ids: z.array(EntryId).max(20_000).nullable() }),
    z.object({
      /** To bring back from the older snapshot. */
      from: z.array(z.string()),
      /** What the newer one alone has. */
      to: z.array(z.string()),
    }),
  ),
  /** Stops what is under way and forgets what was compared. */
  leaveComparison: method(Nothing, Ok),
  sizes: method(
    z.object({
      snapshotId: SnapshotId,
      folderId: EntryId.nullable(),
      /** An older snapshot of the same computer, to tell what grew. */
      before: SnapshotId.nullable(),
    }),
    FolderSizes,
  ),
} as const;
