/** The visible folders in a Drive that backups lie in. */
import { HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { CallOptions } from '../destination.ts';
import type { GoogleDrivePlace } from '../spec.ts';
import { freeTraffic } from '../traffic.ts';
import { DriveClient, type DriveCredentials } from './client.ts';
import { builtInClient } from './client-id.ts';
import { isStatus } from './drive-errors.ts';
import type { Endpoints } from './endpoints.ts';
import { DriveFiles } from './files.ts';
import { rateOf } from './quota.ts';
import { FOLDER_TYPE } from './tree.ts';

/** What tells a backup's folder from those inside it. */
const MARK = { holdfast: 'backup' };
const MAX_NAME = 100;

export interface FolderOptions extends CallOptions {
  /** Google's own where it is missing. */
  endpoints?: Endpoints | undefined;
}

/**
 * Folders for backups that this OAuth client made in a Drive, by name.
 * @param driveId null for the person's own Drive
 * @throws HoldfastError `destination-*`; the signal's reason
 */
export async function backupFolders(
  credentials: DriveCredentials,
  driveId: string | null,
  options: FolderOptions = {},
): Promise<{ id: string; name: string; hasBackup: boolean }[]> {
  const { signal } = options;
  signal?.throwIfAborted();
  const files = new DriveFiles(clientOf(credentials, options), driveId, rateOf(''));
  const holders = new Set<string>();
  for await (const file of files.search(`name = 'repo.json' and trashed = false`, signal, 'parents')) {
    for (const parent of file.parents ?? []) holders.add(parent);
  }
  const found = (await marked(files, signal)).map((folder) => ({ ...folder, hasBackup: holders.has(folder.id) }));
  return found.sort((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
}

/**
 * Makes a folder at the top of a Drive. Where one of that name holds a backup or could, the new one gets a number.
 * @param account its address, for the place
 * @throws HoldfastError `bad-input` (no usable name), `destination-*`; the signal's reason
 */
export async function makeFolder(
  credentials: DriveCredentials,
  account: string,
  name: string,
  driveId: string | null,
  options: FolderOptions = {},
): Promise<GoogleDrivePlace> {
  const wanted = name.replace(/\p{Cc}/gu, ' ').trim();
  if (wanted === '' || wanted.length > MAX_NAME) {
    throw new HoldfastError(
      'bad-input',
      'This is no name for a folder.',
      text`Nothing was made. Choose a name of 1 to ${MAX_NAME} characters.`,
    );
  }
  const { signal } = options;
  signal?.throwIfAborted();
  const client = clientOf(credentials, options);
  const files = new DriveFiles(client, driveId, rateOf(account));
  const taken = new Set((await marked(files, signal)).map((folder) => folder.name));
  let folderName = wanted;
  for (let number = 2; taken.has(folderName); number += 1) folderName = `${wanted} ${number}`;
  const id = await files.newId(signal);
  await rateOf(account).wait(signal);
  await client
    .call('files.create', signal, async (call) => {
      const parents = [driveId ?? 'root'];
      const requestBody = { id, name: folderName, parents, mimeType: FOLDER_TYPE, appProperties: MARK };
      await call.drive.files.create({ requestBody, fields: 'id', supportsAllDrives: true }, call.options);
    })
    .catch((error: unknown) => {
      if (!isStatus(error, 409)) throw error; // else: made already, under this id
    });
  const clientId = builtInClient()?.clientId === credentials.clientId ? null : credentials.clientId;
  return { kind: 'google-drive', folderId: id, folderName, driveId, account, clientId };
}

const MARKED = `mimeType = '${FOLDER_TYPE}' and appProperties has { key='holdfast' and value='${MARK.holdfast}' } and trashed = false`;

async function marked(files: DriveFiles, signal: AbortSignal | undefined): Promise<{ id: string; name: string }[]> {
  const found: { id: string; name: string }[] = [];
  for await (const { id, name } of files.search(MARKED, signal, 'id,name')) {
    if (typeof id === 'string' && typeof name === 'string') found.push({ id, name });
  }
  return found;
}

function clientOf(credentials: DriveCredentials, options: FolderOptions): DriveClient {
  return new DriveClient(credentials, { traffic: freeTraffic, endpoints: options.endpoints });
}
