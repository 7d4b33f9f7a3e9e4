/**
 * The real keychain of Linux: keytar, libsecret and gnome-keyring on a D-Bus session of their own, in processes of their
 * own, so that neither the person's session nor its absence changes what is tested.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const WITH_KEYRING = join(ROOT, 'test/support/with-keyring.sh');

/** What runs inside a session: opens the store, does what its arguments say, writes a report as JSON. */
const PROBE = `
  import { createHash } from 'node:crypto';
  import { writeFileSync } from 'node:fs';
  import { openCapability, sealCapability } from './main/keys/capability-file.ts';
  import { Secret } from './main/keys/secret.ts';
  import { openSecretStore } from './main/keys/store.ts';
  const [action = '', folder = ''] = process.argv.slice(2);
  const store = await openSecretStore({ timeoutMs: 20_000 });
  const out: Record<string, unknown> = { kind: store.kind, message: store.message, problem: store.problem?.toInfo() ?? null };
  const readerPublicKey = new Uint8Array(1216).fill(7);
  const hash = createHash('sha256').update(readerPublicKey).digest();
  const made = { capability: new Uint8Array(hash), readerPublicKey, repoId: 'ab'.repeat(16), clientId: 'cd'.repeat(16) };
  const source = { kind: 'keychain', store } as const;
  if (action === 'round-trip') {
    const secret = new Secret(new Uint8Array(1875).fill(3));
    await store.set('a', secret);
    out.equal = (await store.get('a'))?.equals(secret);
    await store.set('a', new Secret(Uint8Array.of(1)));
    out.replaced = [...((await store.get('a'))?.copy() ?? [])];
    out.deleted = [await store.delete('a'), await store.delete('a'), await store.get('a')];
  }
  if (action === 'seal') await sealCapability(folder, made, source);
  if (action === 'open') {
    const opened = await openCapability(folder, source).catch((error) => error.toInfo());
    out.opened = 'code' in opened ? opened.code : Buffer.compare(opened.capability, made.capability) === 0;
  }
  writeFileSync(process.env.REPORT ?? '', JSON.stringify(out));
`;

interface Report {
  kind: 'system' | 'memory';
  message: string | null;
  problem: { code: string; message: string; detail: string } | null;
  equal?: boolean;
  replaced?: number[];
  deleted?: unknown[];
  opened?: boolean | string;
}

describe.runIf(process.platform === 'linux')('keychain of this system', () => {
  let folder: string;
  let probe: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-keychain-'));
    // Inside node_modules, so that the bundle finds keytar where the project's own code does.
    const cache = join(ROOT, 'node_modules/.cache');
    await mkdir(cache, { recursive: true });
    probe = join(await mkdtemp(join(cache, 'keychain-')), 'probe.mjs');
    await build({
      stdin: { contents: PROBE, resolveDir: ROOT, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: probe,
    });
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(join(probe, '..'), { recursive: true, force: true });
  });

  /** Without any way to a session of the person who runs the tests. */
  function bareEnv(): NodeJS.ProcessEnv {
    const { DBUS_SESSION_BUS_ADDRESS, DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR, ...env } = process.env;
    void [DBUS_SESSION_BUS_ADDRESS, DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR];
    return { ...env, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') };
  }

  async function run(command: string[]): Promise<Report> {
    const path = join(folder, 'report.json');
    await rm(path, { force: true });
    const [file = '', ...args] = command;
    // Output to nowhere: a daemon started on the way would hold a pipe open.
    const child = spawn(file, args, { env: { ...bareEnv(), REPORT: path }, stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
    return JSON.parse(await readFile(path, 'utf8')) as Report;
  }

  test('keeps, replaces and forgets a secret of the largest size', async () => {
    const report = await run([WITH_KEYRING, process.execPath, probe, 'round-trip']);
    expect(report).toEqual({
      kind: 'system',
      message: null,
      problem: null,
      equal: true,
      replaced: [1],
      deleted: [true, false, null],
    });
  });

  test('opens in one process the capability that another sealed; another keyring does not', async () => {
    const state = join(folder, 'state');
    const script = join(folder, 'both.sh');
    await writeFile(script, '"$1" "$2" seal "$3" && "$1" "$2" open "$3"\n');
    const report = await run([WITH_KEYRING, 'sh', script, process.execPath, probe, state]);
    expect(report.opened).toBe(true);
    const hash = createHash('sha256').update(new Uint8Array(1216).fill(7)).digest();
    expect((await readFile(join(state, 'capability'))).includes(hash)).toBe(false);
    const elsewhere = await run([WITH_KEYRING, process.execPath, probe, 'open', state]);
    expect(elsewhere.opened).toBe('capability-missing');
  });

  test('without a D-Bus session secrets stay in memory, and the reason is said', async () => {
    const report = await run([process.execPath, probe, 'round-trip']);
    expect(report).toMatchObject({
      kind: 'memory',
      message: 'At risk: backups stop when you quit. There is no desktop session with a keychain here.',
      problem: { code: 'keychain-unavailable' },
      equal: true,
    });
    expect(report.problem?.detail).toMatch(/D-Bus|bus/i);
  });

  test('with a keyring that nobody unlocked secrets stay in memory, and the reason is said', async () => {
    // The bus starts the keyring's daemon when it is asked for; nobody gives that one a password.
    const report = await run(['dbus-run-session', '--', process.execPath, probe, 'round-trip']);
    expect(report).toMatchObject({
      kind: 'memory',
      message: 'At risk: backups stop when you quit. Your keychain is locked.',
      problem: { code: 'keychain-unavailable' },
      equal: true,
    });
  });
});
