/**
 * What has to be asked before a destination can be named: a sign-in in the browser, a server's host key or certificate,
 * the folders of sync services on this computer. Nothing here keeps a secret; callers put what they get in the keychain.
 */
import type { GoogleSignIn, GoogleSignInOptions, S3Preset } from './connect-types.ts';
import type { CallOptions } from './destination.ts';
import type { DestinationCredentials, GoogleDrivePlace, LocalPlace, SyncService } from './spec.ts';

export type { GoogleSignIn, GoogleSignInOptions, OAuthClient, S3Preset } from './connect-types.ts';

/**
 * Signs in to Google in the system's browser: a loopback address, PKCE (S256, RFC 7636 and 8252), the scope `drive.file`
 * and the account's address. Resolves when the browser came back; reject it by aborting (the person closed the sheet).
 *
 * @throws HoldfastError `destination-denied` (refused there, or another account), `destination-offline`, `bad-input`
 */
export async function signInToGoogle(options: GoogleSignInOptions): Promise<GoogleSignIn> {
  return await (await import('./google-drive/sign-in.ts')).signIn(options);
}

/** True where this build has a client id of its own, so that nobody has to bring one. */
export async function hasBuiltInGoogleClient(): Promise<boolean> {
  return (await import('./google-drive/client-id.ts')).builtInClient() !== null;
}

/** Withdraws the consent at Google: the refresh token is of no use any more. @throws HoldfastError `destination-offline` */
export async function signOutOfGoogle(
  credentials: Extract<DestinationCredentials, { kind: 'google-drive' }>,
  options: CallOptions = {},
): Promise<void> {
  await (await import('./google-drive/sign-in.ts')).signOut(credentials, options);
}

/**
 * Folders in the Drive that this app made and that hold a backup, or could: the app sees no others (`drive.file`).
 * @param driveId null for the person's own Drive
 */
export async function googleFolders(
  credentials: Extract<DestinationCredentials, { kind: 'google-drive' }>,
  driveId: string | null,
  options: CallOptions = {},
): Promise<{ id: string; name: string; hasBackup: boolean }[]> {
  return await (await import('./google-drive/folders.ts')).backupFolders(credentials, driveId, options);
}

/** Makes a visible folder for a backup in Drive, and names it as a place. A second one of that name gets a number. */
export async function makeGoogleFolder(
  credentials: Extract<DestinationCredentials, { kind: 'google-drive' }>,
  account: string,
  name: string,
  driveId: string | null,
  options: CallOptions = {},
): Promise<GoogleDrivePlace> {
  return await (await import('./google-drive/folders.ts')).makeFolder(credentials, account, name, driveId, options);
}

/**
 * The host key that a server shows, before anything of the person's is sent to it: `SHA256:…` to compare and accept.
 * @throws HoldfastError `destination-offline`, `bad-input`
 */
export async function sftpHostKey(
  host: string,
  port: number,
  options: CallOptions = {},
): Promise<{ hostKey: string; type: string }> {
  return await (await import('./sftp/host-key.ts')).hostKeyOf(host, port, options);
}

/**
 * The certificate that a WebDAV server shows, before anything of the person's is sent to it. Null for `http:` addresses.
 * @throws HoldfastError `destination-offline`, `bad-input`
 */
export async function webDavCertificate(
  url: string,
  options: CallOptions = {},
): Promise<{ trusted: boolean; sha256: string; subject: string } | null> {
  return await (await import('./webdav/certificate.ts')).certificateOf(url, options);
}

/** Folders of sync services that are set up on this computer, by their usual places and settings. */
export async function syncedFolders(): Promise<{ service: SyncService; name: string; path: string }[]> {
  return await (await import('./synced/find.ts')).findSynced();
}

export async function s3Presets(): Promise<readonly S3Preset[]> {
  return (await import('./s3/presets.ts')).PRESETS;
}

/** Absolute paths of the top folders of people's disks and shares on this computer. Never rejects. */
export async function mountedDisks(): Promise<string[]> {
  return await (await import('./local/mounts.ts')).mounts();
}

/**
 * Where the repository of a place is now, whose disk may have another name or letter today: `place.path` if it is still
 * there. Null where it is nowhere, or at two places that are alike. Only reads.
 *
 * @param isRepository by a copy of its repo.json, or by the folder it lies in
 */
export async function findMovedDisk(
  place: LocalPlace,
  isRepository: (found: { folder: string; repoFile: Uint8Array }) => boolean | Promise<boolean>,
  options: CallOptions = {},
): Promise<string | null> {
  return await (await import('./local/find.ts')).findMoved(place, isRepository, options);
}
