/** What a provider can see of a backup: padded sizes, and nothing that tells of a single small file. */
import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { padme } from '../../../main/engine/format/padme.ts';
import { SEGMENT_BYTES } from '../../../main/engine/format/object.ts';
import { filesIn, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';

const HEADER = 112;
const TAG = 16;
const SMALLEST = 65_536;
const MIB = 1024 * 1024;

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => {
  vi.useRealTimers();
  world.dispose();
});

function backup() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
  return world.backup([world.at('src')]);
}

/** Room and size of every object of the computer. */
const seen = (): { file: string; room: string; size: number }[] =>
  (['p', 'm', 'i', 's'] as const).flatMap((room) =>
    world.objects(room).map((file) => ({ file, room, size: statSync(file).size })),
  );

/** Bytes of data and padding in an index segment or a snapshot. */
const plaintextOf = (size: number): number => {
  const body = size - HEADER;
  return body - Math.ceil(body / (SEGMENT_BYTES + TAG)) * TAG;
};

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

it('sizes are powers of two up to 8 MiB and Padmé sizes above, of packs; Padmé sizes, of all else', async () => {
  // Packs of very different fill, below and above 8 MiB.
  for (const [i, size] of [1, 70_000, 3 * MIB, 9 * MIB + 12_345].entries()) {
    world.write({ [`src/${i}/file`]: randomData(size, i), [`src/${i}/note`]: 'note '.repeat(i * 100) });
    await backup();
  }
  const objects = seen();
  expect(objects.some(({ room, size }) => room === 'p' && size > 8 * MIB)).toBe(true);
  for (const { file, room, size } of objects) {
    const what = `${room} ${size} ${file}`;
    if (room === 'i' || room === 's') {
      expect(plaintextOf(size), what).toBeGreaterThanOrEqual(SMALLEST);
      expect(padme(plaintextOf(size)), what).toBe(plaintextOf(size));
    } else {
      expect(size, what).toBeGreaterThanOrEqual(SMALLEST);
      expect(size <= 8 * MIB ? isPowerOfTwo(size) : padme(size) === size, what).toBe(true);
    }
  }
});

it('a single small file of whatever size, name and kind of content makes the same objects', async () => {
  world.write({ 'src/base': randomData(10_000, 1) });
  await backup();
  const made: string[] = [];
  const cases: [string, Uint8Array | string][] = [
    ['a', ''],
    ['b', 'x'],
    ['a name that is rather long, as names of letters to insurances are.pdf', randomData(20_000, 2)],
    ['zeros', new Uint8Array(30_000)],
    ['text', 'the same words again and again '.repeat(900)],
    ['deep/er/than/the/others', randomData(5000, 3)],
  ];
  for (const [name, content] of cases) {
    const before = new Set(seen().map(({ file }) => file));
    world.write({ [`src/${name}`]: content });
    await backup();
    const added = seen().filter(({ file }) => !before.has(file));
    made.push(added.map(({ room, size }) => `${room} ${size}`).join(', '));
  }
  // An empty file has no content: there is no data pack, which tells that nothing but names and times is new.
  expect(made[0]).toBe('m 65536, i 65664, s 65664');
  expect(new Set(made.slice(1))).toEqual(new Set(['p 65536, m 65536, i 65664, s 65664']));
});

it('no name and no content is in what is stored, and the same files look different for each computer', async () => {
  const content = 'Dear Anna, this is a letter that nobody else may read.';
  world.write({ 'src/diagnosis.txt': content, 'src/same': randomData(300_000, 4) });
  await backup();
  const two = await world.enrol('two');
  await world.backup([world.at('src')], {}, two);
  const files = filesIn(world.repo);
  for (const file of files) {
    const stored = readFileSync(file);
    for (const secret of ['diagnosis', 'Dear Anna', world.at('src')]) expect(stored.includes(secret)).toBe(false);
    expect(file).not.toMatch(/diagnosis|same/);
  }
  // Not one block of one is a block of the other.
  const pieces = (file: string): string[] => {
    const bytes = readFileSync(file).subarray(1232);
    return Array.from({ length: bytes.length >> 12 }, (_, i) => bytes.toString('latin1', i << 12, (i + 1) << 12));
  };
  const own = new Set(world.objects('p').flatMap(pieces));
  expect(
    world
      .objects('p', two)
      .flatMap(pieces)
      .filter((piece) => own.has(piece)),
  ).toEqual([]);
});
