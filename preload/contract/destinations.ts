/** `destinations`: where backups go. */
import { z } from 'zod';
import { Bytes, Cap, Ms, Nothing, Ok, Place, method } from './parts.ts';

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

export const destinationsMethods = {
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
  /** Takes a place into the plan, by its own name where none is given; it is filled from one that is there. */
  add: method(
    z.object({ cap: Cap, name: z.string().min(1).max(60).optional() }),
    z.object({ id: z.string(), runId: z.string().nullable() }),
  ),
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
} as const;
