import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReadCacheDestination, type ReadCacheOptions } from '../../main/destinations/decorators/read-cache.ts';
import { FaultyDestination } from '../support/destination-faulty.ts';
import { expectBytes, expectCode } from '../support/destination-helpers.ts';
import { makeLocal, type LocalUnderTest } from '../support/destination-local.ts';
import { nameFor, numbered, random } from '../support/destination-names.ts';

let local: LocalUnderTest;
let parent: string;
let folder: string;
let inner: FaultyDestination;

beforeEach(async () => {
  local = await makeLocal();
  parent = await mkdtemp(path.join(tmpdir(), 'holdfast-read-cache-'));
  folder = path.join(parent, 'objects');
  inner = new FaultyDestination(local.destination);
});
afterEach(async () => {
  await local.dispose();
  await rm(parent, { recursive: true, force: true });
});

const cache = (options: Partial<ReadCacheOptions> = {}): ReadCacheDestination =>
  new ReadCacheDestination(inner, { folder, ...options });
const reads = (): number => inner.calls.filter(({ operation }) => operation === 'get').length;
const fileOf = (bytes: Uint8Array): string => path.join(folder, createHash('sha256').update(bytes).digest('hex'));

describe('read cache', () => {
  it.each(['k', 'i', 's'] as const)('reads an object of %s once, for the next process too', async (kind) => {
    const bytes = random(5_000);
    await local.destination.put(nameFor(bytes, kind), bytes);
    expectBytes(await cache().get(nameFor(bytes, kind)), bytes);
    expectBytes(await cache().get(nameFor(bytes, kind)), bytes);
    expect(reads()).toBe(1);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(fileOf(bytes))).mode & 0o777).toBe(0o600);
  });

  it('keeps what is put, and reads everything else from the storage', async () => {
    const bytes = random(1_000);
    const one = cache();
    await one.put(nameFor(bytes, 'i'), bytes);
    for (const name of ['repo.json', nameFor(bytes, 'p'), nameFor(bytes, 'm')]) {
      await one.put(name, bytes);
      await one.get(name);
      await one.get(name);
    }
    expect(reads()).toBe(6);
    expectBytes(await one.get(nameFor(bytes, 'i')), bytes);
    expect(reads()).toBe(6);
    expect(await readdir(folder)).toEqual([path.basename(fileOf(bytes))]);
  });

  it('never keeps what is not what its name says', async () => {
    const bytes = random(1_000);
    await local.destination.put(nameFor(bytes, 's'), numbered(1));
    expectBytes(await cache().get(nameFor(bytes, 's')), numbered(1));
    expect(existsSync(fileOf(bytes))).toBe(false);
  });

  it('a file that was changed is not believed, but read again from the storage', async () => {
    const bytes = random(1_000);
    await cache().put(nameFor(bytes, 'i'), bytes);
    await writeFile(fileOf(bytes), random(1_000));
    expectBytes(await cache().get(nameFor(bytes, 'i')), bytes);
    expect(reads()).toBe(1);
    expectBytes(await cache().get(nameFor(bytes, 'i')), bytes);
    expect(reads()).toBe(1);
  });

  it('may be deleted at any time, and need not be writable', async () => {
    const bytes = random(1_000);
    const one = cache();
    await one.put(nameFor(bytes, 'i'), bytes);
    await rm(folder, { recursive: true });
    expectBytes(await one.get(nameFor(bytes, 'i')), bytes);
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file has its place');
    expectBytes(await one.get(nameFor(bytes, 'i')), bytes);
    expect(reads()).toBe(2);
  });

  it('forgets what is removed', async () => {
    const bytes = random(1_000);
    const one = cache();
    await one.put(nameFor(bytes, 'i'), bytes);
    await one.remove(nameFor(bytes, 'i'));
    await expectCode(one.get(nameFor(bytes, 'i')), 'object-missing');
  });

  it('stays within its bound: what was used least recently goes', async () => {
    const objects = Array.from({ length: 12 }, () => random(10_000));
    const one = cache({ maxBytes: 100_000 });
    for (const [at, bytes] of objects.entries()) {
      await one.put(nameFor(bytes, 'i'), bytes);
      if (existsSync(fileOf(bytes))) await utimes(fileOf(bytes), 1_000 + at, 1_000 + at);
      const [first] = objects;
      if (first !== undefined) await one.get(nameFor(first, 'i')); // always the most recent one
    }
    expect(existsSync(fileOf(objects[0] ?? random(1)))).toBe(true);
    expect(existsSync(fileOf(objects[1] ?? random(1)))).toBe(false);
    expect(existsSync(fileOf(objects[11] ?? random(1)))).toBe(true);
    expect((await readdir(folder)).length * 10_000).toBeLessThanOrEqual(100_000);
    await one.put(nameFor(random(20_000), 'k'), numbered(1));
    const large = random(20_000);
    await one.put(nameFor(large, 'i'), large);
    expect(existsSync(fileOf(large))).toBe(false);
  });

  it('clears what a killed process left half written, and leaves strange files alone', async () => {
    await mkdir(folder);
    const rest = path.join(folder, `${'a'.repeat(64)}.${'b'.repeat(16)}`);
    const strange = path.join(folder, 'notes.txt');
    for (const file of [rest, strange]) await writeFile(file, 'x');
    for (const file of [rest, strange]) await utimes(file, 1_000, 1_000);
    await cache().put(nameFor(numbered(1), 'i'), numbered(1));
    expect([existsSync(rest), existsSync(strange)]).toEqual([false, true]);
  });

  it('refreshing, it proves the storage and not itself', async () => {
    const bytes = random(1_000);
    const name = nameFor(bytes, 'i');
    await cache().put(name, bytes);
    await local.truncate(name, 10);
    expectBytes(await cache().get(name), bytes);
    expectBytes(await cache({ mode: 'refresh' }).get(name), bytes.subarray(0, 10));
    expectBytes(await cache().get(name), bytes.subarray(0, 10));
    await cache().put(name, bytes);
    await local.destination.remove(name);
    await expectCode(cache({ mode: 'refresh' }).get(name), 'object-missing');
    await expectCode(cache().get(name), 'object-missing');
  });
});
