/** The calls over real HTTPS, one by one: who may do what, what is charged, what comes back, what the log says. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { calls, type CallName } from '../../../vault/protocol/messages.ts';
import { Problem } from '../../../vault/protocol/problem.ts';
import { verifyFacts } from '../../../vault/protocol/receipt.ts';
import { DAY_MS, MINUTE_MS } from '../../../vault/record/limits.ts';
import { recordWordOf } from '../../../vault/service/http.ts';
import { MemoryLedger } from '../../support/vault/memory-ledger.ts';
import { startTestService, type TestService } from '../../support/vault/service.ts';
import { SoftwareHsm, SoftwareToken } from '../../support/vault/software-hsm.ts';
import { codeOf, newId, newRecordId, Refused, type TestClient } from '../../support/vault/test-client.ts';

const PASSWORD = 'correct horse battery staple';

let hsm: SoftwareHsm;
let ledger: MemoryLedger;
let service: TestService;

beforeEach(async () => {
  hsm = new SoftwareHsm();
  ledger = new MemoryLedger();
  service = await startTestService(hsm, ledger);
});

afterEach(async () => {
  await service.close();
});

async function registered(options: { maxAttempts?: number } = {}): Promise<TestClient> {
  const client = service.client();
  await client.register(PASSWORD, options);
  return client;
}

describe('registration and login', () => {
  it('opens with the right password and with no other', async () => {
    const client = await registered();
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
    await expect(client.open('wrong')).rejects.toThrow(ProtocolError);
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('counts in what it signs', async () => {
    const client = await registered();
    expect(await client.wrong()).toBe(1);
    expect(await client.wrong()).toBe(2);
    const login = client.login(PASSWORD);
    const started = await client.start(login);
    expect(await client.facts(started)).toMatchObject({ used: 3, limit: 10, version: 1 });
    await client.finish(login, started);
    expect(await client.wrong()).toBe(1);
  });

  it('destroys at the tenth wrong try, and says so to everybody', async () => {
    const client = await registered();
    for (let i = 1; i <= 10; i++) {
      ledger.timeMs += 7 * DAY_MS;
      expect(await client.wrong()).toBe(i);
    }
    expect(await codeOf(client.open(PASSWORD))).toBe('destroyed');
    expect(await codeOf(client.byOwner('clearFailures', {}))).toBe('destroyed');
    expect((await client.byOwner('status', {})).state).toBe('destroyed');
  });

  it('destroys where the tenth KE3 is wrong', async () => {
    const client = await registered({ maxAttempts: 1 });
    const login = client.login('wrong');
    await client.start(login);
    const ke3 = toBase64url(randomBytes(32));
    const request = { recordId: client.recordId, loginId: login.loginId, ke3 };
    expect(await codeOf(client.call('loginFinish', request))).toBe('destroyed');
    expect(await codeOf(client.open(PASSWORD))).toBe('destroyed');
  });

  it('says in signed facts how long to wait', async () => {
    const client = await registered();
    for (let i = 0; i < 4; i++) await client.wrong();
    const refused = await client.open(PASSWORD).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect((refused as Refused).facts).toMatchObject({ code: 'delayed', used: 4, limit: 10, waitMs: MINUTE_MS });
    ledger.timeMs += MINUTE_MS;
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('answers the same login with the same bytes, and evaluates once', async () => {
    const client = await registered();
    const login = client.login(PASSWORD);
    const before = hsm.counts.oprfDerives;
    const first = await client.start(login);
    const again = await client.start(login);
    expect(again.ke2).toBe(first.ke2);
    expect(hsm.counts.oprfDerives - before).toBe(2);
    expect((await client.byOwner('status', {})).attempts.consecutive).toBe(1);
  });

  it('repeats the answer to LoginFinish', async () => {
    const client = await registered();
    const login = client.login(PASSWORD);
    const started = await client.start(login);
    const { limit } = await client.facts(started);
    const { ke3 } = await login.finish(started.ke2, started.ksf, limit);
    const request = { recordId: client.recordId, loginId: login.loginId, ke3 };
    const first = await client.call('loginFinish', request);
    const entries = ledger.log.length;
    const again = await client.call('loginFinish', request);
    expect(again.sealed).toBe(first.sealed);
    expect(ledger.log.length).toBe(entries);
  });

  it('charges nothing for a bad point, an unknown record or an HSM that is known to be out', async () => {
    const client = await registered();
    const ke1 = randomBytes(98);
    ke1[0] = 2;
    ke1.fill(0xff, 1, 33);
    const request = { recordId: client.recordId, loginId: newId(), ke1: toBase64url(ke1) };
    expect(await codeOf(client.call('loginStart', request))).toBe('bad-point');
    const good = client.login(PASSWORD).ke1;
    expect(await codeOf(client.call('loginStart', { ...request, recordId: newRecordId(), ke1: good }))).toBe(
      'unknown-record',
    );
    hsm.failNext('unavailable', { method: 'evaluate' });
    expect(await codeOf(client.open(PASSWORD))).toBe('not-ready');
    hsm.failNext('unavailable', { times: 3 });
    for (let i = 0; i < 3; i++) expect(await codeOf(client.open(PASSWORD))).toBe('not-ready');
    expect((await client.byOwner('status', {})).attempts.consecutive).toBe(1);
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('goes on where other sites are faster', async () => {
    const client = await registered();
    ledger.conflicts = 20;
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('answers no login where the ledger is not ready', async () => {
    const client = await registered();
    for (const code of ['no-quorum', 'rolled-back', 'not-ready'] as const) {
      ledger.unready = code;
      expect(await codeOf(client.open(PASSWORD))).toBe(code);
    }
    ledger.unready = null;
    expect(await client.wrong()).toBe(1);
  });
});

describe('a change of password', () => {
  it('leaves the old one until the new one is exposed', async () => {
    const client = await registered();
    const registrationId = await client.registerUntilProven('new password', { version: 2 });
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
    await client.byOwner('regExpose', { registrationId });
    await client.byOwner('regExpose', { registrationId });
    expect(await client.open('new password')).toEqual(client.rootKey);
    await expect(client.open(PASSWORD)).rejects.toThrow(ProtocolError);
    expect((await client.byOwner('status', {})).registrations).toBe(2);
  });

  it('needs the owner', async () => {
    const client = await registered();
    const stranger = service.client({ recordId: client.recordId });
    expect(await codeOf(stranger.registerUntilProven('mine now', { version: 2 }))).toBe('bad-proof');
    expect(await codeOf(stranger.registerUntilProven('mine now', { version: 1 }))).toBe('version-mismatch');
    expect(await codeOf(stranger.byOwner('destroy', {}))).toBe('bad-proof');
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('refuses weak stretching and more tries than the bundle allows', async () => {
    const client = service.client();
    const recordId = client.recordId;
    const registrationId = newId();
    const fields = {
      recordId,
      registrationId,
      blob: toBase64url(randomBytes(60)),
      ownerPublicKey: toBase64url(randomBytes(32)),
    };
    const opaqueRecord = toBase64url(
      Buffer.concat([fromBase64url(client.login('x').ke1).subarray(0, 33), randomBytes(96)]),
    );
    const ksf = { memoryKiB: 65_536, iterations: 1, parallelism: 1 };
    const weak = { ...fields, opaqueRecord, maxAttempts: 10, ksf: { ...ksf, memoryKiB: 1024 } };
    expect(await codeOf(client.call('regStage', weak))).toBe('bad-request');
    expect(await codeOf(client.call('regStage', { ...weak, ksf, maxAttempts: 11 }))).toBe('bad-request');
    expect(await codeOf(client.call('regStage', { ...weak, ksf, opaqueRecord: toBase64url(randomBytes(129)) }))).toBe(
      'bad-point',
    );
    expect(await codeOf(client.call('regStage', { ...weak, ksf }))).toBe('unknown-record');
  });
});

describe('challenges', () => {
  it('are used once, for one record, within 60 s', async () => {
    const client = await registered();
    const request = await client.signed('clearFailures', { recordId: client.recordId }, client.owner);
    expect(await codeOf(client.call('clearFailures', request))).toBe('ok');
    expect(await codeOf(client.call('clearFailures', request))).toBe('bad-challenge');

    const late = await client.signed('clearFailures', { recordId: client.recordId }, client.owner);
    service.clock.advance(60_000);
    expect(await codeOf(client.call('clearFailures', late))).toBe('bad-challenge');

    const other = await registered();
    const foreign = await client.signed('clearFailures', { recordId: other.recordId }, client.owner);
    expect(await codeOf(other.call('clearFailures', foreign))).toBe('bad-challenge');
  });

  it('sign what is asked and nothing else', async () => {
    const client = await registered();
    const request = await client.signed('freeze', { recordId: client.recordId, days: 1 }, client.owner);
    expect(await codeOf(client.call('freeze', { ...request, days: 90 }))).toBe('bad-proof');
    const status = await client.signed('status', { recordId: client.recordId }, client.owner);
    expect(await codeOf(client.call('destroy', status as never))).toBe('bad-proof');
  });
});

describe('an enrolled computer', () => {
  it('asks, freezes and revokes; it does not replace, destroy, clear or unfreeze', async () => {
    const client = await registered();
    await client.enrol();
    expect((await client.byDevice('status', {})).devices).toHaveLength(1);
    expect((await client.byDevice('freeze', { days: 3 })).frozenMs).toBe(3 * DAY_MS);
    const signed = async (name: 'unfreeze' | 'clearFailures' | 'destroy'): Promise<string> => {
      const request = await client.signed(name, { recordId: client.recordId }, client.device.key);
      return codeOf(client.call(name, request));
    };
    for (const name of ['unfreeze', 'clearFailures', 'destroy'] as const) expect(await signed(name)).toBe('bad-proof');
    expect(await codeOf(client.open(PASSWORD))).toBe('frozen');
    expect(await client.open(PASSWORD, true)).toEqual(client.rootKey);
    await client.byOwner('deviceRevoke', { deviceId: client.device.id });
    expect(await codeOf(client.byDevice('status', {}))).toBe('unknown-device');
    expect(await codeOf(client.open(PASSWORD, true))).toBe('unknown-device');
  });

  it('is named in the list of failures, a stranger is not', async () => {
    const client = await registered();
    await client.enrol();
    await client.wrong();
    await client.wrong(undefined, true);
    const { attempts } = await client.byDevice('status', {});
    expect(attempts.failures.map((failure) => failure.deviceId)).toEqual([null, client.device.id]);
  });
});

describe('sessions', () => {
  async function opened(client: TestClient, idleMs = 15 * MINUTE_MS) {
    const s = new Uint8Array(randomBytes(32));
    const sessionId = newId();
    const key = client.sessionKey(s, sessionId, ledger.vaultId);
    const publicKey = toBase64url(key.publicKey);
    const fields = { sessionId, deviceId: null, publicKey, idleMs, lifeMs: 12 * 60 * MINUTE_MS };
    const { v } = await client.byOwner('sessionOpen', fields);
    const get = async (): Promise<string> =>
      (
        await client.call(
          'sessionGet',
          await client.signed('sessionGet', { recordId: client.recordId, sessionId }, key),
        )
      ).v;
    return { v, sessionId, key, get };
  }

  it('give V to the key that opened them, until they are idle for too long', async () => {
    const client = await registered();
    const { v, get } = await opened(client);
    ledger.timeMs += 14 * MINUTE_MS;
    expect(await get()).toBe(v);
    ledger.timeMs += 15 * MINUTE_MS;
    expect(await codeOf(get())).toBe('unknown-session');
  });

  it('give V to no other key', async () => {
    const client = await registered();
    const { sessionId } = await opened(client);
    const other = await client.signed('sessionGet', { recordId: client.recordId, sessionId }, client.owner);
    expect(await codeOf(client.call('sessionGet', other))).toBe('bad-proof');
  });

  it('are listed and revoked, by a computer and by themselves', async () => {
    const client = await registered();
    await client.enrol();
    const one = await opened(client);
    const two = await opened(client);
    expect((await client.byDevice('sessionList', {})).sessions).toHaveLength(2);
    await client.byDevice('sessionRevoke', { sessionId: one.sessionId, self: false });
    expect(await codeOf(one.get())).toBe('unknown-session');
    const fields = { recordId: client.recordId, sessionId: two.sessionId, self: true };
    const request = await client.signed('sessionRevoke', fields, two.key);
    await client.call('sessionRevoke', request);
    expect(await codeOf(two.get())).toBe('unknown-session');
    const again = await client.signed('sessionRevoke', fields, two.key);
    expect(await codeOf(client.call('sessionRevoke', again))).toBe('ok');
  });

  it('are deleted by the sweep', async () => {
    const client = await registered();
    const { v } = await opened(client);
    ledger.timeMs += 15 * MINUTE_MS;
    expect(await service.sweep()).toBe(1);
    expect(await service.sweep()).toBe(0);
    const stored = await ledger.read(fromBase64url(client.recordId));
    expect(Buffer.from(stored?.state ?? []).includes(Buffer.from(fromBase64url(v)))).toBe(false);
  });

  it('outlive ten wrong tries', async () => {
    const client = await registered({ maxAttempts: 1 });
    const { v, get } = await opened(client);
    await client.wrong();
    expect(await get()).toBe(v);
  });
});

describe('heads', () => {
  it('go forward only', async () => {
    const client = await registered();
    await client.enrol();
    const clientId = newId();
    const head = toBase64url(randomBytes(32));
    expect(await client.byDevice('headGet', { clientId })).toEqual({ sequence: 0, head: null });
    await client.byDevice('headPut', { clientId, sequence: 7, head });
    expect(await client.byDevice('headGet', { clientId })).toEqual({ sequence: 7, head });
    expect(await codeOf(client.byDevice('headPut', { clientId, sequence: 6, head }))).toBe('version-mismatch');
  });
});

describe('receipts', () => {
  it('name the entry of the log and its hash', async () => {
    const client = await registered();
    const { receipt } = await client.byOwner('destroy', {});
    const facts = verifyFacts('receipt', receipt, hsm.publicKeys.receipt);
    expect(facts).toMatchObject({ type: 'destroy', logIndex: ledger.log.length, version: 1 });
    expect(facts.head).toEqual((await ledger.head()).hash);
  });
});

describe('HTTP', () => {
  it('has a route for every call, and says nothing but problem documents for what is not valid', async () => {
    for (const name of Object.keys(calls) as CallName[]) {
      for (const body of ['{}', '[]', 'null', '{"recordId":"x"}', '{', '"', '{"__proto__":{}}']) {
        const { status, text, headers } = await service.transport.send('POST', `/v1/${name}`, body);
        expect(status).toBe(400);
        expect(headers['content-type']).toContain('application/problem+json');
        expect(Problem.parse(JSON.parse(text)).type).toBe('urn:holdfast:vault:bad-request');
        expect(text).not.toContain('at ');
      }
    }
  });

  it('takes JSON only, no large bodies, no other methods', async () => {
    const { transport } = service;
    const plain = await transport.send('POST', '/v1/status', '{}', { 'content-type': 'text/plain' });
    expect(plain.status).toBe(400);
    const large = await transport.send('POST', '/v1/status', JSON.stringify({ a: 'x'.repeat(20_000) }));
    expect(large.status).toBe(413);
    for (const [method, path] of [
      ['GET', '/v1/status'],
      ['PUT', '/v1/status'],
      ['POST', '/v2/status'],
      ['GET', '/'],
    ] as const) {
      const answer = await transport.send(method, path, method === 'PUT' ? '{}' : null);
      expect(answer.status).toBe(404);
      Problem.parse(JSON.parse(answer.text));
    }
  });

  it('answers in sizes of whole KiB', async () => {
    const client = await registered();
    const login = client.login(PASSWORD);
    const { transport, recordId } = client;
    const body = JSON.stringify({ recordId, loginId: login.loginId, ke1: login.ke1 });
    for (const [path, text] of [
      ['/v1/loginStart', body],
      ['/v1/loginStart', '{}'],
      ['/v1/challenge', JSON.stringify({ recordId })],
    ] as const) {
      const answer = await transport.send('POST', path, text);
      expect(Buffer.byteLength(answer.text) % 1024).toBe(0);
    }
  });

  it('serves its health and its counts, to this computer', async () => {
    const { transport } = service;
    expect((await transport.send('GET', '/healthz', null)).status).toBe(200);
    const client = await registered();
    await client.wrong();
    const { text } = await transport.send('GET', '/metrics', null);
    expect(text).toContain('vault_changes_total{type="charge"} 1');
    expect(text).toContain('vault_hsm_operations{kind="oprfDerives"}');
    ledger.unready = 'no-quorum';
    const sick = await transport.send('GET', '/healthz', null);
    expect([sick.status, JSON.parse(sick.text)]).toEqual([503, { status: 'no-quorum' }]);
  });

  it('writes the name of the call, the status and a hash to its log, and nothing of what was said', async () => {
    const client = await registered();
    await client.open(PASSWORD);
    await codeOf(client.byOwner('headPut', { clientId: newId(), sequence: 1, head: toBase64url(randomBytes(32)) }));
    hsm.failNext('unavailable', { method: 'evaluate' });
    await codeOf(client.open(PASSWORD));
    const log = service.lines.join('');
    expect(log).toContain(recordWordOf(fromBase64url(client.recordId)));
    expect(log).toContain('"call":"loginStart","status":200');
    expect(log).toContain('"status":503');
    const recordId = fromBase64url(client.recordId);
    for (const secret of [
      client.recordId,
      Buffer.from(recordId).toString('hex'),
      toBase64url(client.rootKey),
      PASSWORD,
    ]) {
      expect(log).not.toContain(secret);
    }
    expect(log).not.toMatch(/[A-Za-z0-9_-]{40,}/);
  });

  it('finishes what it works on when it is stopped', async () => {
    const client = await registered();
    let entered = (): void => {};
    let release = (): void => {};
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const held = new Promise<void>((resolve) => (release = resolve));
    hsm.onCall = (method) => {
      if (method !== 'evaluate') return;
      entered();
      return held;
    };
    const login = client.login(PASSWORD);
    const started = client.start(login);
    await inside;
    const closed = service.close();
    release();
    // The agent's sockets are gone with the transport; the service itself must have kept what it did.
    await Promise.allSettled([started, closed]);
    expect(ledger.log.map((entry) => entry.type).slice(-2)).toEqual(['charge', 'answer']);
    service = await startTestService(hsm, ledger);
  });
});

describe('limits by address', () => {
  let limited: TestService;
  beforeAll(async () => {
    const few = { burst: 3, perMinute: 1 };
    limited = await startTestService(new SoftwareHsm(), new MemoryLedger(), {
      limits: {
        requests: { burst: 1000, perMinute: 1000 },
        unknown: few,
        registrations: few,
        challenges: { burst: 40, perMinute: 1 },
      },
    });
  });
  afterAll(() => limited.close());

  it('slow down questions for unknown records, new registrations and challenges', async () => {
    const codes: string[] = [];
    for (let i = 0; i < 5; i++) codes.push(await codeOf(limited.client().open(PASSWORD)));
    expect(codes).toEqual([...Array<string>(3).fill('unknown-record'), 'too-many-requests', 'too-many-requests']);
    const registrations: string[] = [];
    for (let i = 0; i < 4; i++) registrations.push(await codeOf(limited.client().register(PASSWORD)));
    expect(registrations).toEqual(['ok', 'ok', 'ok', 'too-many-requests']);
    limited.clock.advance(60_000);
    expect(await codeOf(limited.client().register(PASSWORD))).toBe('ok');
    const challenged: string[] = [];
    for (let i = 0; i < 41; i++) challenged.push(await codeOf(limited.client().challenge()));
    expect(challenged.filter((code) => code === 'too-many-requests').length).toBeGreaterThan(0);
  });
});

describe('a neighbour at the same address', () => {
  it('who uses up its requests keeps nobody from ending what was begun', async () => {
    const crowded = await startTestService(new SoftwareHsm(), new MemoryLedger(), {
      limits: { requests: { burst: 40, perMinute: 1 } },
    });
    try {
      const client = crowded.client();
      await client.register(PASSWORD);
      const right = client.login(PASSWORD);
      const started = await client.start(right);
      const wrong = client.login('not this one');
      await client.start(wrong);
      const flood: string[] = [];
      for (let i = 0; i < 45; i++) flood.push(await codeOf(crowded.client().challenge()));
      expect(flood.at(-1)).toBe('too-many-requests');
      expect(await codeOf(client.finish(right, started))).toBe('ok');
      expect(await codeOf(client.giveUp(wrong))).toBe('ok');
      expect(await codeOf(client.start(client.login(PASSWORD)))).toBe('too-many-requests');
    } finally {
      await crowded.close();
    }
  });
});

describe('a module with a key object for each record (profile C)', () => {
  it('makes none for who may not register', async () => {
    const module = new SoftwareToken('C').open();
    const own = await startTestService(module, new MemoryLedger(), {
      bundle: { inviteNeeded: true },
      invites: ['sword-fish-2'],
    });
    try {
      const made: string[] = [];
      module.onCall = (name) => void (name === 'createRecordKey' && made.push(name));
      expect(await codeOf(own.client().register(PASSWORD))).toBe('invite-needed');
      expect(await codeOf(own.client().register(PASSWORD, { version: 3, invite: 'sword-fish-2' }))).not.toBe('ok');
      expect(made).toEqual([]);
      expect(await codeOf(own.client().register(PASSWORD, { invite: 'sword-fish-2' }))).toBe('ok');
      expect(made.length).toBeGreaterThan(0);
    } finally {
      await own.close();
    }
  });
});

describe('invitations', () => {
  it('are asked for new records where the vault says so', async () => {
    const invited = await startTestService(hsm, ledger, { bundle: { inviteNeeded: true }, invites: ['sword-fish-2'] });
    try {
      expect(await codeOf(invited.client().register(PASSWORD))).toBe('invite-needed');
      expect(await codeOf(invited.client().register(PASSWORD, { invite: 'sword-fish-3' }))).toBe('invite-needed');
      const client = invited.client();
      await client.register(PASSWORD, { invite: 'sword-fish-2' });
      expect(await codeOf(client.register('another', { version: 2 }))).toBe('ok');
    } finally {
      await invited.close();
    }
  });
});

describe('the work of each minute', () => {
  it('makes the data key anew after a day of service, and destroys what is due', async () => {
    const client = await registered({ maxAttempts: 1 });
    await client.start(client.login('nobody decides this one'));
    ledger.timeMs += DAY_MS - 1;
    expect(await service.sweep()).toBe(0);
    const rotated = new Promise<void>((resolve) => (ledger.onRotation = resolve));
    ledger.timeMs += 1;
    service.clock.advance(MINUTE_MS);
    await rotated;
    expect(ledger.rotations).toBe(1);
    expect(ledger.log.at(-1)?.type).toBe('destroy');
    expect(await codeOf(client.open(PASSWORD))).toBe('destroyed');
  });
});

describe('starting', () => {
  it('is refused with another token or another vault’s bundle', async () => {
    await expect(startTestService(hsm, ledger, { bundle: { vaultId: new Uint8Array(16) } })).rejects.toThrow(
      'another vault',
    );
    const other = new SoftwareHsm().publicKeys.ake;
    await expect(startTestService(hsm, ledger, { bundle: { akeKey: other } })).rejects.toThrow('keys of the bundle');
  });
});
