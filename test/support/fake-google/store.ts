/** The Drive of one account: files without paths, a trash, a feed of changes, lists that may lag behind. */
import { createHash, randomBytes } from 'node:crypto';
import type { Queried, Test } from './query.ts';
import { ApiError, notFound } from './replies.ts';

export const FOLDER = 'application/vnd.google-apps.folder';

export interface FakeFile extends Queried {
  id: string;
  /** Null for folders. */
  content: Buffer | null;
  sha256: string | null;
  md5: string | null;
  modifiedMs: number;
  /** The OAuth client that made it: with `drive.file` no other sees it. */
  app: string;
  driveId: string | null;
  /** So many lists pass before one shows it. */
  hidden: number;
  /** Taken for malware: given out only to who says that they know. */
  abusive: boolean;
}

export interface Upload {
  id: string | undefined;
  name: string;
  mimeType: string;
  parents: string[];
  appProperties: Record<string, string>;
}

/** How a Drive misbehaves; tests change it while it runs. */
export interface Moods {
  /** New files stay out of so many lists. */
  lateLists: number;
  /** Changes stay out of so many reads of the feed. */
  lateChanges: number;
  /** Nothing may be changed. */
  readOnly: boolean;
  /** The trash is emptied at once, as if the person did so. */
  emptiesTrash: boolean;
  /** Whether checksums are told: all, only MD5, none. */
  checksums: 'all' | 'md5' | 'none';
  /** The next so many uploads are stored with one wrong bit. */
  spoils: number;
}

export class FakeDrive {
  readonly account: string;
  /** Bytes; null for no limit. */
  limitBytes: number | null;
  readonly files = new Map<string, FakeFile>();
  readonly rootId = newId();
  readonly sharedDrives: { id: string; name: string }[] = [];
  readonly moods: Moods = {
    lateLists: 0,
    lateChanges: 0,
    readOnly: false,
    emptiesTrash: false,
    checksums: 'all',
    spoils: 0,
  };
  readonly #now: () => number;
  readonly #issued = new Set<string>();
  #changes: { id: string; hidden: number }[] = [];
  /** Changes before this number are forgotten. */
  #forgotten = 0;

  constructor(account: string, limitBytes: number | null, now: () => number) {
    this.account = account;
    this.limitBytes = limitBytes;
    this.#now = now;
  }

  /** Remembers all that is there; the function puts it back, and forgets what came since. */
  keep(): () => void {
    const files = [...this.files.values()].map((file) => ({ ...file }));
    const changes = this.#changes.map((change) => ({ ...change }));
    const forgotten = this.#forgotten;
    return () => {
      this.files.clear();
      for (const file of files) this.files.set(file.id, { ...file });
      this.#changes = changes.map((change) => ({ ...change }));
      this.#forgotten = forgotten;
    };
  }

  generateIds(count: number): string[] {
    const ids = Array.from({ length: count }, newId);
    for (const id of ids) this.#issued.add(id);
    return ids;
  }

  /** Bytes in use, the trash included, as Google counts them. */
  used(): { all: number; trash: number } {
    let all = 0;
    let trash = 0;
    for (const file of this.files.values()) {
      all += file.content?.length ?? 0;
      if (this.isTrashed(file)) trash += file.content?.length ?? 0;
    }
    return { all, trash };
  }

  /** @throws ApiError 404 where this client has nothing of that id */
  get(id: string, app: string): FakeFile {
    const file = this.files.get(id);
    if (file === undefined || file.app !== app) throw notFound(id);
    return file;
  }

  /** In the trash itself, or in a folder that is. */
  isTrashed(file: FakeFile): boolean {
    if (file.trashed) return true;
    const parent = this.files.get(file.parents[0] ?? '');
    return parent !== undefined && this.isTrashed(parent);
  }

  /** @throws ApiError as Drive would before a byte is sent */
  assertCanCreate(upload: Upload, size: number, app: string): void {
    if (upload.id !== undefined && this.files.has(upload.id)) {
      throw new ApiError(409, 'fileIdInUse', 'A file already exists with the provided ID.');
    }
    if (upload.id !== undefined && !this.#issued.has(upload.id)) {
      throw new ApiError(400, 'invalid', 'The provided file ID is not usable.');
    }
    for (const parent of upload.parents) {
      if (parent !== this.rootId && !this.#isSharedDrive(parent)) this.get(parent, app);
    }
    this.assertWritable();
    this.assertRoom(size, 0);
  }

  assertWritable(): void {
    if (!this.moods.readOnly) return;
    const message = 'The user does not have sufficient permissions for this file.';
    throw new ApiError(403, 'insufficientFilePermissions', message);
  }

  assertRoom(size: number, freed: number): void {
    if (this.limitBytes === null || this.used().all - freed + size <= this.limitBytes) return;
    throw new ApiError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.");
  }

  create(upload: Upload, content: Buffer | null, app: string): FakeFile {
    this.assertCanCreate(upload, content?.length ?? 0, app);
    const parent = upload.parents[0] ?? this.rootId;
    const file: FakeFile = {
      id: upload.id ?? newId(),
      name: upload.name,
      mimeType: upload.mimeType,
      parents: [parent],
      appProperties: upload.appProperties,
      trashed: false,
      app,
      driveId: this.#isSharedDrive(parent) ? parent : (this.files.get(parent)?.driveId ?? null),
      hidden: this.moods.lateLists,
      abusive: false,
      ...this.#contentOf(content),
    };
    this.files.set(file.id, file);
    this.#note(file.id);
    return file;
  }

  replace(file: FakeFile, content: Buffer): void {
    this.assertWritable();
    this.assertRoom(content.length, file.content?.length ?? 0);
    Object.assign(file, this.#contentOf(content));
    this.#note(file.id);
  }

  setTrashed(file: FakeFile, trashed: boolean): void {
    this.assertWritable();
    file.trashed = trashed;
    if (trashed && this.moods.emptiesTrash && file.content !== null) this.files.delete(file.id);
    this.#note(file.id);
  }

  /** Removes a file for good, behind everybody's back; a folder with all that lies in it. */
  destroy(id: string): void {
    for (const file of [...this.files.values()]) if (file.parents.includes(id)) this.destroy(file.id);
    this.files.delete(id);
    this.#note(id);
  }

  /** What a list shows at this moment. */
  list(test: Test, app: string, driveId: string | null): FakeFile[] {
    const shown: FakeFile[] = [];
    for (const file of this.files.values()) {
      const isHidden = file.hidden > 0;
      if (isHidden) file.hidden -= 1;
      if (isHidden || file.app !== app || file.driveId !== driveId) continue;
      if (test({ ...file, trashed: this.isTrashed(file) })) shown.push(file);
    }
    return shown;
  }

  startPageToken(): string {
    return String(this.#forgotten + this.#changes.length);
  }

  /** Every token so far is too old from now on. */
  forgetChanges(): void {
    this.#forgotten += this.#changes.length + 1;
    this.#changes = [];
  }

  /** Ids that changed since `token`, and the token for the next question. The last `hidden` ones come later. */
  changesSince(token: string, app: string, pageSize: number): { ids: string[]; next: string; isLast: boolean } {
    const from = Number(token) - this.#forgotten;
    if (!/^\d+$/.test(token) || from > this.#changes.length) throw new ApiError(400, 'invalid', 'Invalid Value');
    if (from < 0) throw new ApiError(410, 'gone', 'The page token is no longer valid.');
    const ids = new Set<string>();
    let at = from;
    for (; at < this.#changes.length && ids.size < pageSize; at += 1) {
      const change = this.#changes[at];
      if (change === undefined || change.hidden > 0) break;
      const file = this.files.get(change.id);
      if (file === undefined || file.app === app) ids.add(change.id);
    }
    const isLast = at >= this.#changes.length || (this.#changes[at]?.hidden ?? 0) > 0;
    if (isLast) for (const change of this.#changes.slice(at)) change.hidden = Math.max(0, change.hidden - 1);
    return { ids: [...ids], next: String(at + this.#forgotten), isLast };
  }

  #isSharedDrive(id: string): boolean {
    return this.sharedDrives.some((drive) => drive.id === id);
  }

  #note(id: string): void {
    this.#changes.push({ id, hidden: this.moods.lateChanges });
  }

  #contentOf(content: Buffer | null): Pick<FakeFile, 'content' | 'sha256' | 'md5' | 'modifiedMs'> {
    const modifiedMs = this.#now();
    if (content === null) return { content, sha256: null, md5: null, modifiedMs };
    let stored = content;
    if (this.moods.spoils > 0 && content.length > 0) {
      this.moods.spoils -= 1;
      stored = Buffer.from(content);
      stored[0] = (stored[0] ?? 0) ^ 1;
    }
    const hash = (algorithm: string): string => createHash(algorithm).update(stored).digest('hex');
    return { content: stored, sha256: hash('sha256'), md5: hash('md5'), modifiedMs };
  }
}

export function newId(): string {
  return `1${randomBytes(24).toString('base64url')}`;
}
