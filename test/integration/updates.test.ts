/**
 * A newer version from the server to the program's own place: the signing script, a server, the source, the decision, and
 * electron-updater itself. What stands in: a shell script in the shape of an AppImage, and Node's network for Electron's.
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { publicText } from '../../build/sign-release.mjs';
import type { Notice } from '../../main/app/notices.ts';
import { SILENT_MS } from '../../main/app/updates/guard.ts';
import { ElectronInstaller } from '../../main/app/updates/installer.ts';
import { releaseKey } from '../../main/app/updates/manifest.ts';
import { UpdateMemory } from '../../main/app/updates/memory.ts';
import { ReleaseSource } from '../../main/app/updates/source.ts';
import { TIMING, Updates } from '../../main/app/updates/updates.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { nodeHttp } from '../support/node-http.ts';
import { UpdateServer, writeStandIn } from '../support/update-server.ts';

const BLOCKS = Array.from({ length: 40 }, (_, at) => `block ${at} `);

let folder: string;
let image: string;
let server: UpdateServer;
let clock: FakeClock;
let busy: boolean;
let metered: boolean;
const notices: Notice[] = [];
const quits: string[] = [];
const started: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-updates-'));
  image = path.join(folder, 'Holdfast.AppImage');
  await writeStandIn(image, '0.1.0', BLOCKS);
  vi.stubEnv('APPIMAGE', image);
  vi.stubEnv('HOLDFAST_STAND_IN', path.join(folder, 'ran'));
  server = await UpdateServer.start(path.join(folder, 'server'));
  clock = new FakeClock(Date.parse('2026-11-26T12:00:00Z'));
  busy = false;
  metered = false;
  for (const list of [notices, quits, started]) list.length = 0;
});
afterEach(async () => {
  await server.end();
  await rm(folder, { recursive: true });
});

/** The program of a version, as it would be after a start. */
async function program(version = '0.1.0', keys = [server.publicKey], tryWithinMs = 60_000): Promise<Updates> {
  return new Updates({
    version,
    off: null,
    memory: await UpdateMemory.load(path.join(folder, 'home', 'updates.json'), version),
    source: new ReleaseSource({ url: server.url, keys: keys.map(releaseKey), fetch, clear: true }),
    installer: new ElectronInstaller({
      version,
      cacheFolder: path.join(folder, 'home'),
      publisher: null,
      platform: 'linux',
      image,
      tryWithinMs,
      executor: nodeHttp(),
      report: () => undefined,
    }),
    system: 'linux',
    arch: 'x64',
    clock,
    busy: () => busy,
    mayLoad: async () => !metered,
    notify: (notice) => notices.push(notice),
    changed: () => undefined,
    quit: () => quits.push(version),
    startAgain: (at) => started.push(at),
    report: () => undefined,
  });
}

/** A newer program on the server, some of whose blocks differ. */
async function serve(version: string, options: Partial<Parameters<UpdateServer['offer']>[0]> = {}): Promise<string> {
  const name = `Holdfast-${version}.AppImage`;
  await writeStandIn(path.join(server.folder, name), version, [...BLOCKS.slice(0, 38), `new in ${version} `]);
  await server.offer({ version, ...options });
  return name;
}

/** On a busy machine what takes milliseconds can take seconds. */
async function until(holds: () => void): Promise<void> {
  await vi.waitFor(holds, { timeout: 20_000 });
}

/** What the program in the place of the AppImage says it is. */
async function installed(): Promise<string> {
  await rm(path.join(folder, 'ran'), { force: true });
  execFileSync(image);
  return (await readFile(path.join(folder, 'ran'), 'utf8')).trim();
}

describe('an update', () => {
  it('is verified, loaded in part, told once, and in place after the restart', async () => {
    const name = await serve('0.2.0', { notes: 'Faster.\n<b>plain</b>' });
    const updates = await program();
    await updates.check();
    expect(updates.state()).toMatchObject({
      step: 'ready',
      error: null,
      release: { version: '0.2.0', notes: 'Faster.\n<b>plain</b>' },
      checkedAt: clock.now(),
    });
    expect(notices.map(({ title }) => title)).toEqual(['Holdfast 0.2.0 is ready']);
    expect(await installed()).toBe('0.1.0');
    // Of 41 blocks of 8 KiB only those that changed were loaded, and the map.
    expect(server.sent.get(name)).toBeLessThan(5 * 8 * 1024);

    await updates.restart();
    expect(quits).toEqual(['0.1.0']);
    await updates.last();
    expect(started).toEqual([image]);
    expect(await installed()).toBe('0.2.0');
    expect((await readdir(folder)).filter((file) => file.includes('AppImage'))).toEqual(['Holdfast.AppImage']);

    const next = await program('0.2.0');
    await next.check();
    expect(next.state()).toMatchObject({ step: 'idle', release: null, error: null });
  });

  it('tells the server nothing of this computer', async () => {
    await serve('0.2.0');
    await (await program()).check();
    const words = JSON.stringify(server.heard);
    const { stagingId } = JSON.parse(await readFile(path.join(folder, 'home', 'updates.json'), 'utf8')) as {
      stagingId: string;
    };
    expect(server.heard.length).toBeGreaterThan(2);
    expect(words).not.toContain(stagingId);
    expect(words).not.toMatch(/0\.1\.0|staging|cookie/i);
    expect(await readdir(path.join(folder, 'home'))).not.toContain('.updaterId');
  });

  it('is put in place when a person quits, too, and is not started then', async () => {
    await serve('0.2.0');
    const updates = await program();
    await updates.check();
    await updates.last();
    expect(started).toEqual([]);
    expect(await installed()).toBe('0.2.0');
  });

  it('gets the name of its version where the old one had one', async () => {
    image = path.join(folder, 'Holdfast-0.1.0.AppImage');
    await writeStandIn(image, '0.1.0', BLOCKS);
    vi.stubEnv('APPIMAGE', image);
    await serve('0.2.0');
    const updates = await program();
    await updates.check();
    await updates.restart();
    await updates.last();
    image = path.join(folder, 'Holdfast-0.2.0.AppImage');
    expect(started).toEqual([image]);
    expect(await installed()).toBe('0.2.0');
  });

  it('that does not start leaves the old one in its place', async () => {
    const name = 'Holdfast-0.2.0.AppImage';
    await writeStandIn(path.join(server.folder, name), '0.2.0', BLOCKS, { broken: true });
    await server.offer({ version: '0.2.0' });
    const updates = await program();
    await updates.check();
    expect(updates.state().step).toBe('ready');
    await updates.restart();
    await updates.last();
    expect(started).toEqual([]);
    expect(await installed()).toBe('0.1.0');
  });
});

describe('a new program that neither starts nor ends', () => {
  it('holds up the end only for a while, and leaves the old one in its place', async () => {
    await writeStandIn(path.join(server.folder, 'Holdfast-0.2.0.AppImage'), '0.2.0', BLOCKS, { hangs: true });
    await server.offer({ version: '0.2.0' });
    const updates = await program('0.1.0', [server.publicKey], 200);
    await updates.check();
    await updates.restart();
    await updates.last();
    expect(started).toEqual([]);
    expect(await installed()).toBe('0.1.0');
  });
});

describe('refused, with nothing changed, is', () => {
  const refused = async (updates: Updates, message: RegExp): Promise<void> => {
    await updates.check();
    const { step, error } = updates.state();
    expect(step).toBe('idle');
    expect(error).toMatchObject({ code: 'update-refused', message: expect.stringMatching(message) });
    expect(error?.guidance).toMatch(/Nothing was (loaded|changed)|backups stay/);
    expect(await installed()).toBe('0.1.0');
    expect(notices).toEqual([]);
  };

  it('a signature of another key', async () => {
    const name = await serve('0.2.0', { keys: [generateKeyPairSync('ed25519').privateKey] });
    await refused(await program(), /isn’t signed by the makers/);
    expect(server.sent.has(name)).toBe(false);
  });

  it('a manifest of which one byte differs', async () => {
    const name = await serve('0.2.0');
    const file = path.join(server.folder, 'stable.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace('"rollout": 100', '"rollout": 99'));
    await refused(await program(), /isn’t signed/);
    expect(server.sent.has(name)).toBe(false);
  });

  it('a signature that is missing', async () => {
    await serve('0.2.0');
    await writeFile(path.join(server.folder, 'stable.json.sig'), '{"signatures":[]}');
    await refused(await program(), /isn’t signed/);
  });

  it('a beta that is served as stable', async () => {
    await serve('0.2.0-beta.1', { channel: 'beta' });
    for (const end of ['', '.sig']) {
      await writeFile(
        path.join(server.folder, `stable.json${end}`),
        await readFile(path.join(server.folder, `beta.json${end}`)),
      );
    }
    await refused(await program(), /can’t be right/);
  });

  it('an older version', async () => {
    await serve('0.0.9');
    await refused(await program(), /0\.0\.9, which is older than yours, 0\.1\.0/);
  });

  it('an older manifest than was seen before, though it is newer than what runs', async () => {
    await serve('0.2.0');
    const kept = await Promise.all(
      ['', '.sig'].map(async (end) => await readFile(path.join(server.folder, `stable.json${end}`))),
    );
    await serve('0.3.0', { rollout: 0 });
    const updates = await program();
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'idle', error: null, release: null });
    await writeFile(path.join(server.folder, 'stable.json'), kept[0] ?? '');
    await writeFile(path.join(server.folder, 'stable.json.sig'), kept[1] ?? '');
    await refused(await program(), /older release than it did before/);
  });

  it('the same version signed earlier: a withdrawal can’t be taken back by replaying', async () => {
    await serve('0.2.0', { rollout: 0, issued: new Date('2026-11-20T10:00:00Z') });
    await (await program()).check();
    await serve('0.2.0', { issued: new Date('2026-11-20T09:00:00Z') });
    await refused(await program(), /older release than it did before/);
  });

  it('a file that is cut short', async () => {
    const name = await serve('0.2.0');
    await truncate(path.join(server.folder, name), 100_000);
    await refused(await program(), /damaged or cut short/);
  });

  it('a file that is longer than it was signed, loaded whole for want of a map', async () => {
    const at = path.join(server.folder, 'Holdfast-0.2.0.AppImage');
    await writeFile(at, randomBytes(100_000));
    await server.offer({ version: '0.2.0' });
    await appendFile(at, 'more');
    await refused(await program(), /damaged or cut short/);
  });

  it('a file that does not end and tells no length: the disk is not filled with it', async () => {
    const name = await serve('0.2.0');
    server.evil = { name, does: 'endless' };
    await refused(await program(), /damaged or cut short/);
    expect(await readdir(path.join(folder, 'home', 'updates', 'pending'))).toEqual([]);
  });

  it('a file that is another, of the same length', async () => {
    const name = await serve('0.2.0');
    const at = path.join(server.folder, name);
    await writeStandIn(at, '0.2.0', [...BLOCKS.slice(0, 38), 'bad in 0.2.0 ']);
    await refused(await program(), /damaged or cut short/);
  });

  it('a file that changed while it waited to be put in place', async () => {
    await serve('0.2.0');
    const updates = await program();
    await updates.check();
    const waiting = path.join(folder, 'home', 'updates', 'pending', 'Holdfast-0.2.0.AppImage');
    await writeStandIn(waiting, 'evil', BLOCKS);
    await updates.restart();
    await updates.last();
    expect(started).toEqual([]);
    expect(await installed()).toBe('0.1.0');
  });

  it('a version that this one is too old for', async () => {
    await serve('0.3.0', { minimum: '0.2.0' });
    await refused(await program(), /too old to update itself/);
  });
});

describe('when', () => {
  it('a run is active: not loaded before it has ended, and the restart is refused', async () => {
    const name = await serve('0.2.0');
    const updates = await program();
    busy = true;
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'waiting', release: { version: '0.2.0' } });
    expect(server.sent.has(name)).toBe(false);
    busy = false;
    updates.runEnded();
    await until(() => expect(updates.state().step).toBe('ready'));
    busy = true;
    await expect(updates.restart()).rejects.toMatchObject({ code: 'busy' });
    expect(quits).toEqual([]);
  });

  it('by itself: after a while, once a day, not over a metered network', async () => {
    const name = await serve('0.2.0');
    const updates = await program();
    updates.begin();
    metered = true;
    clock.advance(TIMING.firstMs);
    await until(() => expect(updates.state().step).toBe('waiting'));
    expect(server.sent.has(name)).toBe(false);
    metered = false;
    clock.advance(TIMING.lookMs);
    await until(() => expect(updates.state().step).toBe('ready'));
    updates.end();
  });

  it('turned off: nobody is asked by itself', async () => {
    const updates = await program();
    await updates.setAutomatic(false);
    updates.begin();
    clock.advance(TIMING.firstMs + 30 * TIMING.lookMs);
    expect(server.heard).toEqual([]);
    updates.end();
  });

  it('staged: it reaches some by itself, everybody who asks, and nobody once it is withdrawn', async () => {
    await serve('0.2.0', { rollout: 0.000_001 });
    const updates = await program();
    updates.begin();
    clock.advance(TIMING.firstMs);
    await until(() => expect(updates.state()).toMatchObject({ step: 'idle', checkedAt: clock.now() }));
    updates.end();
    await updates.check();
    expect(updates.state().step).toBe('ready');
    await serve('0.2.0', { rollout: 0 });
    const other = await program();
    await other.check();
    expect(other.state()).toMatchObject({ step: 'idle', release: null, error: null });
  });

  it('withdrawn after it was loaded: it is not put in place', async () => {
    await serve('0.2.0', { issued: new Date('2026-11-20T09:00:00Z') });
    const updates = await program();
    updates.begin();
    clock.advance(TIMING.firstMs);
    await until(() => expect(updates.state().step).toBe('ready'));
    const asked = server.heard.length;
    clock.advance(TIMING.lookMs);
    expect(server.heard).toHaveLength(asked);
    await serve('0.2.0', { rollout: 0, issued: new Date('2026-11-20T10:00:00Z') });
    clock.advance(TIMING.askEveryMs);
    await until(() => expect(updates.state()).toMatchObject({ step: 'idle', release: null, error: null }));
    updates.end();
    await updates.last();
    expect(await installed()).toBe('0.1.0');
  });

  it('asked for by a person during a run: it comes after the run, though it reaches nobody by itself yet', async () => {
    await serve('0.2.0', { rollout: 0.000_001 });
    const updates = await program();
    await updates.setAutomatic(false);
    busy = true;
    await updates.check();
    expect(updates.state().step).toBe('waiting');
    busy = false;
    updates.runEnded();
    await until(() => expect(updates.state().step).toBe('ready'));
  });

  it('the server is away: it says so and asks again', async () => {
    const updates = await program();
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'idle', checkedAt: null, error: { code: 'update-failed' } });
    await serve('0.2.0');
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'ready', error: null });
  });

  it('the server falls silent in the middle of a file: it is given up, and loaded another time', async () => {
    const name = await serve('0.2.0');
    server.evil = { name, does: 'silent' };
    const real = globalThis.setTimeout;
    // A minute passes at once, and only that.
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((call: () => void, ms: number) =>
      real(call, ms === SILENT_MS ? 300 : ms)) as typeof setTimeout);
    const updates = await program();
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'idle', error: { code: 'update-failed' } });
    vi.restoreAllMocks();
    server.evil = null;
    await updates.check();
    expect(updates.state()).toMatchObject({ step: 'ready', error: null });
  });

  it('the key is replaced: what both sign is taken by old programs and new ones', async () => {
    const next = generateKeyPairSync('ed25519').privateKey;
    await serve('0.2.0', { keys: [server.key, next] });
    for (const keys of [[server.publicKey], [server.publicKey, publicText(next)], [publicText(next)]]) {
      const updates = await program('0.1.0', keys);
      await updates.check();
      expect(updates.state()).toMatchObject({ step: 'ready', error: null });
    }
  });
});
