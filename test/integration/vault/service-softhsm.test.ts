/** The whole of one machine: HTTPS, SoftHSM2, SQLite, seals; used, stopped and started. Attacks: service-attacks-*. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64url } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { DAY_MS, MINUTE_MS } from '../../../vault/record/limits.ts';
import { SoftSite } from '../../support/vault/service.ts';
import { codeOf, newId, type TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'the right one';

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
});
