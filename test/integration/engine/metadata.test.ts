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
import fc from 'fast-check';
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
    tool('setfacl', '-m', 'd:g::r-x', src('folder'));
    writeFileSync(src('many'), '');
    // Rights of others by number come back where owners do.
    if (root) {
      tool('setfacl', '-m', 'u:1234:rw-,g:4321:r--,m::rw-', src('file'));
      tool('setfacl', '-m', 'u:1234:rwx,d:u:1234:rwx,d:g::r-x', src('folder'));
      tool('setfacl', '-m', many, src('many'));
    }
    writeFileSync(src('folder', 'inherits'), '');
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
    // The next backup sees it and says so of the one before, whose value is nowhere any more.
    attribute(src('file'), 'user.long', Buffer.alloc(1000, 'other words '));
    const { snapshotId } = await world.backup([src()]);
    for (const { id, damage } of await world.snapshots())
      expect([id, damage === null]).toEqual([id, id === snapshotId]);
    await world.restore(world.at('again'), { layout: 'selection' });
    expect(await compareTrees(src(), world.at('again', 'src'), EVERYTHING)).toEqual([]);
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

  it('follow the policy where a name is taken', async () => {
    writeFileSync(src('1'), 'new');
    linkSync(src('1'), src('2'));
    await world.backup([src()]);
    for (const conflict of ['skip', 'replace', 'keep-both'] as const) {
      const there = (name: string): string => world.at(conflict, 'src', name);
      mkdirSync(world.at(conflict, 'src'), { recursive: true });
      // Once with the size and time of the other, as an interrupted restore leaves it.
      writeFileSync(there('2'), conflict === 'replace' ? 'old' : 'an old one');
      const done = await world.restore(world.at(conflict), { layout: 'selection', conflict });
      expect(done.problems).toEqual([]);
      const found = [
        readFileSync(there('2'), 'utf8'),
        lstatSync(there('1')).nlink,
        done.skippedExisting,
        done.keptBoth,
      ];
      const wanted = {
        skip: ['an old one', 1, 1, 0],
        replace: ['new', 2, 0, 0],
        'keep-both': ['an old one', 2, 0, 1],
      };
      expect([conflict, ...found]).toEqual([conflict, ...wanted[conflict]]);
    }
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

/** A file of this size with data at some places. */
function sparse(file: string, size: number, data: Record<number, string | Buffer>): void {
  const fd = openSync(file, 'w');
  ftruncateSync(fd, size);
  for (const [at, bytes] of Object.entries(data)) writeSync(fd, Buffer.from(bytes), 0, undefined, Number(at));
  closeSync(fd);
}

describe('holes', () => {
  it('come back as holes, small and large, and contents as they were', async () => {
    sparse(src('nothing but a hole'), 3 * MIB, {});
    sparse(src('small'), 20_000, { 9000: 'data' });
    sparse(src('middle'), 40 * MIB, { 0: 'begin', [20 * MIB]: Buffer.alloc(3 * MIB, 'm'), [40 * MIB - 3]: 'end' });
    sparse(src('large'), 280 * MIB, { [256 * MIB - 2]: 'across', [270 * MIB]: Buffer.alloc(MIB, 'z') });
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

describe('any tree', () => {
  interface MadeFile {
    holes: boolean;
    size: number;
    /** Of which file this is another name, if it is one of those before it. */
    link: number | null;
    attributes: [name: string, length: number][];
  }
  const attributes = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.constantFrom(0, 1, 128, 129, 900)), {
    maxLength: 3,
    selector: ([name]) => name,
  });
  const file: fc.Arbitrary<MadeFile> = fc.record({
    holes: fc.boolean(),
    size: fc.constantFrom(0, 1, 5000, 262_143, 300_000, 9 * MIB),
    link: fc.option(fc.nat(20), { nil: null }),
    attributes,
  });
  /** Files by folder; each folder lies in the one before it or at the top. */
  const tree = fc.array(
    fc.record({ below: fc.boolean(), attributes, files: fc.array(file, { minLength: 1, maxLength: 5 }) }),
    { minLength: 2, maxLength: 5 },
  );

  it('with links, holes and attributes comes back, whatever it is', { timeout: 600_000 }, async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (folders) => {
        const top = world.at(`tree ${++run}`);
        mkdirSync(top);
        const made: string[] = [];
        let before = top;
        const dress = (at: string, list: [string, number][]): void => {
          for (const [name, length] of list) attribute(at, `user.${name}`, Buffer.alloc(length, name));
        };
        folders.forEach(({ below, files, attributes: list }, i) => {
          const folder = `${below ? before : top}/folder ${i}`;
          mkdirSync(folder);
          before = folder;
          for (const [k, each] of files.entries()) {
            const at = `${folder}/file ${k}`;
            const other = each.link === null ? undefined : made[each.link];
            made.push(at);
            if (other !== undefined) {
              linkSync(other, at);
              continue;
            }
            if (each.holes) sparse(at, each.size, each.size > 100_000 ? { [each.size - 70_000]: 'data' } : {});
            else writeFileSync(at, Buffer.alloc(each.size, `${i} ${k}`));
            dress(at, each.attributes);
          }
          dress(folder, list);
        });
        expect((await world.backup([top])).skipped).toEqual([]);
        const target = world.at(`back ${run}`);
        expect((await world.restore(target, { layout: 'selection' })).problems).toEqual([]);
        expect(await compareTrees(top, `${target}/tree ${run}`, EVERYTHING)).toEqual([]);
      }),
      { numRuns: process.env.HOLDFAST_SOAK === '1' ? 150 : 2 },
    );
  });
});
