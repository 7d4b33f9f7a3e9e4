/**
 * A vault that moves the log's head and its epoch key in a token is killed at any moment: the token opens, and the
 * head is the last one that was promised or the one that was being written.
 */
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CKO } from '../../vault/hsm/cryptoki.ts';
import { openToken } from '../../vault/hsm/module.ts';
import { LABEL, findLabelled } from '../../vault/hsm/objects.ts';
import { init, open } from '../../vault/hsm/open.ts';
import type { OpenOptions } from '../../vault/hsm/open.ts';
import { makeSoftHsm } from '../support/vault/softhsm.ts';

/** Counts on from the head, for ever, and prints every number that it was told is written. */
const WRITER = `
import { open } from '../../vault/hsm/open.ts';
const hsm = await open(JSON.parse(process.argv[2]));
for (const id of (await hsm.listEpochKeys()).slice(1)) await hsm.destroyEpochKey(id);
let number = Number(Buffer.from((await hsm.readHead()) ?? []).toString() || '0');
let [epoch] = await hsm.listEpochKeys();
for (;;) {
  number += 1;
  await hsm.writeHead(Buffer.from(String(number)));
  process.stdout.write(number + '\\n');
  const next = await hsm.createEpochKey();
  if (epoch !== undefined) await hsm.destroyEpochKey(epoch);
  epoch = next;
}
`;

async function makeWriter(folder: string): Promise<string> {
  const script = path.join(folder, 'writer.mjs');
  await build({
    stdin: { contents: WRITER, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // A native part, which stays where it is.
    alias: { pkcs11js: createRequire(import.meta.url).resolve('pkcs11js') },
    external: ['*/pkcs11js/index.js'],
    outfile: script,
  });
  return script;
}

/** Kills the writer once it has promised `after` heads: by then it is busy with the next. Gives the last promised one. */
async function runAndKill(script: string, options: OpenOptions, after: number): Promise<number> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<string | null>((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  const promised: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    promised.push(line);
    if (promised.length === after) child.kill('SIGKILL');
  }
  expect(await ended).toBe('SIGKILL');
  return Number(promised.at(-1));
}

test('killed eight times, the head is never behind what was promised', async () => {
  const soft = await makeSoftHsm();
  const { modulePath, tokenLabel, pin } = soft;
  const options: OpenOptions = { modulePath, tokenLabel, pin, profile: 'A' };
  try {
    const { publicKeys } = await init(options);
    const script = await makeWriter(soft.folder);
    for (let round = 1; round <= 8; round++) {
      const promised = await runAndKill(script, options, round);
      const hsm = await open({ ...options, pinned: publicKeys });
      const head = Number(Buffer.from((await hsm.readHead()) ?? []).toString());
      expect([promised, promised + 1]).toContain(head);
      const epochs = (await hsm.listEpochKeys()).length;
      expect(epochs === 1 || epochs === 2 || (epochs === 0 && promised === 1)).toBe(true);
      await hsm.close();
      const token = await openToken(options);
      const heads = await token.sessions.use((session) => findLabelled(token.p11, session, CKO.DATA, LABEL.head));
      expect(heads.length === 1 || heads.length === 2).toBe(true);
      await token.release();
    }
  } finally {
    await soft.dispose();
  }
});
