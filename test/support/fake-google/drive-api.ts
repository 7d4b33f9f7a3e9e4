/**
 * The calls of Drive v3 that Holdfast makes, and what the real ones refuse.
 * https://developers.google.com/workspace/drive/api/reference/rest/v3
 */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FakeAccounts, Grant } from './accounts.ts';
import { pick } from './fields.ts';
import { parseQuery } from './query.ts';
import { ApiError, empty, json, type Reply } from './replies.ts';
import { FOLDER, type FakeDrive, type FakeFile, type Upload } from './store.ts';
import { bodyOf, mediaOf, partsOf, type FakeUploads } from './uploads.ts';

const DRIVE = 'https://www.googleapis.com/auth/drive';
const SCOPES = [DRIVE, `${DRIVE}.file`];
/** drives.list takes no `drive.file`. */
const LIST_DRIVES = [DRIVE, `${DRIVE}.readonly`];

/** What a request asks for; also how tests speak of it. */
export type Route =
  | 'files.list'
  | 'files.get'
  | 'files.download'
  | 'files.create'
  | 'files.upload'
  | 'files.begin'
  | 'files.update'
  | 'upload.piece'
  | 'upload.status'
  | 'files.generateIds'
  | 'changes.list'
  | 'changes.getStartPageToken'
  | 'about.get'
  | 'drives.list';

/** https://developers.google.com/workspace/drive/api/guides/limits#per-method-quota, from May 2026 */
export const UNITS: Record<Route, number> = {
  'files.list': 100,
  'files.get': 5,
  'files.download': 200,
  'files.create': 50,
  'files.upload': 50,
  'files.begin': 50,
  'files.update': 50,
  'upload.piece': 5,
  'upload.status': 5,
  'files.generateIds': 5,
  'changes.list': 100,
  'changes.getStartPageToken': 5,
  'about.get': 5,
  'drives.list': 100,
};

/** Routes that make or change a file: their rate is limited. */
export const WRITES: readonly Route[] = ['files.create', 'files.upload', 'files.begin', 'files.update'];

const METADATA = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  mimeType: z.string().optional(),
  parents: z.array(z.string()).max(1).optional(),
  appProperties: z.record(z.string(), z.string()).optional(),
  trashed: z.boolean().optional(),
});

/** Which call a request is, or null for none that there is. */
export function routeOf(request: IncomingMessage, url: URL): Route | null {
  const { method = '' } = request;
  const path = url.pathname;
  if (path.startsWith('/upload/drive/v3/files')) {
    if (method === 'PUT') return /\*/.test(request.headers['content-range'] ?? '') ? 'upload.status' : 'upload.piece';
    if (url.searchParams.get('uploadType') === 'resumable') return 'files.begin';
    return method === 'POST' || method === 'PATCH' ? 'files.upload' : null;
  }
  if (method === 'POST' && path === '/drive/v3/files') return 'files.create';
  if (method === 'PATCH' && path.startsWith('/drive/v3/files/')) return 'files.update';
  if (method !== 'GET') return null;
  if (path === '/drive/v3/files') return 'files.list';
  if (path === '/drive/v3/files/generateIds') return 'files.generateIds';
  if (path.startsWith('/drive/v3/files/')) {
    return url.searchParams.get('alt') === 'media' ? 'files.download' : 'files.get';
  }
  if (path === '/drive/v3/changes') return 'changes.list';
  if (path === '/drive/v3/changes/startPageToken') return 'changes.getStartPageToken';
  if (path === '/drive/v3/about') return 'about.get';
  return path === '/drive/v3/drives' ? 'drives.list' : null;
}

export class DriveApi {
  readonly #accounts: FakeAccounts;
  readonly #uploads: FakeUploads;
  readonly #driveOf: (account: string) => FakeDrive;
  readonly #origin: () => string;

  constructor(
    accounts: FakeAccounts,
    uploads: FakeUploads,
    driveOf: (account: string) => FakeDrive,
    origin: () => string,
  ) {
    this.#accounts = accounts;
    this.#uploads = uploads;
    this.#driveOf = driveOf;
    this.#origin = origin;
  }

  /** Who asks. @throws ApiError 401, 403 */
  authorise(route: Route, request: IncomingMessage): Grant {
    const scopes = route === 'drives.list' ? LIST_DRIVES : SCOPES;
    return this.#accounts.authorise(request.headers.authorization, scopes);
  }

  /** @param cutAfter a piece of an upload is broken off after so many bytes */
  async handle(
    route: Route,
    grant: Grant,
    request: IncomingMessage,
    url: URL,
    cutAfter: number | null,
  ): Promise<Reply> {
    const drive = this.#driveOf(grant.account);
    const query = url.searchParams;
    const id = decodeURIComponent(/\/files\/([^/]+)$/.exec(url.pathname)?.[1] ?? '');
    switch (route) {
      case 'files.list':
        return this.#list(drive, grant, query);
      case 'files.get':
        return this.#file(drive, this.#known(drive, grant, id, query), query);
      case 'files.download': {
        const file = this.#known(drive, grant, id, query);
        if (file.abusive && query.get('acknowledgeAbuse') !== 'true') {
          const message = 'This file has been identified as malware or spam and cannot be downloaded.';
          throw new ApiError(403, 'cannotDownloadAbusiveFile', message);
        }
        return mediaOf(file, request.headers.range);
      }
      case 'files.create': {
        const upload = uploadOf(drive, JSON.parse((await bodyOf(request)).toString('utf8')), FOLDER);
        if (upload.mimeType !== FOLDER) throw new ApiError(400, 'invalid', 'Only folders have no content here.');
        return this.#file(drive, drive.create(upload, null, grant.clientId), query);
      }
      case 'files.update': {
        const file = this.#known(drive, grant, id, query);
        const { trashed } = METADATA.parse(JSON.parse((await bodyOf(request)).toString('utf8')));
        if (trashed !== undefined) drive.setTrashed(file, trashed);
        return this.#file(drive, file, query);
      }
      case 'files.upload': {
        const { metadata, content } = partsOf(request.headers['content-type'] ?? '', await bodyOf(request));
        return this.#store(drive, grant, request, id, query, metadata)(content);
      }
      case 'files.begin':
        return await this.#begin(drive, grant, request, id, query);
      case 'upload.piece':
      case 'upload.status':
        return await this.#uploads.put(query.get('upload_id') ?? '', request, cutAfter);
      case 'files.generateIds':
        return json({ kind: 'drive#generatedIds', space: 'drive', ids: drive.generateIds(Number(query.get('count'))) });
      case 'changes.list':
        return this.#changes(drive, grant, query);
      case 'changes.getStartPageToken':
        return json({ kind: 'drive#startPageToken', startPageToken: drive.startPageToken() });
      case 'about.get':
        return this.#about(drive, query);
      case 'drives.list': {
        const drives = drive.sharedDrives.map((each) => {
          return { kind: 'drive#drive', ...each, capabilities: { canAddChildren: true } };
        });
        return json(pick({ drives, nextPageToken: undefined }, query.get('fields') ?? 'drives(id,name)'));
      }
    }
  }

  #list(drive: FakeDrive, grant: Grant, query: URLSearchParams): Reply {
    const driveId = driveIdOf(query);
    const size = pageSizeOf(query);
    const from = Number(query.get('pageToken') ?? '0');
    if (!Number.isSafeInteger(from)) throw new ApiError(400, 'invalid', 'Invalid Value');
    const found = drive.list(parseQuery(query.get('q') ?? ''), grant.clientId, driveId);
    const files = found.slice(from, from + size).map((file) => resourceOf(drive, file));
    const nextPageToken = from + size < found.length ? String(from + size) : undefined;
    return json(pick({ files, nextPageToken, incompleteSearch: false }, query.get('fields') ?? 'files(id,name)'));
  }

  #changes(drive: FakeDrive, grant: Grant, query: URLSearchParams): Reply {
    const driveId = driveIdOf(query);
    const { ids, next, isLast } = drive.changesSince(query.get('pageToken') ?? '', grant.clientId, pageSizeOf(query));
    const changes = ids.flatMap((fileId) => {
      const file = drive.files.get(fileId);
      if (file !== undefined && file.driveId !== driveId) return [];
      const resource = file === undefined ? undefined : resourceOf(drive, file);
      return [{ kind: 'drive#change', changeType: 'file', fileId, removed: file === undefined, file: resource }];
    });
    const tokens = { nextPageToken: isLast ? undefined : next, newStartPageToken: isLast ? next : undefined };
    return json(pick({ changes, ...tokens }, query.get('fields') ?? 'changes'));
  }

  #about(drive: FakeDrive, query: URLSearchParams): Reply {
    const { all, trash } = drive.used();
    const limit = drive.limitBytes === null ? undefined : String(drive.limitBytes);
    const storageQuota = { limit, usage: String(all), usageInDrive: String(all), usageInDriveTrash: String(trash) };
    const fields = query.get('fields');
    if (fields === null) throw new ApiError(400, 'required', "The 'fields' parameter is required for this method.");
    return json(pick({ user: { emailAddress: drive.account, displayName: drive.account }, storageQuota }, fields));
  }

  async #begin(
    drive: FakeDrive,
    grant: Grant,
    request: IncomingMessage,
    id: string,
    query: URLSearchParams,
  ): Promise<Reply> {
    const size = Number(request.headers['x-upload-content-length']);
    const metadata: unknown = JSON.parse((await bodyOf(request)).toString('utf8'));
    if (request.method === 'PATCH') drive.assertRoom(size, this.#known(drive, grant, id, query).content?.length ?? 0);
    else drive.assertCanCreate(uploadOf(drive, metadata, ''), size, grant.clientId);
    drive.assertWritable();
    const session = this.#uploads.begin(size, this.#store(drive, grant, request, id, query, metadata));
    const location = `${this.#origin()}/upload/drive/v3/files?uploadType=resumable&upload_id=${session.id}`;
    return empty(200, { location });
  }

  /** What puts the bytes in place once they are there. */
  #store(
    drive: FakeDrive,
    grant: Grant,
    request: IncomingMessage,
    id: string,
    query: URLSearchParams,
    metadata: unknown,
  ): (content: Buffer) => Reply {
    const { method } = request;
    return (content) => {
      if (method !== 'PATCH') {
        return this.#file(drive, drive.create(uploadOf(drive, metadata, ''), content, grant.clientId), query);
      }
      const file = this.#known(drive, grant, id, query);
      drive.replace(file, content);
      return this.#file(drive, file, query);
    };
  }

  #known(drive: FakeDrive, grant: Grant, id: string, query: URLSearchParams): FakeFile {
    const file = drive.get(id, grant.clientId);
    if (file.driveId !== null && query.get('supportsAllDrives') !== 'true') {
      throw new ApiError(404, 'notFound', `File not found: ${id}.`);
    }
    return file;
  }

  #file(drive: FakeDrive, file: FakeFile, query: URLSearchParams): Reply {
    return json(pick(resourceOf(drive, file), query.get('fields') ?? 'kind,id,name,mimeType'));
  }
}

/** Every field that Holdfast could ask for. */
function resourceOf(drive: FakeDrive, file: FakeFile): Record<string, unknown> {
  const { checksums } = drive.moods;
  return {
    kind: 'drive#file',
    id: file.id,
    name: file.name,
    mimeType: file.mimeType,
    parents: file.parents,
    appProperties: file.appProperties,
    size: file.content === null ? undefined : String(file.content.length),
    sha256Checksum: checksums === 'all' ? (file.sha256 ?? undefined) : undefined,
    md5Checksum: checksums === 'none' ? undefined : (file.md5 ?? undefined),
    modifiedTime: new Date(file.modifiedMs).toISOString(),
    trashed: drive.isTrashed(file),
    driveId: file.driveId ?? undefined,
  };
}

/** `root` stands for the top of the account's own Drive. */
function uploadOf(drive: FakeDrive, metadata: unknown, fallbackType: string): Upload {
  const { id, name = 'Untitled', mimeType = fallbackType, parents = [], appProperties = {} } = METADATA.parse(metadata);
  return { id, name, mimeType, parents: parents.map((each) => (each === 'root' ? drive.rootId : each)), appProperties };
}

/** A shared drive is named together with the flags that say that the app knows about shared drives. */
function driveIdOf(query: URLSearchParams): string | null {
  const driveId = query.get('driveId');
  if (driveId === null) return null;
  const isKnown = query.get('supportsAllDrives') === 'true' && query.get('includeItemsFromAllDrives') === 'true';
  if (!isKnown) throw new ApiError(403, 'teamDrivesNotSupported', 'The app does not support shared drives.');
  return driveId;
}

function pageSizeOf(query: URLSearchParams): number {
  const size = Number(query.get('pageSize') ?? '100');
  if (!Number.isInteger(size) || size < 1 || size > 1000) throw new ApiError(400, 'invalid', 'Invalid page size.');
  return size;
}
