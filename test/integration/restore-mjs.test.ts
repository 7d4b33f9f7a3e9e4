/** The reader of last resort gives back what was backed up, from the digits and the folder alone. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHostileRepository } from '../support/hostile-repository.ts';
import { compareTrees, makeHardCases, removeTree } from '../support/tree.ts';

const root = path.resolve(import.meta.dirname, '../..');
const RESTORE = path.join(root, 'dist/restore.mjs');
const CLI = path.join(root, 'dist/cli.js');
let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

interface Outcome {
  code: number;
  out: string;
  err: string;
}

function run(script: string, args: string[], home = 'home 1'): Promise<Outcome> {
  const env = { ...process.env, HOLDFAST_HOME: at(home) };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env, maxBuffer: 2 ** 26 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** Runs the command line on a backup, on the main one if none is named, and expects it to succeed. */
async function holdfast(verb: string, args: string[], name = '', home?: string): Promise<Outcome> {
  const repo = ['--repo', at(`${name}repo`), '--key-file', at(`${name}KEY.txt`)];
  const outcome = await run(CLI, [verb, ...repo, ...args], home);
  expect([0, 3], `${verb}: ${outcome.err}`).toContain(outcome.code);
  return outcome;
}

function restore(options: { repo?: string; key?: string; target?: string; snapshot?: string }): Promise<Outcome> {
  const { repo = at('repo'), key = at('KEY.txt'), target, snapshot } = options;
  return run(RESTORE, [
    ...['--repo', repo, '--key-file', key],
    ...(target === undefined ? [] : ['--target', target]),
    ...(snapshot === undefined ? [] : ['--snapshot', snapshot]),
  ]);
}

/** Differences other than modification times within 2 µs, which is what Node can set. */
async function differences(a: string, b: string, ignore: string[] = []): Promise<string[]> {
  const all = await compareTrees(a, b, { ignore, top: false });
  return all.filter((line) => {
    const times = / mtime: (-?\d+) and (-?\d+)$/.exec(line);
    const apart = times === null ? 2000 : Number(BigInt(times[1] ?? 0) - BigInt(times[2] ?? 0));
    return Math.abs(apart) >= 2000;
  });
}

/** Paths that were listed as not restored, below the target. */
function listed({ err }: Outcome, target: string): string[] {
  const lines = err.split('\n').filter((line) => line.startsWith(`Not restored: ${target}`));
  return lines.map((line) => line.slice(`Not restored: ${target}`.length).replace(/: [^:]*$|: .*? \(pack .*$/, ''));
}

/** A copy of the backup to do harm to. */
function copyOfRepo(name: string): string {
  cpSync(at('repo'), at(name), { recursive: true });
  return at(name);
}

/** Files of one room (`p`, `m`, `i`, `s`) of all computers, the largest first. */
function objectsOf(repo: string, room: string): string[] {
  const names = readdirSync(path.join(repo, 'c'), { recursive: true, encoding: 'utf8' });
  const inRoom = names.filter((name) => name.split(path.sep)[1] === room && /[0-9a-f]{64}$/.test(name));
  const files = inRoom.map((name) => path.join(repo, 'c', name));
  return files.sort((a, b) => statSync(b).size - statSync(a).size);
}

function flip(file: string, offset: number): void {
  const fd = openSync(file, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, offset);
  writeSync(fd, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, offset);
  closeSync(fd);
}

interface Listed {
  id: string;
  clientId: string;
}
/** The ids of the snapshots in the order in which they were made. */
async function snapshots(): Promise<Listed[]> {
  const { out } = await holdfast('snapshots', ['--json']);
  const last = JSON.parse(out.trim().split('\n').at(-1) ?? '') as { snapshots: (Listed & { endedMs: number })[] };
  return last.snapshots.sort((a, b) => a.endedMs - b.endedMs);
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-last-resort-'));
  const keys = path.join(root, 'main/keys');
  const flat = (file: string): boolean => file === keys || !statSync(file).isDirectory();
  cpSync(keys, at('real'), { recursive: true, filter: flat });
  writeFileSync(at('real/random'), randomBytes(3_000_000));
  writeFileSync(at('real/empty'), '');
  symlinkSync('random', at('real/link'));
  await holdfast('init', []);
  await holdfast('backup', [at('real')]);
  cpSync(at('real'), at('real before'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  writeFileSync(at('real/store.ts'), 'changed');
  writeFileSync(at('real/new'), 'new');
  rmSync(at('real/session.ts'));
  await holdfast('backup', [at('real')]);
}, 120_000);

afterAll(() => removeTree(folder), 120_000);

describe('a sound backup', () => {
  test('comes back as it was, whatever it is, and as holdfast restore gives it', { timeout: 240_000 }, async () => {
    const hard = await makeHardCases(at('hard'), { unreadable: process.getuid?.() === 0 });
    await holdfast('init', [], 'hard ');
    await holdfast('backup', [at('hard')], 'hard ');
    const target = at('whole');
    const outcome = await restore({ repo: at('hard repo'), key: at('hard KEY.txt'), target });
    expect(outcome.code).toBe(3);
    expect(listed(outcome, target)).toEqual(hard.special.map((name) => at('hard', name)));
    expect(await differences(at('hard'), path.join(target, at('hard')), hard.special)).toEqual([]);
    const links = { ignore: hard.special, hardLinks: true, holes: true, times: false };
    expect(await compareTrees(at('hard'), path.join(target, at('hard')), links)).toEqual([]);

    await holdfast('restore', ['latest', '--target', at('by holdfast')], 'hard ');
    // From the top, and so with all the folders that lead to the source.
    const notMade = hard.special.map((name) => at('hard', name).slice(1));
    expect(await differences(at('by holdfast'), target, notMade)).toEqual([]);
    expect(readdirSync(target)).toEqual([folder.split(path.sep)[1]]);
  });

  test('a folder of more entries than one tree blob may have comes whole', async () => {
    mkdirSync(at('many'));
    for (let index = 0; index < 4200; index += 1) {
      writeFileSync(at('many', `${index}`), index % 100 === 0 ? `${index}` : '');
    }
    await holdfast('init', [], 'large ');
    await holdfast('backup', [at('many')], 'large ');
    const target = at('from large');
    const outcome = await restore({ repo: at('large repo'), key: at('large KEY.txt'), target });
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.err).toContain('Restored 4200 of 4200 files');
    expect(await differences(at('many'), path.join(target, at('many')))).toEqual([]);
  });

  test('an older snapshot comes by the beginning of its id', async () => {
    const [first] = await snapshots();
    const outcome = await restore({ target: at('older'), snapshot: first?.id.slice(0, 12).toUpperCase() ?? '' });
    expect(outcome.out).toContain(`Restoring ${first?.id.slice(0, 16)}`);
    const old = path.join(at('older'), at('real'));
    expect(await compareTrees(at('real before'), old, { times: false, owners: false })).toEqual([]);
    const unknown = await restore({ target: at('none'), snapshot: 'ffffffffffffffff0' });
    expect(unknown).toMatchObject({ code: 1 });
    expect(unknown.err).toContain('No snapshot has an ID that begins with ffffffffffffffff0');
    expect(existsSync(at('none'))).toBe(false);
  });

  test('without a target it lists what there is and writes nothing', async () => {
    const outcome = await restore({});
    expect(outcome.code).toBe(0);
    for (const { id } of await snapshots()) expect(outcome.out).toContain(id.slice(0, 16));
  });

  test('of two computers the newest snapshot is taken, and each has its own', async () => {
    const repo = copyOfRepo('two repo');
    cpSync(at('KEY.txt'), at('two KEY.txt'));
    mkdirSync(at('other'));
    writeFileSync(at('other/letter'), randomBytes(400_000));
    await holdfast('backup', [at('other')], 'two ', 'home 2');
    const newest = await restore({ repo, target: at('second computer') });
    expect(newest.code, newest.err).toBe(0);
    expect(newest.out.split('\n').filter((line) => line.includes(' UTC '))).toHaveLength(3);
    expect(await differences(at('other'), path.join(at('second computer'), at('other')))).toEqual([]);
    expect(existsSync(path.join(at('second computer'), at('real')))).toBe(false);

    const [, second] = await snapshots();
    const earlier = await restore({ repo, target: at('first computer'), snapshot: second?.id ?? '' });
    expect(earlier.code, earlier.err).toBe(0);
    expect(await differences(at('real'), path.join(at('first computer'), at('real')))).toEqual([]);
  });
});

describe('what is left of a backup', () => {
  test('the packs and one snapshot are enough: no repo.json, no keyring, no index segment', async () => {
    const repo = copyOfRepo('bare');
    for (const name of ['repo.json', 'repo.1.json', 'repo.2.json', 'k'])
      rmSync(path.join(repo, name), { recursive: true });
    const [client = ''] = readdirSync(path.join(repo, 'c'));
    rmSync(path.join(repo, 'c', client, 'i'), { recursive: true });
    const outcome = await restore({ repo, target: at('from bare') });
    expect(outcome.code, outcome.err).toBe(0);
    expect(await differences(at('real'), path.join(at('from bare'), at('real')))).toEqual([]);
  });

  test('a damaged or forged repo.json is passed over', async () => {
    const repo = copyOfRepo('forged');
    const file = path.join(repo, 'repo.json');
    const json = JSON.parse(readFileSync(file, 'utf8')) as { payload: string };
    const payload = Buffer.from(json.payload, 'base64');
    payload[payload.indexOf('format') + 6] = 9; // says that a newer version made it, which nobody signed
    writeFileSync(file, JSON.stringify({ ...json, payload: payload.toString('base64') }));
    writeFileSync(path.join(repo, 'repo.1.json'), 'not JSON');
    const outcome = await restore({ repo });
    expect(outcome.code, outcome.err).toBe(0);
    expect(outcome.err).toContain('repo.1.json is damaged');
  });

  test('one damaged block costs the files in it and no others', async () => {
    const repo = copyOfRepo('one byte');
    const [pack = ''] = objectsOf(repo, 'p');
    flip(pack, Math.floor(statSync(pack).size / 3));
    const target = at('from one byte');
    const outcome = await restore({ repo, target });
    expect(outcome.code).toBe(3);
    expect(outcome.err).toContain(`its bytes are not those that were stored (pack ${pack})`);
    const lost = listed(outcome, target);
    expect(lost).toContain(at('real/random'));
    const differ = await differences(at('real'), path.join(target, at('real')));
    expect(differ).toEqual(lost.map((name) => `${path.relative(at('real'), name)}: missing from the second folder`));
    expect(readdirSync(path.join(target, at('real')))).toContain('new');
  });

  test('a pack whose blocks are not those of its table is named', async () => {
    const key = randomBytes(32);
    writeFileSync(at('tag key.txt'), key.toString('hex'));
    const { pack, tagAt } = makeHostileRepository(at('tag'), key, [{ name: 'file' }]);
    const sound = await restore({ repo: at('tag'), key: at('tag key.txt'), target: at('from sound tag') });
    expect(sound.code, sound.err).toBe(0);
    flip(pack, tagAt);
    const outcome = await restore({ repo: at('tag'), key: at('tag key.txt'), target: at('from tag') });
    expect(outcome.code).toBe(3);
    expect(outcome.err).toContain(`the pack ${pack} is damaged: not all of its blocks are those of its table`);
    expect(outcome.err).toContain('entries of this folder are lost');
    expect(readdirSync(at('from tag'))).toEqual([]);
  });

  test('a pack that lost its end is read by the table in the index segment; without that, the others come', async () => {
    const repo = copyOfRepo('cut');
    const [pack = ''] = objectsOf(repo, 'p');
    truncateSync(pack, statSync(pack).size - 64);
    const first = await restore({ repo, target: at('from cut') });
    expect(first.code, first.err).toBe(0);
    expect(first.err).toContain(`the pack ${pack} is damaged`);
    expect(await differences(at('real'), path.join(at('from cut'), at('real')))).toEqual([]);

    for (const segment of objectsOf(repo, 'i')) rmSync(segment);
    const second = await restore({ repo, target: at('from less') });
    expect(second.code).toBe(3);
    expect(listed(second, at('from less'))).toContain(at('real/random'));
    const came = path.join(at('from less'), at('real'));
    expect(readdirSync(came).sort()).toEqual(['empty', 'link', 'new', 'store.ts']);
    expect(readFileSync(path.join(came, 'store.ts'), 'utf8')).toBe('changed');
  });

  test('a snapshot that is damaged is left out, and the one before it is taken', async () => {
    const repo = copyOfRepo('old only');
    const [first, second] = await snapshots();
    flip(objectsOf(repo, 's').find((file) => file.endsWith(second?.id ?? '-')) ?? '', 60_000);
    const outcome = await restore({ repo });
    expect(outcome.err).toMatch(/the snapshot .* is damaged: its bytes are not those that were stored/);
    expect(outcome.out).toContain(`restore ${first?.id.slice(0, 16)}`);
    expect(outcome.code).toBe(0);
  });
});

describe('the key', () => {
  const withKey = async (text: string): Promise<Outcome> => {
    writeFileSync(at('other key.txt'), text);
    return await restore({ key: at('other key.txt') });
  };

  test('the wrong one is told so, and nothing is written', async () => {
    writeFileSync(at('wrong.txt'), randomBytes(32).toString('hex'));
    const outcome = await restore({ key: at('wrong.txt'), target: at('nothing') });
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain("These 64 digits don't open this backup");
    expect(outcome.err).not.toMatch(/^\s+at /m);
    expect(existsSync(at('nothing'))).toBe(false);
  });

  test('is read in every form that the kit has, and as people type', async () => {
    const groups = readFileSync(at('KEY.txt'), 'utf8').match(/[0-9A-F]{4}/g) ?? [];
    const rows = [0, 4, 8, 12].map((row) => groups.slice(row, row + 4));
    const lettered = rows.map((row, index) => `${'ABCD'[index]}  ${row.join(' ')}  KT`).join('\r\n');
    for (const text of [
      groups.join('').toLowerCase(),
      groups.join('-'),
      lettered,
      groups.join('').replaceAll('0', 'O'),
    ]) {
      expect((await withKey(text)).code, text).toBe(0);
    }
    const qr = `HOLDFAST:KEY:V1:${'0'.repeat(32)}:${groups.join('')}`;
    expect((await withKey(qr.toLowerCase())).code).toBe(0);
    expect((await withKey(qr.replace('V1', 'V2'))).err).toContain('newer version');
    const short = await withKey(groups.join('').slice(1));
    expect(short).toMatchObject({ code: 1 });
    expect(short.err).toContain('It holds 63');
  });
});

describe('the target', () => {
  test('that holds anything, or lies in the backup, is refused and left as it is', async () => {
    mkdirSync(at('occupied'));
    symlinkSync(at('elsewhere'), at('occupied/tmp'));
    const outcome = await restore({ target: at('occupied') });
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('is not empty');
    expect(readdirSync(at('occupied'))).toEqual(['tmp']);
    const inside = await restore({ target: at('repo/restored') });
    expect(inside.code).toBe(1);
    expect(inside.err).toContain('lies in the backup');
    expect(existsSync(at('repo/restored'))).toBe(false);
  });

  test('cannot be left, whatever the names and links in a backup are', async () => {
    const key = randomBytes(32);
    writeFileSync(at('hostile key.txt'), key.toString('hex'));
    mkdirSync(at('outside'));
    const evil = [{ name: 'evil' }];
    makeHostileRepository(at('hostile'), key, [
      { name: '' },
      { name: '.', entries: evil },
      { name: '..', entries: evil },
      { name: '../evil' },
      { name: 'a/../../evil' },
      { name: 'good', entries: [{ name: 'file' }] },
      { name: 'link', target: at('outside') },
      { name: 'link', entries: evil },
      { name: 'nul\0' },
      { name: 'before', entries: evil },
      { name: 'outside', target: '../outside' },
      { name: 'outside', entries: evil },
      { name: at('outside/evil') },
    ]);
    const before = readdirSync(folder).sort();
    const outcome = await restore({ repo: at('hostile'), key: at('hostile key.txt'), target: at('hostage') });
    expect(outcome.code, outcome.err).toBe(3);
    expect(readdirSync(at('outside'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual([...before, 'hostage'].sort());
    expect(readdirSync(at('hostage')).sort()).toEqual(['good', 'link', 'outside']);
    expect(readdirSync(at('hostage/good'))).toEqual(['file']);
    expect(outcome.err.match(/which cannot be/g)).toHaveLength(10);
  });
});

describe('the program', () => {
  const source = readFileSync(path.join(root, 'build/restore.mjs'), 'utf8');
  const imports = (text: string): string[] =>
    [...text.matchAll(/^import .*from ['"](.*)['"];/gm)].map((one) => one[1] ?? '');

  test('is short enough to read: about 580 lines of code', () => {
    const code = source.split('\n').filter((line) => !/^\s*($|\/\/|\/?\*)/.test(line));
    expect(code.length).toBeLessThan(600);
    expect(source.split('\n').length).toBeLessThan(730);
  });

  test('shares nothing with the application, and the shipped copy needs nothing but Node', () => {
    const packages = imports(source).filter((name) => !name.startsWith('node:'));
    expect(packages.sort()).toEqual([
      '@noble/ciphers/chacha.js',
      '@noble/hashes/blake3.js',
      '@noble/post-quantum/ml-kem.js',
      'fzstd',
    ]);
    const shipped = readFileSync(RESTORE, 'utf8');
    expect(imports(shipped).filter((name) => !name.startsWith('node:'))).toEqual([]);
    expect(imports(shipped).length).toBeGreaterThan(5);
    expect(shipped).not.toMatch(/^\/\/ main\//m);
  });

  test('without arguments it says how it is used', async () => {
    const outcome = await run(RESTORE, []);
    expect(outcome.code).toBe(1);
    expect(outcome.err).toContain('Usage: node restore.mjs');
  });
});
