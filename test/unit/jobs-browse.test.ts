import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EntryFacts, PageInput, SnapshotFacts } from '../../main/engine/api.ts';
import { HoldfastError } from '../../main/errors.ts';
import { Browse } from '../../main/jobs/browse.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { Connection } from '../../main/jobs/connection.ts';
import { displayName, entryName, parseEntryPath } from '../../main/jobs/entry-path.ts';
import { makeDestinations } from '../support/app-destinations.ts';
import { plannedFolder } from '../support/chosen-place.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { FakeEngines, FakeKeys, type FakeVerbs } from '../support/fake-engine.ts';

const id = (name: string | Uint8Array): string => Buffer.from(name).toString('base64url');

function entry(name: string, change: Partial<EntryFacts> = {}): EntryFacts {
  return {
    id: id(name),
    name,
    kind: 'file',
    size: 1,
    mtimeNs: '0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    linkTarget: null,
    ...change,
  };
}

describe('entry paths', () => {
  it('hold raw names; those that are not UTF-8 are shown with their bytes', () => {
    expect(entryName(id('Fotos é'))).toBe('Fotos é');
    expect(entryName(id(Buffer.from([0x61, 0xff, 0x62])))).toBe('a\\xffb');
    expect(displayName(Buffer.from([0xc3, 0x28]))).toBe('\\xc3(');
  });

  it('any bytes can be shown, and ASCII stays as it is', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => displayName(bytes).length >= 0));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => displayName(Buffer.from(text)) === text.toWellFormed()),
    );
  });

  it.each(['..', 'a/../b', '/a', 'a//b', 'a/', 'a b', 'a\\b', 'x'.repeat(6000), `${'a/'.repeat(5000)}a`])(
    'refuse %.20s',
    (path) => {
      expect(() => parseEntryPath(path)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    },
  );

  it('empty is the top', () => {
    expect(parseEntryPath('')).toEqual([]);
  });
});

describe('browse', () => {
  const snapshotId = 'ab'.repeat(32);
  let folder: string;
  let config: ConfigStore;
  let keys: FakeKeys;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-browse-'));
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    keys = new FakeKeys();
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function browse(verbs: FakeVerbs): Promise<{ browse: Browse; engines: FakeEngines; connection: Connection }> {
    const engines = new FakeEngines({
      inspect: async () => ({
        repoId: '00'.repeat(16),
        createdMs: 5,
        generation: 1,
        clients: [],
        vault: null,
        ownerKnown: false,
      }),
      ...verbs,
    });
    const connection = new Connection(config, engines, await makeDestinations(folder, config, new FakeClock()));
    await connection.visit({ kind: 'local', path: '/backups' });
    return { browse: new Browse({ connection, engines, keys }), engines, connection };
  }

  it('asks the engine for each page and keeps nothing of it', async () => {
    const pages: PageInput[] = [];
    const { browse: jobs, engines } = await browse({
      page: async (input) => {
        pages.push(input);
        return { total: 251, files: 250, entries: [entry('f249'), entry('f248')] };
      },
    });
    const order = { sort: 'size', descending: true } as const;
    const read = () => jobs.list(snapshotId, id('home'), order, { offset: 1, limit: 2 });
    expect(await read()).toEqual({
      total: 251,
      files: 250,
      entries: [entry('f249'), entry('f248')],
      crumbs: [
        { id: null, name: '' },
        { id: id('home'), name: 'home' },
      ],
    });
    await read();
    expect(engines.calls).toHaveLength(3); // one that connected
    expect(pages[0]).toMatchObject({ snapshotId, path: id('home'), order, offset: 1, limit: 2 });
    for (const copy of keys.lent) expect(copy).toEqual(new Uint8Array(32));
  });

  it('refuses ids that are no snapshot', async () => {
    const { browse: jobs } = await browse({});
    await expect(
      jobs.list('../x', '', { sort: 'name', descending: false }, { offset: 0, limit: 1 }),
    ).rejects.toMatchObject({ code: 'snapshot-not-found' });
  });

  it('lists snapshots newest first and wipes every copy of the key it was lent', async () => {
    const facts = (n: number, startedMs: number): SnapshotFacts => ({
      id: String(n).padStart(64, '0'),
      clientId: '',
      computerName: 'ada',
      sequence: n,
      startedMs,
      endedMs: startedMs,
      sources: [],
      files: 0,
      folders: 0,
      bytes: 0,
      skipped: 0,
      partial: false,
      damage: null,
    });
    let seen = new Uint8Array();
    const { browse: jobs } = await browse({
      snapshots: async ({ access }) => {
        if (access.kind === 'key') seen = access.rootKey.slice();
        return [facts(1, 10), facts(3, 20), facts(2, 20)];
      },
    });
    expect((await jobs.snapshots()).map((one) => one.sequence)).toEqual([3, 2, 1]);
    expect(seen).toEqual(new Uint8Array(32).fill(9));
    expect(keys.lent).toHaveLength(1);
    for (const copy of keys.lent) expect(copy).toEqual(new Uint8Array(32));
  });

  it('lists with the capability while locked, and is locked where there is none', async () => {
    const kinds: string[] = [];
    const { browse: jobs, engines } = await browse({
      snapshots: async ({ access }) => {
        kinds.push(access.kind);
        return [];
      },
    });
    vi.spyOn(keys, 'readAccess').mockImplementation(() => {
      throw new HoldfastError('locked', 'Locked.', 'Unlock.');
    });
    expect(await jobs.snapshots()).toEqual([]);
    expect(kinds).toEqual(['capability']);
    expect(engines.ended).toBe(engines.started);
    vi.spyOn(keys, 'writeAccess').mockRejectedValue(new HoldfastError('capability-missing', 'None.', 'Unlock.'));
    await expect(jobs.snapshots()).rejects.toMatchObject({ code: 'locked' });
  });

  it('looks at the plan’s repository once there is a plan', async () => {
    const { connection } = await browse({});
    expect(connection.require()).toMatchObject({ destination: { path: '/backups' }, createdMs: 5 });
    await config.update({
      plan: {
        destinations: [plannedFolder('/other')],
        sources: ['/'],
        excludes: [],
        repoId: '22'.repeat(16),
        repoCreatedMs: 7,
        clientId: '33'.repeat(16),
      },
    });
    expect(connection.require()).toEqual({
      destination: { kind: 'local', path: '/other' },
      repoId: '22'.repeat(16),
      createdMs: 7,
      vault: null,
    });
    await config.update({ plan: null });
    connection.leave();
    expect(() => connection.require()).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
