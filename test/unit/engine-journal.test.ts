import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import { NodeType } from '../../main/engine/format/tree.ts';
import { progressOf } from '../../main/engine/pipeline/progress-so-far.ts';
import { RecordFlag, RecordView, RecordWriter } from '../../main/engine/pipeline/record.ts';
import {
  readJournal,
  RunJournal,
  type JournalFrame,
  type JournalKeys,
} from '../../main/engine/pipeline/run-journal.ts';
import type { CacheContent } from '../../main/engine/repository/local-cache.ts';
import { MemoryRecords } from '../../main/engine/repository/records.ts';

const SLACK = 2000;
const key = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const KEYS: JournalKeys = {
  suite: 2,
  repoId: new Uint8Array(16).fill(1),
  clientId: new Uint8Array(16).fill(2),
  epoch: 0,
  keys: { meta: key(1), hedge: key(2), localCache: key(3), blobId: key(4), chunker: key(5) },
};

/** A file's record; `size` tells one from another. */
interface Entry {
  name: string;
  size: number;
  ms: number;
}

function recordsOf(entries: Entry[]): Buffer {
  const writer = new RecordWriter();
  for (const { name, size, ms } of entries) {
    const stat = { mode: 0o100644, uid: 0, gid: 0, size, mtimeMs: ms, ctimeMs: ms, ino: 1, dev: 1 };
    writer.add(NodeType.file, 0, fromPath(name), stat, new Uint8Array(16), new Uint8Array(40));
  }
  return Buffer.from(writer.take().buffer);
}

function viewsOf(records: Buffer): RecordView[] {
  const views: RecordView[] = [];
  for (let at = 0; at < records.length;) {
    const view = new RecordView(records, at);
    views.push(view);
    at += view.total;
  }
  return views;
}

describe('the journal’s file', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-journal-'));
    file = path.join(folder, 'below', 'set.journal');
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const journal = (end: number, scannedMs: number): RunJournal =>
    new RunJournal({ path: file, capability: KEYS, scannedMs, end });
  const sizes = (frames: JournalFrame[]): number[][] =>
    frames.map(({ folders }) => folders.flatMap(({ records }) => viewsOf(records).map(({ size }) => size)));

  it('gives back whole frames, wherever it was cut, and goes on behind them', async () => {
    const first = journal(0, 1000);
    first.add(fromPath('/a'), recordsOf([{ name: 'x', size: 1, ms: 5 }]));
    await first.flush();
    const { size: one } = await stat(file);
    first.add(fromPath('/a'), recordsOf([{ name: 'y', size: 2, ms: 5 }]));
    first.add(fromPath('/b'), recordsOf([{ name: 'z', size: 3, ms: 5 }]));
    await first.close();
    const whole = await readFile(file);
    const found = await readJournal(file, KEYS);
    expect({ ...found, frames: sizes(found.frames) }).toEqual({ frames: [[1], [2, 3]], end: whole.length });
    expect(found.frames.map(({ scannedMs }) => scannedMs)).toEqual([1000, 1000]);
    for (const length of [0, 3, 100, one - 1, one, one + 2, one + 4, one + 5000, whole.length - 1]) {
      await writeFile(file, whole.subarray(0, length));
      const cut = await readJournal(file, KEYS);
      expect([length, sizes(cut.frames), cut.end]).toEqual([length, length < one ? [] : [[1]], length < one ? 0 : one]);
    }
    const next = journal(one, 2000);
    next.add(fromPath('/c'), recordsOf([{ name: 'n', size: 4, ms: 5 }]));
    await next.close();
    expect(sizes((await readJournal(file, KEYS)).frames)).toEqual([[1], [4]]);
    await next.remove();
    expect(await readJournal(file, KEYS)).toEqual({ frames: [], end: 0 });
  });

  it('seals what has gathered in frames of about a MiB, never all at once', async () => {
    const run = journal(0, 1000);
    const records = recordsOf(Array.from({ length: 1500 }, (_, i) => ({ name: `file ${i}`, size: i, ms: 5 })));
    const added = Math.ceil((5 * 1024 * 1024) / records.length);
    for (let i = 0; i < added; i++) run.add(fromPath(`/${i}`), records);
    await run.close();
    const { frames } = await readJournal(file, KEYS);
    expect(frames.flatMap(({ folders }) => folders).length).toBe(added);
    const bytes = frames.map(({ folders }) => folders.reduce((sum, { records: own }) => sum + own.length, 0));
    expect(Math.max(...bytes)).toBeLessThan(1024 * 1024 + records.length);
  });

  it('is nothing to another key, and an altered frame ends it', async () => {
    const written = journal(0, 1000);
    written.add(fromPath('/a'), recordsOf([{ name: 'x', size: 1, ms: 5 }]));
    await written.close();
    const other = { ...KEYS, keys: { ...KEYS.keys, localCache: key(9) } };
    expect(await readJournal(file, other)).toEqual({ frames: [], end: 0 });
    const bytes = await readFile(file);
    bytes[300] = (bytes[300] ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect(await readJournal(file, KEYS)).toEqual({ frames: [], end: 0 });
  });

  it('that cannot be written is given up without a word', async () => {
    await writeFile(path.join(folder, 'below'), 'a file where the folder has to be');
    const impossible = journal(0, 1000);
    impossible.add(fromPath('/a'), recordsOf([{ name: 'x', size: 1, ms: 5 }]));
    await impossible.close();
    await impossible.remove();
    expect(await readJournal(file, KEYS)).toEqual({ frames: [], end: 0 });
  });
});

describe('what a run begins with', () => {
  const entries = (): fc.Arbitrary<Entry[]> =>
    fc
      .uniqueArray(
        fc.record({
          name: fc.constantFrom('a', 'b', 'c', 'd', 'é', 'z'),
          size: fc.nat(1000),
          ms: fc.constantFrom(100, 9_500, 10_500, 19_000, 29_000, 39_000),
        }),
        { selector: ({ name }) => name },
      )
      .map((list) => list.sort((x, y) => (fromPath(x.name) < fromPath(y.name) ? -1 : 1)));
  const folders = fc.dictionary(fc.constantFrom('/p', '/q', '/q/r'), entries());
  const frames = fc.array(fc.record({ scannedMs: fc.constantFrom(5_000, 20_000, 30_000), folders }), { maxLength: 4 });

  function cacheOf(given: Record<string, Entry[]>, scannedMs: number): CacheContent {
    const parts: Buffer[] = [];
    const map: CacheContent['folders'] = new Map();
    let at = 0;
    for (const [path, list] of Object.entries(given)) {
      const records = recordsOf(list);
      parts.push(records);
      map.set(fromPath(path), { from: at, to: at + records.length, tree: key(7) });
      at += records.length;
    }
    return {
      scannedMs,
      files: Object.values(given).flat().length,
      folders: map,
      records: new MemoryRecords(Buffer.concat(parts)),
    };
  }

  it('is each file’s newest record, believed by the time of its own run', () => {
    fc.assert(
      fc.property(fc.option(folders), frames, (cached, runs) => {
        const cachedMs = 11_000;
        const order = [...runs].sort((x, y) => x.scannedMs - y.scannedMs);
        const given = order.map(({ scannedMs, folders: all }) => ({
          scannedMs,
          folders: Object.entries(all).map(([path, list]) => ({ path: fromPath(path), records: recordsOf(list) })),
        }));
        const found = progressOf(cached === null ? null : cacheOf(cached, cachedMs), given, 77);
        const newer = order.filter(({ scannedMs }) => cached === null || scannedMs > cachedMs);
        expect(found.resumed).toBe(newer.length > 0);
        expect(found.journalEnd).toBe(newer.length > 0 ? 77 : 0);
        if (newer.length === 0) return;
        // The model: of each path the last record that its run's time allows; a cached one that it does not allow stays, as changed.
        const wanted = new Map<string, { size: number; same: boolean; flags: number }>();
        for (const [path, list] of Object.entries(cached ?? {})) {
          for (const { name, size, ms } of list) {
            wanted.set(`${path}/${name}`, { size, same: ms < cachedMs - SLACK, flags: 0 });
          }
        }
        const before = new Set(wanted.keys());
        for (const { scannedMs, folders: all } of newer) {
          for (const [path, list] of Object.entries(all)) {
            for (const { name, size, ms } of list) {
              if (ms >= scannedMs - SLACK) continue;
              const at = `${path}/${name}`;
              const flags = before.has(at) ? RecordFlag.changedBefore : RecordFlag.addedBefore;
              wanted.set(at, { size, same: true, flags });
            }
          }
        }
        const got = new Map<string, { size: number; same: boolean; flags: number }>();
        for (const [path, { from, to }] of found.cache?.folders ?? []) {
          const views = viewsOf(found.cache?.records.read(from, to) ?? Buffer.alloc(0));
          const names = views.map(({ name }) => name);
          expect(names).toEqual([...names].sort());
          for (const view of views) {
            const { mtimeMs, ctimeMs, size } = view;
            const now = { mode: 0o100644, uid: 0, gid: 0, size, mtimeMs, ctimeMs, ino: 1, dev: 1 };
            const name = Buffer.from(view.nameBytes).toString();
            got.set(`${Buffer.from(path, 'latin1').toString()}/${name}`, {
              size,
              same: view.sameAs(NodeType.file, now),
              flags: view.flags,
            });
          }
        }
        expect(new Map([...got].sort())).toEqual(new Map([...wanted].sort()));
      }),
      { numRuns: 300 },
    );
  });
});
