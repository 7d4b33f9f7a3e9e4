/** Differences of two snapshots, and of a snapshot and the disk, against a model that compares everything. */
import fc from 'fast-check';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiffInput, Difference, DiffOutput } from '../../../main/engine/api.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { diff } from '../../../main/engine/diff.ts';
import { entry, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

async function differences(
  from: string,
  to: DiffInput['to'],
  more: Partial<DiffInput> = {},
): Promise<{ output: DiffOutput; items: Difference[] }> {
  const items: Difference[] = [];
  const input: DiffInput = { destination: world.destination, access: world.computer.access, from, to, ...more };
  const output = await diff(input, {
    control: new RunControl(),
    emit: (event) => {
      if (event.type === 'differences') items.push(...event.items);
    },
  });
  return { output, items };
}

const snapshot = (snapshotId: string): DiffInput['to'] => ({ kind: 'snapshot', snapshotId });
const DISK: DiffInput['to'] = { kind: 'disk', content: false };
const CONTENTS: DiffInput['to'] = { kind: 'disk', content: true };

/** `change path`, sorted; paths below the world's folder. */
const told = (items: Difference[]): string[] =>
  items.map((item) => `${item.change} ${item.path.slice(world.folder.length + 1)}`).sort();

/** What two backups of one folder, changed between them, differ in; the disk tells the same before the second. */
async function expectChanges(change: () => void, expected: string[]): Promise<void> {
  const { snapshotId: a } = await world.backup([world.at('src')]);
  change();
  const disk = await differences(a, DISK);
  const { snapshotId: b } = await world.backup([world.at('src')]);
  const two = await differences(a, snapshot(b));
  expect(told(two.items)).toEqual(expected.toSorted());
  expect(told(disk.items)).toEqual(expected.toSorted());
}

describe('diff', () => {
  it('names what has the same contents alike: a file that was moved', async () => {
    world.write({ 'src/a': 'moved', 'src/other': 'x' });
    const { snapshotId: a } = await world.backup([world.at('src')]);
    rmSync(world.at('src/a'));
    world.write({ 'src/new/b': 'moved' });
    const { snapshotId: b } = await world.backup([world.at('src')]);
    const { items } = await differences(a, snapshot(b));
    const [removed, added] = ['removed', 'added'].map((change) =>
      items.find((item) => item.change === change && item.kind === 'file'),
    );
    expect(removed?.contents).toMatch(/^[\w-]{22}$/);
    expect(added?.contents).toBe(removed?.contents);
    expect(items.find((item) => item.kind === 'folder')?.contents).toBeUndefined();
  });

  it('tells what was added, removed and changed, and sums it up', async () => {
    world.write({ 'src/same/a': 'a', 'src/gone/deep/b': 'bb', 'src/text': 'before', 'src/mode': 'm' });
    const { snapshotId: a } = await world.backup([world.at('src')]);
    rmSync(world.at('src/gone'), { recursive: true });
    world.write({ 'src/new/c': 'ccc', 'src/text': 'afterwards' });
    chmodSync(world.at('src/mode'), 0o600);
    const { snapshotId: b } = await world.backup([world.at('src')]);
    const { output, items } = await differences(a, snapshot(b));
    expect(told(items)).toEqual([
      'added src/new',
      'added src/new/c',
      'content src/text',
      'metadata src/mode',
      'removed src/gone',
      'removed src/gone/deep',
      'removed src/gone/deep/b',
    ]);
    expect(output).toMatchObject({
      added: { files: 1, folders: 1, others: 0, bytes: 3 },
      removed: { files: 1, folders: 2, others: 0, bytes: 2 },
      changed: { files: 1, others: 0, bytesBefore: 6, bytesAfter: 10 },
      metadata: 1,
      kinds: 0,
      equalFolders: 1,
      contentsBy: 'blobs',
    });
    expect(items.find((item) => item.change === 'content')).toMatchObject({
      entry: entry(world.at('src/text')),
      size: 10,
      before: { kind: 'file', size: 6 },
    });
  });

  it('is empty for one snapshot and itself, and turned round it is the opposite', async () => {
    world.write({ 'src/a': 'a' });
    const { snapshotId: a } = await world.backup([world.at('src')]);
    world.write({ 'src/b': 'b' });
    const { snapshotId: b } = await world.backup([world.at('src')]);
    expect((await differences(a, snapshot(a))).items).toEqual([]);
    expect(told((await differences(b, snapshot(a))).items)).toEqual(['removed src/b']);
  });

  it('tells links, kinds and names of any bytes', async () => {
    world.write({ 'src/turns': 'file', 'src/x': '' });
    symlinkSync('there', world.at('src/link'));
    await expectChanges(() => {
      rmSync(world.at('src/turns'));
      mkdirSync(world.at('src/turns'));
      writeFileSync(world.at('src/turns/in'), '');
      rmSync(world.at('src/link'));
      symlinkSync('elsewhere', world.at('src/link'));
      writeFileSync(Buffer.concat([Buffer.from(world.at('src/')), Buffer.from([0xff, 0x0a])]), 'odd');
    }, ['kind src/turns', 'added src/turns/in', 'content src/link', 'added src/\\xff\n']);
  });

  it('looks below a path only, and says where neither side has it', async () => {
    world.write({ 'src/a/1': '1', 'src/b/1': '1' });
    const { snapshotId: a } = await world.backup([world.at('src')]);
    world.write({ 'src/a/1': '22', 'src/b/1': '22' });
    const { snapshotId: b } = await world.backup([world.at('src')]);
    const below = { path: entry(world.at('src/b')) };
    expect(told((await differences(a, snapshot(b), below)).items)).toEqual(['content src/b/1']);
    expect(told((await differences(a, DISK, below)).items)).toEqual(['content src/b/1']);
    const nowhere = { path: entry(world.at('src/nowhere')) };
    await expect(differences(a, snapshot(b), nowhere)).rejects.toMatchObject({ code: 'path-not-found' });
    await expect(differences(a, DISK, nowhere)).rejects.toMatchObject({ code: 'path-not-found' });
  });

  it('compares snapshots of two computers by size and time', async () => {
    world.write({ 'src/a': 'a', 'src/b': 'b' });
    utimesSync(world.at('src/a'), 1, 1);
    const two = await world.enrol('two');
    const { snapshotId: a } = await world.backup([world.at('src')]);
    writeFileSync(world.at('src/b'), 'longer');
    const { snapshotId: b } = await world.backup([world.at('src')], {}, two);
    const { output, items } = await differences(a, snapshot(b), { access: world.key });
    expect(output.contentsBy).toBe('times');
    expect(told(items)).toEqual(['content src/b']);
  });

  it('of the disk leaves out what a backup leaves out', async () => {
    world.write({ 'src/a': 'a', 'src/cache/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55\n' });
    const { snapshotId } = await world.backup([world.at('src')], { excludes: ['*.tmp'] });
    world.write({ 'src/x.tmp': 'x', 'src/cache/big': 'b' });
    expect((await differences(snapshotId, DISK)).items).toEqual([]);
  });

  it('by contents finds what size and time hide, and takes a new time for no new content', async () => {
    world.write({ 'src/hidden': 'aaaa', 'src/touched': 'same', 'src/large': Buffer.alloc(3_000_000, 1) });
    for (const name of ['hidden', 'touched', 'large']) utimesSync(world.at('src', name), 1000, 1000);
    const { snapshotId } = await world.backup([world.at('src')]);
    writeFileSync(world.at('src/hidden'), 'bbbb');
    utimesSync(world.at('src/hidden'), 1000, 1000);
    utimesSync(world.at('src/touched'), 2000, 2000);
    expect(told((await differences(snapshotId, DISK)).items)).toEqual(['content src/touched']);
    expect(told((await differences(snapshotId, CONTENTS)).items)).toEqual([
      'content src/hidden',
      'metadata src/touched',
    ]);
  });

  it('agrees with a naive comparison on random trees', { timeout: 60_000 }, async () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd');
    const leaf = fc.oneof(
      fc.record({ text: fc.constantFrom('', 'x', 'yy'), mode: fc.constantFrom(0o600, 0o644) }),
      fc.record({ link: fc.constantFrom('a', 'b') }),
    );
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, leaf, tie('tree')), { maxKeys: 4 }),
    }));
    const source = world.at('src');
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        rmSync(source, { recursive: true, force: true });
        make(source, before);
        const { snapshotId: a } = await world.backup([source]);
        const old = naive(source);
        rmSync(source, { recursive: true, force: true });
        make(source, after);
        const now = naive(source);
        const disk = await differences(a, CONTENTS);
        const { snapshotId: b } = await world.backup([source]);
        const two = await differences(a, snapshot(b));
        expect(told(two.items)).toEqual(compared(old, now));
        expect(told(disk.items)).toEqual(compared(old, now));
      }),
      { numRuns: process.env['HOLDFAST_SOAK'] === '1' ? 500 : 4 },
    );
  });
});

interface Tree {
  [name: string]: Tree | { text: string; mode: number } | { link: string };
}

function make(at: string, tree: Tree): void {
  mkdirSync(at, { recursive: true });
  for (const [name, item] of Object.entries(tree)) {
    const here = path.join(at, name);
    if ('text' in item && typeof item.text === 'string') {
      writeFileSync(here, item.text);
      chmodSync(here, item.mode as number);
      utimesSync(here, 1000, 1000);
    } else if ('link' in item && typeof item.link === 'string') symlinkSync(item.link, here);
    else make(here, item as Tree);
  }
}

type Known = Map<string, { kind: string; what: string; about: string }>;

/** Everything below a folder that diff tells of. */
function naive(at: string, known: Known = new Map(), below = 'src'): Known {
  for (const name of readdirSync(at)) {
    const here = path.join(at, name);
    const stat = lstatSync(here, { bigint: true });
    const kind = stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'file';
    const what = kind === 'file' ? readFileSync(here, 'utf8') : kind === 'link' ? readlinkSync(here) : '';
    const time = kind === 'folder' ? '' : String(stat.mtimeNs);
    known.set(`${below}/${name}`, { kind, what, about: `${stat.mode} ${time}` });
    if (kind === 'folder') naive(here, known, `${below}/${name}`);
  }
  return known;
}

function compared(old: Known, now: Known): string[] {
  const lines: string[] = [];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const a = old.get(name);
    const b = now.get(name);
    if (a === undefined) lines.push(`added ${name}`);
    else if (b === undefined) lines.push(`removed ${name}`);
    else if (a.kind !== b.kind) lines.push(`kind ${name}`);
    else if (a.what !== b.what) lines.push(`content ${name}`);
    else if (a.about !== b.about) lines.push(`metadata ${name}`);
  }
  return lines.sort();
}
