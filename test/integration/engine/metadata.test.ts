/** What a system keeps beside contents goes through a backup and comes back: attributes, links, holes, special files. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareTrees } from '../../support/tree.ts';
import { entry, World } from '../../support/engine.ts';

const MIB = 1024 * 1024;
const EVERYTHING = { attributes: true, hardLinks: true, holes: true };
const root = process.getuid?.() === 0;

let world: World;
const src = (...names: string[]): string => world.at('src', ...names);
const out = (...names: string[]): string => world.at('out', ...names);
const tool = (name: string, ...args: string[]): string => execFileSync(name, args, { encoding: 'utf8' });
const attribute = (file: string, name: string, value: Buffer): void =>
  void tool('setfattr', '--no-dereference', '-n', name, '-v', `0x${value.toString('hex')}`, file);
const inode = (file: string): bigint => lstatSync(file, { bigint: true }).ino;

/** Can the disk of this test keep flags, and may this user set them? */
function flagsWork(file: string): boolean {
  try {
    tool('chattr', '+i', file);
    tool('chattr', '-i', file);
    return true;
  } catch {
    return false;
  }
}

beforeEach(async () => {
  world = await World.make();
  mkdirSync(src());
});
afterEach(() => {
  // Immutable files cannot be removed.
  for (const folder of [src(), out()]) {
    if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) {
      spawnSync('chattr', ['-R', '-f', '-ia', folder], { stdio: 'ignore' });
    }
  }
  world.dispose();
});

async function roundTrip(): Promise<void> {
  const backup = await world.backup([src()]);
  expect(backup.skipped).toEqual([]);
  const restored = await world.restore(out(), { layout: 'selection' });
  expect(restored.problems).toEqual([]);
  expect(await compareTrees(src(), out('src'), EVERYTHING)).toEqual([]);
}

describe('attributes', () => {
  it('come back, of files and folders, short ones and long ones', async () => {
    writeFileSync(src('file'), 'contents');
    writeFileSync(src('empty'), '');
    writeFileSync(src('large'), Buffer.alloc(9 * MIB, 'x'));
    mkdirSync(src('folder'));
    attribute(src('file'), 'user.short', Buffer.from('a comment'));
    attribute(src('file'), 'user.empty', Buffer.alloc(0));
    attribute(src('file'), 'user.bytes', Buffer.from([0, 1, 255, 10]));
    attribute(src('file'), 'user.long', Buffer.alloc(1000, 'secret words '));
    attribute(src('empty'), 'user.limit', Buffer.alloc(128, 'b'));
    attribute(src('empty'), 'user.over', Buffer.alloc(129, 'c'));
    attribute(src('large'), 'user.of a large file', Buffer.alloc(500, 'd'));
    attribute(src('folder'), 'user.long', Buffer.alloc(2000, 'secret words '));
    if (root) {
      symlinkSync('file', src('link'));
      attribute(src('link'), 'trusted.of the link', Buffer.from('itself'));
    }
    await roundTrip();
  });

  it('come back as ACLs, default ones of folders too', async () => {
    writeFileSync(src('file'), 'contents', { mode: 0o640 });
    mkdirSync(src('folder'));
    const many = Array.from({ length: 30 }, (_, i) => `u:${20_000 + i}:r--`).join(',');
    tool('setfacl', '-m', 'u:1234:rw-,g:4321:r--,m::rw-', src('file'));
    tool('setfacl', '-m', 'u:1234:rwx,d:u:1234:rwx,d:g::r-x', src('folder'));
    writeFileSync(src('folder', 'inherits'), '');
    writeFileSync(src('many'), '');
    tool('setfacl', '-m', many, src('many'));
    await roundTrip();
    expect(tool('getfacl', '-cpn', out('src', 'file'))).toBe(tool('getfacl', '-cpn', src('file')));
  });

  it('that are long lie where contents do, and cost only themselves where they are lost', async () => {
    writeFileSync(src('file'), '');
    attribute(src('file'), 'user.long', Buffer.alloc(1000, 'secret words '));
    attribute(src('file'), 'user.short', Buffer.from('1'));
    await world.backup([src()]);
    // What this computer may read by itself are the metadata packs; these need the key.
    for (const pack of world.objects('p')) rmSync(pack);
    const restored = await world.restore(out(), { layout: 'selection' });
    expect(restored.problems.map(({ path, reason }) => [path, reason])).toEqual([[out('src', 'file'), 'attributes']]);
    expect(restored.problems[0]?.message).toContain('user.long');
    expect(await compareTrees(src(), out('src'))).toEqual([]);
    expect(tool('getfattr', '--only-values', '-n', 'user.short', '--absolute-names', out('src', 'file'))).toBe('1');
  });

  it('are taken again when they change', async () => {
    writeFileSync(src('file'), 'contents');
    mkdirSync(src('folder'));
    attribute(src('folder'), 'user.long', Buffer.alloc(300, 'a'));
    await world.backup([src()]);
    attribute(src('folder'), 'user.long', Buffer.alloc(300, 'b'));
    attribute(src('file'), 'user.new', Buffer.from('1'));
    await roundTrip();
  });

  it('are carried over with what they need by a backup that finds nothing changed', async () => {
    writeFileSync(src('file'), 'contents');
    attribute(src('file'), 'user.long', Buffer.alloc(300, 'a'));
    mkdirSync(src('folder'));
    attribute(src('folder'), 'user.long', Buffer.alloc(300, 'b'));
    await world.backup([src()]);
    const second = await world.backup([src()]);
    expect(second.newBytes).toBe(0);
    await roundTrip();
  });

  it('are flags too, which come after all else', async ({ skip }) => {
    writeFileSync(src('immutable'), 'contents');
    if (!flagsWork(src('immutable'))) skip();
    writeFileSync(src('append'), 'log');
    writeFileSync(src('nodump'), '');
    mkdirSync(src('closed'));
    writeFileSync(src('closed', 'inside'), 'x');
    linkSync(src('immutable'), src('closed', 'other name'));
    attribute(src('immutable'), 'user.a', Buffer.from('1'));
    tool('chattr', '+i', src('immutable'));
    tool('chattr', '+a', src('append'));
    tool('chattr', '+dA', src('nodump'));
    tool('chattr', '+i', src('closed'));
    await roundTrip();
  });
});

describe('hard links', () => {
  it('come back as names of one file, across folders, and are stored once', async () => {
    mkdirSync(src('a'));
    mkdirSync(src('b'));
    writeFileSync(src('a', 'first'), Buffer.alloc(300_000, 'x'));
    linkSync(src('a', 'first'), src('b', 'second'));
    linkSync(src('a', 'first'), src('third'));
    writeFileSync(src('large'), Buffer.alloc(9 * MIB, 'y'));
    linkSync(src('large'), src('large too'));
    await roundTrip();
    expect(inode(out('src', 'a', 'first'))).toBe(inode(out('src', 'third')));
  });

  it('join what was chosen of them, and leave the rest out', async () => {
    mkdirSync(src('a'));
    writeFileSync(src('a', '1'), 'x');
    linkSync(src('a', '1'), src('a', '2'));
    linkSync(src('a', '1'), src('3'));
    await world.backup([src()]);
    await world.restore(out(), { paths: [entry(src('a'))], layout: 'selection' });
    expect(inode(out('a', '1'))).toBe(inode(out('a', '2')));
    expect(lstatSync(out('a', '1')).nlink).toBe(2);
    await world.restore(world.at('one'), { paths: [entry(src('3'))], layout: 'selection' });
    expect([lstatSync(world.at('one', '3')).nlink, readFileSync(world.at('one', '3'), 'utf8')]).toEqual([1, 'x']);
  });

  it.each(['skip', 'replace', 'keep-both'] as const)('follow the policy %s where a name is taken', async (conflict) => {
    writeFileSync(src('1'), 'new');
    linkSync(src('1'), src('2'));
    await world.backup([src()]);
    mkdirSync(out('src'), { recursive: true });
    writeFileSync(out('src', '2'), 'old');
    const done = await world.restore(out(), { layout: 'selection', conflict });
    expect(done.problems).toEqual([]);
    const content = readFileSync(out('src', '2'), 'utf8');
    expect(content).toBe(conflict === 'replace' ? 'new' : 'old');
    expect(lstatSync(out('src', '1')).nlink).toBe(conflict === 'skip' ? 1 : 2);
    expect([done.skippedExisting, done.keptBoth]).toEqual([
      conflict === 'skip' ? 1 : 0,
      conflict === 'keep-both' ? 1 : 0,
    ]);
  });

  it('that only look like one file, by a number that was used again, stay apart', async () => {
    writeFileSync(src('1'), 'one');
    linkSync(src('1'), src('2'));
    await world.backup([src()]);
    // The name that this run does not see anew keeps the group; the file under the other is another by now.
    writeFileSync(world.at('other'), 'two');
    execFileSync('mv', [world.at('other'), src('2')]);
    await roundTrip();
    expect(inode(out('src', '1'))).not.toBe(inode(out('src', '2')));
  });
});

describe('holes', () => {
  function sparse(file: string, size: number, data: Record<number, string | Buffer>): void {
    const fd = openSync(file, 'w');
    ftruncateSync(fd, size);
    for (const [at, bytes] of Object.entries(data)) writeSync(fd, Buffer.from(bytes), 0, undefined, Number(at));
    closeSync(fd);
  }

  it('come back as holes, small and large, and contents as they were', async () => {
    sparse(src('nothing but a hole'), 3 * MIB, {});
    sparse(src('small'), 20_000, { 9000: 'data' });
    sparse(src('middle'), 40 * MIB, { 0: 'begin', [20 * MIB]: Buffer.alloc(3 * MIB, 'm'), [40 * MIB - 3]: 'end' });
    sparse(src('large'), 600 * MIB, { [256 * MIB - 2]: 'across', [500 * MIB]: Buffer.alloc(MIB, 'z') });
    const many: Record<number, string> = {};
    for (let i = 0; i < 1500; i++) many[i * 16_384] = 'x';
    sparse(src('many holes'), 1500 * 16_384, many);
    writeFileSync(src('written zeros'), Buffer.alloc(5 * MIB));
    await roundTrip();
  });

  it('of many GiB cost neither time nor space', async () => {
    const size = (process.env.HOLDFAST_SOAK === '1' ? 100 : 8) * 1024 * MIB;
    sparse(src('disk.img'), size, { 5_000_000_000: 'in the middle' });
    const backup = await world.backup([src()]);
    expect([backup.bytes, backup.readBytes < 20 * MIB]).toEqual([size, true]);
    expect(backup.storedBytes).toBeLessThan(2 * MIB);
    const restored = await world.restore(out(), { layout: 'selection' });
    expect(restored.problems).toEqual([]);
    const image = statSync(out('src', 'disk.img'));
    expect([image.size, image.blocks < 1000]).toEqual([size, true]);
    const bytes = Buffer.alloc(13);
    const fd = openSync(out('src', 'disk.img'), 'r');
    readSync(fd, bytes, 0, bytes.length, 5_000_000_000);
    closeSync(fd);
    expect(bytes.toString()).toBe('in the middle');
  });
});

describe('special files', () => {
  it('are made again, where this user may', async () => {
    tool('mkfifo', '-m', '640', src('fifo'));
    if (root) {
      tool('mknod', '-m', '600', src('null'), 'c', '1', '3');
      tool('mknod', '-m', '660', src('disk'), 'b', '259', '70000');
    }
    await roundTrip();
    expect(lstatSync(out('src', 'fifo')).isFIFO()).toBe(true);
  });
});
