/** What is fetched of packs in storage that is not a folder: which ranges, how often, how many at a time. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { CacheFolder } from '../../main/engine/fetch/cache-folder.ts';
import { cachedName, partName } from '../../main/engine/fetch/cache-names.ts';
import { FetchQueue } from '../../main/engine/fetch/fetch-queue.ts';
import type { FetchedPack } from '../../main/engine/fetch/messages.ts';
import { bitCount, firstRun, KEPT, maskOf, MIB, PART_BYTES, Parts } from '../../main/engine/fetch/parts.ts';
import { HoldfastError } from '../../main/errors.ts';
import { noise } from '../support/crash-world.ts';
import { deferred } from '../support/deferred.ts';
import { RemoteFolder, type RemoteFolderOptions } from '../support/remote-folder.ts';

const CLIENT = 'c/00000000000000000000000000000001';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-fetch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Fetching {
  remote: RemoteFolder;
  parts: Parts;
  queue: FetchQueue;
  packs: FetchedPack[];
  contents: Buffer[];
  places: { kept: string; parts: string };
  abort: AbortController;
  /** Bytes of a pack as a reader finds them in the cache after `want`. */
  read(pack: number, offset: number, length: number): Promise<Buffer>;
}

interface Options extends RemoteFolderOptions {
  budgetBytes?: number;
  fresh?: boolean;
}

async function fetching(sizes: { room: 'p' | 'm'; mib: number }[], options: Options = {}): Promise<Fetching> {
  const repository = path.join(folder, 'repository');
  const local = await LocalDestination.open(repository);
  await local.init();
  const contents = sizes.map(({ mib }, i) => noise(`pack ${i}`, Math.floor(mib * MIB)));
  const packs: FetchedPack[] = [];
  for (const [i, bytes] of contents.entries()) {
    const name = `${CLIENT}/${sizes[i]?.room}/${createHash('sha256').update(bytes).digest('hex')}`;
    await local.put(name, bytes);
    packs.push({ name, size: bytes.length });
  }
  const remote = await RemoteFolder.open(repository, options);
  const parts = new Parts(packs.map(({ size }) => size));
  const kept = path.join(folder, 'packs');
  const places = { kept, parts: path.join(kept, `${process.pid}-0123456789abcdef`) };
  const { budgetBytes = 2 ** 30, fresh = false } = options;
  const files = new CacheFolder(places, packs, parts, budgetBytes);
  await files.open();
  const abort = new AbortController();
  const queue = new FetchQueue({
    destination: () => Promise.resolve(remote),
    packs,
    parts,
    files,
    fresh,
    budgetBytes,
    signal: abort.signal,
  });
  const read = async (pack: number, offset: number, length: number): Promise<Buffer> => {
    const pieces: Buffer[] = [];
    for (let from = offset; from < offset + length;) {
      const part = parts.at(pack, from);
      const at = from % PART_BYTES;
      const to = Math.min(PART_BYTES, at + offset + length - from);
      const mask = maskOf(at, to);
      parts.pin(part);
      try {
        if ((parts.there(part) & mask) !== mask) await queue.want(part, mask);
        const name = packs[pack]?.name ?? '';
        const file =
          (parts.there(part) & KEPT) === 0
            ? path.join(places.parts, partName(name, Math.floor(from / PART_BYTES)))
            : path.join(places.kept, cachedName(name));
        pieces.push(readFileSync(file).subarray(at, to));
        queue.didRead(parts.clearAhead(part, mask));
      } finally {
        parts.unpin(part);
      }
      from += to - at;
    }
    return Buffer.concat(pieces);
  };
  return { remote, parts, queue, packs, contents, places, abort, read };
}

/** Resolves when nothing is on its way and nothing more is begun. */
async function quiet({ queue }: Fetching): Promise<void> {
  for (let calm = 0; calm < 3;) {
    await new Promise((resolve) => setImmediate(resolve));
    calm = queue.running === 0 ? calm + 1 : 0;
  }
}

const planOf = (f: Fetching, pack: number): Int32Array => {
  const pairs: number[] = [];
  const first = f.parts.at(pack, 0);
  for (let i = 0; i < f.parts.partsOf(pack); i++) pairs.push(first + i, f.parts.all(first + i));
  return Int32Array.from(pairs);
};

test('masks and runs', () => {
  expect(maskOf(0, 1)).toBe(1);
  expect(maskOf(MIB - 1, MIB + 1)).toBe(3);
  expect(maskOf(0, PART_BYTES)).toBe(0xffff);
  expect(maskOf(5, 5)).toBe(0);
  expect(firstRun(0b0110100)).toEqual({ first: 2, end: 3 });
  expect(firstRun(0xffff)).toEqual({ first: 0, end: 16 });
  expect(firstRun(0)).toBeNull();
  expect(bitCount(0b1011)).toBe(3);
});

test('parts know their place in packs of any size', () => {
  const sizes = [1, PART_BYTES, PART_BYTES + 1, 5 * PART_BYTES - 7];
  const parts = new Parts(sizes);
  expect(parts.count).toBe(1 + 1 + 2 + 5);
  for (const [pack, size] of sizes.entries()) {
    for (const offset of [0, size >> 1, size - 1]) {
      const place = parts.place(parts.at(pack, offset));
      expect(place.pack).toBe(pack);
      expect(offset).toBeGreaterThanOrEqual(place.offset);
      expect(offset).toBeLessThan(place.offset + place.length);
    }
  }
});

test('ranges come rounded out to whole MiB, and each only once', async () => {
  const f = await fetching([{ room: 'p', mib: 20.3 }]);
  expect(await f.read(0, 3 * MIB + 5, 10)).toEqual(f.contents[0]?.subarray(3 * MIB + 5, 3 * MIB + 15));
  expect(f.remote.ranges).toEqual([{ name: f.packs[0]?.name, offset: 3 * MIB, length: MIB }]);
  await f.read(0, 3 * MIB + 500, 1000);
  expect(f.remote.ranges.length).toBe(1);
  // Over the border of two parts, and at the very end.
  const border = PART_BYTES - 100;
  expect(await f.read(0, border, 200)).toEqual(f.contents[0]?.subarray(border, border + 200));
  const size = f.packs[0]?.size ?? 0;
  expect(await f.read(0, size - 10, 10)).toEqual(f.contents[0]?.subarray(size - 10));
  for (const { offset, length } of f.remote.ranges) {
    expect(offset % MIB).toBe(0);
    expect(length % MIB === 0 || offset + length === size).toBe(true);
  }
});

test('reading in sequence asks for twice as much each time, up to 16 MiB', async () => {
  const f = await fetching([{ room: 'p', mib: 64 }]);
  for (let at = 0; at < 64 * MIB; at += MIB / 2) {
    expect((await f.read(0, at, MIB / 2)).equals(f.contents[0]?.subarray(at, at + MIB / 2) ?? Buffer.alloc(0))).toBe(
      true,
    );
  }
  expect(f.remote.ranges.map(({ length }) => length / MIB)).toEqual([1, 2, 4, 8, 1, 16, 16, 16]);
  expect(f.remote.receivedBytes).toBe(64 * MIB);
});

test('jumping about asks for one MiB at a time', async () => {
  const f = await fetching([{ room: 'p', mib: 16 }]);
  for (const at of [9, 3, 12, 1]) await f.read(0, at * MIB, 10);
  expect(f.remote.ranges.map(({ length }) => length / MIB)).toEqual([1, 1, 1, 1]);
});

test('several who want one range are served by one request', async () => {
  const f = await fetching([{ room: 'p', mib: 4 }], { latencyMs: 20 });
  const all = await Promise.all([f.read(0, 0, 100), f.read(0, 50, 100), f.read(0, MIB - 1, 1)]);
  expect(all.map((bytes) => bytes.length)).toEqual([100, 100, 1]);
  expect(f.remote.ranges.length).toBe(1);
});

test('a metadata pack comes whole, and is kept for later runs if its bytes match its name', async () => {
  const f = await fetching([{ room: 'm', mib: 7.5 }]);
  expect(await f.read(0, 5 * MIB, 100)).toEqual(f.contents[0]?.subarray(5 * MIB, 5 * MIB + 100));
  expect(f.remote.ranges).toEqual([{ name: f.packs[0]?.name, offset: 0, length: f.packs[0]?.size }]);
  const again = await fetching([{ room: 'm', mib: 7.5 }]);
  expect(await again.read(0, 0, 100)).toEqual(f.contents[0]?.subarray(0, 100));
  expect(again.remote.ranges).toEqual([]);
  // One that was changed on this computer's disk is not believed.
  const file = path.join(f.places.kept, cachedName(f.packs[0]?.name ?? ''));
  writeFileSync(file, noise('another', f.packs[0]?.size ?? 0));
  const third = await fetching([{ room: 'm', mib: 7.5 }]);
  expect(await third.read(0, 0, 100)).toEqual(f.contents[0]?.subarray(0, 100));
  expect(third.remote.ranges.length).toBe(1);
  // Nor any at all where the storage itself is to be looked at.
  const fresh = await fetching([{ room: 'm', mib: 7.5 }], { fresh: true });
  await fresh.read(0, 0, 100);
  expect(fresh.remote.ranges.length).toBe(1);
});

test('a metadata pack with wrong bytes is asked for twice, given as it is, and not kept', async () => {
  const f = await fetching([{ room: 'm', mib: 2 }]);
  const name = f.packs[0]?.name ?? '';
  const wrong = noise('rotten', f.packs[0]?.size ?? 0);
  const local = await LocalDestination.open(path.join(folder, 'repository'));
  await local.put(name, wrong);
  expect(await f.read(0, 0, 100)).toEqual(wrong.subarray(0, 100));
  expect(f.remote.ranges.length).toBe(2);
  expect(readdirSync(f.places.kept)).not.toContain(cachedName(name));
});

test('a plan is fetched ahead, in its order, in large ranges, as many at a time as the storage likes', async () => {
  const f = await fetching(
    [16, 16, 16, 16, 16, 16].map((mib) => ({ room: 'p' as const, mib })),
    {
      latencyMs: 50,
      abilities: { parallel: 3 },
    },
  );
  for (let pack = 0; pack < 6; pack++) f.queue.plan(pack, planOf(f, pack));
  for (let pack = 0; pack < 6; pack++) {
    expect((await f.read(pack, 0, 16 * MIB)).equals(f.contents[pack] ?? Buffer.alloc(0))).toBe(true);
    f.queue.planDone(pack);
  }
  expect(f.remote.ranges.length).toBe(6);
  expect(f.remote.receivedBytes).toBe(96 * MIB);
  expect(f.remote.mostAtOnce).toBe(3);
  expect(f.remote.ranges.map(({ name }) => name)).toEqual(f.packs.map(({ name }) => name));
});

test('what is fetched ahead waits for its readers: no more than a bounded amount lies there unread', async () => {
  const f = await fetching(
    Array.from({ length: 12 }, () => ({ room: 'p' as const, mib: 16 })),
    {
      abilities: { parallel: 2 },
    },
  );
  for (let pack = 0; pack < 12; pack++) f.queue.plan(pack, planOf(f, pack));
  await f.read(0, 0, 1);
  await quiet(f);
  const ahead = f.remote.ranges.length;
  expect(ahead).toBeLessThanOrEqual(6);
  for (let pack = 0; pack < 12; pack++) {
    await f.read(pack, 0, 16 * MIB);
    f.queue.planDone(pack);
  }
  expect(f.remote.ranges.length).toBe(12);
  expect(f.remote.receivedBytes).toBe(12 * 16 * MIB);
});

test('a plan that is taken back is not waited for', async () => {
  const f = await fetching(
    Array.from({ length: 12 }, () => ({ room: 'p' as const, mib: 16 })),
    {
      abilities: { parallel: 2 },
    },
  );
  for (let pack = 0; pack < 10; pack++) f.queue.plan(pack, planOf(f, pack));
  await quiet(f);
  for (let pack = 0; pack < 10; pack++) f.queue.planDone(pack);
  f.queue.plan(99, planOf(f, 11));
  await quiet(f);
  expect(f.remote.ranges.some(({ name }) => name === f.packs[11]?.name)).toBe(true);
});

test('beyond the budget the longest unused goes first, and comes again when it is wanted', async () => {
  const f = await fetching(
    Array.from({ length: 4 }, () => ({ room: 'p' as const, mib: 8 })),
    {
      budgetBytes: 20 * MIB,
    },
  );
  const whole = async (pack: number): Promise<void> => {
    for (let at = 0; at < 8; at++) {
      const bytes = await f.read(pack, at * MIB, MIB);
      expect(bytes.equals(f.contents[pack]?.subarray(at * MIB, (at + 1) * MIB) ?? Buffer.alloc(0))).toBe(true);
    }
  };
  await whole(0);
  await whole(1);
  await f.read(0, 0, 1);
  await whole(2);
  const onDisk = (): number =>
    readdirSync(f.places.parts).reduce((sum, name) => sum + readFileSync(path.join(f.places.parts, name)).length, 0);
  expect(onDisk()).toBeLessThanOrEqual(20 * MIB);
  // The second was the longest unused.
  const before = f.remote.ranges.length;
  await f.read(0, 3 * MIB, 10);
  expect(f.remote.ranges.length).toBe(before);
  await whole(1);
  expect(f.remote.ranges.length).toBeGreaterThan(before);
  await whole(3);
  expect(onDisk()).toBeLessThanOrEqual(20 * MIB);
});

test('a part in use is not dropped', async () => {
  const f = await fetching(
    Array.from({ length: 3 }, () => ({ room: 'p' as const, mib: 8 })),
    { budgetBytes: 4 * MIB },
  );
  await f.read(0, 0, 1);
  const part = f.parts.at(0, 0);
  f.parts.pin(part);
  await f.read(1, 0, 8 * MIB);
  await f.read(2, 0, 8 * MIB);
  expect(f.parts.there(part) & 1).toBe(1);
  expect(readFileSync(path.join(f.places.parts, partName(f.packs[0]?.name ?? '', 0)))[0]).toBe(f.contents[0]?.[0]);
  f.parts.unpin(part);
  await f.read(1, 0, 8 * MIB);
  expect(f.parts.there(part)).toBe(0);
});

test('a failure is told to who wants the range; others and later calls are served', async () => {
  let offline = false;
  const f = await fetching([{ room: 'p', mib: 48 }], {
    abilities: { parallel: 1 },
    before: () => {
      if (offline) throw new HoldfastError('destination-offline', 'The server does not answer.', 'Nothing was lost.');
    },
  });
  await f.read(0, 0, 1);
  offline = true;
  f.queue.plan(1, planOf(f, 0));
  await quiet(f);
  const tried = f.remote.ranges.length;
  await quiet(f);
  // What is fetched ahead does not knock again and again.
  expect(f.remote.ranges.length).toBe(tried);
  await expect(f.read(0, 5 * MIB, 1)).rejects.toMatchObject({ code: 'destination-offline' });
  expect(await f.read(0, 0, 10)).toEqual(f.contents[0]?.subarray(0, 10));
  offline = false;
  expect(await f.read(0, 5 * MIB, 10)).toEqual(f.contents[0]?.subarray(5 * MIB, 5 * MIB + 10));
  await quiet(f);
  // And the plan goes on.
  expect(f.parts.there(f.parts.at(0, 40 * MIB))).toBe(0xffff);
});

test('an object that is gone, or shorter than the index says, is told as that', async () => {
  const f = await fetching([
    { room: 'p', mib: 2 },
    { room: 'p', mib: 2.5 },
  ]);
  const local = await LocalDestination.open(path.join(folder, 'repository'));
  await local.remove(f.packs[0]?.name ?? '');
  await expect(f.read(0, 0, 1)).rejects.toMatchObject({ code: 'object-missing' });
  await local.put(f.packs[1]?.name ?? '', f.contents[1]?.subarray(0, MIB) ?? Buffer.alloc(0));
  await expect(f.read(1, 2 * MIB, 1)).rejects.toMatchObject({ code: 'object-damaged' });
});

test('a storage that is ended in the middle leaves nothing on its way', async () => {
  const gate = deferred<void>();
  const f = await fetching([{ room: 'p', mib: 32 }], { before: () => gate.promise });
  const reading = f.read(0, 0, 1);
  const failed = expect(reading).rejects.toMatchObject({ code: 'stopped' });
  f.abort.abort(new HoldfastError('stopped', 'It was stopped.', 'Nothing was lost.'));
  gate.resolve();
  await failed;
  await f.queue.settled();
  expect(f.remote.atOnce).toBe(0);
});

test('folders of processes that are no more are removed, those of others stay', async () => {
  const kept = path.join(folder, 'packs');
  mkdirSync(path.join(kept, '4194304999-0123456789abcdef'), { recursive: true });
  mkdirSync(path.join(kept, `${process.ppid}-0123456789abcdef`), { recursive: true });
  mkdirSync(path.join(kept, 'something else'), { recursive: true });
  await fetching([{ room: 'p', mib: 1 }]);
  expect(readdirSync(kept).sort()).toEqual(
    [`${process.pid}-0123456789abcdef`, `${process.ppid}-0123456789abcdef`, 'something else'].sort(),
  );
});
