/** Parts of the Google Drive adapter by themselves: the rate of writes, midnight in California, sealed sessions, the build. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeAuth } from '../../main/destinations/google-drive/client.ts';
import { builtInClient } from '../../main/destinations/google-drive/client-id.ts';
import { msToPacificMidnight, toDriveError } from '../../main/destinations/google-drive/drive-errors.ts';
import { googleEndpoints } from '../../main/destinations/google-drive/endpoints.ts';
import { quoted } from '../../main/destinations/google-drive/files.ts';
import { rateOf, WriteRate } from '../../main/destinations/google-drive/quota.ts';
import { SessionSealer, type UploadSession } from '../../main/destinations/google-drive/session-file.ts';
import { DriveTree, itemOf, type DriveItem } from '../../main/destinations/google-drive/tree.ts';
import { nameFor, numbered } from '../support/destination-names.ts';

describe('the rate of writes', () => {
  test('a few at once, then 2.5 a second, for as long as it goes on', () => {
    let now = 0;
    const rate = new WriteRate(2.5, 2.5, () => now);
    expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 0]);
    const starts = Array.from({ length: 100 }, () => {
      now += rate.take();
      return now;
    });
    expect(starts[0]).toBe(400);
    expect(starts.at(-1)).toBe(100 * 400);
  });

  test('a quiet time earns no more than the first few', () => {
    let now = 0;
    const rate = new WriteRate(2.5, 2.5, () => now);
    rate.take();
    now = 1e9;
    expect([rate.take(), rate.take(), rate.take()]).toEqual([0, 0, 0]);
    expect(rate.take()).toBe(400);
  });

  test('comes near to 3 a second while nothing is refused, and falls back when something is', () => {
    let now = 0;
    const rate = new WriteRate(2.5, 2.9, () => now);
    const turns = (count: number): number => {
      const from = now;
      for (let i = 0; i < count; i++) now += rate.take();
      return (1000 * count) / (now - from);
    };
    turns(30);
    expect(turns(30)).toBeCloseTo(2.9);
    rate.refused();
    expect(turns(1)).toBeCloseTo(2.9 * 0.7);
    for (let i = 0; i < 50; i++) rate.refused();
    expect(turns(1)).toBeCloseTo(0.5);
    turns(200);
    expect(turns(1)).toBeCloseTo(2.9);
  });

  test('a wait can be given up', async () => {
    vi.useFakeTimers();
    try {
      const rate = new WriteRate(1, 1, () => 0);
      for (let turn = 0; turn < 3; turn += 1) await rate.wait(undefined);
      const cancel = new AbortController();
      const waiting = rate.wait(cancel.signal);
      const reason = new Error('enough');
      cancel.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      expect(vi.getTimerCount()).toBe(0);
      const patient = rate.wait(undefined);
      await vi.advanceTimersByTimeAsync(2_000);
      await patient;
    } finally {
      vi.useRealTimers();
    }
  });

  test('is shared by all destinations of an account, and by no others', () => {
    expect(rateOf('anna@example.com')).toBe(rateOf('anna@example.com'));
    expect(rateOf('anna@example.com')).not.toBe(rateOf('ben@example.com'));
  });
});

describe('midnight in California', () => {
  test.each([
    ['2026-01-15T08:00:00Z', 24 * 3_600_000], // midnight of Pacific standard time
    ['2026-01-15T07:00:00Z', 3_600_000],
    ['2026-07-15T06:00:00Z', 3_600_000], // daylight saving time
    ['2026-07-15T06:59:59Z', 60_000], // never less than a minute
  ])('at %s in %i ms', (now, ms) => {
    expect(msToPacificMidnight(new Date(now))).toBe(ms);
  });
});

describe('what the library throws', () => {
  test('loses its addresses, headers and bodies', () => {
    const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    const message = 'request to https://www.googleapis.com/upload?upload_id=SECRET failed, reason: socket hang up';
    const thrown = Object.assign(new Error(message, { cause }), { code: 'ECONNRESET', config: { data: 'SECRET' } });
    const error = toDriveError(thrown, 'upload.piece');
    expect(error).toMatchObject({ code: 'destination-offline', retry: { afterMs: null } });
    expect(error.cause).toBeUndefined();
    expect(JSON.stringify(error.toInfo())).not.toContain('SECRET');
    const strange = toDriveError(new Error('https://x/?token=SECRET'), 'files.get');
    expect(strange.code).toBe('destination-failed');
    expect(JSON.stringify(strange.toInfo())).not.toContain('SECRET');
  });

  test.each(['invalid_grant SECRET', '<html>', 'x'.repeat(61)])('passes only words on: %s', (reason) => {
    const error = toDriveError({ response: { status: 403, data: { error: { errors: [{ reason }] } } } }, 'files.get');
    expect(error.detail).toBe('files.get: HTTP 403');
  });
});

describe('a sealed session', () => {
  const session: UploadSession = {
    uri: 'https://www.googleapis.com/upload/drive/v3/files?upload_id=abc',
    id: '1id',
    update: false,
    folder: '1folder',
    startedMs: 5,
  };
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-session-'));
    file = path.join(folder, 'object.upload');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('opens for the same sign-in, name and size, and for nothing else', async () => {
    const store = new SessionSealer('token').at(file, 'k/aa', 10);
    expect(await store.load()).toBeNull();
    await store.save(session);
    expect(await store.load()).toEqual(session);
    for (const other of [
      new SessionSealer('other').at(file, 'k/aa', 10),
      new SessionSealer('token').at(file, 'k/ab', 10),
      new SessionSealer('token').at(file, 'k/aa', 11),
    ]) {
      expect(await other.load()).toBeNull();
    }
    await store.clear();
    await store.clear();
    expect(await store.load()).toBeNull();
  });

  test('with any bit changed, or cut anywhere, is no session', async () => {
    const store = new SessionSealer('token').at(file, 'k/aa', 10);
    await store.save(session);
    const sealed = await readFile(file);
    for (let at = 0; at < sealed.length; at += 7) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      await writeFile(file, changed);
      expect(await store.load()).toBeNull();
      await writeFile(file, sealed.subarray(0, at));
      expect(await store.load()).toBeNull();
    }
  });
});

describe('the tree', () => {
  const item = (id: string, name: string, parent: string, more: Partial<DriveItem> = {}): DriveItem => {
    return { id, name, parent, folder: false, size: 1, sha256: null, md5: null, modifiedMs: 0, ...more };
  };

  test('of files of one name: the right hash, then an unknown one, then the newest', () => {
    const tree = new DriveTree('root');
    const name = nameFor(numbered(1), 'k');
    const hash = name.slice(2);
    tree.set(item('k', 'k', 'root', { folder: true, size: null }));
    tree.set(item('wrong', hash, 'k', { sha256: 'f'.repeat(64), modifiedMs: 9 }));
    tree.set(item('old', hash, 'k', { modifiedMs: 1 }));
    tree.set(item('new', hash, 'k', { modifiedMs: 2 }));
    tree.set(item('right', hash, 'k', { sha256: hash }));
    expect(tree.filesAt(name).map(({ id }) => id)).toEqual(['right', 'new', 'old', 'wrong']);
    tree.delete('right');
    expect(tree.filesAt(name)[0]?.id).toBe('new');
  });

  test('follows a file that moves, and forgets one without a place', () => {
    const tree = new DriveTree('root');
    tree.set(item('a', 'repo.json', 'elsewhere'));
    expect(tree.filesAt('repo.json')).toEqual([]);
    tree.set(item('a', 'repo.json', 'root'));
    expect(tree.filesAt('repo.json')).toHaveLength(1);
    expect(itemOf({ id: 'a', name: 'repo.json' })).toBeNull();
    expect(itemOf({ id: 'a', name: 'repo.json', parents: ['root'], trashed: true })).toBeNull();
  });
});

test('names cannot leave their place in a query', () => {
  expect(quoted(`it's \\ x`)).toBe(`'it\\'s \\\\ x'`);
});

describe('what a build brings', () => {
  test('an OAuth client from its environment, or none', () => {
    vi.stubEnv('HOLDFAST_GOOGLE_CLIENT_ID', '');
    expect(builtInClient()).toBeNull();
    vi.stubEnv('HOLDFAST_GOOGLE_CLIENT_ID', 'id');
    vi.stubEnv('HOLDFAST_GOOGLE_CLIENT_SECRET', 'secret');
    expect(builtInClient()).toEqual({ clientId: 'id', clientSecret: 'secret' });
  });

  test('another server than Google’s is believed in development only', () => {
    vi.stubEnv('HOLDFAST_GOOGLE_ENDPOINT', 'http://127.0.0.1:9/');
    expect(googleEndpoints().token).toBe('http://127.0.0.1:9/token');
    vi.stubEnv('NODE_ENV', 'production');
    expect(
      Object.values(googleEndpoints()).every((url) => new URL(url).hostname.match(/\.(google|googleapis)\.com$/)),
    ).toBe(true);
  });
});

describe('a request that is given up before it was sent', () => {
  /** What nobody caught while it ran; in a thread of the engine each of these would end the thread. */
  async function uncaughtOf(run: () => Promise<void>): Promise<unknown[]> {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    const others = (['uncaughtException', 'unhandledRejection'] as const).map((event) => {
      const before = process.listeners(event as 'uncaughtException');
      process.removeAllListeners(event);
      process.on(event, note);
      return () => {
        process.removeAllListeners(event);
        for (const listener of before) process.on(event, listener);
      };
    });
    try {
      await run();
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      return uncaught;
    } finally {
      for (const putBack of others) putBack();
    }
  }

  test('fails, and nothing else', async () => {
    const client = { clientId: 'id', clientSecret: 'secret' };
    const auth = makeAuth(client, googleEndpoints(), () => AbortSignal.abort(new Error('given up')));
    auth.setCredentials({ refresh_token: 'token' });
    expect(await uncaughtOf(async () => void (await expect(auth.getAccessToken()).rejects.toThrow()))).toEqual([]);
  });
});
