/**
 * Attacks on what is said over the line, each made on both vaults of attack-worlds: what it tells, what it takes, and what
 * is written down of it.
 */
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { decodeBundle } from '../../../vault/protocol/bundle.ts';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../../vault/protocol/cbor.ts';
import { ProtocolError } from '../../../vault/protocol/errors.ts';
import { BundleChain, calls, type CallName, type Ksf } from '../../../vault/protocol/messages.ts';
import { checkKe3 } from '../../../vault/protocol/opaque-server.ts';
import { Problem, PROBLEMS } from '../../../vault/protocol/problem.ts';
import { SUITE } from '../../../vault/protocol/suite.ts';
import { logAfter, stateIn, inEachWorld, PASSWORD } from '../../support/vault/attack-worlds.ts';
import { codeOf, newId, TEST_KSF, TestClient, type Transport } from '../../support/vault/test-client.ts';

/** The real one, watched. */
const constantTime = vi.hoisted(() => vi.fn());
vi.mock('node:crypto', async (original) => {
  const real = await original<typeof import('node:crypto')>();
  return { ...real, timingSafeEqual: constantTime.mockImplementation(real.timingSafeEqual) };
});

inEachWorld((attack) => {
  describe('attack 11: what a listener on the line learns', () => {
    it('right and wrong passwords have answers of one length, at every call', async () => {
      const lengths = new Map<string, Set<number>>();
      const counting: Transport = {
        close: () => undefined,
        async send(method, path, body, headers) {
          const answer = await attack.world.service.transport.send(method, path, body, headers);
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
      const client = await attack.registered();
      // No checkpoint of the ledger falls due meanwhile.
      await attack.world.ledger.checkpoint();
      const work: string[] = [];
      attack.world.hsm.onCall = (method) => void work.push(`HSM ${method}`);
      const one = async (password: string): Promise<string[]> => {
        work.length = 0;
        const { index } = await attack.world.ledger.head();
        const login = client.login(password);
        await client.start(login);
        await codeOf(
          client.call('loginFinish', {
            recordId: client.recordId,
            loginId: login.loginId,
            ke3: toBase64url(randomBytes(32)),
          }),
        );
        return [...work, ...(await logAfter(attack.world, index)).map((entry) => `log ${entry.type}`)];
      };
      const wrong = await one('not the password');
      expect(wrong).toContain('HSM evaluate');
      expect(await one(PASSWORD)).toEqual(wrong);
    });
  });

  /** How often these bytes were compared in constant time. */
  function compared(ke3: string): number {
    return constantTime.mock.calls.filter(([, given]) => toBase64url(given as Uint8Array) === ke3).length;
  }

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

    it('is so in the vault, for a KE3 that is wrong and for one that is right', async () => {
      const client = await attack.registered();
      const login = client.login(PASSWORD);
      const started = await client.start(login);
      const { limit } = await client.facts(started);
      const { ke3 } = await login.finish(started.ke2, started.ksf, limit);
      const wrong = client.login(PASSWORD);
      await client.start(wrong);
      constantTime.mockClear();
      const asked = { recordId: client.recordId, loginId: wrong.loginId, ke3: toBase64url(randomBytes(32)) };
      expect(await codeOf(client.call('loginFinish', asked))).toBe('wrong-password');
      expect(compared(asked.ke3)).toBe(1);
      await client.call('loginFinish', { recordId: client.recordId, loginId: login.loginId, ke3 });
      expect(compared(ke3)).toBe(1);
    });
  });

  describe('attack 14: whatever is sent', () => {
    it('is answered by a problem document, never by a fault of the vault', async () => {
      const client = await attack.registered();
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
          const answer = await attack.world.service.transport.send('POST', `/v1/${name}`, JSON.stringify(body));
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
      const client = await attack.registered();
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
      expect((await stateIn(attack.world, client)).charges).toBe(0);
    });
  });

  describe('attack 15: what was said', () => {
    it('is in no line of the log, whatever happens', async () => {
      const client = await attack.registered(1);
      const secrets = [
        PASSWORD,
        toBase64url(client.rootKey),
        Buffer.from(client.rootKey).toString('hex'),
        client.recordId,
      ];
      attack.world.hsm.failNext('unavailable', { method: 'evaluate' });
      await codeOf(client.open(PASSWORD));
      await attack.world.service.transport.send(
        'POST',
        '/v1/loginStart',
        `{"recordId":"${client.recordId}","ke1":"${PASSWORD}"}`,
      );
      vi.spyOn(attack.world.ledger, 'read').mockRejectedValueOnce(new Error(`damaged ${PASSWORD.length}`));
      expect(await codeOf(client.open(PASSWORD))).toBe('internal');
      const log = attack.world.service.lines.join('');
      expect(log).toContain('"level":"error"');
      for (const secret of secrets) expect(log).not.toContain(secret);
    });
  });

  describe('attack 16: a downgrade', () => {
    it('of limit or Argon2id between client and vault makes the login fail', async () => {
      const client = await attack.registered();
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

    it('below what the suite and the bundle allow, and absurdly above it, is no registration', async () => {
      const client = attack.world.service.client();
      const stage = (ksf: Ksf, maxAttempts = 10): Promise<string> =>
        codeOf(
          client.call('regStage', {
            recordId: client.recordId,
            registrationId: newId(),
            opaqueRecord: toBase64url(
              Buffer.concat([fromBase64url(client.login('x').ke1).subarray(65), randomBytes(96)]),
            ),
            blob: toBase64url(randomBytes(60)),
            ownerPublicKey: toBase64url(client.owner.publicKey),
            ksf,
            maxAttempts,
          }),
        );
      // As it is, it gets as far as the question which registration it belongs to.
      expect(await stage(TEST_KSF)).toBe('unknown-record');
      expect(await stage({ ...TEST_KSF, memoryKiB: 1024 })).toBe('bad-request');
      expect(await stage({ ...TEST_KSF, memoryKiB: 0xffff_ffff })).toBe('bad-request');
      expect(await stage({ ...TEST_KSF, iterations: 0xffff_ffff })).toBe('bad-request');
      expect(await stage(TEST_KSF, 11)).toBe('bad-request');
    });

    it('of the suite is read by no client, however well it is signed', async () => {
      const shown = await attack.world.service.transport.send('GET', '/v1/bundle', null);
      const [genuine] = BundleChain.parse(JSON.parse(shown.text)).chain;
      const fields = decodeCbor(fromBase64url(genuine?.bundle ?? ''), 'the bundle') as Record<string, Cbor>;
      expect(decodeBundle(encodeCbor(fields)).suite).toBe(SUITE);
      const other = encodeCbor({ ...fields, suite: 'HKV1-P256-SHA256-NONE' });
      expect(() => decodeBundle(other)).toThrow(ProtocolError);
    });
  });
});
