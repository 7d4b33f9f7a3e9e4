/**
 * Attacks on the count of tries, each made on both vaults of attack-worlds. The three services of attack 1 share one store;
 * three sites with etcd are in vault-sites-attacks, the kills of attack 2 from outside in vault-service-kill.
 */
import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url } from '../../../vault/protocol/bytes.ts';
import { DAY_MS, MINUTE_MS } from '../../../vault/record/limits.ts';
import { logAfter, stateIn, inEachWorld, PASSWORD } from '../../support/vault/attack-worlds.ts';
import { codeOf, newId, newRecordId, Refused, TestClient, type Transport } from '../../support/vault/test-client.ts';

/** ms that a refusal says to wait, 0 where it is none. */
async function waitOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 0;
  } catch (error) {
    if (error instanceof Refused && error.code === 'delayed') return error.facts?.waitMs ?? NaN;
    throw error;
  }
}

inEachWorld((attack) => {
  describe('attack 1: parallel guesses race the counter', () => {
    it('of 200 clients at 3 services, exactly as many are evaluated as are charged, and no more than there are tries', async () => {
      const client = await attack.registered(3);
      const nodes = [attack.world.service, await attack.world.anotherNode(), await attack.world.anotherNode()];
      const before = attack.world.derives();
      const codes = await Promise.all(
        Array.from({ length: 200 }, (_, i) => {
          const guesser = (nodes[i % 3] ?? attack.world.service).client({ recordId: client.recordId });
          return codeOf(guesser.start(guesser.login(`guess ${i}`)));
        }),
      );
      expect(codes.filter((code) => code === 'ok')).toHaveLength(3);
      expect(codes.filter((code) => code === 'last-try-pending')).toHaveLength(197);
      expect((attack.world.derives() - before) / 2).toBe(3);
    });

    it('200 copies of one request are one charge, and all get the same answer', async () => {
      const client = await attack.registered();
      const login = client.login(PASSWORD);
      const before = attack.world.derives();
      const answers = await Promise.all(Array.from({ length: 200 }, () => client.start(login)));
      expect(new Set(answers.map((answer) => answer.ke2)).size).toBe(1);
      expect((await stateIn(attack.world, client)).consecutive).toBe(1);
      expect((attack.world.derives() - before) / 2).toBeLessThanOrEqual(200);
    });

    it('one after the other they wait as the protocol says, ten are evaluated, and the record is gone', async () => {
      const client = await attack.registered();
      const before = attack.world.derives();
      const waits: number[] = [];
      for (let count = 1; count <= 10; count++) {
        const login = client.login(newId());
        let waited = 0;
        for (;;) {
          const left = await waitOf(client.start(login));
          if (left === 0) break;
          waited += left;
          // A millisecond too early is too early.
          await attack.world.pass(left - 1);
          expect(await waitOf(client.start(login))).toBe(1);
          await attack.world.pass(1);
        }
        waits.push(waited);
        expect((attack.world.derives() - before) / 2).toBe(count);
        await client.giveUp(login);
      }
      const minutes = [0, 0, 0, 0, 1, 5, 15, 60].map((each) => each * MINUTE_MS);
      expect(waits).toEqual([...minutes, 7 * DAY_MS, 7 * DAY_MS]);
      expect(await codeOf(client.open(PASSWORD))).toBe('destroyed');
      expect((attack.world.derives() - before) / 2).toBe(10);
    });
  });

  describe('attack 2: a node that dies at every point of a login', () => {
    it.each(['before', 'after'] as const)(
      '%s each operation of the module: what was evaluated was charged, once',
      async (when) => {
        let client = await attack.registered();
        const from = (await attack.world.ledger.head()).index;
        const derived = attack.world.derives();
        for (const method of ['evaluate', 'akeDh', 'sign'] as const) {
          const login = client.login(newId());
          attack.world.hsm.failNext('unavailable', { method, when });
          expect(await codeOf(client.start(login))).toBe('not-ready');
          await attack.world.restart();
          client = attack.world.service.client({ recordId: client.recordId, rootKey: client.rootKey });
          const { consecutive } = await stateIn(attack.world, client);
          await client.start(login);
          expect((await stateIn(attack.world, client)).consecutive).toBe(consecutive);
        }
        expect((await stateIn(attack.world, client)).consecutive).toBe(3);
        // The log permits before the module does: also what was evaluated again, under the same charge.
        const permitted = (await logAfter(attack.world, from)).reduce(
          (sum, entry) => sum + (entry.facts['oprf'] ?? 0),
          0,
        );
        expect((attack.world.derives() - derived) / 2).toBeLessThanOrEqual(permitted);
      },
    );
  });

  describe('attack 3: cut lines and a failing module', () => {
    it('ten lost answers to LoginFinish: the right password still opens', async () => {
      const known = await attack.registered(1);
      let cut = 0;
      const line: Transport = {
        close: () => undefined,
        async send(method, path, body, headers) {
          const answer = await attack.world.service.transport.send(method, path, body, headers);
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
      const client = await attack.registered(1);
      const login = client.login(PASSWORD);
      for (let i = 0; i < 10; i++) {
        attack.world.hsm.failNext('unavailable', { method: 'evaluate' });
        expect(await codeOf(client.start(login))).toBe('not-ready');
        attack.world.hsm.failNext('unavailable', { method: 'akeDh', when: 'after' });
        expect(await codeOf(client.start(login))).toBe('not-ready');
        attack.world.hsm.failNext('unavailable', { method: 'evaluate', when: 'after' });
        expect(await codeOf(client.start(login))).toBe('not-ready');
      }
      expect((await stateIn(attack.world, client)).charges).toBe(1);
      expect(await client.finish(login, await client.start(login))).toEqual(client.rootKey);
    });
  });

  describe('attack 13: strangers', () => {
    it('1,000 of them, without the record id, use up no try and change nothing', async () => {
      const client = await attack.registered();
      const before = await stateIn(attack.world, client);
      const { index } = await attack.world.ledger.head();
      const derives = attack.world.derives();
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
      expect(await stateIn(attack.world, client)).toEqual(before);
      expect([await logAfter(attack.world, index), attack.world.derives()]).toEqual([[], derives]);
    });
  });
});
