/**
 * The files of an SFTP server: each request a promise, reported to the traffic before it goes. What a server has no
 * request for, it says with `Unsupported`; that is remembered for the connection.
 */
import type { SFTPWrapper, Stats } from 'ssh2';
import type { RequestClass, Traffic } from '../traffic.ts';
import type { Answer, Connection } from './connection.ts';
import { STATUS, statusOf, Unsupported } from './errors.ts';

/** Flags of SSH_FXP_OPEN (draft-ietf-secsh-filexfer-02, 6.3). */
const FLAGS = { read: 0x01, new: 0x02 | 0x08 | 0x20, update: 0x01 | 0x02 } as const;
/** `new`: to write, and refused where something of that name is. `update`: to read and write what is there. */
export type Purpose = keyof typeof FLAGS;

export interface Found {
  kind: 'file' | 'folder' | 'other';
  /** In bytes; undefined where the server does not tell. */
  size: number | undefined;
  modifiedMs: number;
}

export interface Entry extends Found {
  name: string;
}

/** Answer to statvfs@openssh.com, as far as it is used. */
interface FileSystemInfo {
  f_bsize: number;
  f_frsize: number;
  f_blocks: number;
  f_bavail: number;
  f_files: number;
  f_favail: number;
  f_flag: number;
}

export interface Room {
  freeBytes: number;
  totalBytes: number;
  readOnly: boolean;
  /** No more files can be made, whatever their size. */
  noFiles: boolean;
}

export class Files {
  readonly connection: Connection;
  readonly traffic: Traffic;
  readonly #missing: Set<string>;

  /** @param missing extensions that this connection's server turned out not to have */
  constructor(connection: Connection, traffic: Traffic, missing: Set<string>) {
    this.connection = connection;
    this.traffic = traffic;
    this.#missing = missing;
  }

  /** Opens a file; new ones are readable by their owner only. A handle that comes too late is closed. */
  async open(path: string, purpose: Purpose, signal?: AbortSignal): Promise<Buffer> {
    await this.traffic.request(purpose === 'read' ? 'read' : 'create', { signal });
    return await this.connection.request<Buffer>(
      (sftp, answer) => sftp.open(path, FLAGS[purpose], { mode: 0o600 }, answer),
      signal,
      (handle) => this.abandon(handle),
    );
  }

  async close(handle: Buffer): Promise<void> {
    await this.connection.request<void>((sftp, answer) => sftp.close(handle, answer));
  }

  /** Closes a handle that nobody needs any more; if the connection is gone, so is the handle. */
  abandon(handle: Buffer): void {
    this.close(handle).catch(() => undefined);
  }

  /** Closes and removes a file that nobody needs any more, whether or not the traffic is halted. */
  async discard(handle: Buffer, path: string): Promise<void> {
    this.abandon(handle);
    this.traffic.request('remove').catch(() => undefined);
    await this.connection.request<void>((sftp, answer) => sftp.unlink(path, answer));
  }

  /** A file's size and kind by its handle. */
  async look(handle: Buffer, signal?: AbortSignal): Promise<Found> {
    return found(await this.#request<Stats>('stat', (sftp, answer) => sftp.fstat(handle, answer), signal));
  }

  /** What lies at `path`, not followed where it is a link. */
  async at(path: string, signal?: AbortSignal): Promise<Found> {
    return found(await this.#request<Stats>('stat', (sftp, answer) => sftp.lstat(path, answer), signal));
  }

  /** What lies at `path`, followed where it is a link. */
  async behind(path: string, signal?: AbortSignal): Promise<Found> {
    return found(await this.#request<Stats>('stat', (sftp, answer) => sftp.stat(path, answer), signal));
  }

  /** Everything in a folder. */
  async entries(path: string, signal?: AbortSignal): Promise<Entry[]> {
    const listed = await this.#request<{ filename: string; attrs: Stats }[]>(
      'list',
      (sftp, answer) => sftp.readdir(path, answer),
      signal,
    );
    return listed.map(({ filename, attrs }) => ({ ...found(attrs), name: filename }));
  }

  async makeFolder(path: string, signal?: AbortSignal): Promise<void> {
    await this.#request<void>('other', (sftp, answer) => sftp.mkdir(path, { mode: 0o700 }, answer), signal);
  }

  async removeFolder(path: string, signal?: AbortSignal): Promise<void> {
    await this.#request<void>('remove', (sftp, answer) => sftp.rmdir(path, answer), signal);
  }

  async remove(path: string, signal?: AbortSignal): Promise<void> {
    await this.#request<void>('remove', (sftp, answer) => sftp.unlink(path, answer), signal);
  }

  /** Moves a file; refused by most servers where the new name is taken. */
  async move(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.#request<void>('other', (sftp, answer) => sftp.rename(from, to, answer), signal);
  }

  /** Moves a file over whatever has the new name, in one step. @throws Unsupported where the server has no such request */
  async replace(from: string, to: string, signal?: AbortSignal): Promise<void> {
    await this.#extension<void>(
      'posix-rename@openssh.com',
      (sftp, answer) => sftp.ext_openssh_rename(from, to, answer),
      signal,
    );
  }

  /** Flushes a file to the server's disk. False where the server has no such request. */
  async sync(handle: Buffer, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#extension<void>(
        'fsync@openssh.com',
        (sftp, answer) => sftp.ext_openssh_fsync(handle, answer),
        signal,
      );
      return true;
    } catch (error) {
      if (error instanceof Unsupported) return false;
      throw error;
    }
  }

  /** The room on the file system of `path`; null where the server does not tell. */
  async room(path: string, signal?: AbortSignal): Promise<Room | null> {
    try {
      const info = await this.#extension<FileSystemInfo>(
        'statvfs@openssh.com',
        (sftp, answer) => sftp.ext_openssh_statvfs(path, answer),
        signal,
      );
      const unit = info.f_frsize === 0 ? info.f_bsize : info.f_frsize;
      if (info.f_blocks === 0) return null;
      return {
        freeBytes: info.f_bavail * unit,
        totalBytes: info.f_blocks * unit,
        readOnly: (info.f_flag & 1) !== 0,
        noFiles: info.f_files > 0 && info.f_favail === 0,
      };
    } catch (error) {
      if (error instanceof Unsupported) return null;
      throw error;
    }
  }

  async #request<T>(
    what: RequestClass,
    send: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    await this.traffic.request(what, { signal });
    return await this.connection.request(send, signal);
  }

  async #extension<T>(
    name: string,
    send: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    if (this.#missing.has(name)) throw new Unsupported(name);
    try {
      return await this.#request('other', send, signal);
    } catch (error) {
      if (!(error instanceof Unsupported) && statusOf(error) !== STATUS.unsupported) throw error;
      this.#missing.add(name);
      throw new Unsupported(name);
    }
  }
}

function found(attributes: Stats): Found {
  return {
    kind: attributes.isFile() ? 'file' : attributes.isDirectory() ? 'folder' : 'other',
    // Servers leave out what they do not know, whatever ssh2's types say.
    size: attributes.size as number | undefined,
    modifiedMs: ((attributes.mtime as number | undefined) ?? 0) * 1000,
  };
}
