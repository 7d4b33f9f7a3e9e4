/**
 * Attack 2: the whole vault killed with SIGKILL in the middle of logins, its token, store and seals as real as they
 * get, and started again. What was answered was charged, and what was charged is never charged again.
 */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpsTransport, TestClient, type Login, type Transport } from '../support/vault/test-client.ts';

const PROGRAM = path.resolve('dist/vault.js');
const KILLS = process.env['HOLDFAST_SOAK'] === '1' ? 200 : 6;
/** As many wrong ones as are taken without a delay. */
const GUESSES = 3;

let folder: string;
let child: ChildProcessWithoutNullStreams | null = null;

beforeAll(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'holdfast-kill-')), 'vault');
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await rm(path.dirname(folder), { recursive: true, force: true });
});

async function start(): Promise<Transport> {
  const started = spawn(process.execPath, [PROGRAM, 'embedded', '--folder', folder]);
  child = started;
  let errors = '';
  started.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const line = await new Promise<string>((resolve, reject) => {
    started.stdout.on('data', (text: Buffer) => resolve(text.toString()));
    started.once('exit', (code) => reject(new Error(`the vault ended with ${code}: ${errors}`)));
  });
  const { url } = JSON.parse(line) as { url: string };
  return httpsTransport(url, await readFile(path.join(folder, 'tls.pem'), 'utf8'));
}

async function kill(transport: Transport): Promise<void> {
  const dying = child;
  if (dying === null) throw new Error('nothing runs');
  const gone = once(dying, 'exit');
  dying.kill('SIGKILL');
  await gone;
  transport.close();
}

it(`attack 2, ${KILLS} times: no guess is free, and the right password opens after each`, async () => {
  let transport = await start();
  let between = 0;
  for (let round = 0; round < KILLS; round++) {
    const client = new TestClient(transport);
    await client.register('the right one');
    const logins: Login[] = Array.from({ length: GUESSES }, (_, i) => client.login(`guess ${i}`));
    const answered = new Set<string>();
    const asked = logins.map(async (login) => {
      await client.start(login);
      answered.add(login.loginId);
    });
    const settled = Promise.allSettled(asked);
    // Some are killed as the first answer leaves, some while nothing was answered yet.
    if (round % 2 === 0) await Promise.race(asked);
    else await new Promise((resolve) => setImmediate(resolve));
    await kill(transport);
    await settled;

    transport = await start();
    const after = new TestClient(transport, { recordId: client.recordId, rootKey: client.rootKey });
    const { consecutive } = (await after.byOwner('status', {})).attempts;
    expect(consecutive).toBeGreaterThanOrEqual(answered.size);
    expect(consecutive).toBeLessThanOrEqual(GUESSES);
    if (consecutive > 0 && consecutive < GUESSES) between += 1;
    for (const login of logins) await after.start(login);
    expect((await after.byOwner('status', {})).attempts.consecutive).toBe(GUESSES);
    expect(await after.open('the right one')).toEqual(client.rootKey);
    expect((await after.byOwner('status', {})).attempts.consecutive).toBe(0);
  }
  // Else every kill came before or after everything, and nothing was shown.
  if (KILLS > 50) expect(between).toBeGreaterThan(0);
  await kill(transport);
});
