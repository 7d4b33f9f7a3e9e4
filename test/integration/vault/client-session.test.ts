/** Sessions of the app's client: three parts that open nothing alone, and nothing left when the vault says it is over. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHoldfastError } from '../../../main/errors.ts';
import { RootKey, Secret } from '../../../main/keys/secret.ts';
import { openSecretStore } from '../../../main/keys/store.ts';
import type { VaultRecord } from '../../../main/keys/vault/api.ts';
import { createVaultKeys } from '../../../main/keys/vault/vault-keys.ts';
import { ClientWorld, QUICK_KSF, type Computer } from '../../support/vault/client-world.ts';

const RIGHT = 'correct horse battery staple';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TIMES = { idleMs: 15 * MINUTE, lifeMs: 12 * HOUR };

let world: ClientWorld;
let computer: Computer;
let rootKey: RootKey;
let record: VaultRecord;
beforeEach(async () => {
  world = await ClientWorld.make();
  computer = await world.computer();
  rootKey = RootKey.generate();
  record = await computer.keys.register(world.place, { password: RIGHT, rootKey });
});
afterEach(() => world.close());

const file = (): string => path.join(computer.folder, record.recordId, 'session');
const account = (): string => `vault-session:${record.recordId}`;
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );
const erased = (): void =>
  expect([existsSync(file()), computer.keychain.entries.has(account())]).toEqual([false, false]);

describe('a session', () => {
  it('opens after a restart, and its parts are where they belong', async () => {
    await computer.keys.openSession(record, rootKey, TIMES);
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readFileSync(file()).length).toBe(72);
    expect((await computer.restart().resumeSession(record))?.equals(rootKey)).toBe(true);
    expect(await computer.keys.sessions(record)).toMatchObject([{ thisComputer: true, idleMs: TIMES.idleMs }]);
    expect(readdirSync(path.join(computer.folder, record.recordId)).filter((name) => name.endsWith('.tmp'))).toEqual(
      [],
    );
  });

  it('is kept by use and ends by idleness, measured by the vault; its remains are erased', async () => {
    await computer.keys.openSession(record, rootKey, TIMES);
    for (let i = 0; i < 4; i++) {
      world.wait(14 * MINUTE);
      await computer.keys.touchSession(record);
    }
    world.wait(16 * MINUTE);
    expect(await computer.keys.resumeSession(record)).toBeNull();
    erased();
    const asked = world.relay.calls.length;
    expect(await computer.keys.resumeSession(record)).toBeNull();
    expect(world.relay.calls.length).toBe(asked);
    expect(await codeOf(computer.keys.touchSession(record))).toBe('locked');
  });

  it('ends after its whole time, however much it is used', async () => {
    await computer.keys.openSession(record, rootKey, { idleMs: 15 * MINUTE, lifeMs: HOUR });
    for (let i = 0; i < 5; i++) {
      world.wait(11 * MINUTE);
      await computer.keys.touchSession(record);
    }
    world.wait(6 * MINUTE);
    expect(await codeOf(computer.keys.touchSession(record))).toBe('locked');
    erased();
  });

  it('revoked from another computer, or by a change of password, is over here', async () => {
    const other = await world.computer('two');
    await other.keys.enrolDevice(record, rootKey);
    for (const end of ['revoke', 'change', 'off'] as const) {
      await computer.keys.openSession(record, rootKey, TIMES);
      const [session] = await other.keys.sessions(record);
      expect(session?.thisComputer).toBe(false);
      if (end === 'revoke') await other.keys.revokeSession(record, session?.id ?? '');
      if (end === 'change') await other.keys.changePassword(record, { password: 'a quite different phrase', rootKey });
      if (end === 'off') await other.keys.turnOff(record, rootKey);
      expect([end, await computer.keys.resumeSession(record)]).toEqual([end, null]);
      erased();
    }
  });

  it('survives the destruction by wrong passwords: who is still in can set up anew', async () => {
    await computer.keys.openSession(record, rootKey, { idleMs: 30 * 24 * HOUR, lifeMs: 30 * 24 * HOUR });
    const other = await world.computer('stranger');
    for (let i = 0; i < 40; i++) {
      const result = await other.keys.unlock(record, 'wrong wrong wrong');
      if (!result.ok && result.refusal.kind === 'destroyed') break;
      if (!result.ok && result.refusal.kind === 'delayed') world.wait(result.refusal.attempts.waitMs);
    }
    expect(await computer.keys.status(record)).toMatchObject({ state: 'destroyed' });
    expect((await computer.restart().resumeSession(record))?.equals(rootKey)).toBe(true);
  });

  it('closed is closed at once, on both sides', async () => {
    await computer.keys.openSession(record, rootKey, TIMES);
    await computer.keys.closeSession(record);
    erased();
    expect(await computer.keys.sessions(record)).toEqual([]);
    await computer.keys.closeSession(record);
  });

  it('opened again replaces the one before', async () => {
    await computer.keys.openSession(record, rootKey, TIMES);
    await computer.keys.openSession(record, rootKey, TIMES);
    expect(await computer.keys.sessions(record)).toHaveLength(1);
    expect((await computer.keys.resumeSession(record))?.equals(rootKey)).toBe(true);
  });

  it('with a part that is gone or of another session opens nothing, and is cleared away', async () => {
    for (const spoil of ['file', 'keychain', 'bytes', 'foreign'] as const) {
      await computer.keys.openSession(record, rootKey, TIMES);
      if (spoil === 'file') (await import('node:fs')).unlinkSync(file());
      if (spoil === 'keychain') await computer.store.delete(account());
      if (spoil === 'bytes') writeFileSync(file(), Buffer.alloc(72, 1));
      if (spoil === 'foreign') await computer.store.set(account(), new Secret(new Uint8Array(48).fill(7)));
      expect([spoil, await computer.restart().resumeSession(record)]).toEqual([spoil, null]);
      erased();
    }
  });

  it('in memory alone lives as long as the process', async () => {
    const store = await openSecretStore({ load: () => Promise.reject(new Error('none')) });
    const folder = path.join(world.folder, 'memory');
    const keys = createVaultKeys({ folder, store, ksf: QUICK_KSF });
    await keys.openSession(record, rootKey, TIMES);
    expect((await keys.resumeSession(record))?.equals(rootKey)).toBe(true);
    keys.close();
    const later = await openSecretStore({ load: () => Promise.reject(new Error('none')) });
    const again = createVaultKeys({ folder, store: later, ksf: QUICK_KSF });
    expect(await again.resumeSession(record)).toBeNull();
    expect(existsSync(path.join(folder, record.recordId, 'session'))).toBe(false);
    again.close();
  });
});
