/** Passwords from a file, from a pipe or from a person at a terminal, where nothing that is typed is shown. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HoldfastError } from '../errors.ts';

/** Longest password file in bytes. */
const MAX_FILE_BYTES = 4_096;
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const ERASE = new Set(['\u007f', '\b']);
const CLEAR_LINE = '\u0015';
const ESCAPE = '\u001b';

/**
 * The first line of a file, without its line end: everything else counts, spaces too.
 *
 * @throws HoldfastError `bad-input`
 */
export async function passwordFromFile(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(path));
  } catch (error) {
    throw new HoldfastError(
      'bad-input',
      `Holdfast could not read the password file ${path}.`,
      'Check its name and that you may read it. Nothing was changed.',
      { cause: error },
    );
  }
  if (bytes.length > MAX_FILE_BYTES) {
    throw new HoldfastError(
      'bad-input',
      `${path} is too long for a password file.`,
      'It holds the password on one line and nothing else. Nothing was changed.',
    );
  }
  try {
    return firstLine(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new HoldfastError('bad-input', `${path} is not UTF-8 text.`, 'Save it as UTF-8. Nothing was changed.', {
      cause: error,
    });
  } finally {
    bytes.fill(0);
  }
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';

/** Lines of a pipe that were read and not asked for yet. */
let waiting = '';
let ended = false;

/**
 * Asks at the terminal, without echo; where standard input is no terminal, takes its next line.
 *
 * @param question shown on stderr, as `question: `
 * @param none makes the error where the input ends
 * @throws HoldfastError `stopped` for Ctrl-C, `bad-input` where the input ends
 */
export async function askPassword(question: string, none = noPassword): Promise<string> {
  const { stdin } = process;
  if (!stdin.isTTY) return nextLine(none);
  // Before the question is shown: whoever answers quickly must not see it echoed.
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  process.stderr.write(`${question}: `);
  try {
    return await typedLine(stdin, none);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    process.stderr.write('\n');
  }
}

/** Asks twice at a terminal; a pipe is asked once. @throws HoldfastError `bad-input` where the two differ */
export async function askNewPassword(question: string): Promise<string> {
  const first = await askPassword(question);
  if (!process.stdin.isTTY) return first;
  if ((await askPassword('The same again')) === first) return first;
  throw new HoldfastError('bad-input', 'The two passwords are not the same.', 'Nothing was changed. Try again.');
}

function typedLine(stdin: NodeJS.ReadStream, none: () => HoldfastError): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    /** Within the sequence that an arrow or function key sends. */
    let escape = false;
    const done = (act: () => void): void => {
      stdin.removeListener('data', onData);
      stdin.removeListener('end', onEnd);
      act();
    };
    const onEnd = (): void => done(() => reject(none()));
    const onData = (text: string): void => {
      for (const char of text) {
        if (escape) {
          escape = char === '[' || !/[A-Za-z~]/.test(char);
          continue;
        }
        if (char === '\r' || char === '\n') return done(() => resolve(typed.join('')));
        if (char === CTRL_C) return done(() => reject(stopped()));
        if (char === CTRL_D) return onEnd();
        if (ERASE.has(char)) typed.pop();
        else if (char === CLEAR_LINE) typed = [];
        else if (char === ESCAPE) escape = true;
        else if (char >= ' ') typed.push(char);
      }
    };
    stdin.on('data', onData);
    stdin.once('end', onEnd);
  });
}

async function nextLine(none: () => HoldfastError): Promise<string> {
  const { stdin } = process;
  stdin.setEncoding('utf8');
  while (!waiting.includes('\n') && !ended) {
    waiting += await new Promise<string>((resolve) => {
      const onData = (text: string): void => {
        stdin.pause();
        stdin.removeListener('end', onEnd);
        resolve(text);
      };
      const onEnd = (): void => {
        ended = true;
        stdin.removeListener('data', onData);
        resolve('');
      };
      stdin.once('data', onData);
      stdin.once('end', onEnd);
      stdin.resume();
    });
  }
  if (waiting === '') throw none();
  const line = firstLine(waiting);
  const end = waiting.indexOf('\n');
  waiting = end < 0 ? '' : waiting.slice(end + 1);
  return line;
}

function noPassword(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'No password was given.',
    'Type it, pass it on standard input, or name a file with --password-file. Nothing was changed.',
  );
}

const stopped = (): HoldfastError =>
  new HoldfastError('stopped', 'Stopped before a password was given.', 'Nothing was changed.');
