/** What every kind of destination must do, as one suite: `describeDestination` in the tests of each adapter. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { testDestination } from '../../main/destinations/test-destination.ts';
import {
  all,
  expectBytes,
  expectCode,
  namesIn,
  spool,
  type DestinationFactory,
  type DestinationUnderTest,
} from './destination-helpers.ts';
import { describeAgainstModel } from './destination-model.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, random, sha256 } from './destination-names.ts';
import { describeRefusals } from './destination-refusals.ts';

export function describeDestination(name: string, factory: DestinationFactory): void {
  describe(`${name} as a destination`, () => {
    let under: DestinationUnderTest;
    let destination: Destination;
    beforeEach(async () => {
      under = await factory.make();
      destination = under.destination;
    });
    afterEach(async () => {
      await under.dispose();
    });

    describe('storing', () => {
      test.each([0, 1, 65_536, 9 * 2 ** 20 + 1])(
        'gives back %i bytes as they were, to another process too',
        async (size) => {
          const bytes = random(size);
          await destination.put(nameFor(bytes), bytes, { sha256: sha256(bytes) });
          const other = await under.reopen();
          expectBytes(await other.get(nameFor(bytes)), bytes);
          expect(await other.stat(nameFor(bytes))).toMatchObject({ name: nameFor(bytes), size });
          await other.close();
        },
      );

      test('takes every kind of name', async () => {
        const bytes = numbered(1);
        const names = [
          ...['repo.json', 'repo.1.json', 'repo.2.json', `c/${CLIENT}/domain`, `c/${CLIENT}/retired`],
          ...[nameFor(bytes, 'k'), nameFor(bytes, 'p'), nameFor(bytes, 'm'), nameFor(bytes, 'i'), nameFor(bytes, 's')],
          `c/${CLIENT}/x/${OTHER_CLIENT}`,
        ];
        for (const each of names) await destination.put(each, bytes);
        expect(await namesIn(destination, '')).toEqual([...names].sort());
      });

      test('overwrites, with longer and with shorter bytes', async () => {
        for (const size of [100, 5_000, 10]) {
          const bytes = random(size);
          await destination.put('repo.json', bytes);
          expectBytes(await destination.get('repo.json'), bytes);
        }
        expect(await namesIn(destination, '')).toEqual(['repo.json']);
        expect(await under.leftovers()).toEqual([]);
      });

      test('refuses bytes of another hash, stores nothing, and keeps what was there', async () => {
        const bytes = random(1_000);
        const wrong = { sha256: sha256(random(10)) };
        await expectCode(destination.put(nameFor(bytes), bytes, wrong), 'object-damaged');
        expect(await destination.stat(nameFor(bytes))).toBeNull();
        await destination.put('repo.json', bytes);
        await expectCode(destination.put('repo.json', random(1_000), wrong), 'object-damaged');
        expectBytes(await destination.get('repo.json'), bytes);
        expect(await under.leftovers()).toEqual([]);
      });

      test('many puts of one name at a time: readers see one of them whole, always', async () => {
        const versions = Array.from({ length: 8 }, (_, index) => new Uint8Array(300_000).fill(index + 1));
        await destination.put('repo.json', versions[0] ?? new Uint8Array());
        let storing = true;
        const puts = Promise.all(versions.map(async (bytes) => await destination.put('repo.json', bytes)));
        const stored = puts.finally(() => (storing = false));
        let reads = 0;
        while (storing) {
          const bytes = await destination.get('repo.json');
          expectBytes(bytes, versions[(bytes[0] ?? 0) - 1] ?? new Uint8Array());
          reads += 1;
        }
        await stored;
        expect(reads).toBeGreaterThan(0);
        expect(await under.leftovers()).toEqual([]);
      });

      test('init again touches nothing', async () => {
        await destination.put('repo.json', numbered(7));
        await destination.init();
        const other = await under.reopen();
        await other.init();
        expectBytes(await other.get('repo.json'), numbered(7));
        await other.close();
      });
    });

    describe('publishing', () => {
      test('stores a spool file under its name and takes it away', async () => {
        const bytes = random(3_000_000);
        const file = await spool(destination, bytes);
        await destination.publish(file, nameFor(bytes));
        const other = await under.reopen();
        expectBytes(await other.get(nameFor(bytes)), bytes);
        await other.close();
        expect(await under.leftovers()).toEqual([]);
      });

      test('twice: the second spool file of the same object is dropped', async () => {
        const bytes = random(1_000);
        await destination.publish(await spool(destination, bytes, 'one'), nameFor(bytes));
        const second = await spool(destination, bytes, 'two');
        await destination.publish(second, nameFor(bytes));
        expect(await under.leftovers()).toEqual([]);
        expectBytes(await destination.get(nameFor(bytes)), bytes);
      });

      test('again after a lost answer: the file is gone, the object is there, all is well', async () => {
        const bytes = random(1_000);
        const file = await spool(destination, bytes);
        await destination.publish(file, nameFor(bytes));
        await destination.publish(file, nameFor(bytes));
        expectBytes(await destination.get(nameFor(bytes)), bytes);
      });

      test('a spool file that never was is an error', async () => {
        const folder = await destination.spoolFolder(CLIENT);
        await expectCode(destination.publish(path.join(folder, 'none'), nameFor(numbered(1))), 'destination-failed');
        await destination.put('repo.json', numbered(1));
        await expectCode(destination.publish(path.join(folder, 'none'), 'repo.json'), 'destination-failed');
      });

      test('replaces an object of another size, and one whose name is no hash', async () => {
        const bytes = random(1_000);
        await destination.put(nameFor(bytes), bytes.subarray(0, 500));
        await destination.publish(await spool(destination, bytes), nameFor(bytes));
        expectBytes(await destination.get(nameFor(bytes)), bytes);
        await destination.put('repo.json', numbered(1));
        await destination.publish(await spool(destination, numbered(2)), 'repo.json');
        expectBytes(await destination.get('repo.json'), numbered(2));
      });

      test('a file that is kept stays as it is, and nothing comes to lie beside it', async () => {
        // As it lies in another destination's folder: not ours to change, and perhaps on a disk that is read-only.
        const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-kept-'));
        try {
          const bytes = random(3_000_000);
          const file = path.join(folder, 'object');
          await writeFile(file, bytes, { mode: 0o444 });
          await destination.publish(file, nameFor(bytes), { keep: true });
          await destination.publish(file, nameFor(bytes), { keep: true });
          expectBytes(await destination.get(nameFor(bytes)), bytes);
          expectBytes(await readFile(file), bytes);
          const { mode, nlink } = await stat(file);
          expect({ mode: mode & 0o777, nlink }).toEqual({ mode: 0o444, nlink: 1 });
          if (destination.abilities?.resume !== true) expect(await readdir(folder)).toEqual(['object']);
          // It was damaged where it lies: its bytes are not those of its name.
          const other = random(3_000_000);
          await expectCode(destination.publish(file, nameFor(other), { keep: true }), 'object-damaged');
          expect(await destination.stat(nameFor(other))).toBeNull();
          expectBytes(await readFile(file), bytes);
          expect(await under.leftovers()).toEqual([]);
        } finally {
          await rm(folder, { recursive: true });
        }
      });

      test('clearSpool takes only what belongs to its owner', async () => {
        const mine = await spool(destination, numbered(1), 'a', CLIENT);
        const other = await spool(destination, numbered(2), 'b', OTHER_CLIENT);
        await destination.put(nameFor(numbered(3)), numbered(3));
        await destination.clearSpool(CLIENT);
        expect(await readdir(path.dirname(mine))).toEqual([]);
        expect(await readdir(path.dirname(other))).toEqual(['b']);
        await destination.clearSpool('00000000000000000000000000000000');
        await destination.publish(other, nameFor(numbered(2)));
        await destination.publish(await spool(destination, numbered(1), 'a'), nameFor(numbered(1)));
        expect(await namesIn(destination, '')).toEqual([1, 2, 3].map((n) => nameFor(numbered(n))).sort());
      });
    });

    describe('reading', () => {
      test('ranges at every edge', async () => {
        const size = 8 * 2 ** 20 + 3; // more than one step of any adapter's buffer
        const bytes = random(size);
        const name = nameFor(bytes);
        await destination.put(name, bytes);
        const ranges: [number, number][] = [
          ...([
            [0, 0],
            [0, 1],
            [0, size],
            [1, size - 1],
            [size - 1, 1],
            [size, 0],
          ] as [number, number][]),
          ...([
            [2 ** 20, 2 ** 20],
            [4 * 2 ** 20 - 1, 2],
            [12_345, 5 * 2 ** 20],
          ] as [number, number][]),
        ];
        for (const [offset, length] of ranges) {
          expectBytes(await destination.getRange(name, offset, length), bytes.subarray(offset, offset + length));
        }
        for (const [offset, length] of [
          [0, size + 1],
          [size, 1],
          [size + 1, 0],
          [size - 1, 2],
        ] as [number, number][]) {
          await expectCode(destination.getRange(name, offset, length), 'object-damaged');
        }
        for (const [offset, length] of [
          [-1, 1],
          [0, -1],
          [0.5, 1],
          [0, Number.NaN],
          [2 ** 53, 1],
        ] as [number, number][]) {
          await expectCode(destination.getRange(name, offset, length), 'bad-input');
        }
      });

      test('an object that was cut short is damaged, not shorter', async () => {
        const bytes = random(100_000);
        await destination.put(nameFor(bytes), bytes);
        await under.truncate(nameFor(bytes), 60_000);
        await expectCode(destination.getRange(nameFor(bytes), 50_000, 50_000), 'object-damaged');
        expectBytes(await destination.getRange(nameFor(bytes), 0, 60_000), bytes.subarray(0, 60_000));
        expect((await destination.stat(nameFor(bytes)))?.size).toBe(60_000);
      });

      test('a missing object', async () => {
        for (const name of ['repo.json', nameFor(numbered(1)), nameFor(numbered(1), 'k'), `c/${CLIENT}/domain`]) {
          await expectCode(destination.get(name), 'object-missing');
          await expectCode(destination.getRange(name, 0, 1), 'object-missing');
          expect(await destination.stat(name)).toBeNull();
        }
      });

      test('space is known or null, and never negative', async () => {
        const { freeBytes, totalBytes } = await destination.space();
        if (freeBytes !== null) expect(freeBytes).toBeGreaterThanOrEqual(0);
        if (freeBytes !== null && totalBytes !== null) expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
      });
    });

    describe('listing', () => {
      test('many objects, all of them, by every prefix', { timeout: 60_000 }, async () => {
        const many = factory.many ?? 1_200;
        const kinds = ['k', 'p', 'm', 'i', 's'] as const;
        const stored = new Map<string, number>();
        const jobs = Array.from({ length: many }, (_, number) => number);
        const work = async (): Promise<void> => {
          for (let number = jobs.pop(); number !== undefined; number = jobs.pop()) {
            const bytes = numbered(number, 4 + (number % 50));
            const kind = number < (many * 5) / 6 ? 'p' : (kinds[number % kinds.length] ?? 'p');
            const name = nameFor(bytes, kind, number % 7 === 0 ? OTHER_CLIENT : CLIENT);
            stored.set(name, bytes.length);
            await destination.put(name, bytes);
          }
        };
        await Promise.all(Array.from({ length: 16 }, work));
        const clients = [CLIENT, OTHER_CLIENT];
        const inside = clients.flatMap((client) => ['p', 'm', 'i', 's', 'x'].map((kind) => `c/${client}/${kind}/`));
        for (const prefix of ['', 'k/', 'c/', ...clients.map((client) => `c/${client}/`), ...inside]) {
          const found = await all(destination, prefix);
          const expected = [...stored.keys()].filter((name) => name.startsWith(prefix)).sort();
          expect(found.map((info) => info.name).sort()).toEqual(expected);
          for (const info of found) expect(info.size).toBe(stored.get(info.name));
        }
      });

      test('an empty storage, and a client that is not there', async () => {
        expect(await namesIn(destination, '')).toEqual([]);
        expect(await namesIn(destination, `c/${CLIENT}/p/`)).toEqual([]);
        expect(await namesIn(destination, 'k/')).toEqual([]);
      });

      test('spools and probes are never seen', async () => {
        await spool(destination, numbered(1));
        await destination.put(`probe/${CLIENT}/ab`, numbered(2));
        const strays: string[] = [];
        expect(await namesIn(destination, '', (stray) => strays.push(stray))).toEqual([]);
        expect(strays).toEqual([]);
        expect(await namesIn(destination, 'probe/')).toEqual([`probe/${CLIENT}/ab`]);
        expect(await namesIn(destination, `probe/${CLIENT}/`)).toEqual([`probe/${CLIENT}/ab`]);
      });

      test('tells a time near the present', async () => {
        await destination.put('repo.json', numbered(1));
        const age = Date.now() - ((await destination.stat('repo.json'))?.modifiedMs ?? 0);
        expect(Math.abs(age)).toBeLessThan(24 * 3_600_000);
      });
    });

    describe('removing', () => {
      test('is repeatable, and takes nothing else', async () => {
        await destination.put(nameFor(numbered(1)), numbered(1));
        await destination.put(nameFor(numbered(2)), numbered(2));
        for (let time = 0; time < 2; time += 1) await destination.remove(nameFor(numbered(1)));
        await destination.remove('repo.json');
        expect(await namesIn(destination, '')).toEqual([nameFor(numbered(2))]);
        await expectCode(destination.get(nameFor(numbered(1))), 'object-missing');
        await destination.put(nameFor(numbered(1)), numbered(1));
        expectBytes(await destination.get(nameFor(numbered(1))), numbered(1));
      });
    });

    test('passes its own test, beside a repository, and nothing of it is left', async () => {
      await destination.put('repo.json', numbered(1));
      const result = await testDestination(destination);
      expect(result.checks.filter((check) => !check.ok)).toEqual([]);
      expect(result.checks.map((check) => check.id)).toEqual(
        ['reach', 'write', 'read-back', 'list', 'rename', 'remove', 'space'], // in the order of the screen
      );
      expect(result).toMatchObject({ ok: true, content: 'repository' });
      expect(result.writeMBps).toBeGreaterThan(0);
      expect(result.readMBps).toBeGreaterThan(0);
      expect(result.latencyMs).toBeGreaterThan(0);
      expect(result.requestMs).toBeGreaterThan(0);
      expect(await namesIn(destination, '')).toEqual(['repo.json']);
      expect(await namesIn(destination, 'probe/')).toEqual([]);
      expect(await under.leftovers()).toEqual([]);
    });

    describe('refusals and failures', () => describeRefusals(factory, () => under));

    describeAgainstModel(async () => await factory.make());
  });
}
