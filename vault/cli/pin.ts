/** Where the token's PIN comes from: a file of mode 0600, the environment, or the terminal. It is tried once. */
import { readFile, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Config } from './config.ts';
import { CliError } from './say.ts';

/** @throws CliError */
export async function readPin(hsm: Pick<Config['hsm'], 'pin-file' | 'pin-env' | 'token'>): Promise<string> {
  const file = hsm['pin-file'];
  if (file !== undefined) return nonEmpty(await secretFile(file), file);
  const variable = hsm['pin-env'];
  if (variable !== undefined) return nonEmpty(process.env[variable] ?? '', `the environment's ${variable}`);
  if (!process.stdin.isTTY) {
    throw new CliError('there is no terminal to ask for the PIN: set hsm.pin-file or hsm.pin-env');
  }
  return nonEmpty(await ask(`PIN of the token "${hsm.token}": `), 'the PIN');
}

/**
 * The first line of a file that nobody else may read.
 *
 * @throws CliError
 */
export async function secretFile(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new CliError(`${file} can be read by others: "chmod 600 ${file}"`);
    }
    return (await readFile(file, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function nonEmpty(pin: string, where: string): string {
  if (pin === '') throw new CliError(`${where} is empty`);
  return pin;
}

/** Asks without showing what is typed. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
