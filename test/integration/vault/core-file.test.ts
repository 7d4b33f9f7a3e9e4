/**
 * Attack 15: the core file of a vault that has just answered logins and sessions. Under the unit's limits there is none;
 * one that is made all the same holds neither password nor key.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { DAY_MS, HOUR_MS } from '../../../vault/record/limits.ts';
import { formsIn, formsOfKey, formsOfText, type SecretForm } from '../../support/secret-search.ts';
import { limitOfUnit, startLimited, whyNoCore, type LimitedVault } from '../../support/vault/core-file.ts';
import { codeOf, httpsTransport, newId, TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'canary-7c1e copper lantern';
const WRONG = 'canary-7c1e copper lantren';
const rootKey = new Uint8Array(randomBytes(32));
const s = new Uint8Array(randomBytes(32));
const sessionId = newId();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'holdfast-core-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function started(limit: string): Promise<{ vault: LimitedVault; transport: ReturnType<typeof httpsTransport> }> {
  const cwd = path.join(folder, `cwd-${newId()}`);
  await mkdir(cwd);
  const vault = await startLimited(path.join(folder, 'vault'), cwd, limit);
  return { vault, transport: httpsTransport(vault.url, vault.certificate) };
}

const hex = Buffer.from(rootKey).toString('hex').toUpperCase();
const KEY = formsOfKey(hex.match(/.{4}/g) ?? []);
const secrets: SecretForm[] = [...KEY, ...formsOfText('password', PASSWORD), ...formsOfText('wrong password', WRONG)];
function formsOfBytes(form: string, bytes: Uint8Array): SecretForm[] {
  const raw = Buffer.from(bytes);
  return [
    [form, raw],
    ...formsOfText(`${form}, hex`, raw.toString('hex')),
    // Without its end, which depends on what follows.
    ...formsOfText(`${form}, base64`, raw.toString('base64').slice(0, 42)),
    ...formsOfText(`${form}, base64url`, raw.toString('base64url').slice(0, 42)),
  ];
}

const why = whyNoCore();

describe('attack 15: core files', () => {
  it('are forbidden by the systemd unit', () => {
    expect(limitOfUnit()).toBe('0');
  });
});

describe.skipIf(why !== null)(
  `attack 15: the core file of a vault that was aborted${why === null ? '' : ` (${why})`}`,
  () => {
    let client: TestClient;
    let v: Uint8Array;

    it('after logins and a session holds neither password nor key', async () => {
      const { vault, transport } = await started('unlimited');
      client = new TestClient(transport, { rootKey });
      await client.register(PASSWORD);
      expect(await client.open(PASSWORD)).toEqual(rootKey);
      await expect(client.open(WRONG)).rejects.toThrow();
      await client.enrol();
      const { vaultId } = await client.bundle();
      const key = client.sessionKey(s, sessionId, vaultId);
      const publicKey = toBase64url(key.publicKey);
      const opened = { sessionId, deviceId: client.device.id, publicKey, idleMs: HOUR_MS, lifeMs: DAY_MS };
      v = fromBase64url((await client.byOwner('sessionOpen', opened)).v);
      const asked = { recordId: client.recordId, sessionId };
      expect(fromBase64url((await client.call('sessionGet', await client.signed('sessionGet', asked, key))).v)).toEqual(
        v,
      );
      transport.close();
      const cores = await vault.abort();
      expect(cores.size).toBe(1);
      expect(formsIn(cores, [...secrets, ...formsOfBytes('S', s)])).toEqual([]);
      // The search finds what a vault that has just answered must hold.
      expect(formsIn(cores, formsOfText('record id', client.recordId))).not.toEqual([]);
      // So is V, which it has just given out. Without S, whose public key is all that the vault has, it opens nothing.
      expect(formsIn(cores, [['V', Buffer.from(v)]])).toHaveLength(1);
    });

    it('that was started again, with the session sealed, does not hold V either', async () => {
      const { vault, transport } = await started('unlimited');
      const stranger = new TestClient(transport);
      await stranger.bundle();
      expect(await codeOf(stranger.open(PASSWORD))).toBe('unknown-record');
      transport.close();
      const cores = await vault.abort();
      expect(cores.size).toBe(1);
      expect(formsIn(cores, [...secrets, ...formsOfBytes('V', v)])).toEqual([]);
      expect(formsIn(cores, formsOfText('record id', stranger.recordId))).not.toEqual([]);
    });

    it('with the limits of its systemd unit is not made', async () => {
      const { vault, transport } = await started(limitOfUnit());
      const known = new TestClient(transport, { recordId: client.recordId, rootKey });
      expect(await known.open(PASSWORD)).toEqual(rootKey);
      transport.close();
      expect([...(await vault.abort()).keys()]).toEqual([]);
    });
  },
);
