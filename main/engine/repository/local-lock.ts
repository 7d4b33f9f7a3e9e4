/**
 * The local lock of a computer's domain: one writer at a time among this computer's processes. It is a listening local
 * socket, because the operating system releases that by itself when a process dies, however it dies; a lock file would
 * outlive a kill.
 */
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../../errors.ts';

export interface LocalLock {
  release(): Promise<void>;
}

/** @param key what is locked, e.g. repository id and client id. Errors: busy. */
export async function takeLocalLock(key: string): Promise<LocalLock> {
  const name = `holdfast-${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  const address = socketAddress(name);
  for (let attempt = 0; attempt < 3; attempt++) {
    const server = await listen(address);
    if (server !== null) {
      // The lock alone must not keep the process alive.
      server.unref();
      return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    }
    if (await answers(address)) break;
    // Left behind by a process that died: only sockets with a path can be.
    await unlink(address).catch(() => undefined);
  }
  throw new HoldfastError(
    'busy',
    'Another Holdfast on this computer is backing up to the same storage right now.',
    'Nothing was changed. Wait until it has finished, or stop it, then try again.',
  );
}

function socketAddress(name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  // Linux: the abstract namespace, which leaves nothing on disk.
  if (process.platform === 'linux') return `\0${name}`;
  return join(tmpdir(), `${name}.sock`);
}

function listen(address: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      // That it was answered is the answer. A caller that hangs up first must not end this process, nor one that
      // never hangs up hold the lock.
      socket.on('error', () => undefined);
      socket.destroy();
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
