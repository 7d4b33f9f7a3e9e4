/**
 * Attacks by whoever has the host of a vault on one machine (HTTPS, SoftHSM2, SQLite, seals): its disk, older copies of
 * it, and in the end the token's PIN too.
 */
import { randomBytes } from 'node:crypto';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CKO } from '../../../vault/hsm/cryptoki.ts';
import { openToken } from '../../../vault/hsm/module.ts';
import { destroyLabelled, LABEL } from '../../../vault/hsm/objects.ts';
import { unwrapDataKey, wrapKeyIdOf } from '../../../vault/ledger/key-wrap.ts';
import { verifyLog } from '../../../vault/ledger/verify.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import { DAY_MS } from '../../../vault/record/limits.ts';
import { openSqliteStore } from '../../../vault/store/sqlite.ts';
import { filesIn, formsIn, formsOfText, type SecretForm } from '../../support/secret-search.ts';
import { randomPoint } from '../../support/vault/hsm-conformance.ts';
import { SoftSite } from '../../support/vault/service.ts';
import { codeOf, type TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'the right one';
const DATABASE = ['vault.sqlite', 'vault.sqlite-wal', 'vault.sqlite-shm'];

let site: SoftSite;
beforeAll(async () => {
  site = await SoftSite.make();
});
afterAll(() => site?.dispose());

/** A client speaks to whichever service runs now. */
async function registered(maxAttempts = 10): Promise<TestClient> {
  const client = site.service.client();
  await client.register(PASSWORD, { maxAttempts });
  return client;
}
function again(client: TestClient): TestClient {
  return site.service.client({ recordId: client.recordId, rootKey: client.rootKey });
}

/** The database as it is now, of a vault that is stopped. @returns the folder of the copy */
async function copyOf(): Promise<string> {
  const to = path.join(site.folder, `copy-${randomBytes(4).toString('hex')}`);
  await mkdir(to);
  for (const name of DATABASE) {
    // A connection whose end waits for the garbage collector takes its log with it, at any moment.
    await cp(path.join(site.folder, name), path.join(to, name)).catch((error: unknown) => {
      if (name === DATABASE[0] || !(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });
  }
  return to;
}
async function putBack(from: string): Promise<void> {
  for (const name of DATABASE) await rm(path.join(site.folder, name), { force: true });
  for (const name of await readdir(from)) await cp(path.join(from, name), path.join(site.folder, name));
}
/** A copy of the database, taken while the vault is stopped for a moment. */
async function retained(): Promise<string> {
  await site.stop();
  const copy = await copyOf();
  await site.start();
  return copy;
}

describe('attack 5: a store that was put back', () => {
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

describe('attack 15: what is on the disk', () => {
  it('holds neither password nor key, sealed or not yet sealed', async () => {
    const canary = 'canary-6f2d-password';
    const key = 'CANARY-root-key-0123456789abcdef';
    const client = site.service.client({ rootKey: new Uint8Array(Buffer.from(key)) });
    await client.register(canary);
    await client.open(canary);
    await client.wrong(`${canary}-mistyped`);
    const stored = await site.ledger.read(fromBase64url(client.recordId));
    const opened = Buffer.from(stored?.state ?? []);
    expect(opened.length).toBeGreaterThan(300);
    const disk = new Map([...(await filesIn(site.folder)), ...(await filesIn(site.tokens))]);
    expect([...disk.keys()]).toEqual(expect.arrayContaining(['vault.sqlite', 'vault.sqlite-wal', 'seal']));
    disk.set('the log', Buffer.from(site.service.lines.join('')));
    disk.set('the record, opened', opened);
    const secrets: SecretForm[] = [...formsOfText('password', canary), ...formsOfText('key', key)];
    for (const encoding of ['hex', 'base64'] as const) {
      // Base64 without its end, which depends on what follows.
      const bare = Buffer.from(key).toString(encoding).slice(0, 42);
      secrets.push(...formsOfText(`key, ${encoding}`, bare));
    }
    expect(formsIn(disk, secrets)).toEqual([]);
    // The search would find what is there: part of the record's state, which lies sealed.
    expect(formsIn(disk, [['state', Buffer.from('opaqueRecord')]])).toEqual(['state in the record, opened']);
  });
});

describe('attack 18: operations in the module that nobody logged', () => {
  it('are seen: what the log lets the module do is what the module did, exactly', async () => {
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
    // One guess past the log, as an intruder with the logged-in module makes it.
    await site.hsm.evaluate({ recordId: randomBytes(32), nonce: randomBytes(32) }, randomPoint());
    expect(site.hsm.counts.oprfDerives).toBe(2 * grown('oprf') + 2);
  });
});

// The last one: the token's head and epoch keys are gone after it.
describe('attack 19: copies that were kept of a record that is destroyed', () => {
  it('are opened by nothing after a day, however they are put back, and nothing is evaluated', async () => {
    const client = await registered(3);
    const copies = [await retained()];
    await again(client).wrong();
    copies.push(await retained());
    await again(client).wrong();
    await again(client).wrong();
    expect(await codeOf(again(client).open(PASSWORD))).toBe('destroyed');
    copies.push(await retained());

    // The day passes, and the vault makes its data key anew by itself.
    const { ledger } = site;
    const rotate = ledger.rotate.bind(ledger);
    const rotated = new Promise<void>((resolve) => {
      vi.spyOn(ledger, 'rotate').mockImplementation(() => rotate().then(resolve));
    });
    await site.pass(DAY_MS);
    await rotated;

    const sites = [{ name: 'one', publicKey: site.hsm.publicKeys.site }];
    const place = { clusterId: site.store.clusterId, number: 1, site: 'one' };
    for (const [i, copy] of copies.entries()) {
      const store = await openSqliteStore({ file: path.join(copy, 'vault.sqlite') });
      const wrap = await store.get('datakey/00000001/one');
      await store.close();
      if (wrap === null) throw new Error(`no wrapped key in copy ${i}`);
      // The token of today opens none of it: not by the keys that it has, nor has it the one that is asked for.
      const own = await site.hsm.listWrapKeys();
      expect(own).toHaveLength(1);
      await expect(unwrapDataKey(site.hsm, sites, place, own, wrap.value)).rejects.toMatchObject({ code: 'damaged' });
      await expect(site.hsm.wrapKeyDh(wrapKeyIdOf(wrap.value), randomPoint())).rejects.toMatchObject({
        code: 'not-initialised',
      });
    }

    await site.stop();
    const newest = await copyOf();
    for (const copy of copies) {
      await putBack(copy);
      await expect(site.start()).rejects.toMatchObject({ code: 'rolled-back' });
    }
    await putBack(newest);
    await site.start();
    expect(await codeOf(again(client).open(PASSWORD))).toBe('destroyed');
    await site.stop();

    // Whoever has the PIN makes token and host forget that there was a newer one.
    const token = await openToken(site.token);
    await token.sessions.use((session) => destroyLabelled(token.p11, session, [CKO.DATA], LABEL.head));
    await token.release();
    const module = await site.openModule();
    for (const id of await module.listEpochKeys()) await module.destroyEpochKey(id);
    await module.close();
    for (const copy of copies) {
      await putBack(copy);
      await rm(path.join(site.folder, 'seal'), { force: true });
      const store = await openSqliteStore({ file: site.database });
      await store.commit({
        operationId: randomBytes(16).toString('hex'),
        conditions: [],
        puts: [],
        deletes: ['seal/one'],
      });
      await store.close();
      await expect(site.start()).rejects.toMatchObject({
        code: 'not-ready',
        message: expect.stringContaining('does not hold the key'),
      });
    }
  });
});
