import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FUSE_NAMES, FUSES } from '../../build/package/fuses.mjs';
import { isOfficialRuntime, pinnedRuntime, type Runtime } from '../../build/runtime.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** What PRODUCT's security posture asks of a release; the last fuse is not electron-builder's to flip. */
const STATED = Object.fromEntries(FUSE_NAMES.slice(0, 8).map((name) => [name, FUSES[name] === 'on']));

/** The lines below one top-level key of a YAML file, without its comments. */
function section(yaml: string, key: string): string[] {
  const lines = yaml.split('\n');
  const start = lines.indexOf(`${key}:`) + 1;
  const length = lines.slice(start).findIndex((line) => !line.startsWith(' '));
  const inside = lines.slice(start, start + length).map((line) => line.trim());
  return inside.filter((line) => !line.startsWith('#'));
}

describe('packaging', () => {
  const configuration = read('electron-builder.yml');

  it('states every fuse that electron-builder knows', () => {
    const stated = section(configuration, 'electronFuses').map((line) => line.split(': '));
    expect(Object.fromEntries(stated.map(([fuse, value]) => [fuse, value === 'true']))).toEqual(STATED);
    const schema = JSON.parse(read('node_modules/app-builder-lib/scheme.json')) as {
      definitions: { FuseOptionsV1: { properties: Record<string, unknown> } };
    };
    // Not a fuse: it signs again what flipping the fuses left unsigned.
    const known = Object.keys(schema.definitions.FuseOptionsV1.properties).filter(
      (name) => name !== 'resetAdHocDarwinSignature',
    );
    expect(Object.keys(STATED).sort()).toEqual(known.sort());
  });

  it('packs every native part that the bundles leave out', () => {
    const external = /const NATIVE = \[(?<names>[^\]]*)\]/.exec(read('build/bundle/code.mjs'))?.groups?.['names'] ?? '';
    const native = [...external.matchAll(/'([^']+)'/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'electron' && name !== 'original-fs');
    expect(native).toContain('keytar');
    const packed = section(configuration, 'files').join('\n');
    for (const name of native) {
      const [scope = name] = name.split('/');
      expect(packed).toContain(`node_modules/${scope}/`);
    }
  });
});

describe('the program', () => {
  /** Files that are loaded with this one, whatever is done: itself, and what it imports by name, and so on. */
  function loadedWith(file: string, seen = new Set<string>()): Set<string> {
    if (seen.has(file)) return seen;
    seen.add(file);
    const imports = read(file).matchAll(/^(?:import|export)\b[^'"`;()]*["'](?<file>\.[^"']+)["'];/gm);
    for (const match of imports) loadedWith(path.join(path.dirname(file), match.groups?.['file'] ?? ''), seen);
    return seen;
  }
  const holds = (file: string, name: string): boolean => read(file).includes(`\n// node_modules/${name}/`);
  const LIBRARIES = ['googleapis', '@aws-sdk/client-s3', 'ssh2'];

  it.each(['main.js', 'engine-host.js', 'pipeline-worker.js', 'pack-fetcher.js', 'password-strength.js', 'cli.js'])(
    '%s starts without the libraries of the destinations',
    (entry) => {
      const files = [...loadedWith(`dist/${entry}`)];
      expect(files.length).toBeGreaterThan(1);
      for (const name of LIBRARIES) expect(files.filter((file) => holds(file, name))).toEqual([]);
    },
  );

  it('has them in chunks of their own', () => {
    const chunks = readdirSync(path.join(root, 'dist/chunks')).filter((file) => file.endsWith('.js'));
    for (const name of LIBRARIES) {
      expect(chunks.some((file) => holds(`dist/chunks/${file}`, name))).toBe(true);
    }
  });

  it('the command line can be run by its name', () => {
    expect(read('dist/cli.js')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(path.join(root, 'dist/cli.js')).mode & 0o111).toBe(0o111);
  });
});

describe('the runtime of a release', () => {
  const pinned = pinnedRuntime();
  const official: Runtime = {
    kind: 'official',
    version: pinned.version,
    folder: '/runtime',
    executable: '/runtime/electron',
    sha256: pinned.sha256 ?? null,
  };

  it('is the pinned official one', () => {
    expect(official.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(isOfficialRuntime(official)).toBe(true);
  });

  it.each<[string, Partial<Runtime>]>([
    ['a development runtime', { kind: 'development', sha256: null }],
    ['a development runtime that claims the hash', { kind: 'development' }],
    ['another version', { version: '33.2.1' }],
    ['another archive', { sha256: '0'.repeat(64) }],
    ['an archive nobody checked', { sha256: null }],
  ])('is not %s', (_name, change) => {
    expect(isOfficialRuntime({ ...official, ...change })).toBe(false);
  });
});
