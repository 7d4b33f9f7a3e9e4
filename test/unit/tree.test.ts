import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareTrees, displayBytes, joinRaw, makeHardCases, removeTree } from '../support/tree.ts';
import type { HardCases } from '../support/hard-cases.ts';

/** Times in ns, names of raw bytes and FIFOs are made by GNU's tools. */
const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;
let work: string;
let a: string;
let b: string;

/** Copies with everything that `cp` can keep. */
function copy(from: string, to: string): void {
  execFileSync('cp', ['-a', '--', from, to]);
}

beforeEach(() => {
  work = mkdtempSync(path.join(os.tmpdir(), 'holdfast-tree-'));
  a = path.join(work, 'a');
  b = path.join(work, 'b');
});
afterEach(() => removeTree(work));

describe.runIf(linux)('compareTrees', () => {
  beforeEach(() => {
    mkdirSync(path.join(a, 'folder'), { recursive: true });
    writeFileSync(path.join(a, 'folder/file'), 'contents');
    writeFileSync(path.join(a, 'large'), Buffer.alloc(3 * 2 ** 20, 7));
    symlinkSync('large', path.join(a, 'link'));
    copy(a, b);
  });
  /** Puts the time of `b`'s entry back to that of `a`'s, so that only the difference in question is left. */
  const sameTime = (...names: string[]): void => {
    for (const name of names) execFileSync('touch', ['-h', '-r', path.join(a, name), path.join(b, name)]);
  };

  it('finds nothing between equal trees', async () => {
    expect(await compareTrees(a, b, { hardLinks: true })).toEqual([]);
  });
  it('finds a missing and an additional entry', async () => {
    renameSync(path.join(b, 'folder/file'), path.join(b, 'folder/other'));
    sameTime('folder');
    expect(await compareTrees(a, b)).toEqual([
      'folder/file: missing from the second folder',
      'folder/other: only in the second folder',
    ]);
  });
  it('finds one changed byte beyond the first block, the size and the time being the same', async () => {
    const changed = Buffer.alloc(3 * 2 ** 20, 7);
    changed[2 ** 20 + 5] = 8;
    writeFileSync(path.join(b, 'large'), changed);
    sameTime('large');
    expect(await compareTrees(a, b)).toEqual([`large: contents differ from byte ${2 ** 20 + 5}`]);
  });
  it('finds a changed last byte', async () => {
    const changed = Buffer.alloc(3 * 2 ** 20, 7);
    changed[changed.length - 1] = 8;
    writeFileSync(path.join(b, 'large'), changed);
    sameTime('large');
    expect(await compareTrees(a, b)).toEqual([`large: contents differ from byte ${3 * 2 ** 20 - 1}`]);
  });
  it('finds another size', async () => {
    writeFileSync(path.join(b, 'folder/file'), 'content');
    sameTime('folder/file');
    expect(await compareTrees(a, b)).toEqual(['folder/file: size: 8 and 7']);
  });
  it('finds another kind', async () => {
    rmSync(path.join(b, 'link'));
    writeFileSync(path.join(b, 'link'), 'large');
    sameTime('.');
    expect(await compareTrees(a, b)).toEqual(['link: kind: symlink and file']);
  });
  it('finds another symlink target, and does not follow links', async () => {
    rmSync(path.join(b, 'link'));
    symlinkSync('./large', path.join(b, 'link'));
    sameTime('link', '.');
    expect(await compareTrees(a, b)).toEqual(['link: symlink target: large and ./large']);
  });
  it('finds another mode of files and folders, special bits too', async () => {
    chmodSync(path.join(b, 'large'), 0o4644);
    chmodSync(path.join(b, 'folder'), 0o700);
    expect(await compareTrees(a, b)).toEqual(['folder: mode: 0755 and 0700', 'large: mode: 0644 and 4644']);
    expect(await compareTrees(a, b, { modes: false })).toEqual([]);
  });
  it.runIf(linux)('finds an attribute, a flag and a hole where they are compared', async () => {
    execFileSync('setfattr', ['-n', 'user.a', '-v', '1', path.join(b, 'large')]);
    expect(await compareTrees(a, b)).toEqual([]);
    expect(await compareTrees(a, b, { attributes: true })).toEqual(['large: attributes:  and user.a=0sMQ==;']);
    const size = lstatSync(path.join(b, 'large')).size;
    const sparse = path.join(b, 'sparse');
    const whole = path.join(a, 'sparse');
    writeFileSync(whole, Buffer.alloc(size));
    writeFileSync(sparse, '');
    truncateSync(sparse, size);
    sameTime('sparse');
    const differences = await compareTrees(a, b, { holes: true, top: false });
    expect(differences).toEqual([expect.stringMatching(/^sparse: blocks of 512 bytes: \d+ and 0$/)]);
  });
  it('finds a time that differs by one ns, of symlinks too', async () => {
    for (const name of ['large', 'link', 'folder']) {
      execFileSync('touch', ['-h', '-d', '@1700000000.000000001', path.join(a, name)]);
      execFileSync('touch', ['-h', '-d', '@1700000000.000000002', path.join(b, name)]);
    }
    const times = '1700000000000000001 and 1700000000000000002';
    expect(await compareTrees(a, b)).toEqual(['folder', 'large', 'link'].map((name) => `${name}: mtime: ${times}`));
    expect(await compareTrees(a, b, { times: false })).toEqual([]);
  });
  it.runIf(root)('finds another owner', async () => {
    execFileSync('chown', ['-h', '12:34', path.join(b, 'link')]);
    expect(await compareTrees(a, b)).toEqual(['link: owner: 0:0 and 12:34']);
    expect(await compareTrees(a, b, { owners: false })).toEqual([]);
  });
  it('finds names that are equal as text and not as bytes', async () => {
    writeFileSync(joinRaw(a, Buffer.from([0xfe])), '');
    writeFileSync(joinRaw(b, Buffer.from([0xff])), '');
    sameTime('.');
    expect(await compareTrees(a, b)).toEqual([
      '\\xfe: missing from the second folder',
      '\\xff: only in the second folder',
    ]);
  });
  it('finds a broken hard link, and one too many', async () => {
    linkSync(path.join(a, 'large'), path.join(a, 'second name'));
    cpSync(path.join(b, 'large'), path.join(b, 'second name'));
    sameTime('large', 'second name', '.');
    expect(await compareTrees(a, b)).toEqual([]);
    const difference = 'second name: hard link: same file as large and as second name';
    expect(await compareTrees(a, b, { hardLinks: true })).toEqual([difference]);
    expect(await compareTrees(b, a, { hardLinks: true })).toHaveLength(1);
  });
  it('looks at the two folders themselves, unless told not to', async () => {
    utimesSync(b, 1, 1);
    expect(await compareTrees(a, b)).toEqual([expect.stringMatching(/^\.: mtime: \d+ and 1000000000$/)]);
    expect(await compareTrees(a, b, { top: false })).toEqual([]);
  });
  it('leaves out ignored paths with all below them, and only those', async () => {
    writeFileSync(path.join(b, 'folder/file'), 'otherwise');
    writeFileSync(path.join(b, 'folder 2'), 'additional');
    sameTime('.');
    expect(await compareTrees(a, b, { ignore: ['folder', Buffer.from('folder 2')] })).toEqual([]);
    expect(await compareTrees(a, b, { ignore: ['folder'] })).toEqual(['folder 2: only in the second folder']);
    expect(await compareTrees(a, b, { ignore: ['fold'] })).not.toEqual([]);
  });
  it('says which of the two is not a folder', async () => {
    expect(await compareTrees(a, path.join(work, 'nowhere'))).toEqual([`.: ${work}/nowhere is not a folder`]);
    expect(await compareTrees(path.join(a, 'large'), b)).toEqual([`.: ${a}/large is not a folder`]);
  });
  it.runIf(!root)('does not take an unreadable file or folder for an equal one', async () => {
    chmodSync(path.join(a, 'large'), 0);
    chmodSync(path.join(b, 'large'), 0);
    chmodSync(path.join(b, 'folder'), 0);
    const differences = await compareTrees(a, b, { modes: false });
    expect(differences).toContain('large: contents cannot be read: EACCES');
    expect(differences.some((line) => line.startsWith('folder: folder cannot be read'))).toBe(true);
  });
});

describe('displayBytes', () => {
  it('keeps text and shows other bytes in hexadecimal', () => {
    expect(displayBytes(Buffer.from('é 😀 x'))).toBe('é 😀 x');
    expect(displayBytes(Buffer.from('61ff62c3', 'hex'))).toBe('a\\xffb\\xc3');
    expect(displayBytes(Buffer.from('é\n\u0085'))).toBe('é\\x0a\\xc2\\x85');
  });
});

describe.runIf(linux)('makeHardCases', () => {
  let cases: HardCases;
  let place: string;
  let source: string;
  beforeAll(async () => {
    place = mkdtempSync(path.join(os.tmpdir(), 'holdfast-cases-'));
    source = path.join(place, 'source');
    cases = await makeHardCases(source);
  });
  afterAll(() => {
    removeTree(place);
    expect(existsSync(place)).toBe(false);
  });

  it('makes what it says', () => {
    expect(lstatSync(path.join(source, 'special/fifo')).isFIFO()).toBe(true);
    expect(lstatSync(path.join(source, 'special/socket')).isSocket()).toBe(true);
    expect(cases.special).toEqual(['special/fifo', 'special/socket']);
    expect(cases.notUtf8.length).toBeGreaterThan(5);
    for (const name of cases.notUtf8) {
      expect(lstatSync(joinRaw(source, name)).mode).toBeGreaterThan(0);
      expect(Buffer.from(name.toString('utf8')).equals(name)).toBe(false);
    }
    const inodes = cases.hardLinked.map((name) => lstatSync(path.join(source, name)).ino);
    expect(new Set(inodes).size).toBe(1);
    for (const name of cases.unreadable) expect(lstatSync(path.join(source, name)).mode & 0o400).toBe(0);
    expect(lstatSync(path.join(source, 'modes/file 6755')).mode & 0o7777).toBe(0o6755);
    expect(lstatSync(path.join(source, 'modes/folder 1777')).mode & 0o7777).toBe(0o1777);
    const target = readlinkSync(path.join(source, 'links/target not UTF-8'), { encoding: 'buffer' });
    expect(target.toString('hex')).toBe('ff2ffe');
    const names = readdirSync(path.join(source, 'names'), { encoding: 'buffer' });
    expect(names.filter((name) => name.length === 255)).toHaveLength(3);
  });
  it('sets times to the ns, before 1970 and after 2038', () => {
    const names = readdirSync(path.join(source, 'times')).filter((name) => /^(file|link) /.test(name));
    expect(names.length).toBe(24);
    for (const name of names) {
      const [whole = '', decimals = ''] = name.slice(5).split('.');
      const sign = whole.startsWith('-') ? -1n : 1n;
      const wanted = BigInt(whole) * 1_000_000_000n + sign * BigInt(decimals);
      expect([name, lstatSync(path.join(source, 'times', name), { bigint: true }).mtimeNs]).toEqual([name, wanted]);
    }
  });
  it('makes the same tree each time', async () => {
    const again = path.join(place, 'again');
    await makeHardCases(again);
    const ignore = root ? [] : cases.unreadable;
    const everything = { hardLinks: true, holes: true, attributes: true };
    expect(await compareTrees(source, again, { times: false, ...everything, ignore })).toEqual([]);
    removeTree(again);
  });
  it('leaves out what is not wanted', async () => {
    const fewer = path.join(place, 'fewer');
    expect(await makeHardCases(fewer, { special: false, unreadable: false })).toMatchObject({
      special: [],
      unreadable: [],
    });
    expect(readdirSync(path.join(fewer, 'modes'))).not.toContain('file 0000');
    expect(existsSync(path.join(fewer, 'special'))).toBe(false);
    removeTree(fewer);
  });
  it.runIf(root)('compares equal with a faithful copy', async () => {
    const copied = path.join(place, 'copied');
    copy(source, copied);
    expect(await compareTrees(source, copied, { hardLinks: true })).toEqual([]);
  });
});
