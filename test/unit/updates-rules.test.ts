import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { updateBuild } from '../../main/app/updates/build.ts';
import { decide, shareOf } from '../../main/app/updates/decide.ts';
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
    environment: { APPIMAGE: '/home/ada/Holdfast.AppImage' },
    policy: null,
    programFolder: '/tmp/.mount_Holdfa',
    replaceable: true,
  };

  it.each<[string, Partial<OffFacts>, ReturnType<typeof whyOff>]>([
    ['an AppImage', {}, null],
    ['a build without server and keys', { able: false }, 'build'],
    ['turned off in the environment', { environment: { ...own.environment, HOLDFAST_UPDATES: 'off' } }, 'policy'],
    ['turned off by a policy', { policy: '{"updates":"off"}' }, 'policy'],
    ['turned on by a policy', { policy: '{"updates":"on"}' }, null],
    ['a policy that nobody understands', { policy: '{"updates' }, 'policy'],
    ['a policy that is empty or may not be read', { policy: '' }, 'policy'],
    ['a package of the system', { environment: {}, programFolder: '/opt/Holdfast' }, 'packages'],
    ['unpacked by hand', { environment: {}, programFolder: '/home/ada/holdfast' }, 'format'],
    ['a file that may not be replaced', { replaceable: false }, 'read-only'],
    ['macOS', { platform: 'darwin', environment: {} }, null],
    ['Windows, managed', { platform: 'win32', environment: {}, policy: '{}' }, 'policy'],
  ])('%s', (_name, change, expected) => {
    expect(whyOff({ ...own, ...change })).toBe(expected);
  });

  it('by a file where administrators write', () => {
    expect(policyFile('linux', {})).toBe('/etc/holdfast/policy.json');
    expect(policyFile('win32', { ProgramData: 'D:\\Data' })).toBe('D:\\Data\\Holdfast\\policy.json');
    expect(policyFile('darwin', {})).toBe('/Library/Application Support/Holdfast/policy.json');
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

  it('has server, keys and publisher as constants, whatever the environment it runs in', () => {
    const read = readFileSync('main/app/updates/build.ts', 'utf8').match(/process\.env\.\w+/g) ?? [];
    const fixed = /export const FIXED = \[(?<names>[^\]]*)\]/.exec(readFileSync('build/bundle/code.mjs', 'utf8'));
    expect(read).toHaveLength(4);
    for (const name of read.filter((each) => !each.endsWith('.NODE_ENV'))) {
      expect(fixed?.groups?.['names']).toContain(`'${name.replace('process.env.', '')}'`);
    }
  });
});
