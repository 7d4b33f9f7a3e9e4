/**
 * Passwords on the command line: dist/cli.js against the vault that `dist/vault.js embedded` runs, with keys in a SoftHSM2
 * token.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const dist = (name: string): string => fileURLToPath(new URL(`../../../dist/${name}`, import.meta.url));
const PASSWORD = 'correct horse battery staple';
const OTHER = 'a quite different phrase';

let folder: string;
let vault: ChildProcess;
let place: { url: string; fingerprint: string };
const at = (...names: string[]): string => path.join(folder, ...names);

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

function run(args: string[], options: { home?: string; input?: string } = {}): Promise<Ran> {
  // No keychain: what a test asks for lies in files.
  const { DBUS_SESSION_BUS_ADDRESS: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [dist('cli.js'), ...args], {
      env: { ...env, HOLDFAST_HOME: options.home ?? at('home') },
      cwd: folder,
    });
    const ran: Ran = { code: null, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (ran.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (ran.err += text));
    child.stdin.end(options.input ?? '');
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...ran, code }));
  });
}

async function ok(args: string[], options?: Parameters<typeof run>[1]): Promise<Ran> {
  const ran = await run(args, options);
  expect([args, ran.code, ran.err]).toEqual([args, 0, ran.err]);
  return ran;
}

const lines = (ran: Ran): Record<string, unknown>[] =>
  ran.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Fails with this exit code, a sentence on what happened and one on what to do. */
async function fails(args: string[], exit: number, code: string, options?: Parameters<typeof run>[1]): Promise<Ran> {
  const ran = await run([...args, '--json'], options);
  expect([args, ran.code]).toEqual([args, exit]);
  const last = lines(ran).at(-1);
  expect(last).toMatchObject({ type: 'error', code });
  expect(last?.['message']).toMatch(/^[A-Z].*[.?]$/);
  expect(last?.['guidance']).toMatch(/[.]$/);
  expect(`${ran.out}${ran.err}`).not.toMatch(/\n\s+at |node:internal|Error:|\.ts:\d|undefined|\[object/);
  return ran;
}

const repo = (): string[] => ['--repo', at('repo')];
const secret = (name: string): string[] => ['--password-file', at(name)];

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-vault-cli-')));
  writeFileSync(at('right'), `${PASSWORD}\n`);
  writeFileSync(at('wrong'), 'incorrect horse battery staple\r\n');
  writeFileSync(at('new'), OTHER);
  mkdirSync(at('src'));
  writeFileSync(at('src/letter'), 'Dear Anna');
  vault = spawn(process.execPath, [dist('vault.js'), 'embedded', '--folder', at('vault')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<never>((_, reject) => vault.once('close', () => reject(new Error('the vault ended'))));
  const ready = new Promise<string>((resolve) => {
    if (vault.stdout !== null) createInterface({ input: vault.stdout }).once('line', resolve);
  });
  place = JSON.parse(await Promise.race([ready, ended])) as typeof place;
});
afterAll(async () => {
  const closed = new Promise((resolve) => vault.once('close', resolve));
  vault.stdin?.end();
  await closed;
  rmSync(folder, { recursive: true, force: true });
});

const atVault = (): string[] => ['--vault', place.url, '--vault-fingerprint', place.fingerprint];

describe('holdfast with a password', () => {
  it('makes no backup where the vault does not prove itself, the password is weak or the digits would be nowhere', async () => {
    const init = ['init', ...repo()];
    const other = ['--vault', place.url, '--vault-fingerprint', '00'.repeat(32)];
    await fails([...init, ...other, '--key-file', at('k1'), ...secret('right')], 1, 'vault-not-proven');
    await fails([...init, '--vault', place.url, '--key-file', at('k1'), ...secret('right')], 1, 'bad-input');
    await fails([...init, ...atVault(), ...secret('right')], 1, 'bad-input');
    writeFileSync(at('short'), 'short');
    await fails([...init, ...atVault(), '--key-file', at('k1'), ...secret('short')], 1, 'password-weak');
    await fails([...init, ...atVault(), '--key-file', at('k1'), ...secret('nowhere')], 1, 'bad-input');
    expect([existsSync(at('repo')), existsSync(at('k1'))]).toEqual([false, false]);
  });

  it('makes, fills, shows, restores and enrols by password, and says who the vault is where it is new', async () => {
    await ok(['init', ...repo(), ...atVault(), '--key-file', at('key'), ...secret('right')]);
    await ok(['backup', ...repo(), ...secret('right'), at('src')]);
    // The owner was seen here; a new computer is shown the fingerprint, or given it.
    expect((await ok(['snapshots', ...repo(), '--password'], { input: `${PASSWORD}\n` })).err).toBe('');
    const fresh = await ok(['ls', 'latest', at('src'), ...repo(), ...secret('right')], { home: at('fresh') });
    expect(fresh.out).toContain('letter');
    expect(fresh.err).toMatch(/sees this backup for the first time.*https:\/\/127\.0\.0\.1/s);
    const pinned = ['--vault-fingerprint', place.fingerprint];
    const restored = await ok(['restore', 'latest', '--target', at('out'), ...repo(), ...secret('right'), ...pinned], {
      home: at('fresh-too'),
    });
    expect(restored.err).toBe('');
    expect(readFileSync(path.join(at('out'), at('src/letter')), 'utf8')).toBe('Dear Anna');
    const wrongPin = ['--vault-fingerprint', '11'.repeat(32)];
    await fails(['ls', 'latest', ...repo(), ...secret('right'), ...wrongPin], 1, 'vault-not-proven');
    const enrolled = await ok(['enroll', ...repo(), ...secret('right'), '--capability-key-file', at('capability-key')]);
    expect(enrolled.out).toContain('This computer is enrolled');
    await ok(['backup', ...repo(), '--capability-key-file', at('capability-key'), at('src')]);
  });

  it('refuses a wrong one with the tries that are left, and nothing at all without one', async () => {
    const wrong = await fails(['snapshots', ...repo(), ...secret('wrong')], 4, 'vault-refused');
    expect(lines(wrong).at(-1)).toMatchObject({ detail: 'wrong-password, used 1 of 10, next in 0 ms' });
    await fails(['snapshots', ...repo(), '--password'], 1, 'bad-input', { input: '' });
    await fails(['enroll', ...repo()], 1, 'bad-input');
    const status = lines(await ok(['vault', 'status', ...repo(), '--key-file', at('key'), '--json'])).at(-1);
    expect(status).toMatchObject({ status: { attempts: { used: 1, left: 9 }, state: 'live', embedded: true } });
    await fails(['vault', 'status', ...repo()], 1, 'locked', { home: at('elsewhere') });
  });

  it('the digits still open it, restore.mjs too', async () => {
    expect((await ok(['snapshots', ...repo(), '--key-file', at('key')])).out).toMatch(/^[0-9a-f]{12} /);
    const child = spawn(process.execPath, [dist('restore.mjs'), ...repo(), '--key-file', at('key')]);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(out).toMatch(/^[0-9a-f]{16} /);
  });

  it('is changed, frozen, unfrozen, cleared and turned off', async () => {
    const byKey = [...repo(), '--key-file', at('key')];
    await ok(['vault', 'password', ...byKey, '--new-password-file', at('new')]);
    await fails(['snapshots', ...repo(), ...secret('right')], 4, 'vault-refused');
    await ok(['snapshots', ...repo(), ...secret('new')]);
    expect((await ok(['vault', 'sessions', ...byKey])).out).toContain('No computer');
    await fails(['vault', 'revoke', 'nonsense', ...byKey], 1, 'bad-input');
    await fails(['vault', 'freeze', '--days', '91', ...byKey], 1, 'bad-input');
    await ok(['vault', 'freeze', '--days', '2', ...byKey]);
    await fails(['snapshots', ...repo(), ...secret('new')], 4, 'vault-refused');
    await ok(['vault', 'unfreeze', ...byKey]);
    await ok(['vault', 'clear', ...byKey]);
    const status = await ok(['vault', 'status', ...byKey]);
    expect(status.out).toMatch(/Tries +0 wrong in a row of 10, 0 in all/);

    await fails(['vault', 'turn-off', ...repo(), ...secret('new')], 1, 'bad-input');
    const off = await ok(['vault', 'turn-off', ...repo(), ...secret('new'), '--write-key-file', at('written')]);
    expect(off.out).toContain('gone for good');
    expect(readFileSync(at('written'), 'utf8')).toBe(readFileSync(at('key'), 'utf8'));
    await fails(['snapshots', ...repo(), ...secret('new')], 1, 'bad-input');
    await ok(['snapshots', ...repo(), '--key-file', at('written')]);
  });

  it('is set up for a backup that was made with digits', async () => {
    const repo2 = ['--repo', at('digits')];
    await ok(['init', ...repo2, '--key-file', at('digits-key')]);
    await fails(
      ['vault', 'password', ...repo2, '--key-file', at('digits-key'), '--new-password-file', at('new')],
      1,
      'bad-input',
    );
    const setUp = ['vault', 'password', ...repo2, '--key-file', at('digits-key'), ...atVault()];
    await ok([...setUp, '--new-password-file', at('new')]);
    expect((await ok(['snapshots', ...repo2, ...secret('new')])).out).toContain('No snapshots yet');
  });

  it('a changed key has a new record and a new password; the old record is destroyed, the old digits open nothing', async () => {
    const repo2 = ['--repo', at('digits')];
    const capability = ['--capability-key-file', at('capability-key-2')];
    await ok(['enroll', ...repo2, ...secret('new'), ...capability]);
    await ok(['backup', ...repo2, ...capability, at('src')]);
    const old = lines(await ok(['vault', 'status', ...repo2, ...secret('new'), '--json'])).at(-1)?.['vault'];
    const change = ['key', 'change', ...repo2, ...secret('new'), '--new-password-file', at('right'), ...capability];
    await fails(change, 1, 'bad-input');
    const changed = await ok([...change, '--write-key-file', at('changed-key'), '--json']);
    expect(lines(changed).at(-1)).toMatchObject({ type: 'result', renewed: true, oldRecordDestroyed: true, kept: [] });
    expect(lines(changed).at(-1)?.['vault']).not.toEqual(old);
    // This computer goes on without the key, with the new password, and with the new digits.
    await ok(['backup', ...repo2, ...capability, at('src')]);
    expect((await ok(['snapshots', ...repo2, ...secret('right')])).out).toContain(at('src'));
    await ok(['verify', ...repo2, '--key-file', at('changed-key'), '--level', '3']);
    await fails(['snapshots', ...repo2, ...secret('new')], 4, 'vault-refused');
    await fails(['snapshots', ...repo2, '--key-file', at('digits-key')], 1, 'wrong-key');
    const rotated = await ok(['key', 'rotate', ...repo2, '--key-file', at('changed-key'), ...capability]);
    expect(rotated.out).toContain('3 sets of keys');
    await ok(['backup', ...repo2, ...capability, at('src')]);
  });
});
