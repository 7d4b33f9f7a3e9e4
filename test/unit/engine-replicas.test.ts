/** Which destination leads a run, which number comes next, and what is one place. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { placeId } from '../../main/destinations/place-id.ts';
import type { DestinationSpec, SurveyedDestination } from '../../main/engine/api.ts';
import { inLanes } from '../../main/engine/copy-objects.ts';
import { chooseLead } from '../../main/engine/replicas.ts';
import type { ReadRepoFile } from '../../main/engine/format/repo-file.ts';
import type { Domain } from '../../main/engine/repository/domain.ts';
import { keepHead, readHead, succession, type KnownHead } from '../../main/engine/repository/known-head.ts';
import { noteFilled, refuseEmptied } from '../../main/engine/repository/known-places.ts';
import { checkKnown, compareKnown } from '../../main/engine/repository/known-state.ts';

const disk: DestinationSpec = { kind: 'local', path: '/disk' };
const cloud: DestinationSpec = { kind: 'synced', path: '/cloud', service: 'icloud' };
const server: DestinationSpec = {
  kind: 'sftp',
  host: 'host',
  port: 22,
  user: 'me',
  path: 'backup',
  hostKey: 'SHA256:x',
  login: 'agent',
};

const found = (head: number, state: SurveyedDestination['state'] = 'ready', generation = 1): SurveyedDestination => ({
  state,
  head,
  generation,
  snapshots: head,
  error: null,
});

describe('the lead', () => {
  it('is the one with the newest snapshot of those that are ready', () => {
    expect(chooseLead([found(3), found(4)], [disk, server])).toBe(1);
    expect(chooseLead([found(3), found(9, 'unreachable')], [disk, server])).toBe(0);
    expect(chooseLead([found(0, 'empty'), found(0, 'unfinished'), found(0)], [disk, disk, server])).toBe(2);
    expect(chooseLead([found(0, 'empty'), found(5, 'other')], [disk, server])).toBeNull();
    expect(chooseLead([], [])).toBeNull();
  });

  it('is of equals the one with the newer repo.json, then a disk, then a folder, then the first', () => {
    expect(chooseLead([found(3), found(3, 'ready', 2)], [disk, server])).toBe(1);
    expect(chooseLead([found(3), found(3), found(3)], [server, cloud, disk])).toBe(2);
    expect(chooseLead([found(3), found(3)], [server, cloud])).toBe(1);
    expect(chooseLead([found(3), found(3)], [server, server])).toBe(0);
  });
});

describe('the next snapshot', () => {
  const id = (n: number): string => n.toString(16).padStart(64, '0');
  const domain = (...sequences: number[]): Domain =>
    ({
      snapshots: sequences.map((sequence) => ({ id: id(sequence), snapshot: { sequence, live: [] } })),
      damage: [],
      forgotten: new Map(),
    }) as unknown as Domain;
  const known = (sequence: number, more: Partial<KnownHead> = {}): KnownHead => ({
    sequence,
    id: id(sequence),
    place: 'here',
    committed: true,
    ...more,
  });
  const next = (of: Domain, head: KnownHead | null): [number, string | null] => {
    const { sequence, previous } = succession(of, head, 'here');
    return [sequence, previous === null ? null : Buffer.from(previous).toString('hex')];
  };

  it('follows the newest of the destination where this computer knows no newer', () => {
    expect(next(domain(), null)).toEqual([1, null]);
    expect(next(domain(1, 2), null)).toEqual([3, id(2)]);
    expect(next(domain(1, 2), known(2))).toEqual([3, id(2)]);
    expect(next(domain(1, 4), known(2))).toEqual([5, id(4)]);
  });

  it('follows what this computer knows where the destination lags', () => {
    expect(next(domain(1), known(3, { place: 'elsewhere' }))).toEqual([4, id(3)]);
    expect(next(domain(), known(3))).toEqual([4, id(3)]);
  });

  it('never takes a number twice, also where nobody knows whether the last one was stored', () => {
    // Begun here and not here: it does not exist. Begun elsewhere: it may.
    expect(next(domain(1, 2), known(3, { committed: false }))).toEqual([4, id(2)]);
    expect(next(domain(1, 2), known(3, { committed: false, place: 'elsewhere' }))).toEqual([4, id(3)]);
    expect(next(domain(1, 2, 3), known(3, { committed: false }))).toEqual([4, id(3)]);
  });
});

describe('what this computer remembers', () => {
  let folder: string;
  const repoId = new Uint8Array(16).fill(1);
  const clientId = new Uint8Array(16).fill(2);
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-known-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is its newest snapshot, by repository and computer; a file that a crash spoiled counts for nothing', async () => {
    const head = { sequence: 7, id: 'ab'.repeat(32), place: 'p', committed: true };
    expect(await readHead(folder, repoId, clientId)).toBeNull();
    expect(await keepHead(folder, repoId, clientId, head)).toBe(true);
    expect(await readHead(folder, repoId, clientId)).toEqual(head);
    expect(await readHead(folder, repoId, repoId)).toBeNull();
    const file = path.join(folder, 'known', `${'01'.repeat(16)}.${'02'.repeat(16)}.json`);
    for (const spoiled of [readFileSync(file, 'utf8').slice(0, 20), '{"sequence":-1,"id":"x","place":1}', 'null']) {
      writeFileSync(file, spoiled);
      expect(await readHead(folder, repoId, clientId)).toBeNull();
    }
    writeFileSync(path.join(folder, 'file'), '');
    expect(await keepHead(path.join(folder, 'file'), repoId, clientId, head)).toBe(false);
  });

  it('is where the backup was whole, told apart by what a place is and not by what opens it', async () => {
    expect(placeId(server)).not.toBe(placeId({ ...server, path: 'other' } as DestinationSpec));
    expect(placeId(server)).toBe(placeId({ ...server, login: 'key', scratch: '/tmp' } as DestinationSpec));
    await refuseEmptied(folder, repoId, server);
    await noteFilled(folder, repoId, server);
    await noteFilled(folder, repoId, disk);
    await expect(refuseEmptied(folder, repoId, server)).rejects.toMatchObject({ code: 'destination-missing' });
    await expect(refuseEmptied(folder, repoId, disk)).rejects.toMatchObject({ code: 'destination-missing' });
    await refuseEmptied(folder, clientId, server);
    await refuseEmptied(folder, repoId, cloud);
  });
});

describe('the generation of repo.json', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-known-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const repoId = new Uint8Array(16).fill(1);
  const at = (generation: number, owner = 5): ReadRepoFile =>
    ({
      repoId,
      generation,
      ownerPublicKey: new Uint8Array(32).fill(owner),
      replaces: null,
      bytes: Uint8Array.of(generation),
      hash: new Uint8Array(32).fill(generation),
    }) as unknown as ReadRepoFile;
  const rolledBack = { code: 'repository-rolled-back' };
  const keep = (value: object): void => {
    mkdirSync(path.join(folder, 'known'), { recursive: true });
    writeFileSync(path.join(folder, 'known', `${'01'.repeat(16)}.json`), JSON.stringify(value));
  };

  it('may not go back where it was seen; elsewhere an older one is behind', async () => {
    await checkKnown(folder, at(1), server);
    expect(await checkKnown(folder, at(3), disk)).toEqual({ kept: true, behind: false, newest: 3 });
    await expect(checkKnown(folder, at(2), disk)).rejects.toMatchObject(rolledBack);
    await expect(compareKnown(folder, at(2), disk)).rejects.toMatchObject(rolledBack);
    expect(await checkKnown(folder, at(1), server)).toEqual({ kept: true, behind: true, newest: 3 });
    expect(await compareKnown(folder, at(2), cloud)).toEqual({ ownerKnown: true, behind: true, newest: 3 });
    await checkKnown(folder, at(2), server);
    await expect(checkKnown(folder, at(1), server)).rejects.toMatchObject(rolledBack);
    expect(await checkKnown(folder, at(3), disk)).toMatchObject({ behind: false });
  });

  it('of another owner is refused at every place', async () => {
    await checkKnown(folder, at(1), disk);
    for (const place of [disk, server]) {
      await expect(compareKnown(folder, at(9, 6), place)).rejects.toMatchObject({ code: 'repository-damaged' });
    }
  });

  it('that an older version remembered without a place counts everywhere, until a place is noted', async () => {
    keep({ generation: 4, owner: '05'.repeat(32) });
    await expect(checkKnown(folder, at(3), disk)).rejects.toMatchObject(rolledBack);
    expect(await compareKnown(folder, at(4), disk)).toEqual({ ownerKnown: true, behind: false, newest: 4 });
    await checkKnown(folder, at(4), disk);
    await expect(checkKnown(folder, at(3), disk)).rejects.toMatchObject(rolledBack);
    expect(await checkKnown(folder, at(3), server)).toMatchObject({ behind: true });
    keep({ generation: 4 });
    await expect(checkKnown(folder, at(3), disk)).rejects.toMatchObject(rolledBack);
    expect(await compareKnown(folder, at(4), disk)).toMatchObject({ ownerKnown: false });
  });

  it('is remembered whole where several places are noted at a time', async () => {
    const places = Array.from({ length: 20 }, (_, i): DestinationSpec => ({ kind: 'local', path: `/disk ${i}` }));
    const notes = places.map(async (place, i) => {
      await noteFilled(folder, repoId, place);
      await checkKnown(folder, at(i + 2), place);
    });
    await Promise.all(notes);
    for (const [i, place] of places.entries()) {
      await expect(refuseEmptied(folder, repoId, place)).rejects.toMatchObject({ code: 'destination-missing' });
      await expect(compareKnown(folder, at(i + 1), place)).rejects.toMatchObject(rolledBack);
    }
    expect(readdirSync(path.join(folder, 'known')).length).toBe(2);
  });
});

describe('lanes', () => {
  it('run so many at a time, in order, and end with the first error when nothing is on its way', async () => {
    const begun: number[] = [];
    let running = 0;
    let most = 0;
    const work = async (n: number): Promise<void> => {
      begun.push(n);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (n === 4) throw new Error('four');
    };
    await inLanes([1, 2, 3], 2, work);
    expect(begun).toEqual([1, 2, 3]);
    expect(most).toBe(2);
    begun.length = 0;
    await expect(inLanes([3, 4, 5, 6, 7, 8], 2, work)).rejects.toThrow('four');
    expect(running).toBe(0);
    expect(begun.length).toBeLessThan(6);
  });
});
