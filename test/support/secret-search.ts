/** Where a secret stands: on disk, and in the memory of a process. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** A form in which a secret could have been written. */
export type SecretForm = readonly [form: string, bytes: Buffer];

/** Every form in which the root key could have been written. @param key 16 groups of 4 digits, capitals */
export function formsOfKey(key: readonly string[]): SecretForm[] {
  const hex = key.join('');
  const raw = Buffer.from(hex, 'hex');
  const rows = [0, 1, 2, 3].map((row) => key.slice(row * 4, row * 4 + 4));
  const texts: [string, string][] = [
    ['hex, capitals', hex],
    ['hex', hex.toLowerCase()],
    ['groups', key.join(' ')],
    ['groups, small', key.join(' ').toLowerCase()],
    ['groups with dashes', key.join('-')],
    ['groups with dashes, small', key.join('-').toLowerCase()],
    ...rows.flatMap((row, i): [string, string][] => [
      [`row ${i + 1}`, row.join('')],
      [`row ${i + 1}, small`, row.join('').toLowerCase()],
      [`row ${i + 1} in groups`, row.join(' ')],
      [`row ${i + 1} spoken`, row.map((group) => [...group].join(' ')).join(', ')],
    ]),
    // Without its end, which depends on what follows.
    ['base64', raw.toString('base64').slice(0, 42)],
    ['base64url', raw.toString('base64url').slice(0, 42)],
    ['list of numbers', [...raw].join(',')],
  ];
  return [['bytes', raw], ...texts.flatMap(([form, text]) => formsOfText(form, text))];
}

/** A text as UTF-8 and as UTF-16. */
export function formsOfText(form: string, text: string): SecretForm[] {
  return [
    [form, Buffer.from(text)],
    [`${form}, UTF-16`, Buffer.from(text, 'utf16le')],
  ];
}

/** A password, a token or the like: as it is, in base64, and as it stands in an address or in JSON where that differs. */
export function formsOfSecret(what: string, secret: string): SecretForm[] {
  // Without its end, which depends on what follows.
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1);
  const escaped = new Set([encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  escaped.delete(secret);
  return [
    ...formsOfText(what, secret),
    ...formsOfText(`${what}, base64`, base64),
    ...[...escaped].flatMap((text) => formsOfText(`${what}, escaped`, text)),
  ];
}

/** The command line of every process, by its id; Linux. */
export function processArguments(): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      found.set(`arguments of ${pid}`, readFileSync(`/proc/${pid}/cmdline`));
    } catch {
      // It has ended meanwhile.
    }
  }
  return found;
}

const MASK = 0x5a;

/** A key's bytes in hex with each byte changed: whoever passes it on does not hold the key's own text. */
export function maskKey(bytes: Uint8Array): string {
  return [...bytes].map((byte) => (byte ^ MASK).toString(16).padStart(2, '0')).join('');
}

/** @param masked of maskKey() @returns 16 groups of 4 digits, capitals */
export function unmaskKey(masked: string): string[] {
  const hex = Buffer.from(masked, 'hex').map((byte) => byte ^ MASK);
  return Buffer.from(hex).toString('hex').toUpperCase().match(/.{4}/g) ?? [];
}

/** The files below a folder with their contents; by paths relative to it. */
export async function filesIn(folder: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    found.set(path.relative(folder, file), await readFile(file));
  }
  return found;
}

/** Where a text stands: in the name of a file or in what it holds, as UTF-8 or UTF-16. */
export function holding(files: ReadonlyMap<string, Buffer>, text: string): string[] {
  return [...files]
    .filter(
      ([name, bytes]) => name.includes(text) || bytes.includes(text) || bytes.includes(Buffer.from(text, 'utf16le')),
    )
    .map(([name]) => name);
}

/** `form in name` for each file that holds a form of a secret. */
export function formsIn(files: ReadonlyMap<string, Buffer>, forms: readonly SecretForm[]): string[] {
  return [...files].flatMap(([name, held]) =>
    forms.filter(([, bytes]) => held.includes(bytes)).map(([form]) => `${form} in ${name}`),
  );
}

/** `form: how often in pid` for every form of a secret that stands in the memory of one of these processes. */
export function formsInProcesses(pids: readonly number[], forms: readonly SecretForm[]): string[] {
  return pids.flatMap((pid) => [...formsInMemory(pid, forms)].map(([form, count]) => `${form}: ${count} in ${pid}`));
}

const BLOCK = 4 << 20;
/** Longer than any form: one that begins at a block's end is found in the next read. */
const OVERLAP = 256;

/** The forms that stand in the memory of a process, with how often; Linux, for whoever may look at that process. */
export function formsInMemory(pid: number, forms: readonly SecretForm[]): Map<string, number> {
  const found = new Map<string, number>();
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const [, start = '', end = '', name = ''] = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+ *(.*)$/.exec(line) ?? [];
      // Programs and the kernel's own pages hold nothing that was typed.
      if (start === '' || /^\[v|^\/(usr|lib)|\.so/.test(name)) continue;
      searchRange(memory, BigInt(`0x${start}`), BigInt(`0x${end}`), forms, found);
    }
  } finally {
    closeSync(memory);
  }
  return found;
}

function searchRange(
  memory: number,
  start: bigint,
  end: bigint,
  forms: readonly SecretForm[],
  found: Map<string, number>,
): void {
  const block = Buffer.allocUnsafe(BLOCK + OVERLAP);
  for (let at = start; at < end; at += BigInt(BLOCK)) {
    const length = Number(end - at < BigInt(block.length) ? end - at : BigInt(block.length));
    const read = readSome(memory, block, length, at);
    const bytes = block.subarray(0, read);
    for (const [form, needle] of forms) {
      for (let i = bytes.indexOf(needle); i >= 0 && i < BLOCK; i = bytes.indexOf(needle, i + 1)) {
        found.set(form, (found.get(form) ?? 0) + 1);
      }
    }
  }
}

/** Bytes read; 0 where the range has gone meanwhile or may not be read. */
function readSome(memory: number, into: Buffer, length: number, at: bigint): number {
  try {
    return readSync(memory, into, 0, length, at);
  } catch {
    return 0;
  }
}
