/**
 * Attacks of the design that are made on the service alone, by their numbers. The others: 4 sites-*.test.ts and
 * vault-ledger-etcd, 5 and 18 service-softhsm, 9 client-proof, 19 ledger-rotation,
 * 20 set-vault; vault/SECURITY.md has the whole table.
 */
import { createHash, randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { calls, type CallName } from '../../../vault/protocol/messages.ts';
import { startRegistration } from '../../../vault/protocol/opaque-client.ts';
import { checkKe3 } from '../../../vault/protocol/opaque-server.ts';
import { Problem, PROBLEMS } from '../../../vault/protocol/problem.ts';
import { DAY_MS, HOUR_MS } from '../../../vault/record/limits.ts';
import { decodeState, type RecordState } from '../../../vault/record/state.ts';
import { MemoryLedger } from '../../support/vault/memory-ledger.ts';
import { startTestService, type TestService } from '../../support/vault/service.ts';
import { SoftwareHsm, SoftwareToken } from '../../support/vault/software-hsm.ts';
import {
  codeOf,
  newId,
  newRecordId,
  TestClient,
  type RawAnswer,
  type Transport,
} from '../../support/vault/test-client.ts';

const PASSWORD = 'correct horse battery staple';

/** The real one, watched. */
const constantTime = vi.hoisted(() => vi.fn());
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  return { ...real, timingSafeEqual: constantTime.mockImplementation(real.timingSafeEqual) };
});

let token: SoftwareToken;
let hsm: SoftwareHsm;
let ledger: MemoryLedger;
let service: TestService;

beforeEach(async () => {
  token = new SoftwareToken();
  hsm = new SoftwareHsm(token);
  ledger = new MemoryLedger();
  service = await startTestService(hsm, ledger);
});
afterEach(() => service.close());

async function registered(maxAttempts = 10): Promise<TestClient> {
  const client = service.client();
  await client.register(PASSWORD, { maxAttempts });
  return client;
}

async function stateOf(client: TestClient): Promise<RecordState> {
  const stored = await ledger.read(fromBase64url(client.recordId));
  if (stored === null) throw new Error('no record');
  return decodeState(stored.state);
}

/** Another node of the same vault, over the same store. */
async function anotherNode(): Promise<{ node: TestService; hsm: SoftwareHsm }> {
  const own = new SoftwareHsm(token);
  return { node: await startTestService(own, ledger), hsm: own };
}

describe('attack 1: parallel guesses race the counter', () => {
  it('of 200 clients at 3 nodes, exactly as many are evaluated as are charged, and no more than there are tries', async () => {
    const others = [await anotherNode(), await anotherNode()];
    try {
      const client = await registered(3);
      const modules = [hsm, ...others.map((other) => other.hsm)];
      const before = modules.reduce((sum, one) => sum + one.counts.oprfDerives, 0);
      const nodes = [service, ...others.map((other) => other.node)];
      const codes = await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const guesser = (nodes[i % 3] ?? service).client({ recordId: client.recordId });
          return codeOf(guesser.start(guesser.login(`guess ${i}`)));
        }),
      );
      expect(codes.filter((code) => code === 'ok')).toHaveLength(3);
      expect(codes.filter((code) => code === 'last-try-pending')).toHaveLength(197);
      const after = modules.reduce((sum, one) => sum + one.counts.oprfDerives, 0);
      expect((after - before) / 2).toBe(3);
    } finally {
      for (const { node } of others) await node.close();
    }
  });

  it('200 copies of one request are one charge, and all get the same answer', async () => {
    const client = await registered();
    const login = client.login(PASSWORD);
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.start(login)));
    expect(new Set(answers.map((answer) => answer.ke2)).size).toBe(1);
    expect((await stateOf(client)).consecutive).toBe(1);
  });
});

describe('attack 2: a node that dies at every point of a login', () => {
  it.each(['before', 'after'] as const)(
    '%s each operation of the module: what was evaluated was charged',
    async (when) => {
      let client = await registered();
      for (const method of ['evaluate', 'akeDh', 'sign'] as const) {
        const login = client.login(newId());
        hsm.failNext('unavailable', { method, when });
        expect(await codeOf(client.start(login))).toBe('not-ready');
        await service.close();
        service = await startTestService(hsm, ledger);
        client = service.client({ recordId: client.recordId, rootKey: client.rootKey });
        const { consecutive } = await stateOf(client);
        await client.start(login);
        expect((await stateOf(client)).consecutive).toBe(consecutive);
      }
      expect((await stateOf(client)).consecutive).toBe(3);
      const charges = ledger.log.reduce((sum, entry) => sum + (entry.facts['oprf'] ?? 0), 0);
      expect(hsm.counts.oprfDerives / 2).toBeLessThanOrEqual(charges);
    },
  );
});

describe('attack 3: cut lines and a failing module', () => {
  it('ten lost answers to LoginFinish: the right password still opens', async () => {
    const known = await registered(1);
    let cut = 0;
    const line: Transport = {
      close: () => undefined,
      async send(method, path, body, headers) {
        const answer = await service.transport.send(method, path, body, headers);
        if (path !== '/v1/loginFinish' || cut === 10) return answer;
        cut += 1;
        throw new Error('cut');
      },
    };
    const client = new TestClient(line, { recordId: known.recordId, rootKey: known.rootKey });
    const login = client.login(PASSWORD);
    const started = await client.start(login);
    for (let i = 0; i < 10; i++) await expect(client.finish(login, started)).rejects.toThrow('cut');
    expect(await client.finish(login, started)).toEqual(client.rootKey);
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('a module that fails thirty times in one login, on the very last try: one charge, and it opens', async () => {
    const client = await registered(1);
    const login = client.login(PASSWORD);
    for (let i = 0; i < 10; i++) {
      hsm.failNext('unavailable', { method: 'evaluate' });
      expect(await codeOf(client.start(login))).toBe('not-ready');
      hsm.failNext('unavailable', { method: 'akeDh', when: 'after' });
      expect(await codeOf(client.start(login))).toBe('not-ready');
      hsm.failNext('unavailable', { method: 'evaluate', when: 'after' });
      expect(await codeOf(client.start(login))).toBe('not-ready');
    }
    expect((await stateOf(client)).charges).toBe(1);
    expect(await client.finish(login, await client.start(login))).toEqual(client.rootKey);
  });
});

describe('attack 6: RegExpose that is dropped', () => {
  it('five times gives no try more: both versions cost, and only one is there', async () => {
    const client = await registered(3);
    const registrationId = await client.registerUntilProven('another', { version: 2, maxAttempts: 3 });
    const evaluations = hsm.counts.oprfDerives;
    for (let i = 0; i < 5; i++)
      await codeOf(
        client.call('regExpose', {
          recordId: client.recordId,
          registrationId,
          proof: (await client.signed('regExpose', { recordId: client.recordId, registrationId }, client.device.key))
            .proof,
        }),
      );
    expect(hsm.counts.oprfDerives).toBe(evaluations);
    expect((await stateOf(client)).version).toBe(1);
    await client.byOwner('regExpose', { registrationId });
    for (let i = 0; i < 4; i++) await client.byOwner('regExpose', { registrationId });
    const state = await stateOf(client);
    expect([state.version, state.registrations, state.registration]).toEqual([2, 2, null]);
    for (let i = 1; i <= 3; i++) expect(await client.wrong()).toBe(i);
    expect(await codeOf(client.open('another'))).toBe('destroyed');
  });

  it('a registration answers for one blinded element only, so that it is no guess at the key that becomes live', async () => {
    const client = await registered();
    const registrationId = newId();
    const ask = async (password: string) => {
      const blinded = toBase64url(startRegistration(Buffer.from(password)).blinded);
      const fields = { recordId: client.recordId, registrationId, version: 2, blinded };
      return codeOf(client.call('regStart', await client.signed('regStart', fields, client.owner)));
    };
    expect(await ask('one')).toBe('ok');
    expect(await ask('two')).toBe('login-mismatch');
  });
});

describe('attack 7: guesses laundered through another record', () => {
  it('the same blinded element gives another answer under every record and every version', async () => {
    const { blinded } = startRegistration(Buffer.from(PASSWORD));
    const answers = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const client = service.client();
      const fields = { recordId: client.recordId, registrationId: newId(), version: 1, blinded: toBase64url(blinded) };
      answers.add((await client.call('regStart', fields)).evaluated);
      answers.add((await client.call('regStart', { ...fields, registrationId: newId() })).evaluated);
    }
    expect(answers.size).toBe(6);
  });
});

/** Keeps everything that goes over the line. */
function recorded(transport: Transport): { transport: Transport; sent: { path: string; body: string }[] } {
  const sent: { path: string; body: string }[] = [];
  return {
    sent,
    transport: {
      close: () => transport.close(),
      send(method, path, body, headers) {
        if (method === 'POST' && body !== null) sent.push({ path, body });
        return transport.send(method, path, body, headers);
      },
    },
  };
}

describe('attack 10: whole sessions that are replayed', () => {
  it('leave the record as it is', async () => {
    const { transport, sent } = recorded(service.transport);
    const client = new TestClient(transport);
    await client.register(PASSWORD);
    await client.enrol();
    await client.wrong();
    await client.open(PASSWORD, true);
    await client.byOwner('freeze', { days: 1 });
    await client.byOwner('unfreeze', {});
    await client.byOwner('clearFailures', {});
    const before = await stateOf(client);
    const answers: RawAnswer[] = [];
    for (let round = 0; round < 2; round++) {
      for (const { path, body } of sent) answers.push(await service.transport.send('POST', path, body));
    }
    expect(await stateOf(client)).toEqual(before);
    expect(answers.filter((answer) => answer.status === 401).length).toBeGreaterThan(10);
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });
});

describe('attack 11: what a listener on the line learns', () => {
  it('right and wrong passwords have answers of one length, at every call', async () => {
    const lengths = new Map<string, Set<number>>();
    const counting: Transport = {
      close: () => undefined,
      async send(method, path, body, headers) {
        const answer = await service.transport.send(method, path, body, headers);
        const name = path.startsWith('/v1/login') && path !== '/v1/loginStart' ? 'the end of a login' : path;
        lengths.set(name, (lengths.get(name) ?? new Set()).add(Buffer.byteLength(answer.text)));
        return answer;
      },
    };
    const client = new TestClient(counting);
    await client.register(PASSWORD);
    await client.open(PASSWORD);
    await client.wrong();
    await codeOf(
      client.call('loginFinish', { recordId: client.recordId, loginId: newId(), ke3: toBase64url(randomBytes(32)) }),
    );
    expect([...(lengths.get('/v1/loginStart') ?? [])]).toEqual([1024]);
    expect([...(lengths.get('the end of a login') ?? [])]).toEqual([1024]);
  });

  it('the vault does the same for a right password as for a wrong one until KE3 decides (vault-timing has the clock)', async () => {
    const client = await registered();
    const work: string[] = [];
    hsm.onCall = (method) => void work.push(`HSM ${method}`);
    const one = async (password: string): Promise<string[]> => {
      work.length = 0;
      const logged = ledger.log.length;
      const login = client.login(password);
      await client.start(login);
      await codeOf(
        client.call('loginFinish', {
          recordId: client.recordId,
          loginId: login.loginId,
          ke3: toBase64url(randomBytes(32)),
        }),
      );
      return [...work, ...ledger.log.slice(logged).map((entry) => `log ${entry.type}`)];
    };
    const wrong = await one('not the password');
    expect(wrong).toContain('HSM evaluate');
    expect(await one(PASSWORD)).toEqual(wrong);
  });
});

describe('attack 12: the time of comparing KE3', () => {
  it('is that of one comparison in constant time over all of its bytes', () => {
    const right = new Uint8Array(randomBytes(32));
    for (const at of [0, 31]) {
      const bent = right.map((byte, i) => (i === at ? byte ^ 1 : byte));
      constantTime.mockClear();
      expect(checkKe3(right, bent)).toBe(false);
      expect(constantTime).toHaveBeenCalledExactlyOnceWith(right, bent);
    }
    expect(checkKe3(right, right.slice())).toBe(true);
  });
});

describe('attack 13: strangers', () => {
  it('1,000 of them, without the record id, use up no try and change nothing', async () => {
    const client = await registered();
    const before = await stateOf(client);
    const entries = ledger.log.length;
    const derives = hsm.counts.oprfDerives;
    const { ke1 } = client.login('guess');
    for (let i = 0; i < 1000; i += 50) {
      const codes = await Promise.all(
        Array.from({ length: 50 }, (_, j) => {
          const near = Buffer.from(fromBase64url(client.recordId));
          near.writeUInt16BE((near.readUInt16BE(30) + 1 + i + j) % 65_536, 30);
          const recordId = j % 2 === 0 ? toBase64url(near) : newRecordId();
          return codeOf(client.call('loginStart', { recordId, loginId: newId(), ke1 }));
        }),
      );
      expect(new Set(codes)).toEqual(new Set(['unknown-record']));
    }
    expect(await stateOf(client)).toEqual(before);
    expect([ledger.log.length, hsm.counts.oprfDerives]).toEqual([entries, derives]);
  });
});

describe('attack 14: whatever is sent', () => {
  it('is answered by a problem document, never by a fault of the vault', async () => {
    const client = await registered();
    const names = Object.keys(calls) as CallName[];
    const base64url = fc.uint8Array({ maxLength: 300 }).map((bytes) => toBase64url(bytes));
    const fixed = (size: number) =>
      fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => toBase64url(bytes));
    const leaf = fc.oneof(
      base64url,
      fixed(16),
      fixed(32),
      fixed(33),
      fixed(98),
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
    );
    const proof = fc.record({ requestId: fixed(16), challenge: fixed(56), signature: fixed(64) });
    const request = fc.constantFrom(...names).chain((name) => {
      const fields = Object.keys(calls[name].input.shape).map((field) => {
        if (field === 'recordId') return [field, fc.constant(client.recordId)] as const;
        if (field === 'proof' || field === 'device') return [field, fc.oneof(proof, leaf)] as const;
        if (field === 'ke1') return [field, fc.oneof({ weight: 4, arbitrary: fixed(98) }, leaf)] as const;
        if (field.endsWith('Id')) return [field, fc.oneof({ weight: 4, arbitrary: fixed(16) }, leaf)] as const;
        return [field, leaf] as const;
      });
      return fc.record({ name: fc.constant(name), body: fc.record(Object.fromEntries(fields)) });
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ name, body }) => {
        const answer = await service.transport.send('POST', `/v1/${name}`, JSON.stringify(body));
        if (answer.status === 200) return;
        expect(answer.status).toBeLessThan(500);
        const { type, status } = Problem.parse(JSON.parse(answer.text));
        expect(PROBLEMS).toHaveProperty(type.slice('urn:holdfast:vault:'.length), status);
      }),
      { numRuns: 400 },
    );
    expect(await client.open(PASSWORD)).toEqual(client.rootKey);
  });

  it('points that are none are refused before anything is charged', async () => {
    const client = await registered();
    const good = fromBase64url(client.login('x').ke1);
    const p = Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex');
    const points = [
      Buffer.alloc(33),
      Buffer.concat([Buffer.of(2), p]), // x = p
      Buffer.concat([Buffer.of(2), Buffer.alloc(32, 0xff)]),
      Buffer.concat([Buffer.of(4), good.subarray(1, 33)]), // another form
      Buffer.concat([Buffer.of(5), good.subarray(1, 33)]),
      Buffer.concat([Buffer.of(2), Buffer.alloc(31), Buffer.of(1)]), // no y for this x
    ];
    for (const point of points) {
      for (const at of [0, 65]) {
        const ke1 = Buffer.from(good);
        Buffer.from(point).copy(ke1, at);
        const request = { recordId: client.recordId, loginId: newId(), ke1: toBase64url(ke1) };
        expect(await codeOf(client.call('loginStart', request))).toBe('bad-point');
      }
    }
    expect((await stateOf(client)).charges).toBe(0);
  });
});

describe('attack 16: a downgrade', () => {
  it('of limit or Argon2id between client and vault makes the login fail', async () => {
    const client = await registered();
    for (const [limit, iterations] of [
      [9, 1],
      [10, 2],
    ] as const) {
      const login = client.login(PASSWORD);
      const started = await client.start(login);
      const ksf = { ...started.ksf, iterations };
      await expect(login.finish(started.ke2, ksf, limit)).rejects.toThrow(ProtocolError);
    }
  });
});

describe('attack 17: a computer that was stolen while locked', () => {
  it('has a device key that can neither replace nor destroy nor unfreeze, nor make a session', async () => {
    const client = await registered();
    await client.enrol();
    const { recordId, device } = client;
    const fields = {
      sessionId: newId(),
      deviceId: device.id,
      publicKey: toBase64url(device.key.publicKey),
      idleMs: HOUR_MS,
      lifeMs: DAY_MS,
    };
    const blinded = toBase64url(startRegistration(Buffer.from('x')).blinded);
    const requests = [
      client.signed('destroy', { recordId }, device.key).then((request) => codeOf(client.call('destroy', request))),
      client.signed('unfreeze', { recordId }, device.key).then((request) => codeOf(client.call('unfreeze', request))),
      client
        .signed('sessionOpen', { recordId, ...fields }, device.key)
        .then((request) => codeOf(client.call('sessionOpen', request))),
      client
        .signed('deviceAdd', { recordId, deviceId: newId(), publicKey: fields.publicKey }, device.key)
        .then((request) => codeOf(client.call('deviceAdd', request))),
      client
        .signed('regStart', { recordId, registrationId: newId(), version: 2, blinded }, device.key)
        .then((request) => codeOf(client.call('regStart', request))),
    ];
    expect(await Promise.all(requests)).toEqual(Array(requests.length).fill('bad-proof'));
    // As the owner's, with the device's id beside it, they are no requests at all.
    const smuggled = await client.signed('destroy', { recordId }, device.key, { deviceId: device.id });
    expect(await codeOf(client.call('destroy', smuggled))).toBe('bad-request');
  });
});

describe('attack 15: what was said', () => {
  it('is in no line of the log, whatever happens', async () => {
    const client = await registered(1);
    const secrets = [
      PASSWORD,
      toBase64url(client.rootKey),
      Buffer.from(client.rootKey).toString('hex'),
      client.recordId,
    ];
    hsm.failNext('unavailable', { method: 'evaluate' });
    await codeOf(client.open(PASSWORD));
    await service.transport.send('POST', '/v1/loginStart', `{"recordId":"${client.recordId}","ke1":"${PASSWORD}"}`);
    ledger.read = async () => {
      throw new Error(`damaged ${createHash('sha256').update('x').digest('hex')}`);
    };
    expect(await codeOf(client.open(PASSWORD))).toBe('internal');
    const log = service.lines.join('');
    expect(log).toContain('"level":"error"');
    for (const secret of secrets) expect(log).not.toContain(secret);
  });
});
