/**
 * The app's client against the real service, in memory and with SoftHSM2 and SQLite: setting up, unlocking, changing and
 * turning off a password.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HoldfastError, toHoldfastError } from '../../../main/errors.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import type { RegistrationStep, UnlockResult, VaultRecord } from '../../../main/keys/vault/api.ts';
import { CLIENT_VAULTS, ClientWorld, type Computer } from '../../support/vault/client-world.ts';
import { SoftSite } from '../../support/vault/service.ts';

const RIGHT = 'correct horse battery staple';
const WRONG = 'incorrect horse battery staple';
const MINUTE = 60_000;

let site: SoftSite;
let world: ClientWorld;
let computer: Computer;
let rootKey: RootKey;
beforeAll(async () => {
  site = await SoftSite.make();
});
afterAll(() => site?.dispose());
const begin = async (real: boolean): Promise<void> => {
  world = await ClientWorld.make({ site: real ? site : null });
  computer = await world.computer();
  rootKey = RootKey.generate();
};
afterEach(() => world.close());

const register = (password = RIGHT): Promise<VaultRecord> => computer.keys.register(world.place, { password, rootKey });
const opens = (result: UnlockResult): boolean => result.ok && result.rootKey.equals(rootKey);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );

describe.each(CLIENT_VAULTS)('$vault', ({ real }) => {
  beforeEach(() => begin(real));

  describe('a password', () => {
    it('is set up, opens on another computer, and a wrong one does not', async () => {
      const steps: RegistrationStep[] = [];
      const options = { password: RIGHT, rootKey, onStep: (step: RegistrationStep) => void steps.push(step) };
      const record = await computer.keys.register(world.place, options);
      expect(steps).toEqual(['start', 'stage', 'prove', 'expose', 'done']);
      expect(record).toMatchObject({ fingerprint: world.place.fingerprint, urls: [world.relay.url] });

      const other = await world.computer('two');
      expect(opens(await other.keys.unlock(record, RIGHT))).toBe(true);
      expect(await other.keys.unlock(record, WRONG)).toEqual({
        ok: false,
        refusal: { kind: 'wrong-password', attempts: { used: 1, limit: 10, left: 9, waitMs: 0 } },
      });
      expect(opens(await other.keys.unlock(record, RIGHT))).toBe(true);
      const status = await computer.keys.status(record);
      expect(status).toMatchObject({
        state: 'live',
        version: 1,
        registrations: 1,
        unknownRegistrations: 0,
        embedded: false,
      });
      expect(status.devices.map((device) => device.thisComputer)).toEqual([true, false]);
      expect(status.attempts).toMatchObject({ used: 0, left: 10, lifetime: 1 });
      expect(status.failures).toMatchObject([{ thisComputer: false, known: true }]);
    });

    it('typed in another Unicode form is the same', async () => {
      const record = await register('café in the old town');
      expect(opens(await computer.keys.unlock(record, 'cafe\u0301 in the old town'))).toBe(true);
      expect(await codeOf(computer.keys.unlock(record, 'bell\u0007'))).toBe('bad-input');
      expect(await codeOf(computer.keys.unlock(record, ''))).toBe('bad-input');
    });

    it('wrong ten times ends the record, with the waits of the protocol, and a computer that knows RK sets up anew', async () => {
      const record = await register();
      const other = await world.computer('stranger');
      const lefts: number[] = [];
      for (;;) {
        const result = await other.keys.unlock(record, WRONG);
        if (result.ok) throw new Error('opened');
        const { refusal } = result;
        if (refusal.kind === 'delayed') {
          expect(refusal.attempts.waitMs).toBeGreaterThan(0);
          world.wait(refusal.attempts.waitMs);
          continue;
        }
        if (refusal.kind !== 'wrong-password') {
          expect(refusal).toEqual({ kind: 'destroyed', byOwner: false });
          break;
        }
        lefts.push(refusal.attempts.left);
        if (refusal.attempts.left === 6) expect(refusal.attempts.waitMs).toBe(MINUTE);
      }
      expect(lefts).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      expect(await other.keys.unlock(record, RIGHT)).toEqual({
        ok: false,
        refusal: { kind: 'destroyed', byOwner: false },
      });
      expect(await computer.keys.status(record)).toMatchObject({ state: 'destroyed' });
      const anew = await register('another password, quite long');
      expect(anew.recordId).not.toBe(record.recordId);
      expect(opens(await other.keys.unlock(anew, 'another password, quite long'))).toBe(true);
    });

    it('is changed: the new one opens, the old one does not, nothing else changes', async () => {
      const record = await register();
      await computer.keys.changePassword(record, { password: 'a quite different phrase', rootKey });
      const other = await world.computer('two');
      expect(opens(await other.keys.unlock(record, 'a quite different phrase'))).toBe(true);
      expect(await other.keys.unlock(record, RIGHT)).toMatchObject({ refusal: { kind: 'wrong-password' } });
      expect(await computer.keys.status(record)).toMatchObject({
        version: 2,
        registrations: 2,
        unknownRegistrations: 0,
      });
      expect(await computer.keys.pendingRegistrations()).toEqual([]);
    });

    it('changed from elsewhere (attack 6) is told until somebody has acknowledged it', async () => {
      const record = await register();
      const other = await world.computer('two');
      await other.keys.changePassword(record, { password: 'a quite different phrase', rootKey });
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 1 });
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 1 });
      expect(await computer.restart().status(record)).toMatchObject({ unknownRegistrations: 1 });
      expect(await other.keys.status(record)).toMatchObject({ unknownRegistrations: 0 });
      await computer.keys.acknowledge(record);
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 0 });
    });

    it('changed from elsewhere and then from here: what was told and what was not stay apart', async () => {
      const record = await register();
      const other = await world.computer('two');
      await other.keys.changePassword(record, { password: 'a quite different phrase', rootKey });
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 1 });
      await computer.keys.changePassword(record, { password: 'yet another long phrase', rootKey });
      await other.keys.changePassword(record, { password: 'and once more a phrase', rootKey });
      await computer.keys.acknowledge(record);
      expect(await computer.keys.status(record)).toMatchObject({ registrations: 4, unknownRegistrations: 1 });
      await computer.keys.acknowledge(record);
      await computer.keys.acknowledge(record);
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 0 });
    });

    it('is not changed by another key', async () => {
      const record = await register();
      const change = computer.keys.changePassword(record, { password: WRONG, rootKey: RootKey.generate() });
      expect(await codeOf(change)).toBe('vault-refused');
      expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
    });

    it('is turned off by its owner only, for good, and nothing is left on the computer', async () => {
      const record = await register();
      await computer.keys.openSession(record, rootKey, { idleMs: 15 * MINUTE, lifeMs: 60 * MINUTE });
      expect(await codeOf(computer.keys.turnOff(record, RootKey.generate()))).toBe('vault-refused');
      expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
      await computer.keys.turnOff(record, rootKey);
      expect(computer.keychain.entries.size).toBe(0);
      expect(await computer.keys.unlock(record, RIGHT)).toEqual({
        ok: false,
        refusal: { kind: 'destroyed', byOwner: true },
      });
      await computer.keys.turnOff(record, rootKey);
    });

    it('of a record that nobody made costs nobody anything', async () => {
      const record = await register();
      const nowhere = { ...record, recordId: '00'.repeat(32) };
      expect(await computer.keys.unlock(nowhere, RIGHT)).toEqual({ ok: false, refusal: { kind: 'unknown-record' } });
    });

    it('frozen is refused to computers that the vault does not know, until the owner unfreezes it', async () => {
      const record = await register();
      await computer.keys.freeze(record, 3);
      const other = await world.computer('stranger');
      const refused = await other.keys.unlock(record, RIGHT);
      expect(refused).toMatchObject({ ok: false, refusal: { kind: 'frozen' } });
      expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
      await computer.keys.unfreeze(record, rootKey);
      expect(opens(await other.keys.unlock(record, RIGHT))).toBe(true);
    });

    it('asks for an invitation where the vault does', async () => {
      const closed = await ClientWorld.make({ invites: ['friend-of-the-house'], site: real ? site : null });
      try {
        const { keys } = await closed.computer();
        expect(await codeOf(keys.register(closed.place, { password: RIGHT, rootKey }))).toBe('vault-refused');
        const invited = { password: RIGHT, rootKey, invite: 'friend-of-the-house' };
        expect(opens(await keys.unlock(await keys.register(closed.place, invited), RIGHT))).toBe(true);
      } finally {
        await closed.close();
      }
    });
  });

  describe('a computer', () => {
    it('that was revoked is a stranger, and unlocks all the same', async () => {
      const record = await register();
      const other = await world.computer('two');
      expect(opens(await other.keys.unlock(record, RIGHT))).toBe(true);
      const { devices } = await other.keys.status(record);
      const own = devices.find((device) => device.thisComputer);
      await computer.keys.revokeDevice(record, rootKey, own?.id ?? '');
      expect(await codeOf(other.keys.status(record))).toBe('vault-refused');
      expect(opens(await other.keys.unlock(record, RIGHT))).toBe(true);
    });

    it('that is not enrolled asks with the key', async () => {
      const record = await register();
      const other = await world.computer('two');
      expect(await codeOf(other.keys.status(record))).toBe('locked');
      expect((await other.keys.status(record, rootKey)).devices).toHaveLength(1);
      await expect(other.keys.status(record, RootKey.generate())).rejects.toBeInstanceOf(HoldfastError);
    });

    it('keeps no secret in its folder', async () => {
      const record = await register();
      await computer.keys.unlock(record, RIGHT);
      const { execFileSync } = await import('node:child_process');
      const hex = rootKey.read((bytes) => Buffer.from(bytes).toString('hex'));
      for (const canary of [
        RIGHT,
        hex,
        hex.toUpperCase(),
        Buffer.from(hex, 'hex').toString('base64url').slice(0, 40),
      ]) {
        expect(() => execFileSync('grep', ['-rF', '-e', canary, computer.folder])).toThrow();
      }
    });
  });
});
