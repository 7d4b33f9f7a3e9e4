import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { updateProblems } from '../../build/package/update-constants.mjs';
import { signRelease } from '../../build/sign-release.mjs';
import { updateBuild } from '../../main/app/updates/build.ts';
import { decide, shareOf } from '../../main/app/updates/decide.ts';
import { makeUpdates } from '../../main/app/updates/make.ts';
import { releaseKey, type Release, type ReleaseFile } from '../../main/app/updates/manifest.ts';
import { type OffFacts, policyFile, whyOff } from '../../main/app/updates/off.ts';
import { compareVersions, isVersion } from '../../main/app/updates/version.ts';

describe('versions', () => {
  it('stand in their order, betas before their release', () => {
    const order = ['0.1.0', '0.1.1', '0.2.0-beta.1', '0.2.0-beta.2', '0.2.0-beta.10', '0.2.0', '0.10.0', '1.0.0'];
    for (const [at, older] of order.entries()) {
      expect(compareVersions(older, older)).toBe(0);
      for (const newer of order.slice(at + 1)) {
        expect(compareVersions(older, newer)).toBeLessThan(0);
        expect(compareVersions(newer, older)).toBeGreaterThan(0);
      }
    }
  });

  it.each(['1.0', '01.0.0', '1.0.0-rc.1', '1.0.0-beta', '1.0.0-beta.0', '1.0.0+x', ' 1.0.0', '1.0.0\n', ''])(
    '%j is none',
    (text) => {
      expect(isVersion(text)).toBe(false);
      expect(() => compareVersions(text, '1.0.0')).toThrow(RangeError);
    },
  );
});

describe('the decision', () => {
  const file = (name: string, system: ReleaseFile['system'], arch: ReleaseFile['arch']): ReleaseFile => ({
    name,
    system,
    arch,
    size: 1,
    sha512: '',
  });
  const release: Release = {
    format: 1,
    product: 'holdfast',
    version: '0.2.0',
    channel: 'stable',
    issued: '2026-11-26T00:00:00.000Z',
    minimumVersion: '0.1.0',
    rollout: 100,
    notes: '',
    files: [
      file('Holdfast-0.2.0.AppImage', 'linux', 'x64'),
      file('Holdfast-0.2.0-arm64.AppImage', 'linux', 'arm64'),
      file('Holdfast-0.2.0-universal.zip', 'darwin', 'universal'),
      file('Holdfast-0.2.0.exe', 'win32', 'x64'),
    ],
  };
  const facts = { version: '0.1.0', stagingId: 'x', byHand: false, system: 'linux' as const, arch: 'x64' };

  it.each([
    ['linux', 'x64', 'Holdfast-0.2.0.AppImage'],
    ['linux', 'arm64', 'Holdfast-0.2.0-arm64.AppImage'],
    ['darwin', 'arm64', 'Holdfast-0.2.0-universal.zip'],
    ['win32', 'x64', 'Holdfast-0.2.0.exe'],
  ] as const)('on %s, %s takes %s', (system, arch, name) => {
    expect(decide(release, { ...facts, system, arch })).toMatchObject({ kind: 'take', file: { name } });
  });

  it('refuses what is made for other computers', () => {
    expect(() => decide(release, { ...facts, system: 'win32', arch: 'arm64' })).toThrow(/isn’t made for this/);
    expect(() => decide(release, { ...facts, system: 'freebsd' })).toThrow(/isn’t made for this/);
  });

  it('goes from a beta to its release, and never back', () => {
    expect(decide(release, { ...facts, version: '0.2.0-beta.3' })).toMatchObject({ kind: 'take' });
    expect(() => decide(release, { ...facts, version: '0.3.0-beta.1' })).toThrow(/older than yours/);
  });

  it('reaches about the share that was asked for, and another tenth with each version', () => {
    const ids = Array.from({ length: 2_000 }, (_, at) => `computer ${at}`);
    const first = ids.filter((id) => shareOf(id, '0.2.0') < 10);
    const second = ids.filter((id) => shareOf(id, '0.3.0') < 10);
    expect(first.length).toBeGreaterThan(140);
    expect(first.length).toBeLessThan(260);
    expect(first.filter((id) => second.includes(id)).length).toBeLessThan(60);
    // Whoever was reached stays reached while the share grows.
    expect(first.every((id) => shareOf(id, '0.2.0') < 25)).toBe(true);
  });
});

describe('updates are off', () => {
  const own: OffFacts = {
    able: true,
    platform: 'linux',
    environment: {},
    policy: null,
    programFolder: '/tmp/.mount_Holdfa',
    image: '/home/ada/Holdfast.AppImage',
    replaceable: true,
  };

  it.each<[string, Partial<OffFacts>, ReturnType<typeof whyOff>]>([
    ['an AppImage', {}, null],
    ['a build without server and keys', { able: false }, 'build'],
    ['turned off in the environment', { environment: { HOLDFAST_UPDATES: 'off' } }, 'policy'],
    ['turned off by a policy', { policy: '{"updates":"off"}' }, 'policy'],
    ['turned on by a policy', { policy: '{"updates":"on"}' }, null],
    ['a policy that nobody understands', { policy: '{"updates' }, 'policy'],
    ['a policy that is empty or may not be read', { policy: '' }, 'policy'],
    ['a package of the system', { image: null, programFolder: '/opt/Holdfast' }, 'packages'],
    ['unpacked by hand', { image: null, programFolder: '/home/ada/holdfast' }, 'format'],
    ['a file that may not be replaced', { replaceable: false }, 'read-only'],
    ['macOS', { platform: 'darwin', image: null }, null],
    ['Windows, managed', { platform: 'win32', image: null, policy: '{}' }, 'policy'],
  ])('%s', (_name, change, expected) => {
    expect(whyOff({ ...own, ...change })).toBe(expected);
  });

  it('for a program that was started from another AppImage, which is not to be replaced', async () => {
    const other = path.join(tmpdir(), 'Editor.AppImage');
    vi.stubEnv('APPIMAGE', other);
    vi.stubEnv('APPDIR', '/tmp/.mount_Editor');
    vi.stubEnv('HOLDFAST_UPDATE_URL', 'https://updates.example/');
    vi.stubEnv('HOLDFAST_UPDATE_KEYS', Buffer.alloc(32, 1).toString('base64'));
    const never = (): never => {
      throw new Error('not to be called');
    };
    const updates = await makeUpdates({
      version: '0.1.0',
      folder: tmpdir(),
      program: '/opt/Holdfast/holdfast',
      fetch: never,
      clock: { now: () => 0, after: never },
      busy: never,
      mayLoad: never,
      notify: never,
      changed: never,
      quit: never,
      startAgain: never,
      report: never,
    });
    expect(updates.state().off).toBe(process.platform === 'linux' ? 'packages' : null);
  });

  it('by a file where administrators write', () => {
    expect(policyFile('linux', {})).toBe('/etc/holdfast/policy.json');
    expect(policyFile('win32', { ProgramData: 'D:\\Data' })).toBe('D:\\Data\\Holdfast\\policy.json');
    expect(policyFile('darwin', {})).toBe('/Library/Application Support/Holdfast/policy.json');
  });
});

describe('what is signed', () => {
  it('is of exactly the version that is offered, whatever else lies in the folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-sign-'));
    const names = ['0.2.0', '0.2.0-arm64', '0.2.0-beta.1', '0.2.0-beta.10', '0.2.01', '10.2.0', '1.0.2.0'];
    for (const name of names) await writeFile(path.join(folder, `Holdfast-${name}.AppImage`), '12345678');
    const sign = async (version: string): Promise<string[]> => {
      const { files } = await signRelease({
        folder,
        channel: 'beta',
        version,
        minimum: '0.1.0',
        rollout: 100,
        notes: '',
        keys: [generateKeyPairSync('ed25519').privateKey],
      });
      return files.map(({ name }) => name.slice('Holdfast-'.length, -'.AppImage'.length));
    };
    expect(await sign('0.2.0')).toEqual(['0.2.0-arm64', '0.2.0']);
    expect(await sign('0.2.0-beta.1')).toEqual(['0.2.0-beta.1']);
    // What no program takes for a version is not signed.
    await expect(sign('0.2.01')).rejects.toThrow(/no version/);
    await rm(folder, { recursive: true });
  });
});

describe('a release build', () => {
  it('has two keys at most, and none that is no key', () => {
    const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
    vi.stubEnv('HOLDFAST_UPDATE_URL', 'https://updates.example/holdfast');
    vi.stubEnv('HOLDFAST_UPDATE_KEYS', [key(1), key(2), key(3)].join(','));
    expect(updateBuild()).toMatchObject({ url: 'https://updates.example/holdfast/', publisher: null });
    expect(updateBuild().keys.map(({ id }) => id)).toEqual([releaseKey(key(1)).id, releaseKey(key(2)).id]);
    for (const nonsense of ['', 'nonsense', `${key(1)}\n`, Buffer.alloc(33).toString('base64')]) {
      vi.stubEnv('HOLDFAST_UPDATE_KEYS', nonsense);
      expect(updateBuild().keys).toEqual([]);
    }
  });

  it.each([
    ['nothing', {}, 'linux', 0],
    ['all of it', {}, 'darwin', 0],
    ['no key', { HOLDFAST_UPDATE_KEYS: '' }, 'linux', 1],
    ['no address', { HOLDFAST_UPDATE_URL: '' }, 'linux', 1],
    ['an address in the clear', { HOLDFAST_UPDATE_URL: 'http://updates.example/' }, 'linux', 1],
    ['a space beside a key', { HOLDFAST_UPDATE_KEYS: ` ${Buffer.alloc(32, 1).toString('base64')}` }, 'linux', 1],
    ['three keys', { HOLDFAST_UPDATE_KEYS: Array(3).fill(Buffer.alloc(32, 1).toString('base64')).join() }, 'linux', 1],
    ['no publisher on Windows', {}, 'win32', 1],
  ])('is refused with what would keep it from updates: %s', (what, change, platform, problems) => {
    const whole = {
      HOLDFAST_UPDATE_URL: 'https://updates.example/',
      HOLDFAST_UPDATE_KEYS: Buffer.alloc(32, 1).toString('base64'),
    };
    expect(updateProblems(what === 'nothing' ? {} : { ...whole, ...change }, platform)).toHaveLength(problems);
  });

  it('has server, keys and publisher as constants, whatever the environment it runs in', () => {
    const read = readFileSync('main/app/updates/build.ts', 'utf8').match(/process\.env\.\w+/g) ?? [];
    const fixed = /export const FIXED = \[(?<names>[^\]]*)\]/.exec(readFileSync('build/bundle/code.mjs', 'utf8'));
    expect(read).toHaveLength(4);
    for (const name of read.filter((each) => !each.endsWith('.NODE_ENV'))) {
      expect(fixed?.groups?.['names']).toContain(`'${name.replace('process.env.', '')}'`);
    }
  });
});
