/** A site's own files: the chain of bundles, the TLS key, the seal, and a lock for whoever has them open. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import Database from 'libsql';
import { BundleChain, type SignedBundle } from '../protocol/messages.ts';
import { CliError } from './say.ts';

export interface Files {
  bundle: string;
  certificate: string;
  key: string;
  seal: string;
  database: string;
  lock: string;
}

export function filesIn(folder: string): Files {
  const at = (name: string): string => path.join(folder, name);
  return {
    bundle: at('bundle.json'),
    certificate: at('tls.pem'),
    key: at('tls-key.pem'),
    seal: at('seal'),
    database: at('vault.sqlite'),
    lock: at('lock'),
  };
}

/** Readable by this user only. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Whole and on the disk, or not there at all; readable by this user only. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  if (process.platform === 'win32') return;
  const folder = await open(path.dirname(file), 'r');
  await folder.sync();
  await folder.close();
}

/** Null where there is none. */
export async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** From the oldest bundle to the current one; null before `vault init`. @throws CliError for a file that is none */
export async function readChain(file: string): Promise<SignedBundle[] | null> {
  const text = await readIfThere(file);
  if (text === null) return null;
  try {
    return BundleChain.parse(JSON.parse(text)).chain;
  } catch (error) {
    throw new CliError(`${file} is no chain of bundles`, { cause: error });
  }
}

export async function writeChain(file: string, chain: SignedBundle[]): Promise<void> {
  await writeWhole(file, `${JSON.stringify({ chain }, null, 2)}\n`);
}

/**
 * One process at a time: a second one would take the epoch keys away from under the first. The lock is SQLite's on a
 * file of its own, which the system gives back however the process ends.
 *
 * @returns what gives it back
 * @throws CliError
 */
export function lockFolder(file: string): () => void {
  const database = new Database(file);
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE;');
  } catch (error) {
    database.close();
    throw new CliError(`another process works on this vault: it holds ${file}`, { cause: error });
  }
  return () => database.close();
}
