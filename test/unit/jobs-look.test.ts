/** Looks across snapshots: what the jobs ask the engine for, what they keep, and what they make of the answers. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Difference, DiffOutput, EntryVersion, FindOutput, SnapshotFacts } from '../../main/engine/api.ts';
import { comparedItems } from '../../main/jobs/look/compared-items.ts';
import { idsToRestore, rowsOf, type Row } from '../../main/jobs/look/compared-rows.ts';
import { Latest } from '../../main/jobs/look/latest.ts';
import { Look } from '../../main/jobs/look/look.ts';
import type { Connection } from '../../main/jobs/connection.ts';
import { movesAmong } from '../../main/jobs/look/moves.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const id = (path: string): string =>
  path
    .split('/')
    .filter((name) => name !== '')
    .map((name) => Buffer.from(name).toString('base64url'))
    .join('/');

function difference(change: Difference['change'], path: string, more: Partial<Difference> = {}): Difference {
  return { change, path, entry: id(path), kind: 'file', size: 10, mtimeNs: '5', before: null, fields: [], ...more };
}

const NO_DIFFERENCE: DiffOutput = {
  added: { files: 0, folders: 0, others: 0, bytes: 0 },
  removed: { files: 0, folders: 0, others: 0, bytes: 0 },
  changed: { files: 0, others: 0, bytesBefore: 0, bytesAfter: 0 },
  metadata: 0,
  kinds: 0,
  equalFolders: 0,
  contentsBy: 'blobs',
  unread: [],
};

const ONE = 'a1'.repeat(32);
const TWO = 'b2'.repeat(32);
const CLIENT = 'cc'.repeat(16);

function snapshot(snapshotId: string, startedMs: number): SnapshotFacts {
  return {
    id: snapshotId,
    clientId: CLIENT,
    computerName: 'ada',
    sequence: 1,
    startedMs,
    endedMs: startedMs + 1,
    sources: ['/home'],
    files: 1,
    folders: 1,
    bytes: 1,
    skipped: 0,
    partial: false,
    damage: null,
  };
}

const said: [string, number][] = [];
let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
  said.length = 0;
});

function look(verbs: FakeVerbs): { look: Look; engines: FakeEngines; keys: FakeKeys } {
  const engines = new FakeEngines(verbs);
  const keys = new FakeKeys();
  const destination = { kind: 'local', path: '/backups' };
  const connection = { require: () => ({ destination }), at: () => destination } as unknown as Connection;
  const parts = {
    connection,
    engines,
    keys,
    clock,
    stateFolder: '/state',
    looking: (what: string, entries: number) => void said.push([what, entries]),
  };
  return { look: new Look(parts, async () => [snapshot(TWO, 200), snapshot(ONE, 100)]), engines, keys };
}

describe('the newest question', () => {
  it('waits for the one that runs and takes the place of those that wait', async () => {
    const latest = new Latest();
    const ran: string[] = [];
    let end = (): void => undefined;
    const first = latest.run(
      'a',
      () =>
        new Promise<void>((resolve) => {
          ran.push('first');
          end = resolve;
        }),
    );
    const second = latest.run('b', async () => void ran.push('second'));
    const third = latest.run('c', async () => void ran.push('third'));
    // Another page of the same question waits beside it.
    const page = latest.run('c', async () => void ran.push('page'));
    await expect(second).rejects.toMatchObject({ code: 'stopped' });
    expect(ran).toEqual(['first']);
    end();
    await Promise.all([first, third, page]);
    expect(ran).toEqual(['first', 'third', 'page']);
  });

  it('is asked after a failure too, and not after all was dropped', async () => {
    const latest = new Latest();
    let fail = (_: Error): void => undefined;
    const first = latest.run('a', () => new Promise((_, reject) => (fail = reject)));
    const second = latest.run('b', async () => 'second');
    fail(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    await expect(second).resolves.toBe('second');
    const third = latest.run('c', () => new Promise(() => undefined));
    const fourth = latest.run('d', async () => 'fourth');
    latest.drop();
    await expect(fourth).rejects.toMatchObject({ code: 'stopped' });
    void third;
  });
});

describe('search', () => {
  const request = {
    text: 'lease',
    kind: 'any',
    endings: null,
    changedAfter: null,
    changedBefore: null,
    now: 'gone',
    offset: 0,
    limit: 50,
  } as const;
  const output: FindOutput = {
    entries: [
      {
        clientId: CLIENT,
        computerName: 'ada',
        path: '/home/lease.pdf',
        entry: id('/home/lease.pdf'),
        kind: 'file',
        size: 5,
        mtimeNs: '1',
        snapshots: 2,
        newestSnapshotId: TWO,
        oldestSnapshotId: ONE,
        versions: 1,
        gone: true,
      },
    ],
    total: 1,
    matched: 3,
    gone: 1,
    paths: 9,
    snapshots: 2,
    incomplete: [ONE],
  };

  it('says when what it found was seen, and asks the storage for newer snapshots once a minute', async () => {
    const {
      look: jobs,
      engines,
      keys,
    } = look({
      find: async (_, { emit }) => {
        emit({ type: 'phase', phase: 'scan' });
        const none = { bytes: 0, totalFiles: null, totalBytes: null, newBytes: 0, storedBytes: 0, skipped: 0 };
        emit({ type: 'progress', phase: 'scan', files: 77, currentPath: null, ...none });
        return output;
      },
    });
    const answer = await jobs.search.search(request);
    expect(answer).toMatchObject({ total: 1, matched: 3, gone: 1, incomplete: 1 });
    expect(answer.entries[0]).toMatchObject({ newestAt: 200, oldestAt: 100 });
    expect(said).toEqual([['search', 77]]);
    await jobs.search.search(request);
    clock.advance(61_000);
    await jobs.search.search(request);
    jobs.clear();
    await jobs.search.search(request);
    const inputs = engines.calls.map((call) => call.input as { look: boolean; now: string; kinds?: unknown });
    expect(inputs.map((input) => input.look)).toEqual([true, false, true, true]);
    expect(inputs[0]).toMatchObject({ query: 'lease', now: 'gone', stateFolder: '/state', limit: 50 });
    expect(inputs[0]?.kinds).toBeUndefined();
    for (const copy of keys.lent) expect(copy).toEqual(new Uint8Array(32));
  });

  it('asks the storage again after a look that failed', async () => {
    let fail = true;
    const { look: jobs, engines } = look({
      find: async () => {
        if (fail) throw new Error('away');
        return output;
      },
    });
    await expect(jobs.search.search(request)).rejects.toThrow('away');
    fail = false;
    await jobs.search.search(request);
    expect(engines.calls.map((call) => (call.input as { look: boolean }).look)).toEqual([true, true]);
  });
});

describe('versions', () => {
  const version = (n: number, size: number, more: Partial<EntryVersion> = {}): EntryVersion => ({
    id: 'f',
    name: 'f',
    kind: 'file',
    size,
    mtimeNs: '1000000',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    linkTarget: null,
    clientId: CLIENT,
    computerName: 'ada',
    snapshotIds: [n === 1 ? ONE : TWO],
    firstMs: n * 10,
    lastMs: n * 10,
    changed: n === 1 ? [] : ['content'],
    ...more,
  });

  it('tell the change against the one before in time, whatever their order', async () => {
    const { look: jobs } = look({
      versions: async () => ({
        // The first state came back, so it is the newest one too.
        versions: [version(1, 30, { lastMs: 99 }), version(2, 100)],
        snapshots: 3,
        unread: ['x'],
      }),
    });
    const answer = await jobs.versions.of(CLIENT, id('/home/f'));
    expect(answer).toMatchObject({ snapshots: 3, unread: 1 });
    expect(answer.versions.map(({ before, firstAt }) => [before?.sizeDelta ?? null, firstAt])).toEqual([
      [null, 100],
      [70, 200],
    ]);
    expect(answer.versions[1]?.before).toMatchObject({ sameContents: false, changed: ['content'] });
  });

  it('with the same contents say so, and a new question ends the one before', async () => {
    const controls: string[] = [];
    const { look: jobs } = look({
      versions: async (_, { control }) => {
        await Promise.resolve();
        controls.push(control.state);
        return { versions: [version(2, 5, { changed: ['mode'] }), version(1, 5)], snapshots: 2, unread: [] };
      },
    });
    const first = jobs.versions.of(CLIENT, id('/home/f'));
    const second = await jobs.versions.of(CLIENT, id('/home/f'));
    await first;
    expect(controls).toEqual(['stopped', 'running']);
    expect(second.versions[0]?.before).toEqual({ sizeDelta: 0, sameContents: true, changed: ['mode'] });
  });

  it('stand against the disk of this computer only', async () => {
    const answers: Partial<Difference>[] = [{}];
    const { look: jobs } = look({
      diff: async ({ path }, { emit }) => {
        const [answer] = answers;
        if (answer !== undefined) {
          const item = difference('content', '/home/f', { size: 8, mtimeNs: '3', ...answer });
          emit({ type: 'differences', items: [{ ...item, entry: path ?? '' }] });
        }
        return NO_DIFFERENCE;
      },
    });
    const ask = () => jobs.versions.onDisk(ONE, id('/home/f'), [CLIENT]);
    expect(await ask()).toEqual({ state: 'different', size: 8, mtimeNs: '3', onlyAbout: false });
    answers[0] = { change: 'removed' };
    expect(await ask()).toMatchObject({ state: 'missing' });
    answers[0] = { change: 'metadata' };
    expect(await ask()).toMatchObject({ state: 'same', onlyAbout: true });
    answers.length = 0;
    expect(await ask()).toMatchObject({ state: 'same', onlyAbout: false });
    await expect(jobs.versions.onDisk(ONE, id('/home/f'), ['dd'])).rejects.toMatchObject({ code: 'bad-input' });
    await expect(jobs.versions.onDisk(ONE, '../f', [CLIENT])).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('moves', () => {
  it('are pairs of the same contents, those of one name first', () => {
    const items = [
      difference('removed', '/a/x', { contents: 'c' }),
      difference('removed', '/a/y', { contents: 'c' }),
      difference('added', '/b/z', { contents: 'c' }),
      difference('added', '/b/y', { contents: 'c' }),
      difference('added', '/b/other', { contents: 'd' }),
      difference('removed', '/a/empty', { size: 0 }),
      difference('added', '/b/empty', { size: 0 }),
    ];
    const moves = movesAmong(items, true).map(({ from, to }) => `${from.path} ${to.path}`);
    expect(moves.sort()).toEqual(['/a/x /b/z', '/a/y /b/y']);
  });

  it('on the disk need size, time and name', () => {
    const items = [
      difference('removed', '/a/x', { contents: 'c' }),
      difference('added', '/b/x'),
      difference('removed', '/a/y'),
      difference('added', '/b/z'),
      difference('removed', '/a/w', { mtimeNs: '6' }),
      difference('added', '/b/w', { mtimeNs: '7' }),
    ];
    expect(movesAmong(items, false).map(({ from, to }) => `${from.path} ${to.path}`)).toEqual(['/a/x /b/x']);
  });

  it('take each file once, and lose none', () => {
    const one = fc.record({
      change: fc.constantFrom('added', 'removed', 'content'),
      path: fc.constantFrom('/a/1', '/a/2', '/b/1', '/b/2', '/b/3'),
      contents: fc.constantFrom('c', 'd'),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (some) => {
        const items = some.map(({ change, path, contents }) =>
          difference(change as Difference['change'], path, { contents }),
        );
        const moves = movesAmong(items, true);
        const used = moves.flatMap(({ from, to }) => [from, to]);
        expect(new Set(used).size).toBe(used.length);
        for (const { from, to } of moves) {
          expect([from.change, to.change, from.contents]).toEqual(['removed', 'added', to.contents]);
        }
        expect(comparedItems(items, true)).toHaveLength(items.length - moves.length);
        // As many as fit: of each contents the smaller of both numbers.
        const fit = ['c', 'd'].map((c) =>
          Math.min(
            ...['added', 'removed'].map(
              (change) => items.filter((item) => item.contents === c && item.change === change).length,
            ),
          ),
        );
        expect(moves).toHaveLength(fit.reduce((sum, n) => sum + n, 0));
      }),
    );
  });
});

describe('rows of a comparison', () => {
  const ALL = ['added', 'removed', 'changed', 'moved', 'about'] as const;
  const items = comparedItems(
    [
      difference('content', '/home/b.txt', { size: 50, before: { kind: 'file', size: 20, mtimeNs: '1' } }),
      difference('added', '/home/new', { kind: 'folder', size: 0 }),
      difference('added', '/home/new/one', { size: 7 }),
      difference('removed', '/home/a.txt', { size: 9 }),
      difference('metadata', '/home/c.txt'),
    ],
    true,
  );
  const view = { show: ALL, text: '', grouped: true, closed: new Set<string>() };
  const told = (rows: Row[]): string[] =>
    rows.map((row) => (row.row === 'folder' ? `${row.path}:${row.delta}:${row.whole ?? ''}` : row.item.name));

  it('stand under their folders; a folder that came with what is in it is told by its heading', () => {
    const { rows, items: count } = rowsOf(items, view);
    expect(told(rows)).toEqual(['/home:21:', 'a.txt', 'b.txt', 'c.txt', '/home/new:7:added', 'one']);
    expect(count).toBe(4);
    expect(rows[0]).toMatchObject({ counts: { added: 0, removed: 1, changed: 1, about: 1 } });
  });

  it('of closed folders are counted and not shown', () => {
    const { rows, items: count } = rowsOf(items, { ...view, closed: new Set([id('/home')]) });
    expect(told(rows)).toEqual(['/home:21:', '/home/new:7:added', 'one']);
    expect(count).toBe(4);
  });

  it('in one list begin with the largest change', () => {
    const { rows } = rowsOf(items, { ...view, grouped: false });
    expect(told(rows)).toEqual(['b.txt', 'a.txt', 'one', 'c.txt', 'new']);
  });

  it('are those of the kinds and of the words that are asked for', () => {
    expect(told(rowsOf(items, { ...view, grouped: false, show: ['removed', 'changed'] }).rows)).toEqual([
      'b.txt',
      'a.txt',
    ]);
    expect(told(rowsOf(items, { ...view, grouped: false, text: 'HOME/NEW' }).rows)).toEqual(['one', 'new']);
  });

  it('give what to restore from which side, each once and none inside another', () => {
    const moved = comparedItems(
      [difference('removed', '/home/x', { contents: 'c' }), difference('added', '/home/y', { contents: 'c' })],
      true,
    );
    expect(idsToRestore([...items, ...moved])).toEqual({
      from: [id('/home/x'), id('/home/b.txt'), id('/home/a.txt'), id('/home/c.txt')],
      to: [id('/home/new')],
    });
  });
});

describe('comparisons', () => {
  const FIND_ALL = { show: ['added', 'removed', 'changed', 'moved', 'about'], text: '' } as const;

  it('are kept for paging until they are left or another one begins', async () => {
    const { look: jobs, engines } = look({
      diff: async (_, { emit }) => {
        emit({
          type: 'differences',
          items: [
            difference('removed', '/home/x', { contents: 'c', size: 4 }),
            difference('added', '/home/y', { contents: 'c', size: 4 }),
            difference('added', '/home/z'),
          ],
        });
        return {
          ...NO_DIFFERENCE,
          added: { files: 2, folders: 0, others: 0, bytes: 14 },
          removed: { files: 1, folders: 0, others: 0, bytes: 4 },
        };
      },
    });
    const found = await jobs.comparisons.compare(ONE, TWO, false, [CLIENT]);
    expect(found).toMatchObject({
      added: { files: 1, bytes: 10 },
      removed: { files: 0, bytes: 0 },
      moved: { files: 1, bytes: 4 },
      listed: 2,
      beyond: 0,
    });
    const view = { ...FIND_ALL, grouped: false, closed: new Set<string>() };
    const page = jobs.comparisons.rows(found.comparisonId, view, { offset: 1, limit: 5 });
    expect(page).toMatchObject({
      total: 2,
      items: 2,
      rows: [{ item: { change: 'moved', from: { path: '/home/x' } } }],
    });
    expect(jobs.comparisons.toRestore(found.comparisonId, FIND_ALL, [id('/home/y')])).toEqual({
      from: [id('/home/x')],
      to: [],
    });
    expect(engines.calls[0]?.input).toMatchObject({ from: ONE, to: { kind: 'snapshot', snapshotId: TWO } });
    jobs.clear();
    expect(() => jobs.comparisons.rows(found.comparisonId, view, { offset: 0, limit: 5 })).toThrow(
      expect.objectContaining({ code: 'stopped' }),
    );
  });

  it('keep a bounded number of differences and count those beyond', async () => {
    const batch = Array.from({ length: 256 }, (_, i) => difference('added', `/home/${i}`));
    const { look: jobs } = look({
      diff: async (_, { emit }) => {
        for (let i = 0; i < 400; i++) emit({ type: 'differences', items: batch });
        return NO_DIFFERENCE;
      },
    });
    const found = await jobs.comparisons.compare(ONE, TWO, false, [CLIENT]);
    expect(found).toMatchObject({ listed: 100_000, beyond: 2_400 });
  });

  it('with the disk are of this computer only; leaving stops one that is under way', async () => {
    let state = '';
    const { look: jobs } = look({
      diff: async (_, { control }) => {
        jobs.comparisons.clear();
        state = control.state;
        return NO_DIFFERENCE;
      },
    });
    await expect(jobs.comparisons.compare(ONE, null, true, ['dd'])).rejects.toMatchObject({ code: 'bad-input' });
    const found = await jobs.comparisons.compare(ONE, null, true, [CLIENT]);
    expect(state).toBe('stopped');
    expect(() => jobs.comparisons.toRestore(found.comparisonId, FIND_ALL, null)).toThrow(
      expect.objectContaining({ code: 'stopped' }),
    );
  });
});

describe('sizes', () => {
  it('are asked for by size, or by change where an older snapshot is given, with the way to the folder', async () => {
    const { look: jobs, engines } = look({
      sizes: async () => ({
        total: { files: 1, bytes: 2 },
        before: null,
        entries: [],
        rest: { entries: 0, files: 0, bytes: 0, bytesBefore: 0 },
        unread: 0,
      }),
    });
    const answer = await jobs.sizes(ONE, id('/home/ada'), null);
    expect(answer.crumbs.map(({ name }) => name)).toEqual(['', 'home', 'ada']);
    await jobs.sizes(TWO, '', ONE);
    expect(engines.calls.map(({ input }) => input)).toMatchObject([
      { order: 'size', path: id('/home/ada') },
      { order: 'change', before: ONE, path: '' },
    ]);
    await expect(jobs.sizes(ONE, '..', null)).rejects.toMatchObject({ code: 'bad-input' });
  });
});
