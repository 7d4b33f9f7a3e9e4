/** Byte-for-byte comparison of two folders, for tests of backup and restore. */
import { spawnSync } from 'node:child_process';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { displayBytes } from './raw-path.ts';

export { type HardCases, makeHardCases, removeTree } from './hard-cases.ts';
export { displayBytes, joinRaw } from './raw-path.ts';

export interface CompareOptions {
  /**
   * Paths that are left out with all below them: relative to the two folders, `/`-separated, as raw bytes or as text.
   */
  ignore?: readonly (string | Buffer)[];
  /** Compare user and group ids. Default: only as root, who alone can restore them. */
  owners?: boolean;
  /** Compare modification times in ns. Default true. */
  times?: boolean;
  /** Compare permission bits, setuid, setgid and sticky (not of symlinks, which have none). Default true. */
  modes?: boolean;
  /** Compare which paths are names of the same file. Default false. */
  hardLinks?: boolean;
  /** Compare how much of the disk files occupy: holes come back as holes. Default false. */
  holes?: boolean;
  /** Compare extended attributes, ACLs among them, and flags, as getfattr and lsattr tell them. Default false. */
  attributes?: boolean;
  /** Compare the metadata of the two folders themselves too, as `.`. Default true. */
  top?: boolean;
}

interface Side {
  root: Buffer;
  /** First path seen of each inode that has several names. */
  links: Map<string, string>;
}

interface Job {
  options: Required<Omit<CompareOptions, 'ignore'>>;
  ignored: Set<string>;
  a: Side;
  b: Side;
  differences: string[];
}

const SLACK_BLOCKS = 64n;
const BLOCK = 1 << 20;
const SLASH = Buffer.from('/');
const blockA = Buffer.allocUnsafe(BLOCK);
const blockB = Buffer.allocUnsafe(BLOCK);

/**
 * Compares everything that two folders hold: names as raw bytes, kinds, contents, symlink targets, device numbers, and
 * metadata by the options.
 *
 * @returns one line for each difference, starting with the path (bytes that are not UTF-8 or not printable as `\xNN`);
 *   empty where the folders are equal. A file that cannot be read on either side is a difference too.
 */
export async function compareTrees(
  a: string | Buffer,
  b: string | Buffer,
  options: CompareOptions = {},
): Promise<string[]> {
  const job: Job = {
    options: {
      owners: options.owners ?? process.getuid?.() === 0,
      times: options.times ?? true,
      modes: options.modes ?? true,
      hardLinks: options.hardLinks ?? false,
      holes: options.holes ?? false,
      attributes: options.attributes ?? false,
      top: options.top ?? true,
    },
    ignored: new Set((options.ignore ?? []).map((path) => Buffer.from(path).toString('latin1'))),
    a: { root: Buffer.from(a), links: new Map() },
    b: { root: Buffer.from(b), links: new Map() },
    differences: [],
  };
  const top = Buffer.alloc(0);
  const statA = lookAt(job.a, top);
  const statB = lookAt(job.b, top);
  if (statA === null || statB === null || !statA.isDirectory() || !statB.isDirectory()) {
    for (const [side, stat] of [[job.a, statA] as const, [job.b, statB] as const]) {
      if (stat?.isDirectory() !== true) job.differences.push(`.: ${displayBytes(side.root)} is not a folder`);
    }
    return job.differences;
  }
  if (job.options.top) compareMetadata(job, top, statA, statB);
  await compareFolders(job, top);
  if (job.options.attributes) compareAttributes(job);
  return job.differences;
}

async function compareFolders(job: Job, folder: Buffer): Promise<void> {
  const namesA = namesIn(job, job.a, folder);
  const namesB = namesIn(job, job.b, folder);
  for (const [key, name] of [...namesA, ...[...namesB].filter(([other]) => !namesA.has(other))]) {
    const path = folder.length === 0 ? name : Buffer.concat([folder, SLASH, name]);
    if (job.ignored.has(path.toString('latin1'))) continue;
    if (!namesB.has(key)) job.differences.push(`${displayBytes(path)}: missing from the second folder`);
    else if (!namesA.has(key)) job.differences.push(`${displayBytes(path)}: only in the second folder`);
    else await compareEntries(job, path);
  }
  // Everything above is synchronous, being many times faster so; other work of the process gets its turn here.
  await new Promise((resolve) => setImmediate(resolve));
}

async function compareEntries(job: Job, path: Buffer): Promise<void> {
  const a = lookAt(job.a, path);
  const b = lookAt(job.b, path);
  if (a === null || b === null) {
    job.differences.push(`${displayBytes(path)}: vanished while comparing`);
    return;
  }
  if (kindOf(a) !== kindOf(b)) {
    job.differences.push(`${displayBytes(path)}: kind: ${kindOf(a)} and ${kindOf(b)}`);
    return;
  }
  compareMetadata(job, path, a, b);
  if (job.options.hardLinks && !a.isDirectory()) compareLinks(job, path, a, b);
  if (a.isDirectory()) await compareFolders(job, path);
  else if (a.isSymbolicLink()) compareTargets(job, path);
  else if (a.isFile()) {
    compareContents(job, path, a.size, b.size);
    if (job.options.holes) compareBlocks(job, path, a.blocks, b.blocks);
  } else if ((a.isBlockDevice() || a.isCharacterDevice()) && a.rdev !== b.rdev) {
    job.differences.push(`${displayBytes(path)}: device: ${a.rdev} and ${b.rdev}`);
  }
}

function compareMetadata(job: Job, path: Buffer, a: BigIntStats, b: BigIntStats): void {
  const differ = (what: string, left: unknown, right: unknown): void => {
    if (left === right) return;
    job.differences.push(`${path.length === 0 ? '.' : displayBytes(path)}: ${what}: ${left} and ${right}`);
  };
  const octal = (stat: BigIntStats): string => (stat.mode & 0o7777n).toString(8).padStart(4, '0');
  if (job.options.modes && !a.isSymbolicLink()) differ('mode', octal(a), octal(b));
  if (job.options.owners) differ('owner', `${a.uid}:${a.gid}`, `${b.uid}:${b.gid}`);
  if (job.options.times) differ('mtime', a.mtimeNs, b.mtimeNs);
}

/** File systems count their own bookkeeping too, which differs by a few blocks. */
function compareBlocks(job: Job, path: Buffer, a: bigint, b: bigint): void {
  const apart = a > b ? a - b : b - a;
  if (apart > SLACK_BLOCKS) job.differences.push(`${displayBytes(path)}: blocks of 512 bytes: ${a} and ${b}`);
}

function compareAttributes(job: Job): void {
  const [a, b] = [attributesIn(job.a.root), attributesIn(job.b.root)];
  for (const path of new Set([...a.keys(), ...b.keys()])) {
    if (!job.options.top && path === '') continue;
    const [left, right] = [a.get(path) ?? '', b.get(path) ?? ''];
    const place = path === '' ? '.' : path.slice(1);
    if (left !== right) job.differences.push(`${place}: attributes: ${left} and ${right}`);
  }
}

/** Attributes and flags below a folder by path, as the tools of Linux print them; a path without any is left out. */
function attributesIn(root: Buffer): Map<string, string> {
  const found = new Map<string, string>();
  const add = (path: string, line: string): void => {
    const below = path.slice(root.toString().length);
    found.set(below, `${found.get(below) ?? ''}${line};`);
  };
  const options = ['--recursive', '--physical', '--no-dereference', '--absolute-names', '--dump'];
  const dump = run('getfattr', [...options, '--match=-', '--encoding=base64', '--', root.toString()]);
  let path = '';
  for (const line of dump.split('\n')) {
    if (line.startsWith('# file: ')) path = line.slice('# file: '.length);
    else if (line !== '') add(path, line);
  }
  const flagsOf = (line: string): void => {
    const [, flags = '', name = ''] = /^([-A-Za-z]+) (.+)$/.exec(line) ?? [];
    // "e" is the file system's own: how it keeps the file's place.
    const chosen = flags.replaceAll(/[-e]/g, '');
    if (chosen !== '' && !/\/\.{1,2}$/.test(name)) add(name, `flags ${chosen}`);
  };
  run('lsattr', ['-R', '-a', '--', root.toString()]).split('\n').forEach(flagsOf);
  run('lsattr', ['-d', '--', root.toString()]).split('\n').forEach(flagsOf);
  return found;
}

function run(tool: string, args: string[]): string {
  // Both end with 1 where one entry of many has nothing to tell.
  const { stdout, error } = spawnSync(tool, args, { encoding: 'latin1', maxBuffer: 2 ** 28 });
  if (error !== undefined) throw error;
  return stdout;
}

/** Two entries agree when the first path at which each one's inode was met is the same. */
function compareLinks(job: Job, path: Buffer, a: BigIntStats, b: BigIntStats): void {
  const first = (side: Side, stat: BigIntStats): string => {
    const here = displayBytes(path);
    if (stat.nlink < 2n) return here;
    const inode = `${stat.dev}:${stat.ino}`;
    const known = side.links.get(inode);
    if (known === undefined) side.links.set(inode, here);
    return known ?? here;
  };
  const firstA = first(job.a, a);
  const firstB = first(job.b, b);
  if (firstA !== firstB) {
    job.differences.push(`${displayBytes(path)}: hard link: same file as ${firstA} and as ${firstB}`);
  }
}

function compareTargets(job: Job, path: Buffer): void {
  const a = readlinkSync(absolute(job.a, path), { encoding: 'buffer' });
  const b = readlinkSync(absolute(job.b, path), { encoding: 'buffer' });
  if (!a.equals(b)) {
    job.differences.push(`${displayBytes(path)}: symlink target: ${displayBytes(a)} and ${displayBytes(b)}`);
  }
}

function compareContents(job: Job, path: Buffer, sizeA: bigint, sizeB: bigint): void {
  if (sizeA !== sizeB) {
    job.differences.push(`${displayBytes(path)}: size: ${sizeA} and ${sizeB}`);
    return;
  }
  try {
    const offset = firstDifference(absolute(job.a, path), absolute(job.b, path));
    if (offset !== null) job.differences.push(`${displayBytes(path)}: contents differ from byte ${offset}`);
  } catch (error) {
    job.differences.push(`${displayBytes(path)}: contents cannot be read: ${codeOf(error)}`);
  }
}

/** Offset of the first byte in which two files differ (or at which one ends), null where they are equal. */
function firstDifference(a: Buffer, b: Buffer): number | null {
  const fdA = openSync(a, 'r');
  try {
    const fdB = openSync(b, 'r');
    try {
      for (let offset = 0; ; offset += BLOCK) {
        const partA = blockA.subarray(0, readFully(fdA, blockA));
        const partB = blockB.subarray(0, readFully(fdB, blockB));
        if (!partA.equals(partB)) return offset + firstDifferingByte(partA, partB);
        if (partA.length < BLOCK) return null;
      }
    } finally {
      closeSync(fdB);
    }
  } finally {
    closeSync(fdA);
  }
}

function firstDifferingByte(a: Buffer, b: Buffer): number {
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) if (a[index] !== b[index]) return index;
  return shorter;
}

/** Fills the buffer unless the file ends before; returns the number of bytes read. */
function readFully(fd: number, into: Buffer): number {
  let filled = 0;
  while (filled < into.length) {
    const count = readSync(fd, into, filled, into.length - filled, null);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

/** Names of a folder, by a key that keeps all bytes; none where it cannot be read, which is a difference. */
function namesIn(job: Job, side: Side, folder: Buffer): Map<string, Buffer> {
  try {
    const names = readdirSync(absolute(side, folder), { encoding: 'buffer' }).sort(Buffer.compare);
    return new Map(names.map((name) => [name.toString('latin1'), name]));
  } catch (error) {
    const path = displayBytes(absolute(side, folder));
    job.differences.push(`${displayBytes(folder)}: folder cannot be read: ${path}: ${codeOf(error)}`);
    return new Map();
  }
}

function lookAt(side: Side, path: Buffer): BigIntStats | null {
  return lstatSync(absolute(side, path), { bigint: true, throwIfNoEntry: false }) ?? null;
}

function absolute(side: Side, path: Buffer): Buffer {
  return path.length === 0 ? side.root : Buffer.concat([side.root, SLASH, path]);
}

function kindOf(stat: BigIntStats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isSocket()) return 'socket';
  return stat.isBlockDevice() ? 'block device' : 'character device';
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
