/**
 * How to open a destination. A place is plain data without secrets, as plans keep it and people may read it; what opens
 * it (`Opening`) lives in memory only: it comes from the keychain and goes to the engine's thread with one call.
 */

/** A folder of this computer, a disk or a mounted share. `path`: absolute path of the repository's folder. */
export interface LocalPlace {
  kind: 'local';
  path: string;
}

/** Services whose own program carries a folder of this computer to the cloud. */
export type SyncService = 'icloud' | 'onedrive' | 'dropbox' | 'google-drive' | 'nextcloud' | 'other';

/** A folder that another program synchronises. `path`: absolute path of the repository's folder in it. */
export interface SyncedPlace {
  kind: 'synced';
  path: string;
  service: SyncService;
}

/** A visible folder in Google Drive, reached through Google's own interface. */
export interface GoogleDrivePlace {
  kind: 'google-drive';
  /** Drive's id of the folder that holds the repository. */
  folderId: string;
  /** Its name when it was chosen, for showing. */
  folderName: string;
  /** Id of the shared drive that it lies in; null for the person's own Drive. */
  driveId: string | null;
  /** The account's address, for showing and for noticing another one at sign-in. */
  account: string;
  /** The OAuth client that the person brought; null for the one that is built in. */
  clientId: string | null;
}

/** A bucket of Amazon S3 or of anything that speaks its protocol. */
export interface S3Place {
  kind: 's3';
  /** `https://host[:port]` of the service; null for Amazon's own. */
  endpoint: string | null;
  region: string;
  bucket: string;
  /** Keys begin with it: empty, or ends with `/`. */
  prefix: string;
  /** The bucket stands in the path, not in the host name. */
  pathStyle: boolean;
  /** Storage class of data packs (`p/`), e.g. `STANDARD_IA`; null for the bucket's own. */
  storageClass: string | null;
  /** Objects can't be deleted or replaced for so long, where the bucket has object lock; null for no lock. */
  lock: { mode: 'governance' | 'compliance'; days: number } | null;
}

/** A folder of a WebDAV server (Nextcloud, ownCloud, Apache, a NAS). */
export interface WebDavPlace {
  kind: 'webdav';
  /** `https://host[:port]/path/` of the repository's folder; ends with `/`. `http:` only to this computer or by choice. */
  url: string;
  user: string;
  /** SHA-256 of the server's certificate (hex) where the person trusted one that no authority signed; else null. */
  certificate: string | null;
}

/** A folder of a server reached by SSH's file transfer protocol. */
export interface SftpPlace {
  kind: 'sftp';
  host: string;
  port: number;
  user: string;
  /** Absolute, or relative to the home folder of `user`. */
  path: string;
  /** The host key that the person accepted: `SHA256:` and 43 characters of base64, as ssh-keygen -l shows it. */
  hostKey: string;
  /** How the person is known there. `agent`: by the running SSH agent. */
  login: 'password' | 'key' | 'agent';
}

export type DestinationPlace = LocalPlace | SyncedPlace | GoogleDrivePlace | S3Place | WebDavPlace | SftpPlace;
export type DestinationKind = DestinationPlace['kind'];

/** Secrets of a destination: from the keychain, the environment or a file, never from a plan. At most 1,875 bytes of JSON. */
export type DestinationCredentials =
  | { kind: 'google-drive'; refreshToken: string; clientId: string; clientSecret: string }
  | { kind: 's3'; accessKeyId: string; secretAccessKey: string; sessionToken?: string | undefined }
  | { kind: 'webdav'; password: string }
  /** `privateKey`: in OpenSSH's or PEM form. Keys too long for a keychain entry stay in the file that `keyFile` names. */
  | {
      kind: 'sftp';
      password?: string | undefined;
      privateKey?: string | undefined;
      keyFile?: string | undefined;
      passphrase?: string | undefined;
    };

/** What opening takes beside the place. All of it may cross to a worker thread. */
export interface Opening {
  credentials?: DestinationCredentials | undefined;
  /** Bandwidth and requests at a time, which can change while it is open (limits.ts). None where it is missing. */
  limits?: SharedArrayBuffer | undefined;
  /** The same of the whole connection, which all places beyond this computer share. */
  line?: SharedArrayBuffer | undefined;
  /**
   * Absolute path of a private folder of this computer for this destination's spool, unfinished uploads and read cache;
   * only sealed bytes are ever written there. The system's temporary folder where it is missing.
   */
  scratch?: string | undefined;
  /** After so many ms without a byte or an answer a server's request is given up; each kind's own bound where missing. */
  stallMs?: number | undefined;
}

/** A place with what opens it. */
export type DestinationSpec = DestinationPlace & Opening;

/** The folder of this computer that a destination is, or null where it is somewhere else. */
export function folderOf(place: DestinationPlace): string | null {
  return place.kind === 'local' || place.kind === 'synced' ? place.path : null;
}

/** Where a place is, for people and logs: no words, so that it is the same in each language. */
export function placeText(place: DestinationPlace): string {
  switch (place.kind) {
    case 'local':
    case 'synced':
      return place.path;
    case 'google-drive':
      return `${place.folderName} (Google Drive, ${place.account})`;
    case 's3':
      return `${[place.bucket, place.prefix].filter((part) => part !== '').join('/')} (${place.endpoint ?? 'Amazon S3'})`;
    case 'webdav':
      return place.url;
    case 'sftp':
      return `${place.path} (${place.user}@${place.host}${place.port === 22 ? '' : `:${place.port}`})`;
  }
}
