/**
 * Attacks on what stands in the vault for one owner, each made on both vaults of attack-worlds: by dropped and replayed
 * messages, through another record, with a stolen computer.
 */
import { describe, expect, it } from 'vitest';
import { toBase64url } from '../../../vault/protocol/bytes.ts';
import { startRegistration } from '../../../vault/protocol/opaque-client.ts';
import { DAY_MS, HOUR_MS } from '../../../vault/record/limits.ts';
import { stateIn, inEachWorld, PASSWORD } from '../../support/vault/attack-worlds.ts';
import { codeOf, newId, TestClient, type RawAnswer, type Transport } from '../../support/vault/test-client.ts';

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

inEachWorld((attack) => {
  describe('attack 6: RegExpose that is dropped', () => {
    it('five times gives no try more: both versions cost, and only one is there', async () => {
      const client = await attack.registered(3);
      const registrationId = await client.registerUntilProven('another', { version: 2, maxAttempts: 3 });
      const evaluations = attack.world.derives();
      for (let i = 0; i < 5; i++)
        await codeOf(
          client.call('regExpose', {
            recordId: client.recordId,
            registrationId,
            proof: (await client.signed('regExpose', { recordId: client.recordId, registrationId }, client.device.key))
              .proof,
          }),
        );
      expect(attack.world.derives()).toBe(evaluations);
      expect((await stateIn(attack.world, client)).version).toBe(1);
      await client.byOwner('regExpose', { registrationId });
      for (let i = 0; i < 4; i++) await client.byOwner('regExpose', { registrationId });
      const state = await stateIn(attack.world, client);
      expect([state.version, state.registrations, state.registration]).toEqual([2, 2, null]);
      for (let i = 1; i <= 3; i++) expect(await client.wrong()).toBe(i);
      expect(await codeOf(client.open('another'))).toBe('destroyed');
    });

    it('a registration answers for one blinded element only, so that it is no guess at the key that becomes live', async () => {
      const client = await attack.registered();
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
        const client = attack.world.service.client();
        const fields = {
          recordId: client.recordId,
          registrationId: newId(),
          version: 1,
          blinded: toBase64url(blinded),
        };
        answers.add((await client.call('regStart', fields)).evaluated);
        answers.add((await client.call('regStart', { ...fields, registrationId: newId() })).evaluated);
      }
      expect(answers.size).toBe(6);
    });
  });

  describe('attack 10: whole sessions that are replayed', () => {
    it('leave the record as it is', async () => {
      const { transport, sent } = recorded(attack.world.service.transport);
      const client = new TestClient(transport);
      await client.register(PASSWORD);
      await client.enrol();
      await client.wrong();
      await client.open(PASSWORD, true);
      await client.byOwner('freeze', { days: 1 });
      await client.byOwner('unfreeze', {});
      await client.byOwner('clearFailures', {});
      const before = await stateIn(attack.world, client);
      const answers: RawAnswer[] = [];
      for (let round = 0; round < 2; round++) {
        for (const { path, body } of sent) answers.push(await attack.world.service.transport.send('POST', path, body));
      }
      expect(await stateIn(attack.world, client)).toEqual(before);
      expect(answers.filter((answer) => answer.status === 401).length).toBeGreaterThan(10);
      expect(await client.open(PASSWORD)).toEqual(client.rootKey);
    });
  });

  describe('attack 17: a computer that was stolen while locked', () => {
    it('has a device key that can neither replace nor destroy nor unfreeze, nor make a session', async () => {
      const client = await attack.registered();
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
});
