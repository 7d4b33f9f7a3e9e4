/**
 * A server that speaks SFTP version 3 and nothing more: no extension of OpenSSH's, a rename that refuses a name that is
 * taken. It serves the folders of this computer. For what OpenSSH cannot be without root: passwords, and questions.
 */
import { createHash } from 'node:crypto';
import type { Dirent, Stats } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rmdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import ssh2, { type AuthContext, type Connection, type SFTPWrapper } from 'ssh2';

export interface PlainSftpOptions {
  password: string;
  /** How a password is taken: as such, or as the answer to a question. */
  by?: 'password' | 'keyboard-interactive';
  /** Signing in works, but there is no file transfer. */
  noSftp?: boolean;
}

export interface PlainSftp {
  port: number;
  hostKey: string;
  /** Methods that clients tried, in order. */
  tried: string[];
  /** Passwords that clients showed. */
  passwords: string[];
  stop(): Promise<void>;
}

const { OPEN_MODE, STATUS_CODE } = ssh2.utils.sftp;

/** What the package has and its types have not. */
type Delaying = Connection & { setNoDelay(on: boolean): void };

/** The package now and then writes a key that it does not read again. */
function soundKeyPair(): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

export async function startPlainSftp(options: PlainSftpOptions): Promise<PlainSftp> {
  const pair = soundKeyPair();
  const publicKey = Buffer.from(pair.public.split(' ')[1] ?? '', 'base64');
  const tried: string[] = [];
  const passwords: string[] = [];
  const clients = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [pair.private] }, (client) => {
    // As sshd does: else each answer waits for the client's acknowledgement of the one before.
    (client as Delaying).setNoDelay(true);
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('authentication', (context) => {
      tried.push(context.method);
      judge(context, options, passwords);
    });
    client.on('session', (accept) => {
      accept().on('sftp', (acceptSftp, reject) => {
        if (options.noSftp === true) reject();
        else FileServer.serve(acceptSftp());
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: `SHA256:${createHash('sha256').update(publicKey).digest('base64').replace(/=+$/, '')}`,
    tried,
    passwords,
    async stop() {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function judge(context: AuthContext, { password, by = 'password' }: PlainSftpOptions, passwords: string[]): void {
  const decide = (shown: string): void => {
    passwords.push(shown);
    if (shown === password) context.accept();
    else context.reject([by]);
  };
  if (context.method === 'password' && by === 'password') decide(context.password);
  else if (context.method === 'keyboard-interactive' && by === 'keyboard-interactive') {
    context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => decide(answers[0] ?? ''));
  } else context.reject([by]);
}

/** One client's open files and folders, and its requests, answered one after the other. */
class FileServer {
  readonly #sftp: SFTPWrapper;
  readonly #files = new Map<string, FileHandle>();
  readonly #folders = new Map<string, { folder: string; left: Dirent[] }>();
  #next = 0;
  #turn: Promise<void> = Promise.resolve();

  private constructor(sftp: SFTPWrapper) {
    this.#sftp = sftp;
  }

  static serve(sftp: SFTPWrapper): void {
    new FileServer(sftp).#listen();
  }

  #listen(): void {
    const sftp = this.#sftp;
    sftp.on('error', () => undefined);
    sftp.on('OPEN', (id, name, flags) => this.#answer(id, async () => await this.#open(id, name, flags)));
    sftp.on('READ', (id, handle, offset, length) =>
      this.#answer(id, async () => await this.#read(id, handle, offset, length)),
    );
    sftp.on('WRITE', (id, handle, offset, data) => {
      const bytes = Buffer.from(data); // the library uses its own again
      this.#answer(id, async () => void (await this.#file(handle).write(bytes, 0, bytes.length, offset)), true);
    });
    sftp.on('FSTAT', (id, handle) =>
      this.#answer(id, async () => sftp.attrs(id, attributes(await this.#file(handle).stat()))),
    );
    sftp.on('CLOSE', (id, handle) => this.#answer(id, async () => await this.#close(handle), true));
    sftp.on('OPENDIR', (id, name) => this.#answer(id, async () => await this.#openFolder(id, name)));
    sftp.on('READDIR', (id, handle) => this.#answer(id, async () => await this.#readFolder(id, handle)));
    sftp.on('LSTAT', (id, name) => this.#answer(id, async () => sftp.attrs(id, attributes(await lstat(name)))));
    sftp.on('STAT', (id, name) => this.#answer(id, async () => sftp.attrs(id, attributes(await stat(name)))));
    sftp.on('REMOVE', (id, name) => this.#answer(id, async () => await unlink(name), true));
    sftp.on('MKDIR', (id, name) => this.#answer(id, async () => await mkdir(name), true));
    sftp.on('RMDIR', (id, name) => this.#answer(id, async () => await rmdir(name), true));
    sftp.on('RENAME', (id, from, to) => this.#answer(id, async () => await move(from, to), true));
  }

  #answer(id: number, body: () => Promise<void>, done = false): void {
    this.#turn = this.#turn.then(async () => {
      try {
        await body();
        if (done) this.#sftp.status(id, STATUS_CODE.OK);
      } catch (error) {
        this.#sftp.status(id, statusOf(error));
      }
    });
  }

  async #open(id: number, name: string, flags: number): Promise<void> {
    const isNew = (flags & OPEN_MODE.EXCL) !== 0;
    const handle = await open(name, isNew ? 'wx' : (flags & OPEN_MODE.WRITE) === 0 ? 'r' : 'r+', 0o600);
    this.#files.set(this.#give(id), handle);
  }

  async #read(id: number, handle: Buffer, offset: number, length: number): Promise<void> {
    const { bytesRead, buffer } = await this.#file(handle).read(Buffer.alloc(length), 0, length, offset);
    if (bytesRead === 0) this.#sftp.status(id, STATUS_CODE.EOF);
    else this.#sftp.data(id, buffer.subarray(0, bytesRead));
  }

  async #openFolder(id: number, folder: string): Promise<void> {
    const left = await readdir(folder, { withFileTypes: true });
    this.#folders.set(this.#give(id), { folder, left });
  }

  /** A few entries at a time, as servers do. */
  async #readFolder(id: number, handle: Buffer): Promise<void> {
    const listing = this.#folders.get(handle.toString());
    const some = listing?.left.splice(0, 50) ?? [];
    if (some.length === 0) return this.#sftp.status(id, STATUS_CODE.EOF);
    const names = some.map(async ({ name }) => ({
      filename: name,
      longname: name,
      attrs: attributes(await lstat(path.join(listing?.folder ?? '', name))),
    }));
    this.#sftp.name(id, await Promise.all(names));
  }

  async #close(handle: Buffer): Promise<void> {
    this.#folders.delete(handle.toString());
    const file = this.#files.get(handle.toString());
    this.#files.delete(handle.toString());
    await file?.close();
  }

  #give(id: number): string {
    const handle = String((this.#next += 1));
    this.#sftp.handle(id, Buffer.from(handle));
    return handle;
  }

  #file(handle: Buffer): FileHandle {
    const file = this.#files.get(handle.toString());
    if (file === undefined) throw new Error('no such handle');
    return file;
  }
}

async function move(from: string, to: string): Promise<void> {
  const taken = await lstat(to).catch(() => null);
  if (taken !== null) throw new Error('the name is taken');
  await rename(from, to);
}

function attributes(found: Stats): {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  atime: number;
  mtime: number;
} {
  const { mode, uid, gid, size } = found;
  return { mode, uid, gid, size, atime: Math.floor(found.atimeMs / 1000), mtime: Math.floor(found.mtimeMs / 1000) };
}

function statusOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return STATUS_CODE.NO_SUCH_FILE;
  return code === 'EACCES' || code === 'EPERM' ? STATUS_CODE.PERMISSION_DENIED : STATUS_CODE.FAILURE;
}
