/**
 * Everything that crosses between the renderer and the main process: one list of methods and one of events. The zod
 * schemas give the types, the validators on both sides, and the object that the preload script exposes. Nothing here
 * imports from the rest of the project; folders of this computer never cross as free strings from the renderer, only
 * as capability ids (`cap`) that main gave out for a choice made in a native dialog or for a place it suggested.
 */
import { z } from 'zod';

const Ms = z.number(); // milliseconds since the epoch
const Bytes = z.number().nonnegative();
const Cap = z.string().min(8).max(64);
/** 16 groups of 4 hexadecimal digits; rows A to D are groups 0-3, 4-7, 8-11, 12-15. */
const Groups = z.array(z.string().max(8)).length(16);
export const Row = z.enum(['A', 'B', 'C', 'D']);
export type Row = z.infer<typeof Row>;

export const ErrorInfo = z.object({
  code: z.string(),
  severity: z.enum(['fatal', 'item', 'notice']),
  message: z.string(),
  guidance: z.string(),
  detail: z.string().optional(),
});
export type ErrorInfo = z.infer<typeof ErrorInfo>;

/** A folder or file of this computer, as shown to the user. */
export const Place = z.object({ cap: Cap, path: z.string(), name: z.string() });
export type Place = z.infer<typeof Place>;

export const SourceNode = Place.extend({
  kind: z.enum(['folder', 'file']),
  hasChildren: z.boolean(),
  /** True where the set-up proposes to back this up. */
  suggested: z.boolean(),
});
export type SourceNode = z.infer<typeof SourceNode>;

export const SkippedItem = z.object({
  path: z.string(),
  reason: z.enum([
    'denied',
    'vanished',
    'changed',
    'io-error',
    'attributes',
    'unsupported',
    'destination-inside',
    'other',
  ]),
  message: z.string(),
  guidance: z.string(),
});
export type SkippedItem = z.infer<typeof SkippedItem>;

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

export const DestinationCheck = z.object({
  id: z.enum(['reach', 'write', 'read-back', 'list', 'rename', 'remove', 'space']),
  label: z.string(),
  ok: z.boolean(),
  detail: z.string(),
});
export const DestinationTest = z.object({
  content: z.enum(['empty', 'repository', 'other-files']),
  checks: z.array(DestinationCheck),
  ok: z.boolean(),
  freeBytes: Bytes.nullable(),
  totalBytes: Bytes.nullable(),
  writeMBps: z.number().nullable(),
  readMBps: z.number().nullable(),
  latencyMs: z.number().nullable(),
  /** Time of the smallest question, in ms. */
  requestMs: z.number().nullable(),
  /** Things worth knowing that are not failures, e.g. "on the same disk as your files". */
  warnings: z.array(z.string()),
});
export type DestinationTest = z.infer<typeof DestinationTest>;

export const DestinationKind = z.enum(['local', 'synced', 'google-drive', 's3', 'webdav', 'sftp']);
export type DestinationKind = z.infer<typeof DestinationKind>;

/** Services whose own program carries a folder of this computer to the cloud. */
export const SyncService = z.enum(['icloud', 'onedrive', 'dropbox', 'google-drive', 'nextcloud', 'other']);
export type SyncService = z.infer<typeof SyncService>;

/** Bytes a second and requests at a time; null for no limit. */
export const Limits = z.object({
  sendBytes: z.number().int().min(1_000).nullable(),
  receiveBytes: z.number().int().min(1_000).nullable(),
  requests: z.number().int().min(1).max(64).nullable(),
});
export type Limits = z.infer<typeof Limits>;

export const Destination = z.object({
  id: z.string(),
  kind: DestinationKind,
  /** The service's own name for people: "iCloud Drive", "Google Drive", "SFTP server". */
  kindName: z.string(),
  service: SyncService.nullable(),
  name: z.string(),
  /** Where it is: a path, an address, an account. */
  path: z.string(),
  /**
   * `behind`: some of the newest backup is not there yet; `away`: not connected, which is no error; `sign-in`: the
   * person has to sign in again; `error`: see `message`; `empty`: nothing there yet.
   */
  state: z.enum(['up-to-date', 'behind', 'away', 'sign-in', 'error', 'running', 'empty']),
  /** One or two sentences on the state; empty where there is nothing to say. */
  message: z.string(),
  usedBytes: Bytes.nullable(),
  freeBytes: Bytes.nullable(),
  totalBytes: Bytes.nullable(),
  /** Counted as used by the provider until its trash is emptied; null where there is none. */
  trashBytes: Bytes.nullable(),
  /** When the newest backup was complete there. */
  lastBackupAt: Ms.nullable(),
  /** How much the backup took there over time, oldest first, at most 60. */
  usage: z.array(z.object({ at: Ms, bytes: Bytes })),
  limits: Limits,
  /** A folder of this computer that can be shown. */
  isFolder: z.boolean(),
});
export type Destination = z.infer<typeof Destination>;

/** A place that was chosen or typed in this window and is not part of the plan; main keeps what opens it. */
export const PlaceDraft = z.object({
  cap: Cap,
  kind: DestinationKind,
  kindName: z.string(),
  service: SyncService.nullable(),
  name: z.string(),
  /** Where it is: a path, an address, an account. */
  path: z.string(),
});
export type PlaceDraft = z.infer<typeof PlaceDraft>;

export const S3Preset = z.object({
  id: z.string(),
  name: z.string(),
  /** With `{region}` where it goes; null for Amazon's own; empty where the person types it. */
  endpoint: z.string().nullable(),
  /** Known ones, the usual first; empty where it is typed. */
  regions: z.array(z.string()),
  pathStyle: z.boolean(),
  objectLock: z.boolean(),
  /** Classes whose objects can be read at once, beside the usual one. */
  storageClasses: z.array(z.string()),
  /** What a person has to know before choosing it. */
  note: z.string().nullable(),
});
export type S3Preset = z.infer<typeof S3Preset>;

/** What this computer can offer as a place for backups. */
export const PlaceOffers = z.object({
  synced: z.array(z.object({ service: SyncService, name: z.string(), path: z.string() })),
  /** This build can sign in to Google without a client id of the person's own. */
  googleClient: z.boolean(),
  s3: z.array(S3Preset),
  /** An SSH agent runs. */
  sshAgent: z.boolean(),
});
export type PlaceOffers = z.infer<typeof PlaceOffers>;

/** An account that was signed in to; main keeps its token under `cap`. */
export const GoogleAccount = z.object({
  cap: Cap,
  account: z.string(),
  freeBytes: Bytes.nullable(),
  totalBytes: Bytes.nullable(),
  sharedDrives: z.array(z.object({ id: z.string(), name: z.string() })),
});
export type GoogleAccount = z.infer<typeof GoogleAccount>;

/** A sign-in that waits for the browser. */
export const SignIn = z.object({
  startedAt: Ms,
  /** The page is good until then. */
  until: Ms,
  /** The destination that is signed in to again; null for a new one. */
  destinationId: z.string().nullable(),
});
export type SignIn = z.infer<typeof SignIn>;

export const Phase = z.enum(['scan', 'compare', 'upload', 'finish', 'copy', 'verify', 'restore']);
export type Phase = z.infer<typeof Phase>;

export const Progress = z.object({
  runId: z.string(),
  kind: z.enum(['backup', 'restore', 'verify', 'copy']),
  state: z.enum(['running', 'pausing', 'paused', 'stopping', 'done', 'failed', 'stopped']),
  phase: Phase,
  /** Phases of this kind of run in order, each with its own numbers. */
  phases: z.array(
    z.object({
      phase: Phase,
      state: z.enum(['waiting', 'running', 'done']),
      files: z.number(),
      bytes: Bytes,
      totalFiles: z.number().nullable(),
      totalBytes: Bytes.nullable(),
    }),
  ),
  currentPath: z.string().nullable(),
  startedAt: Ms,
  elapsedMs: z.number(),
  /** Bytes a second over the last seconds; null while paused or unknown. */
  rate: z.number().nullable(),
  /** Newest last; one sample a second, at most 120. */
  rateHistory: z.array(z.number()),
  /** Remaining time in ms; only after 30 s of a stable rate. */
  etaMs: z.number().nullable(),
  /** What goes on at each destination of a backup; empty for other runs. */
  destinations: z.array(
    z.object({
      id: z.string(),
      storedBytes: Bytes,
      /** Still to be sent there. */
      queuedBytes: Bytes,
      state: z.enum(['running', 'done', 'behind']),
    }),
  ),
  newBytes: Bytes,
  storedBytes: Bytes,
  skipped: z.number(),
  pausedUntil: Ms.nullable(),
  error: ErrorInfo.nullable(),
});
export type Progress = z.infer<typeof Progress>;

export const RunSummary = z.object({
  id: z.string(),
  kind: z.enum(['backup', 'restore', 'verify', 'copy']),
  startedAt: Ms,
  endedAt: Ms.nullable(),
  result: z.enum(['running', 'done', 'done-with-skips', 'failed', 'stopped', 'interrupted']),
  files: z.number(),
  bytes: Bytes,
  newFiles: z.number(),
  changedFiles: z.number(),
  unchangedFiles: z.number(),
  removedFiles: z.number(),
  storedBytes: Bytes,
  skippedCount: z.number(),
  snapshotId: z.string().nullable(),
  destination: z.string(),
  error: ErrorInfo.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunDetail = RunSummary.extend({
  phases: z.array(z.object({ phase: Phase, ms: z.number(), files: z.number(), bytes: Bytes })),
  skipped: z.array(SkippedItem),
  messages: z.array(z.object({ at: Ms, level: z.enum(['info', 'warning', 'error']), text: z.string() })),
  /** How it ended at each destination; empty for runs that know of one alone. */
  destinations: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      complete: z.boolean(),
      storedBytes: Bytes,
      error: ErrorInfo.nullable(),
    }),
  ),
  /** What was asked of servers, by the destination's name. */
  traffic: z.array(z.object({ destination: z.string(), requests: z.number(), sentBytes: Bytes, receivedBytes: Bytes })),
  /** The whole run as plain text, for copying. */
  text: z.string(),
});
export type RunDetail = z.infer<typeof RunDetail>;

export const Health = z.object({
  state: z.enum(['protected', 'protected-unreadable', 'attention', 'at-risk', 'paused', 'running', 'setting-up']),
  /** Short word for sidebar and tray: "Protected". */
  word: z.string(),
  /** The page's title as a sentence: "Everything is protected". */
  title: z.string(),
  /** What happens next, one sentence. */
  line: z.string(),
});
export type Health = z.infer<typeof Health>;

/** A password crosses only into main, as the input of a method; never in a state, an event or an error. */
const Password = z.string().min(1).max(1024);

/** Which vault is to guard the key: the one on this computer, or one whose address and identity were typed or pasted. */
export const VaultChoice = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('embedded') }),
  z.object({
    kind: z.literal('own'),
    /** `https://host[:port]`, or several, apart by spaces or commas. */
    address: z.string().max(2048),
    /** The 32 bytes as people write them, or the text of a vault's square code. */
    fingerprint: z.string().max(512),
  }),
]);
export type VaultChoice = z.infer<typeof VaultChoice>;

/** Who a vault is, for showing. */
export const VaultIdentity = z.object({
  urls: z.array(z.string()),
  /** In groups of four characters, apart by spaces. */
  fingerprint: z.string(),
  /** It runs on this computer, for trying out. */
  embedded: z.boolean(),
});
export type VaultIdentity = z.infer<typeof VaultIdentity>;

/** What a vault has proven of itself before anything was sent to it. */
export const VaultProof = VaultIdentity.extend({
  profile: z.enum(['A', 'B', 'C']),
  sites: z.object({ answering: z.number(), total: z.number() }),
  maxAttempts: z.number(),
  inviteNeeded: z.boolean(),
  /** The 64-digit kit must be made beside the password: losing this vault is too easy. */
  kitNeeded: z.boolean(),
});
export type VaultProof = z.infer<typeof VaultProof>;

/** Counts as the vault signed them. */
export const Tries = z.object({
  used: z.number(),
  limit: z.number(),
  left: z.number(),
  /** When the next try is taken, by the vault's time turned into this computer's; null where it may be now. */
  waitUntil: Ms.nullable(),
});
export type Tries = z.infer<typeof Tries>;

/** How a try with a password ended. */
export const PasswordAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('opened') }),
  z.object({ kind: z.literal('wrong-password'), tries: Tries }),
  z.object({ kind: z.literal('delayed'), tries: Tries }),
  z.object({ kind: z.literal('destroyed'), byOwner: z.boolean() }),
  z.object({ kind: z.literal('frozen'), until: Ms }),
  z.object({ kind: z.literal('suspended') }),
  z.object({ kind: z.literal('unknown-record') }),
  /** `charged` null: it cannot be told whether that try counted. */
  z.object({ kind: z.literal('unreachable'), charged: z.literal(false).nullable(), error: ErrorInfo }),
  /** It did not prove to be the pinned vault: nothing was sent. */
  z.object({ kind: z.literal('not-the-vault'), error: ErrorInfo }),
  /** The vault gave a key, and it does not open this backup. */
  z.object({ kind: z.literal('other-key') }),
]);
export type PasswordAnswer = z.infer<typeof PasswordAnswer>;

/** The step that a registration finished last; `begin` before the first. */
export const RegistrationStep = z.enum(['begin', 'start', 'stage', 'prove', 'expose', 'done']);
export type RegistrationStep = z.infer<typeof RegistrationStep>;

/** What the vault said of the record when it was last asked. */
export const VaultReport = z.object({
  at: Ms,
  state: z.enum(['live', 'suspended', 'destroyed', 'unknown']),
  tries: Tries,
  lifetime: z.object({ used: z.number(), limit: z.number() }),
  /** Wrong tries since the owner cleared them, newest last. */
  failures: z.array(z.object({ at: Ms, thisComputer: z.boolean(), known: z.boolean() })),
  /** Times that a password was set for this record. */
  registrations: z.number(),
  /** Those of others that nobody on this computer has marked as seen. */
  unknownRegistrations: z.number(),
  devices: z.array(z.object({ id: z.string(), addedAt: Ms, thisComputer: z.boolean() })),
  frozenUntil: Ms.nullable(),
  sites: z.number(),
});
export type VaultReport = z.infer<typeof VaultReport>;

/** What a person can mark as seen; one must not hide the other. */
export const Seen = z.enum(['tries', 'registrations']);
export type Seen = z.infer<typeof Seen>;

/** The key vault of the backup that is being looked at. */
export const VaultState = VaultIdentity.extend({
  /** The last signed count that is known, from a try or from a report. */
  tries: Tries.nullable(),
  /** How the last try ended where it leaves nothing to try. */
  ended: z.enum(['destroyed', 'destroyed-by-owner', 'suspended', 'unknown']).nullable(),
  report: VaultReport.nullable(),
  /** Why there is no newer report. */
  reportError: ErrorInfo.nullable(),
  /** Wrong tries that nobody has marked as seen, and when the first of them was. */
  unseen: z.object({ count: z.number(), since: Ms }).nullable(),
  /** This computer stays unlocked over a restart until then, at the latest. */
  sessionUntil: Ms.nullable(),
  /** The backup names another vault now than this computer knows, or none; shown until the digits accept it. */
  renamed: z.object({ to: VaultIdentity.nullable() }).nullable(),
});
export type VaultState = z.infer<typeof VaultState>;

export const VaultSession = z.object({
  id: z.string(),
  thisComputer: z.boolean(),
  openedAt: Ms,
  lastUsedAt: Ms,
  expiresAt: Ms,
});
export type VaultSession = z.infer<typeof VaultSession>;

export const Settings = z.object({
  theme: z.enum(['system', 'light', 'dark']),
  /** Minutes without input after which the root key leaves memory; 1 to 240. */
  idleLockMinutes: z.number().int().min(1).max(240),
});
export type Settings = z.infer<typeof Settings>;

export const AppState = z.object({
  /** `new`: nothing is set up; `ready`: this computer has a plan. */
  phase: z.enum(['new', 'ready']),
  platform: z.enum(['linux', 'darwin', 'win32']),
  version: z.string(),
  computerName: z.string(),
  /** True while the root key is not in memory: contents cannot be read; backups go on. */
  locked: z.boolean(),
  lockAt: Ms.nullable(),
  keychain: z.object({ kind: z.enum(['system', 'memory']), message: z.string().nullable() }),
  health: Health,
  destinations: z.array(Destination),
  sources: z.array(Place),
  excludes: z.array(z.string()),
  settings: Settings,
  repository: z.object({ id: z.string(), createdAt: Ms, keySavedAt: Ms.nullable() }).nullable(),
  /** Null where the backup has the 64 digits alone. */
  vault: VaultState.nullable(),
  /** True where the vault on this computer is offered for trying out. */
  embeddedVault: z.boolean(),
  /** How far a password is on its way into the vault; null while none is. */
  registering: RegistrationStep.nullable(),
  progress: Progress.nullable(),
  /** Not null while a sign-in waits for the browser. */
  signIn: SignIn.nullable(),
  lastBackup: RunSummary.nullable(),
  snapshotCount: z.number(),
  skippedCount: z.number(),
  pausedUntil: Ms.nullable(),
});
export type AppState = z.infer<typeof AppState>;

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

export const RestorePlan = z.object({
  planId: z.string(),
  files: z.number(),
  bytes: Bytes,
  /** Where it goes, as shown to the user. */
  target: z.string(),
  /** Files of these names that are already there. */
  conflicts: z.number(),
  conflictSamples: z.array(z.object({ path: z.string(), outcome: z.string() })).max(20),
  freeBytes: Bytes.nullable(),
  enoughSpace: z.boolean(),
});
export type RestorePlan = z.infer<typeof RestorePlan>;

export const RestoreReport = z.object({
  runId: z.string(),
  snapshotAt: Ms,
  target: z.string(),
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

const Nothing = z.null();
const Ok = z.null();
const KeyCheck = z.object({
  ok: z.boolean(),
  /** Rows whose digits fail their printed check, where the checks were known. */
  wrongRows: z.array(Row),
  message: z.string(),
});

const Said = z.object({ ok: z.boolean(), message: z.string() });

function method<I extends z.ZodType, O extends z.ZodType>(input: I, output: O): { input: I; output: O } {
  return { input, output };
}

export const methods = {
  app: {
    getState: method(Nothing, AppState),
    openLicence: method(Nothing, Ok),
    reportActivity: method(Nothing, Ok), // input seen in the window; restarts the idle timer
  },
  setup: {
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
      }),
      Ok,
    ),
  },
  destinations: {
    offers: method(Nothing, PlaceOffers),
    /** Native folder dialog; null when the user cancels. A folder that a sync service carries is known as such. */
    chooseFolder: method(Nothing, PlaceDraft.nullable()),
    /** The backup's folder in a sync service's folder of this computer. */
    syncedFolder: method(z.object({ service: SyncService, path: z.string() }), PlaceDraft),
    /**
     * Opens Google's page in the system's browser and resolves when it came back; meanwhile `signIn` of the state is
     * there. `destinationId`: signs in again for that destination, which goes on by itself.
     */
    googleSignIn: method(
      z.object({
        client: z.object({ clientId: z.string().max(256), clientSecret: z.string().max(256) }).nullable(),
        destinationId: z.string().nullable(),
      }),
      GoogleAccount,
    ),
    googleOpenAgain: method(Nothing, Ok),
    googleCopyLink: method(Nothing, Ok),
    googleCancel: method(Nothing, Ok),
    /** Folders that Holdfast made in this Drive before. */
    googleFolders: method(
      z.object({ account: Cap, driveId: z.string().nullable() }),
      z.array(z.object({ id: z.string(), name: z.string(), hasBackup: z.boolean() })),
    ),
    /** One of those folders, or a new one by its name. */
    googlePlace: method(
      z.object({
        account: Cap,
        driveId: z.string().nullable(),
        folder: z.union([z.object({ id: z.string() }), z.object({ newName: z.string().min(1).max(100) })]),
      }),
      PlaceDraft,
    ),
    s3: method(
      z.object({
        preset: z.string(),
        endpoint: z.string().max(2048).nullable(),
        region: z.string().max(100),
        bucket: z.string().min(1).max(255),
        prefix: z.string().max(512),
        pathStyle: z.boolean(),
        storageClass: z.string().max(64).nullable(),
        lock: z
          .object({ mode: z.enum(['governance', 'compliance']), days: z.number().int().min(1).max(3650) })
          .nullable(),
        accessKeyId: z.string().min(1).max(256),
        secretAccessKey: z.string().min(1).max(512),
      }),
      PlaceDraft,
    ),
    /** What the server shows of itself before anything is sent to it; null for `http:`. */
    webDavCertificate: method(
      z.object({ url: z.string().max(2048) }),
      z.object({ trusted: z.boolean(), sha256: z.string(), subject: z.string() }).nullable(),
    ),
    webDav: method(
      z.object({
        url: z.string().max(2048),
        user: z.string().max(256),
        password: z.string().max(1024),
        /** SHA-256 of the certificate that the person accepted although no authority signed it. */
        certificate: z.string().max(128).nullable(),
      }),
      PlaceDraft,
    ),
    sftpHostKey: method(
      z.object({ host: z.string().min(1).max(255), port: z.number().int().min(1).max(65_535) }),
      z.object({ hostKey: z.string(), type: z.string() }),
    ),
    /** A private key of this computer, by a native dialog. */
    chooseKeyFile: method(Nothing, Place.nullable()),
    sftp: method(
      z.object({
        host: z.string().min(1).max(255),
        port: z.number().int().min(1).max(65_535),
        user: z.string().min(1).max(255),
        path: z.string().min(1).max(4096),
        hostKey: z.string().max(128),
        login: z.discriminatedUnion('by', [
          z.object({ by: z.literal('password'), password: z.string().max(1024) }),
          z.object({ by: z.literal('key'), keyFile: Cap, passphrase: z.string().max(1024) }),
          z.object({ by: z.literal('agent') }),
        ]),
      }),
      PlaceDraft,
    ),
    /** Runs the real checks at a place that was chosen, or at one of the plan. */
    test: method(z.union([z.object({ cap: Cap }), z.object({ id: z.string() })]), DestinationTest),
    /** Takes a place into the plan; it is filled from one that is there. */
    add: method(z.object({ cap: Cap }), z.object({ id: z.string(), runId: z.string().nullable() })),
    /** Takes a destination out of the plan and forgets its secrets; what lies there stays. */
    remove: method(z.object({ id: z.string() }), Ok),
    /** Brings what it lacks from the others, without the sources. */
    catchUp: method(z.object({ id: z.string() }), z.object({ runId: z.string() })),
    rename: method(z.object({ id: z.string(), name: z.string().min(1).max(60) }), Ok),
    setLimits: method(z.object({ id: z.string(), limits: Limits }), Ok),
    /** Other secrets for the same place: a changed password, new keys. They are tried before they are kept. */
    renewSecret: method(
      z.object({
        id: z.string(),
        secret: z.union([
          z.object({ password: z.string().max(1024) }),
          z.object({ accessKeyId: z.string().max(256), secretAccessKey: z.string().max(512) }),
          z.object({ keyFile: Cap, passphrase: z.string().max(1024) }),
        ]),
      }),
      Ok,
    ),
    show: method(z.object({ id: z.string() }), Ok),
  },
  keys: {
    unlock: method(z.object({ groups: Groups }), KeyCheck),
    /** Costs a try where the password is wrong. */
    unlockWithPassword: method(z.object({ password: Password }), PasswordAnswer),
    lock: method(Nothing, Ok),
    /** Practice: compares and forgets; wrong entries never count. */
    test: method(z.object({ groups: Groups }), KeyCheck),
  },
  vault: {
    /** Lets a vault prove itself; nothing is sent to it before. Main remembers which one it was. */
    prove: method(z.object({ vault: VaultChoice }), VaultProof),
    /** Six random words, 66 bits. */
    suggestPassword: method(Nothing, z.object({ password: z.string() })),
    /** Takes the password that is to be registered; main holds it until it is registered or dropped. */
    choosePassword: method(z.object({ password: Password, invite: z.string().max(128).optional() }), Said),
    /** The same password once more, to be sure of it. */
    repeatPassword: method(z.object({ password: Password }), Said),
    dropPassword: method(Nothing, Ok),
    /** Gives this unlocked backup the chosen password at the proven vault. */
    /** `oldRecord`: why the record that was in use before could not be destroyed; null where there is none left. */
    register: method(Nothing, z.object({ oldRecord: ErrorInfo.nullable() })),
    /** Replaces the password at the vault that is in use: the new one is proven before the old one goes. */
    changePassword: method(Nothing, Ok),
    /** Back to the 64 digits alone, which must be typed; the vault's copy is destroyed. */
    turnOff: method(
      z.object({
        groups: Groups,
        /** Goes on although the vault does not answer; its copy stays there. */
        withoutVault: z.boolean().default(false),
      }),
      KeyCheck,
    ),
    /** Asks the vault for a report now; it arrives in the state. */
    refresh: method(Nothing, Ok),
    /** The wrong tries or the foreign registrations of the last report: they are told no more. */
    markSeen: method(z.object({ what: Seen }), Ok),
    /** Tells the vault that the failures were the owner's own. */
    clearFailures: method(Nothing, Ok),
    /** Refuses computers that the vault does not know, for 1 to 90 days. */
    freeze: method(z.object({ days: z.number().int().min(1).max(90) }), Ok),
    unfreeze: method(Nothing, Ok),
    sessions: method(Nothing, z.array(VaultSession)),
    revokeSession: method(z.object({ id: z.string() }), Ok),
    revokeDevice: method(z.object({ id: z.string() }), Ok),
  },
  backup: {
    start: method(Nothing, z.object({ runId: z.string() })),
    pause: method(z.object({ until: z.enum(['hour', 'tomorrow', 'resumed']) }), Ok),
    resume: method(Nothing, Ok),
    cancel: method(Nothing, Ok),
  },
  browse: {
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
  },
  restore: {
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
  },
  activity: {
    runs: method(Nothing, z.array(RunSummary)),
    run: method(z.object({ id: z.string() }), RunDetail),
    copyText: method(z.object({ id: z.string() }), Ok),
  },
  verify: {
    start: method(z.object({ level: z.number().int().min(0).max(3) }), z.object({ runId: z.string() })),
    cancel: method(Nothing, Ok),
  },
  settings: {
    set: method(Settings.partial().strict(), Ok),
    addSource: method(Nothing, Place.nullable()),
    removeSource: method(z.object({ cap: Cap }), Ok),
    setExcludes: method(z.object({ excludes: z.array(z.string().max(4096)).max(5000) }), Ok),
  },
} as const;

export const events = {
  /** The whole state, sent whenever it changes, at most 10 times a second. */
  state: AppState,
  measure: Measure,
} as const;

export type Methods = typeof methods;
export type Events = typeof events;

/** What every call gives back: contextBridge would strip a thrown error of its fields. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ErrorInfo };

/** `window.holdfast`, as the preload script exposes it. */
export type Bridge = {
  [G in keyof Methods]: {
    [M in keyof Methods[G]]: Methods[G][M] extends {
      input: infer I extends z.ZodType;
      output: infer O extends z.ZodType;
    }
      ? I extends z.ZodNull
        ? () => Promise<Result<z.output<O>>>
        : (input: z.input<I>) => Promise<Result<z.output<O>>>
      : never;
  };
} & {
  on<E extends keyof Events>(event: E, listener: (payload: z.output<Events[E]>) => void): () => void;
};
