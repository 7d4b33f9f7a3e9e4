/** The whole of one machine: HTTPS, SoftHSM2, SQLite, seals; stopped, started, put back to an older copy. */
import { randomBytes } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { verifyLog } from '../../../vault/ledger/verify.ts';
import { DAY_MS, MINUTE_MS } from '../../../vault/record/limits.ts';
import { SoftSite } from '../../support/vault/service.ts';
import { codeOf, newId, type TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'the right one';
const EVERYTHING = ['vault.sqlite', 'vault.sqlite-wal', 'vault.sqlite-shm'];

let site: SoftSite;

beforeAll(async () => {
  site = await SoftSite.make();
});
afterAll(() => site.dispose());

/** A client speaks to whichever service runs now. */
async function registered(maxAttempts = 10): Promise<TestClient> {
  const client = site.service.client();
  await client.register(PASSWORD, { maxAttempts });
  return client;
}
function again(client: TestClient): TestClient {
  return site.service.client({ recordId: client.recordId, rootKey: client.rootKey });
}

async function copyOf(): Promise<string> {
  const to = path.join(site.folder, `copy-${randomBytes(4).toString('hex')}`);
  for (const name of EVERYTHING) {
    await cp(path.join(site.folder, name), path.join(to, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
  return to;
}
async function putBack(from: string): Promise<void> {
  for (const name of await readdir(from)) await cp(path.join(from, name), path.join(site.folder, name));
}

describe('a vault on one machine', () => {
  it('opens with the right password, refuses the wrong one, and remembers both over a restart', async () => {
    const client = await registered();
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
    await expect(client.open('wrong')).rejects.toThrow(ProtocolError);
    await site.restart();
    const after = again(client);
    expect((await after.byOwner('status', {})).attempts.consecutive).toBe(1);
    expect(await after.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('finishes a login that was started before a restart', async () => {
    const client = await registered();
    const login = client.login(PASSWORD);
    const started = await client.start(login);
    await site.restart();
    const after = again(client);
    expect((await after.start(login)).ke2).toBe(started.ke2);
    expect(await after.finish(login, started)).toEqual(client.rootKey);
  });

  it('destroys at the tenth wrong password, for good', async () => {
    const client = await registered();
    for (let i = 1; i <= 10; i++) {
      await site.pass(7 * DAY_MS);
      expect(await client.wrong()).toBe(i);
    }
    expect(await codeOf(client.open(PASSWORD))).toBe('destroyed');
    await site.restart();
    expect(await codeOf(again(client).open(PASSWORD))).toBe('destroyed');
  });

  it('keeps a session over a restart, and its idle time too', async () => {
    const client = await registered();
    const sessionId = newId();
    const key = client.sessionKey(new Uint8Array(randomBytes(32)), sessionId, site.ledger.vaultId);
    const fields = {
      sessionId,
      deviceId: null,
      publicKey: toBase64url(key.publicKey),
      idleMs: 15 * MINUTE_MS,
      lifeMs: DAY_MS,
    };
    const { v } = await client.byOwner('sessionOpen', fields);
    await site.pass(10 * MINUTE_MS);
    await site.restart();
    const after = again(client);
    const get = async () =>
      after.call('sessionGet', await after.signed('sessionGet', { recordId: client.recordId, sessionId }, key));
    expect((await get()).v).toBe(v);
    await site.pass(15 * MINUTE_MS);
    expect(await codeOf(get())).toBe('unknown-session');
  });

  it('writes in its log what it let the HSM do, exactly', async () => {
    await site.restart();
    const before = (await verifyLog(site.store)).facts;
    const client = await registered();
    await client.open(PASSWORD);
    await client.wrong();
    const log = await verifyLog(site.store);
    expect(log.problems).toEqual([]);
    const grown = (name: string): number => (log.facts[name] ?? 0) - (before[name] ?? 0);
    expect(site.hsm.counts.oprfDerives).toBe(2 * grown('oprf'));
    expect(site.hsm.counts.akeDerives).toBe(2 * grown('ake'));
    expect([grown('oprf'), grown('ake')]).toEqual([4, 3]);
  });
});

describe('a store that was put back', () => {
  it('is refused, and no try is won by it', async () => {
    const client = await registered(3);
    await site.stop();
    const copy = await copyOf();
    await site.start();
    const attacker = again(client);
    await attacker.wrong();
    await attacker.wrong();
    await site.stop();
    const honest = await copyOf();
    await putBack(copy);
    await expect(site.start()).rejects.toMatchObject({ code: 'rolled-back' });
    await putBack(honest);
    await site.start();
    expect(await again(client).wrong()).toBe(3);
    expect(await codeOf(again(client).open(PASSWORD))).toBe('destroyed');
  });
});

describe('what is on the disk', () => {
  it('holds neither password nor key, sealed or not yet sealed', async () => {
    const canary = 'canary-6f2d-password';
    const client = site.service.client({ rootKey: new Uint8Array(Buffer.from('CANARY-root-key-0123456789abcdef')) });
    await client.register(canary);
    await client.open(canary);
    const stored = await site.ledger.read(fromBase64url(client.recordId));
    const opened = Buffer.from(stored?.state ?? []);
    expect(opened.length).toBeGreaterThan(300);
    const files = EVERYTHING.slice(0, 2).map((name) => path.join(site.folder, name));
    const disk = Buffer.concat(await Promise.all(files.map((file) => readFile(file).catch(() => Buffer.alloc(0)))));
    const log = site.service.lines.join('');
    for (const secret of [canary, 'CANARY-root-key']) {
      expect(disk.includes(secret)).toBe(false);
      expect(opened.includes(secret)).toBe(false);
      expect(log).not.toContain(secret);
    }
    // The search would find what is there: part of the record's state, which lies sealed.
    expect(opened.includes('opaqueRecord')).toBe(true);
    expect(disk.includes('opaqueRecord')).toBe(false);
  });
});
