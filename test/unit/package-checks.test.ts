/** The looks at a packed program can fail: each is shown a mistake. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { integrityProblem, openArchive } from '../../build/package/archive.mjs';
import { contentProblem, nameProblems, PROGRAMS } from '../../build/package/contents.mjs';
import { controlText, parseArguments, specText } from '../../build/package/fpm.mjs';
import { FUSE_NAMES, FUSES, fuseProblems, SENTINEL } from '../../build/package/fuses.mjs';
import { binaryTarget } from '../../build/package/natives.mjs';
import { budgetProblems } from '../../build/package/sizes.mjs';
import { targetsHere } from '../../build/package/targets.mjs';
import { type Lock, vaultLock, VAULT_LOADS } from '../../build/package/vault-lock.mjs';
import { asarOf } from '../support/asar.ts';
import { removeTree } from '../support/tree.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-package-checks-'));
});
afterAll(() => removeTree(folder));

function file(name: string, bytes: Uint8Array): string {
  const at = path.join(folder, name);
  writeFileSync(at, bytes);
  return at;
}

describe('the fuse check', () => {
  /** An executable that is nothing but its fuses, in the middle of something else. */
  function executable(states: Record<string, string>, more = ''): Uint8Array {
    const wire = Object.values(states).map((state) => (state === 'on' ? '1' : '0'));
    const all = `${wire.join('')}${more}`;
    return Buffer.concat([
      Buffer.alloc(100, 7),
      Buffer.from(SENTINEL),
      Buffer.from([1, all.length]),
      Buffer.from(all),
      Buffer.alloc(50, 7),
    ]);
  }
  const problems = async (bytes: Uint8Array): Promise<string[]> => fuseProblems(file('program', bytes));
  /** As of Electron 33, which has no last one. */
  const { wasmTrapHandlers: _, ...eight } = FUSES;

  it('passes what is as stated', async () => {
    expect(await problems(executable(FUSES))).toEqual([]);
    expect(await problems(executable(eight))).toEqual([]);
  });

  it.each(FUSE_NAMES)('finds a wrong %s', async (name) => {
    const wrong = FUSES[name] === 'on' ? 'off' : 'on';
    expect(await problems(executable({ ...FUSES, [name]: wrong }))).toEqual([
      `${name} is ${wrong}, not ${FUSES[name]}`,
    ]);
  });

  it('finds one wrong copy of two, one that nobody stated, and one that is not there', async () => {
    const two = Buffer.concat([executable(FUSES), executable({ ...FUSES, runAsNode: 'on' })]);
    expect(await problems(two)).toEqual(['runAsNode is on, not off']);
    expect(await problems(executable(FUSES, '1'))).toEqual(['fuse 9 is on and nowhere stated']);
    expect(await problems(executable({ runAsNode: 'off' }))).toHaveLength(7);
    expect(await problems(Buffer.from('no Electron'))).toEqual([expect.stringContaining('no fuses in it')]);
  });
});

describe('the package check', () => {
  const facts = { platform: 'linux', arch: 'x64', development: ['vitest', '@vitejs/plugin-react'] };
  const whole = [...PROGRAMS, 'package.json'];
  const names = (...more: string[]): string[] => nameProblems([...whole, ...more], facts);

  it('passes what a package holds', () => {
    expect(
      names(
        'dist/chunks/ssh2-ABCDEFGH.js',
        'dist/renderer/assets/home-CQ4_mPGW.js',
        'dist/icons/tray/lockedTemplate@2x.png',
        'node_modules/keytar/build/Release/keytar.node',
        'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node',
      ),
    ).toEqual([]);
  });

  it.each([
    ['node_modules/vitest/index.js', 'of vitest, which serves development only'],
    ['node_modules/@vitejs/plugin-react/package.json', 'of @vitejs/plugin-react, which serves development only'],
    ['dist/main.js.map', 'a source map'],
    ['dist/renderer/assets/home-CQ4_mPGW.js.map', 'a source map'],
    ['test/unit/tree.test.ts', 'a test'],
    ['main/app/main.ts', 'a source file'],
    ['dist/vault.js', 'the vault, which is a release of its own'],
    ['dist/fake/index.html', 'on no list of what a package holds'],
    ['node_modules/left-pad/index.js', 'on no list of what a package holds'],
    ['node_modules/keytar/src/async.cc', 'on no list of what a package holds'],
    // Of another system or processor.
    ['node_modules/@koromix/koffi-darwin-arm64/darwin_arm64/koffi.node', 'on no list of what a package holds'],
    ['node_modules/@koromix/koffi-linux-x64/musl_x64/koffi.node', 'on no list of what a package holds'],
  ])('finds %s', (name, what) => {
    expect(names(name)).toEqual([`${name} is ${what}`]);
  });

  it('finds what is missing', () => {
    const [first = '', ...rest] = PROGRAMS;
    expect(nameProblems([...rest, 'package.json'], facts)).toEqual([`${first} is missing`]);
  });

  it('finds folders of the computer that built it, and marks of source maps', () => {
    const folders = ['/home/maker/holdfast'];
    const problem = (name: string, text: string): string | null => contentProblem(name, Buffer.from(text), folders);
    expect(problem('dist/main.js', 'const a = 1;')).toBeNull();
    expect(problem('dist/main.js', '"/home/maker/holdfast/main/a.ts"')).toContain('/home/maker/holdfast');
    expect(problem('node_modules/keytar/build/Release/keytar.node', '\0/home/maker/holdfast/x\0')).not.toBeNull();
    expect(problem('dist/main.js', '//# sourceMappingURL=main.js.map')).toBe('points at a source map');
  });

  it('finds bytes that differ from their checksum', async () => {
    const bytes = asarOf({ 'a.txt': 'first', 'b/c.txt': 'second' });
    const archive = openArchive(file('good.asar', bytes));
    expect(archive.entries.map(({ name }) => name)).toEqual(['a.txt', 'b/c.txt']);
    for (const entry of archive.entries) expect(integrityProblem(entry, await archive.read(entry))).toBeNull();
    const changed = Buffer.from(bytes);
    changed.write('Second', bytes.length - 6);
    const other = openArchive(file('changed.asar', changed));
    expect(other.headerHash).toBe(archive.headerHash);
    const found = await Promise.all(
      other.entries.map(async (entry) => integrityProblem(entry, await other.read(entry))),
    );
    expect(found).toEqual([null, 'differs from its checksum in the archive']);
  });

  it('knows what a binary was made for', () => {
    const elf = Buffer.alloc(64);
    elf.writeUInt32BE(0x7f454c46);
    elf.writeUInt16LE(183, 18);
    expect(binaryTarget(elf)).toEqual({ platform: 'linux', archs: ['arm64'] });
    const mach = Buffer.alloc(64);
    mach.writeUInt32BE(0xcafebabe);
    mach.writeUInt32BE(2, 4);
    mach.writeUInt32BE(0x01000007, 8);
    mach.writeUInt32BE(0x0100000c, 28);
    expect(binaryTarget(mach)).toEqual({ platform: 'darwin', archs: ['x64', 'arm64'] });
    expect(binaryTarget(Buffer.from('#!/bin/sh\n'.padEnd(80)))).toBeNull();
  });

  it('holds sizes to their budget', () => {
    const budget = { linux: { deb: 90 } };
    expect(budgetProblems('linux', { deb: 90e6, rpm: 1e12 }, budget)).toEqual([]);
    expect(budgetProblems('linux', { deb: 90e6 + 1 }, budget)).toEqual([
      expect.stringContaining('its budget is 90 MB'),
    ]);
  });
});

describe('what is packed here', () => {
  const none = { has: () => false, cached: () => false };

  it('is all of a system where its tools can be had', () => {
    const here = { platform: 'linux' as const, has: () => true, cached: () => false };
    const { kinds, fpm, not } = targetsHere(true, here);
    expect(kinds).toEqual(['dir', 'tar.gz', 'deb', 'rpm', 'AppImage']);
    expect(fpm).toBe('theirs');
    expect(not.map(([kind]) => kind)).toEqual(['dmg', 'zip', 'nsis']);
  });

  it('is less without them, each with the reason', () => {
    expect(
      targetsHere(false, { platform: 'linux', has: (name) => name === 'dpkg-deb', cached: () => false }),
    ).toMatchObject({
      kinds: ['dir', 'deb'],
      fpm: 'ours',
    });
    const { kinds, not } = targetsHere(false, { platform: 'darwin', ...none });
    expect(kinds).toEqual(['dir', 'zip']);
    expect(not).toContainEqual(['dmg', expect.stringContaining('github.com')]);
    expect(not).toContainEqual(['nsis', expect.stringContaining('Windows')]);
  });
});

describe('what stands in for fpm', () => {
  const ARGUMENTS = [
    '-s',
    'dir',
    '--force',
    '-t',
    'deb',
    '-d',
    'libnss3',
    '-d',
    'libc6 (>= 2.31)',
    '--deb-recommends',
    'x | y',
  ];
  const facts = [
    '--name=holdfast',
    '--maintainer=A <a@b.example>',
    '--url=https://b.example',
    '--architecture',
    'amd64',
  ];
  const parsed = parseArguments([
    ...ARGUMENTS,
    ...facts,
    ...[
      '--version',
      '1.0~beta.1',
      '--description',
      'short words\n  long 100 % words',
      '--license',
      'Apache-2.0',
      '/a b/=/opt/B',
    ],
  ]);

  it('reads what electron-builder asks for, and refuses what it does not know', () => {
    expect(parsed.files).toEqual([['/a b/', '/opt/B']]);
    expect(parsed.lists).toEqual({ depends: ['libnss3', 'libc6 (>= 2.31)'], 'deb-recommends': ['x | y'] });
    expect(() => parseArguments(['--inputs', 'x'])).toThrow('does not know --inputs');
  });

  it('writes the control file of a deb and the spec file of an rpm', () => {
    expect(controlText(parsed, 42).split('\n')).toEqual([
      'Package: holdfast',
      'Version: 1.0~beta.1',
      'Architecture: amd64',
      'Maintainer: A <a@b.example>',
      'Installed-Size: 42',
      'Depends: libnss3, libc6 (>= 2.31)',
      'Recommends: x | y',
      'Section: utils',
      'Priority: optional',
      'Homepage: https://b.example',
      'Description: short words',
      ' long 100 % words',
      '',
    ]);
    const spec = specText(parsed, ['/opt/B/100%'], { post: 'echo 1%', postun: '' });
    expect(spec).toContain('"/opt/B/100%%"');
    expect(spec).toContain('long 100 %% words');
    expect(spec).toContain('echo 1%%');
  });
});

describe('the lock file of the vault', () => {
  const lock = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as Lock;
  const own = vaultLock(lock, '1.2.3');
  const { '': top, ...packages } = own.packages;

  it('holds what the vault loads and what that needs, each with its checksum, and nothing else', () => {
    expect(Object.keys(top?.dependencies ?? {})).toEqual(VAULT_LOADS);
    expect(Object.keys(packages).length).toBeLessThan(100);
    const reached = new Set(VAULT_LOADS);
    for (const facts of Object.values(packages)) {
      for (const name of Object.keys({ ...facts.dependencies, ...facts.optionalDependencies })) reached.add(name);
    }
    for (const [place, facts] of Object.entries(packages)) {
      expect(facts.integrity, place).toMatch(/^sha512-/);
      expect(facts.integrity, place).toBe(lock.packages[place]?.integrity);
      expect(facts.version, place).toBe(lock.packages[place]?.version);
      expect(facts.dev, place).toBeUndefined();
      expect(reached, place).toContain(place.replace(/^.*node_modules\//, ''));
    }
    const names = Object.keys(packages).map((place) => place.replace(/^.*node_modules\//, ''));
    for (const { dependencies = {} } of Object.values(packages))
      expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    // In the app it may be missing; a vault is nothing without its module.
    expect(packages['node_modules/pkcs11js']?.optional).toBeUndefined();
  });

  it('loads what its bundle leaves out', () => {
    const bundle = readFileSync(path.join(import.meta.dirname, '../../dist/vault.js'), 'utf8');
    const left = [...bundle.matchAll(/(?:\bfrom\s*|\bimport\()"(?<name>[a-z@][\w@/-]*)"/g)]
      .map((match) => match.groups?.['name'] ?? '')
      .filter((name) => !name.startsWith('node:'));
    expect(new Set(left)).toEqual(new Set(VAULT_LOADS));
  });
});
