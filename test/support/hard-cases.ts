/** A folder of everything that has ever broken a backup program, the same bytes each time. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createCipheriv, createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { joinRaw } from './raw-path.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

export interface HardCases {
  /** Relative paths that only root can read. */
  unreadable: string[];
  /** Relative paths of the FIFO and the socket: to be recorded, or reported as unsupported. */
  special: string[];
  /** Relative paths with names that are not UTF-8, as raw bytes. */
  notUtf8: Buffer[];
  /** Relative paths that are names of one and the same file. */
  hardLinked: string[];
}

export interface HardCasesOptions {
  /** Make the FIFO and the socket. Default true. */
  special?: boolean;
  /** Make files that only root can read. Default true. */
  unreadable?: boolean;
}

/**
 * Fills `folder` (made if need be; must be empty) with hard cases: about 410 entries, 44 MiB and holes. Linux only: names of raw
 * bytes, FIFO, socket, and times in ns need it. `removeTree` removes it again.
 */
export async function makeHardCases(folder: string, options: HardCasesOptions = {}): Promise<HardCases> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => {
    const made = path.join(folder, name);
    mkdirSync(made);
    return made;
  };
  makeSizes(at('sizes'));
  const notUtf8 = makeNames(at('names')).map((name) => joinRaw('names', name));
  makeDeep(at('deep'));
  makeLinks(at('links'));
  const closed = makeModes(at('modes'), options.unreadable ?? true);
  mkdirSync(path.join(folder, 'empty folder'));
  mkdirSync(path.join(folder, 'nested/empty/folders'), { recursive: true });
  const special = (options.special ?? true) ? await makeSpecial(at('special')) : [];
  makeHoles(at('holes'));
  makeAttributes(at('attributes'));
  makeTimes(at('times'));
  touch('1234567890.987654321', folder);
  return {
    unreadable: closed.map((name) => `modes/${name}`),
    special: special.map((name) => `special/${name}`),
    notUtf8,
    hardLinked: ['links/hard link 1', 'links/hard link 2', 'links/sub/hard link 3'],
  };
}

/** Removes a folder whatever the modes in it. */
export function removeTree(folder: string | Buffer): void {
  openUp(Buffer.from(folder));
  rmSync(folder, { recursive: true, force: true });
}

function openUp(folder: Buffer): void {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder, { encoding: 'buffer' })) openUp(joinRaw(folder, name));
}

/** Incompressible bytes from a seed. */
function seeded(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(`hard cases ${seed}`).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Round every limit of chunker, block and pack; equal contents; long runs of one byte. */
function makeSizes(folder: string): void {
  const sizes: [string, number][] = [
    ['empty', 0],
    ['1 byte', 1],
    ['255 KiB', 255 * KIB],
    ['256 KiB less 1', 256 * KIB - 1],
    ['256 KiB', 256 * KIB],
    ['256 KiB and 1', 256 * KIB + 1],
    ['1 MiB', MIB],
    ['4 MiB', 4 * MIB],
    ['4 MiB and 1', 4 * MIB + 1],
    ['9 MiB', 9 * MIB],
  ];
  for (const [name, size] of sizes) writeFileSync(path.join(folder, name), seeded(name, size));
  writeFileSync(path.join(folder, 'zeros 10 MiB'), Buffer.alloc(10 * MIB));
  writeFileSync(path.join(folder, 'text'), 'All work and no play makes a dull backup.\n'.repeat(50_000));
  for (const copy of ['copy 1', 'copy 2']) {
    copyFileSync(path.join(folder, '1 MiB'), path.join(folder, `1 MiB ${copy}`));
    copyFileSync(path.join(folder, '1 byte'), path.join(folder, `1 byte ${copy}`));
  }
  const shifted = Buffer.concat([Buffer.from('put in front'), seeded('9 MiB', 9 * MIB)]);
  writeFileSync(path.join(folder, '9 MiB shifted'), shifted);
  const many = path.join(folder, 'many');
  mkdirSync(many);
  for (let index = 0; index < 40; index += 1)
    writeFileSync(path.join(many, `small ${index}`), `${index}\n`.repeat(index));
}

const TEXT_NAMES = [
  ' leading and trailing space ',
  'new\nline',
  'tab\tbell\u0007escape\u001b[31mred',
  '-rf',
  '--help',
  `quotes ' " \` and $HOME %s \\ backslash`,
  'star * question ? colon : pipe | less < more >',
  '.hidden',
  '...',
  'trailing dot.',
  'CON',
  'aux.txt',
  'README',
  'readme',
  'emoji 👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'عربي‮txt.exe',
  'עברית (1) copy',
  'zero\u200bwidth\ufeff',
  'line\u2028separator',
  'composed \u00e9',
  'decomposed e\u0301',
  'stacked Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f',
  // UTF-8 sorts the first of these two before the second, UTF-16 the other way round.
  '\uff5e wide tilde',
  '\u{1f600} beyond the basic plane',
  'a',
  'a.b',
  'a b',
  `${'n'.repeat(255)}`,
  `${'é'.repeat(127)}x`,
  `${'😀'.repeat(63)}xyz`,
  '__proto__',
  'constructor',
];

/** Hexadecimal: lone bytes, a cut sequence, Latin-1, a surrogate, an overlong slash, a five-byte form. */
const RAW_NAMES = ['ff', 'c328', 'fffe', '6c6174696e2d31e9', 'eda080', 'c0af', 'f888808080'];

/** Each name as a file and as a folder with a file in it; returns the names that are not UTF-8. */
function makeNames(folder: string): Buffer[] {
  const raw = RAW_NAMES.map((hex) => Buffer.from(hex, 'hex'));
  for (const name of [...TEXT_NAMES.map((text) => Buffer.from(text)), ...raw]) {
    writeFileSync(joinRaw(folder, name), name);
  }
  const folders = ['folders with\nnew line', 'folder 👾', '-x'].map((text) => Buffer.from(text));
  const rawFolder = Buffer.from('666f6c646572fe', 'hex');
  for (const name of [...folders, rawFolder]) {
    mkdirSync(joinRaw(folder, name));
    writeFileSync(joinRaw(folder, name, name), name);
  }
  return [...raw, rawFolder];
}

/** 200 levels; and a path of about 3,500 bytes, which leaves room for what a target puts in front. */
function makeDeep(folder: string): void {
  const levels = path.join(folder, ...Array.from({ length: 200 }, (_, level) => `level ${level}`));
  mkdirSync(levels, { recursive: true });
  writeFileSync(path.join(levels, 'at the bottom'), 'deep\n');
  const long = path.join(folder, ...Array.from({ length: 14 }, (_, level) => `${level}`.padEnd(250, 'long ')));
  mkdirSync(long, { recursive: true });
  writeFileSync(path.join(long, 'at the end'), 'long\n');
}

function makeLinks(folder: string): void {
  const at = (name: string): string => path.join(folder, name);
  writeFileSync(at('file'), 'pointed at\n');
  mkdirSync(at('sub'));
  const targets: [string, string | Buffer][] = [
    ['relative', 'file'],
    ['upward', '../sizes/1 byte'],
    ['absolute', '/etc/hostname'],
    ['dangling', 'not there'],
    ['to itself', 'to itself'],
    ['loop 1', 'loop 2'],
    ['loop 2', 'loop 1'],
    ['to its own folder', '.'],
    ['sub/to the folder above', '..'],
    ['to a folder', 'sub'],
    ['trailing slash', 'sub/'],
    ['out of the tree', '../../../../../../../etc/passwd'],
    ['long target', `${'x/'.repeat(1500)}x`],
    ['target with new line', 'a\nb'],
    ['target not UTF-8', Buffer.from('ff2ffe', 'hex')],
  ];
  for (const [name, target] of targets) symlinkSync(target, at(name));
  lutimesSync(at('dangling'), 1_111_111_111, 1_111_111_111);
  writeFileSync(at('hard link 1'), 'one file, three names\n');
  linkSync(at('hard link 1'), at('hard link 2'));
  linkSync(at('hard link 1'), at('sub/hard link 3'));
}

/** Holes in front, in the middle and at the end, large and small, and zeros that are written. */
function makeHoles(folder: string): void {
  const file = (name: string, size: number, data: [number, string][]): void => {
    const fd = openSync(path.join(folder, name), 'w');
    ftruncateSync(fd, size);
    for (const [offset, bytes] of data) writeSync(fd, bytes, offset);
    closeSync(fd);
  };
  file('only a hole', 20 * MIB + 1, []);
  file('around', 30 * MIB, [[15 * MIB, 'in the middle']]);
  file('between', 10 * MIB, [
    [0, 'begin'],
    [10 * MIB - 3, 'end'],
  ]);
  file('small', 100_000, [[50_000, 'x']]);
  writeFileSync(path.join(folder, 'written'), Buffer.alloc(300 * KIB));
}

/** Extended attributes, ACLs and flags, as far as the disk takes them. */
function makeAttributes(folder: string): void {
  const at = (name: string): string => path.join(folder, name);
  const attempt = (tool: string, ...args: string[]): void => void spawnSync(tool, args, { stdio: 'ignore' });
  writeFileSync(at('file'), 'has attributes\n');
  mkdirSync(at('folder'));
  for (const name of ['file', 'folder']) {
    attempt('setfattr', '-n', 'user.short', '-v', 'a comment', at(name));
    attempt('setfattr', '-n', 'user.bytes', '-v', '0x00ff0a00', at(name));
    attempt('setfattr', '-n', 'user.long', '-v', `0x${seeded(name, 1500).toString('hex')}`, at(name));
    // Rights of others by number come back where owners do.
    if (process.getuid?.() === 0) attempt('setfacl', '-m', 'u:1234:rw-,g:4321:r--', at(name));
  }
  attempt('setfacl', '-m', process.getuid?.() === 0 ? 'd:u:1234:rwx' : 'd:g::r-x', at('folder'));
  writeFileSync(at('folder/inherits'), '');
  attempt('chattr', '+d', at('file'));
}

/** Returns the names that only root can read. */
function makeModes(folder: string, withUnreadable: boolean): string[] {
  const file = (name: string, mode: number): void => {
    writeFileSync(path.join(folder, name), `${name}\n`);
    chmodSync(path.join(folder, name), mode);
  };
  for (const mode of [0o444, 0o400, 0o600, 0o755, 0o777, 0o4755, 0o2755, 0o6755, 0o1644]) {
    file(`file ${mode.toString(8).padStart(4, '0')}`, mode);
  }
  for (const mode of [0o700, 0o1777, 0o2775, 0o555]) {
    const name = `folder ${mode.toString(8).padStart(4, '0')}`;
    mkdirSync(path.join(folder, name));
    // A folder closed to writing must get its contents before its mode.
    writeFileSync(path.join(folder, name, 'inside'), `${name}\n`);
    chmodSync(path.join(folder, name), mode);
  }
  if (!withUnreadable) return [];
  file('file 0000', 0);
  file('file 0200', 0o200);
  mkdirSync(path.join(folder, 'folder 0000'));
  chmodSync(path.join(folder, 'folder 0000'), 0);
  return ['file 0000', 'file 0200', 'folder 0000'];
}

/** A FIFO, and a socket that nobody listens to. */
async function makeSpecial(folder: string): Promise<string[]> {
  execFileSync('mkfifo', ['-m', '640', path.join(folder, 'fifo')]);
  // A socket's address holds at most 107 bytes: the way through the open folder is short however long its path is.
  const fd = openSync(folder, 'r');
  try {
    const server = net.createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(`/proc/self/fd/${fd}/listening`, resolve);
    });
    // Closing removes the name that was listened on; another name of the same socket stays.
    linkSync(path.join(folder, 'listening'), path.join(folder, 'socket'));
    await new Promise((resolve) => server.close(resolve));
  } finally {
    closeSync(fd);
  }
  return ['fifo', 'socket'];
}

/** Seconds since the epoch with nine decimals: neither a double nor 32 bits can hold them all. */
const TIMES = [
  '0.000000000',
  '0.000000001',
  '1.999999999',
  '-0.000000001',
  '-1.500000000',
  '-1234567890.123456789',
  '-2147483648.000000000',
  '1700000000.123456789',
  '2147483647.999999999',
  '2147483648.000000000',
  '4294967296.000000001',
  '7258118400.987654321',
];

function makeTimes(folder: string): void {
  for (const time of TIMES) {
    const file = path.join(folder, `file ${time}`);
    writeFileSync(file, time);
    touch(time, file);
    const link = path.join(folder, `link ${time}`);
    symlinkSync('nowhere', link);
    touch(time, link);
  }
  const inner = path.join(folder, 'folder in 1969');
  mkdirSync(inner);
  writeFileSync(path.join(inner, 'inside'), '1969\n');
  touch('-86400.000000007', inner);
  touch('2524608000.000000003', folder);
}

/** Sets atime and mtime to the ns, of a symlink itself too: Node's utimes takes only doubles. */
function touch(time: string, file: string): void {
  execFileSync('touch', ['--no-dereference', `--date=@${time}`, '--', file]);
}
