/** The command line as people run it: dist/cli.js in a process of its own. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesIn, flipFile, hashOf } from '../../support/engine.ts';
import { compareTrees, removeTree } from '../../support/tree.ts';

const CLI = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-cli-')));
  mkdirSync(at('src/sub'), { recursive: true });
  writeFileSync(at('src/letter.txt'), 'Dear Anna');
  writeFileSync(at('src/sub/note'), 'a note');
  symlinkSync('letter.txt', at('src/link'));
});
afterEach(() => removeTree(folder));

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

interface RunOptions {
  home?: string;
  /** Called with all of stdout so far, whenever there is more. */
  onOut?: (out: string, kill: (signal: NodeJS.Signals) => void) => void;
  uid?: number;
}

function run(args: string[], options: RunOptions = {}): Promise<Ran> {
  // No keychain: what a test asks for lies in files.
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...env, HOLDFAST_HOME: options.home ?? at('home') },
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      cwd: folder,
    });
    const ran: Ran = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      ran.out += text;
      options.onOut?.(ran.out, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.err += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ran, code }));
  });
}

/** Whatever happens, people see sentences: no stack, no raw control characters. */
function expectPlain({ out, err }: Ran): void {
  expect(`${out}${err}`).not.toMatch(/\n\s+at |node:internal|Error:|\.ts:\d|undefined|\[object/);
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  expect(`${out}${err}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f\u202e]/);
}

const lines = (ran: Ran): Record<string, unknown>[] =>
  ran.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const resultOf = (ran: Ran): Record<string, unknown> => {
  const all = lines(ran);
  expect(all.filter((line) => line['type'] === 'result').length).toBe(1);
  return all.at(-1) ?? {};
};

const keyed = (): string[] => ['--repo', at('repo'), '--key-file', at('key')];
async function init(): Promise<void> {
  expect((await run(['init', ...keyed()])).code).toBe(0);
}
async function ok(args: string[], options?: RunOptions): Promise<Ran> {
  const ran = await run(args, options);
  expect([args[0], ran.code, ran.err]).toEqual([args[0], 0, '']);
  expectPlain(ran);
  return ran;
}
async function fails(args: string[], code: string, options?: RunOptions): Promise<Ran> {
  const plain = await run(args, options);
  expect([args[0], plain.code]).toEqual([args[0], 1]);
  expectPlain(plain);
  expect(plain.err).toMatch(/^\S.*[.?]\n\S.*\.\n/);
  await failsAsJson(args, code, options);
  return plain;
}
/** In one of the two forms, where the other says the same by the same code. */
async function failsAsJson(args: string[], code: string, options?: RunOptions): Promise<void> {
  const json = await run([...args, '--json'], options);
  expect([args[0], json.code]).toEqual([args[0], 1]);
  expect(lines(json).at(-1)).toMatchObject({
    type: 'error',
    code,
    message: expect.stringMatching(/^\S.*[.?]$/) as string,
    guidance: expect.stringMatching(/^\S.*\.$/) as string,
  });
  expectPlain(json);
}

describe('holdfast', () => {
  it('makes a backup, fills it, shows it, proves it and gives it back', async () => {
    await init();
    const plan = await ok(['backup', ...keyed(), at('src'), '--dry-run']);
    expect(plan.out).toMatch(
      /^Would back up 2 files, 15 B: 2 new, 0 changed, 0 unchanged, 0 gone since\.\nNew are 15 B,/,
    );
    expect((await ok(['snapshots', ...keyed()])).out).toBe('No snapshots yet.\n');
    const backup = await ok(['backup', ...keyed(), at('src')]);
    expect(backup.out).toMatch(/^Snapshot [0-9a-f]{12}: 2 files, 15 B\. 2 new, 0 changed, 0 unchanged\./);
    expect((await ok(['snapshots', ...keyed()])).out).toMatch(/^[0-9a-f]{12} .* 2 files /);
    const listed = (await ok(['ls', ...keyed(), 'latest', at('src')])).out;
    expect(listed).toMatch(/-rw-r--r--.* letter\.txt\n/);
    expect(listed).toMatch(/lrwxrwxrwx.* link -> letter\.txt\n/);
    expect(listed).toMatch(/drwxr-xr-x.* sub\n/);
    for (const level of ['0', '1', '2', '3']) {
      expect((await ok(['verify', ...keyed(), '--level', level])).out).toMatch(/^All is well/);
    }
    await ok(['restore', ...keyed(), 'latest', '--target', at('back')]);
    expect(await compareTrees(at('src'), at('back', at('src')))).toEqual([]);
    await ok(['restore', ...keyed(), 'latest', '--target', at('part'), '--path', at('src/sub')]);
    expect(filesIn(at('part'))).toEqual([at('part', at('src/sub/note'))]);
    const dry = await ok(['restore', ...keyed(), 'latest', '--target', at('back'), '--dry-run']);
    expect(dry.out).toMatch(/^Would restore 2 files.*Nothing was written\.$/m);
    const skipped = await ok(['restore', ...keyed(), 'latest', '--target', at('back'), '--conflict', 'skip']);
    expect(skipped.out).toContain('3 were there and left alone');
    // What is there and whole is left alone under any policy; what differs is not.
    const whole = await ok(['restore', ...keyed(), 'latest', '--target', at('back')]);
    expect(whole.out).toContain('3 were there and left alone');
    writeFileSync(at('back', at('src/letter.txt')), 'other words');
    const both = await ok(['restore', ...keyed(), 'latest', '--target', at('back')]);
    expect(both.out).toContain('1 were put beside existing ones');
  });

  it('speaks JSON, one object a line, with the result last', async () => {
    const init = resultOf(await run(['init', ...keyed(), '--json']));
    expect(init).toMatchObject({ type: 'result', repoId: expect.stringMatching(/^[0-9a-f]{32}$/) as string });
    expect(init['key']).toBeUndefined();
    const ran = await run(['backup', ...keyed(), at('src'), '--json']);
    expect(ran.err).toBe('');
    expect(resultOf(ran)).toMatchObject({ files: 2, folders: expect.any(Number) as number, skipped: [] });
    expect(lines(ran).some((line) => line['type'] === 'progress' && line['phase'] === 'scan')).toBe(true);
    const snapshots = resultOf(await run(['snapshots', ...keyed(), '--json']))['snapshots'] as { id: string }[];
    expect(snapshots.length).toBe(1);
    const id = snapshots[0]?.id ?? '';
    const listed = resultOf(await run(['ls', ...keyed(), id.slice(0, 8), at('src'), '--json']))['entries'] as {
      name: string;
    }[];
    expect(listed.map((e) => e.name).sort()).toEqual(['letter.txt', 'link', 'sub']);
    expect(resultOf(await run(['verify', ...keyed(), '--level', '3', '--json']))).toMatchObject({
      damage: [],
      contentsProven: true,
    });
    expect(resultOf(await run(['restore', ...keyed(), id, '--target', at('back'), '--json']))).toMatchObject({
      restoredFiles: 2,
      problems: [],
    });
  });

  it('never overwrites a key file, and leaves none behind that opens nothing', async () => {
    await init();
    const key = readFileSync(at('key'), 'utf8');
    expect(key).toMatch(/^(?:[0-9A-F]{4} ?){4}\n/);
    expect(statSync(at('key')).mode & 0o777).toBe(0o600);
    await fails(['init', '--repo', at('other'), '--key-file', at('key')], 'bad-input');
    expect(readFileSync(at('key'), 'utf8')).toBe(key);
    // The place is taken: no new key is made for it.
    await fails(['init', '--repo', at('repo'), '--key-file', at('second')], 'repository-exists');
    expect(filesIn(folder)).not.toContain(at('second'));
    await fails(['init', '--repo', at('src/letter.txt'), '--key-file', at('third')], 'bad-input');
    expect(filesIn(folder)).not.toContain(at('third'));
    await fails(['init', '--repo', at('src/letter.txt/in'), '--key-file', at('fourth')], 'destination-missing');
    expect(filesIn(folder)).not.toContain(at('fourth'));
    await fails(['init', '--repo', at('other')], 'bad-input');
  });

  it('shows a new key with --print, and that key opens the backup', async () => {
    const { out } = await ok(['init', '--repo', at('repo'), '--print']);
    const digits = /((?:[0-9A-F]{4}[ \n]){16})/.exec(`${out}\n`)?.[1] ?? '';
    expect(digits).not.toBe('');
    writeFileSync(at('key'), digits, { mode: 0o600 });
    await ok(['backup', ...keyed(), at('src')]);
    const json = resultOf(await run(['init', '--repo', at('two'), '--print', '--json']));
    expect(json['key']).toMatch(/^(?:[0-9A-F]{4}[ \n]?){16}$/);
  });

  it('enrolls this computer, which then needs no key, and cannot read contents', async () => {
    await init();
    const capability = ['--capability-key-file', at('capability-key')];
    const locked = ['--repo', at('repo'), ...capability];
    await fails(['backup', '--repo', at('repo'), ...capability, at('src')], 'capability-missing');
    await ok(['enroll', ...keyed(), ...capability]);
    expect(statSync(at('capability-key')).mode & 0o777).toBe(0o600);
    rmSync(at('key'));
    await ok(['backup', ...locked, at('src')]);
    await ok(['backup', ...locked, at('src')]);
    expect((await ok(['snapshots', ...locked])).out.split('\n').length).toBe(3);
    expect((await ok(['ls', ...locked, 'latest', at('src')])).out).toContain('letter.txt');
    expect((await ok(['verify', ...locked, '--level', '3'])).out).not.toContain('proven');
    await fails(['restore', ...locked, 'latest', '--target', at('back')], 'locked');
    expect(filesIn(at('back'))).toEqual([]);
    chmodSync(at('capability-key'), 0o644);
    await fails(['backup', ...locked, at('src')], 'bad-input');
  });

  it('stays one computer from run to run', async () => {
    await init();
    await ok(['backup', ...keyed(), at('src')]);
    await ok(['enroll', ...keyed(), '--capability-key-file', at('capability-key')]);
    await ok(['backup', ...keyed(), at('src')]);
    await ok(['backup', ...keyed(), at('src')], { home: at('another home') });
    const { snapshots } = resultOf(await run(['snapshots', ...keyed(), '--json'])) as {
      snapshots: { clientId: string; sequence: number }[];
    };
    expect(snapshots.map((s) => s.sequence)).toEqual([1, 2, 1]);
    expect(new Set(snapshots.map((s) => s.clientId)).size).toBe(2);
  });

  it('says what is wrong in sentences, with exit code 1', async () => {
    await init();
    await ok(['backup', ...keyed(), at('src')]);
    const wrong = at('wrong');
    writeFileSync(wrong, '0123 '.repeat(16), { mode: 0o600 });
    for (const command of ['snapshots', 'verify'])
      await fails([command, '--repo', at('repo'), '--key-file', wrong], 'wrong-key');
    await fails(['backup', '--repo', at('repo'), '--key-file', wrong, at('src')], 'wrong-key');
    await failsAsJson(['enroll', '--repo', at('repo'), '--key-file', wrong], 'wrong-key');
    writeFileSync(wrong, '0123 4567', { mode: 0o600 });
    await failsAsJson(['snapshots', '--repo', at('repo'), '--key-file', wrong], 'key-malformed');
    await failsAsJson(['snapshots', '--repo', at('repo'), '--key-file', at('none')], 'bad-input');
    await failsAsJson(['snapshots', '--repo', at('none'), '--key-file', at('key')], 'destination-missing');
    await failsAsJson(['snapshots', '--repo', at('src'), '--key-file', at('key')], 'not-a-repository');
    await failsAsJson(['snapshots', '--repo', 's3://bucket', '--key-file', at('key')], 'bad-input');
    await failsAsJson(['backup', ...keyed(), at('none')], 'source-missing');
    await failsAsJson(['ls', ...keyed(), 'ffffffff'], 'snapshot-not-found');
    await failsAsJson(['ls', ...keyed(), 'latest', '/none'], 'path-not-found');
    await failsAsJson(['restore', ...keyed(), 'latest', '--target', at('src/letter.txt')], 'target-unsafe');
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['prune']],
    ['no repository', ['snapshots']],
    ['no path', ['backup', '--repo', 'r', '--key-file', 'k']],
    [
      'an unknown policy',
      ['restore', '--repo', 'r', '--key-file', 'k', 'latest', '--target', 't', '--conflict', 'merge'],
    ],
    ['level 4', ['verify', '--repo', 'r', '--key-file', 'k', '--level', '4']],
    ['a level that is no number', ['verify', '--repo', 'r', '--key-file', 'k', '--level', 'all']],
  ])('refuses %s, and says where the usage is', async (_, args) => {
    const ran = await run(args);
    expect(ran.code).toBe(1);
    expect(ran.err).toMatch(/Usage: holdfast|holdfast COMMAND --help/);
    expectPlain(ran);
  });

  it('ends with code 1 and names what is affected where a verification finds damage', async () => {
    await init();
    await ok(['backup', ...keyed(), at('src')]);
    for (const pack of filesIn(at('repo/c')).filter((file) => file.includes('/p/'))) flipFile(pack, 1240);
    const ran = await run(['verify', ...keyed(), '--level', '3']);
    expect(ran.code).toBe(1);
    expect(ran.err).toContain(`affects ${at('src/letter.txt')}`);
    expect(ran.out).toMatch(/^Damage was found/);
    expectPlain(ran);
    const restored = await run(['restore', ...keyed(), 'latest', '--target', at('back')]);
    expect([restored.code, restored.out]).toEqual([3, expect.stringContaining('Restored 1 of 2 files')]);
  });

  it.runIf(process.getuid?.() === 0)(
    'takes what an ordinary user may read, and ends with code 3 where something was denied',
    async () => {
      const nobody = 65_534;
      const home = at('home of nobody');
      for (const place of ['repo', 'home of nobody']) {
        mkdirSync(at(place));
        chownSync(at(place), nobody, nobody);
      }
      chmodSync(folder, 0o755);
      // The code of this project may lie where only root can go.
      const dist = at('code');
      mkdirSync(dist);
      const packages = fileURLToPath(new URL('../../../node_modules', import.meta.url));
      cpSync(path.dirname(CLI), at('code/dist'), { recursive: true });
      for (const name of ['@toondepauw', 'koffi', '@koromix', 'keytar']) {
        cpSync(path.join(packages, name), at('code/node_modules', name), { recursive: true, errorOnExist: false });
      }
      writeFileSync(at('src/closed'), 'secret', { mode: 0o600 });
      mkdirSync(at('src/closed folder'), { mode: 0o700 });
      writeFileSync(at('src/closed folder/inside'), 'x');
      const as = (args: string[]): Promise<Ran> =>
        new Promise((resolve, reject) => {
          const child = spawn(process.execPath, [at('code/dist/cli.js'), ...args], {
            env: { PATH: process.env['PATH'], HOLDFAST_HOME: home },
            uid: nobody,
            gid: nobody,
            cwd: folder,
          });
          const ran: Ran = { code: null, out: '', err: '' };
          child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.out += text));
          child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.err += text));
          child.once('error', reject);
          child.once('close', (code) => resolve({ ...ran, code }));
        });
      const key = ['--repo', at('repo'), '--key-file', path.join(home, 'key')];
      const made = await as(['init', ...key]);
      expect([made.code, made.err]).toEqual([0, '']);
      for (let i = 0; i < 2; i++) {
        const ran = await as(['backup', ...key, at('src'), '--json']);
        expect(ran.code).toBe(3);
        const result = resultOf(ran) as {
          skipped: { path: string; reason: string }[];
          files: number;
          newFiles: number;
        };
        expect(result.skipped.map((s) => [s.path, s.reason]).sort()).toEqual([
          [at('src/closed folder'), 'denied'],
          [at('src/closed'), 'denied'],
        ]);
        // What cannot be read is not new each time.
        expect([result.files, result.newFiles]).toEqual([2, i === 0 ? 2 : 0]);
      }
      const plain = await as(['backup', ...key, at('src')]);
      expect([plain.code, plain.err.includes('may not read this')]).toEqual([3, true]);
      expectPlain(plain);
      // As nobody, into a folder that is root's.
      const denied = await as(['restore', ...key, 'latest', '--target', at('src/new')]);
      expect([denied.code, denied.err.includes('target-denied')]).toEqual([1, true]);
      expect((await as(['restore', ...key, 'latest', '--target', path.join(home, 'back')])).code).toBe(0);
      // A repository that may only be read.
      chownSync(at('repo'), 0, 0);
      for (const file of filesIn(at('repo'))) chmodSync(file, 0o444);
      const before = hashOf(at('repo'));
      expect((await as(['verify', ...key, '--level', '3'])).code).toBe(0);
      expect(hashOf(at('repo'))).toBe(before);
    },
  );

  it('stops on SIGINT with code 130, and the next run goes on', async () => {
    await init();
    for (let i = 0; i < 30; i++) writeFileSync(at(`src/${i}`), Buffer.alloc(2_000_000, i));
    let sent = false;
    const stopped = await run(['backup', ...keyed(), at('src'), '--json'], {
      onOut: (out, kill) => {
        if (sent || !out.includes('"phase":"scan"')) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    expect(lines(stopped).at(-1)).toMatchObject({ type: 'error', code: 'stopped' });
    expect((await ok(['snapshots', ...keyed()])).out).toBe('No snapshots yet.\n');
    await ok(['verify', ...keyed(), '--level', '3']);
    await ok(['backup', ...keyed(), at('src')]);
  });

  it('shows control characters of names escaped', async () => {
    await init();
    writeFileSync(at('src', 'red\u001b[31m\rname\u202etxt.exe'), 'x');
    writeFileSync(Buffer.concat([Buffer.from(at('src/')), Buffer.of(0x66, 0xff)]), 'y');
    symlinkSync('to\u0007bell', at('src/bell'));
    await ok(['backup', ...keyed(), at('src')]);
    const { out } = await ok(['ls', ...keyed(), 'latest', at('src')]);
    expect(out).toContain('red\\u{1b}[31m\\u{d}name\\u{202e}txt.exe');
    expect(out).toContain('f\\xff');
    expect(out).toContain('to\\u{7}bell');
  });

  it('leaves neither key nor names nor contents in the clear, in the storage or in its own folder', async () => {
    const marker = 'A marker that is in no other place of this computer';
    const name = 'holdfast-test-marker-name';
    writeFileSync(at('src', name), marker.repeat(100));
    mkdirSync(at('src', `${name}-folder`));
    writeFileSync(at('src', `${name}-folder`, 'large'), marker.repeat(20_000));
    await init();
    mkdirSync(at('home'), { recursive: true });
    await ok(['enroll', ...keyed(), '--capability-key-file', at('home/capability-key')]);
    await ok(['backup', ...keyed(), at('src')]);
    await ok(['backup', ...keyed(), at('src')]);
    await ok(['restore', ...keyed(), 'latest', '--target', at('back')]);
    await ok(['verify', ...keyed(), '--level', '3']);
    const digits = readFileSync(at('key'), 'utf8').replaceAll(/\s/g, '');
    const raw = Buffer.from(digits, 'hex');
    expect(raw.length).toBe(32);
    const needles: [string, Buffer][] = [
      ['key', raw],
      ['key in hex', Buffer.from(raw.toString('hex'))],
      ['key in upper-case hex', Buffer.from(raw.toString('hex').toUpperCase())],
      ['key as it is printed', Buffer.from(digits.slice(0, 4) + ' ' + digits.slice(4, 8))],
      ['key in base64', Buffer.from(raw.toString('base64').slice(0, 42))],
      ['key in base64url', Buffer.from(raw.toString('base64url').slice(0, 42))],
      ['content', Buffer.from('marker that is in no')],
      ['name', Buffer.from(name)],
      ['folder', Buffer.from('letter.txt')],
      ['target of a link', Buffer.from(path.basename(folder))],
    ];
    const files = [...filesIn(at('repo')), ...filesIn(at('home'))];
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const bytes = readFileSync(file);
      for (const [what, needle] of needles) expect([file, what, bytes.includes(needle)]).toEqual([file, what, false]);
      expect(path.relative(folder, file)).not.toContain(name);
    }
    // The test can fail: the same needles are found where they are.
    expect(readFileSync(at('back', at('src', name))).includes(Buffer.from('marker that is in no'))).toBe(true);
  });
});
