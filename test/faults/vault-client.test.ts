/**
 * The app's client on a bad line, with a vault that fails, and killed in the middle: a right password never loses its
 * record, and of a change of password either the old or the new one opens.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { toHoldfastError } from '../../main/errors.ts';
import { RootKey } from '../../main/keys/secret.ts';
import type { UnlockResult, VaultRecord } from '../../main/keys/vault/api.ts';
import { createVaultKeys } from '../../main/keys/vault/vault-keys.ts';
import type { CallName } from '../../vault/protocol/messages.ts';
import { KSF_BOUNDS } from '../../vault/protocol/suite.ts';
import { ClientWorld, QUICK_KSF, type Computer, type Cut } from '../support/vault/client-world.ts';
import type { DriverInput } from '../support/vault/client-driver.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const OLD = 'correct horse battery staple';
const NEW = 'a quite different phrase';
const HOUR = 3_600_000;
const CUTS: Cut[] = ['request', 'answer', 'status'];

let world: ClientWorld;
let computer: Computer;
let rootKey: RootKey;
beforeEach(async () => {
  world = await ClientWorld.make();
  computer = await world.computer();
  rootKey = RootKey.generate();
});
afterEach(() => world.close());

const register = (): Promise<VaultRecord> => computer.keys.register(world.place, { password: OLD, rootKey });
const opens = (result: UnlockResult): boolean => result.ok && result.rootKey.equals(rootKey);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );
const tries = async (record: VaultRecord) => (await computer.keys.status(record, rootKey)).attempts;
const clear = (): void => void (world.relay.rule = () => null);

describe.each(CUTS)('a line that cuts (%s)', (how) => {
  const CALLS: CallName[] = [
    'challenge',
    'regStart',
    'regStage',
    'regProve',
    'regProveFinish',
    'regExpose',
    'deviceAdd',
    'loginStart',
    'loginFinish',
    'sessionOpen',
    'sessionGet',
    'sessionTouch',
    'sessionRevoke',
    'status',
  ];

  it.each([0, 1])('every call once, at its repeat %i, costs nothing', async (at) => {
    const cut = new Set<string>();
    const seen = new Map<string, number>();
    world.relay.rule = (name) => {
      const nth = seen.get(name) ?? 0;
      seen.set(name, nth + 1);
      // The question for the bundles is not asked again by itself: nothing was begun.
      if (name === 'bundle' || nth !== at) return null;
      cut.add(name);
      return how;
    };
    const record = await register();
    const other = await world.computer('two');
    // Each part as often as its calls must come twice.
    for (let i = 0; i < 2; i++) {
      expect(opens(await other.keys.unlock(record, i === 0 ? OLD : NEW))).toBe(true);
      if (i === 0) await computer.keys.changePassword(record, { password: NEW, rootKey });
      await computer.keys.openSession(record, rootKey, { idleMs: HOUR, lifeMs: HOUR });
      await computer.keys.touchSession(record);
      expect((await computer.restart().resumeSession(record))?.equals(rootKey)).toBe(true);
      await computer.keys.closeSession(record);
      const status = await computer.keys.status(record);
      expect(status).toMatchObject({ version: 2, registrations: 2, sessions: 0, unknownRegistrations: 0 });
      expect(status.attempts).toMatchObject({ used: 0, lifetime: 0 });
      expect(status.devices).toHaveLength(2);
    }
    expect([...cut].sort()).toEqual([...CALLS].sort());
  });
});

describe('a line that stays cut', () => {
  it('at LoginStart costs one try however often the password is typed, and none in the end', async () => {
    const record = await register();
    world.relay.rule = (call) => (call === 'loginStart' ? 'answer' : null);
    for (let i = 0; i < 12; i++) {
      const result = await computer.keys.unlock(record, OLD);
      expect(result).toMatchObject({ ok: false, refusal: { kind: 'unreachable', charged: null } });
    }
    clear();
    expect(await tries(record)).toMatchObject({ used: 1, lifetime: 1 });
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
  });

  it('at LoginFinish costs one try however often the password is typed, and none in the end', async () => {
    const record = await register();
    for (const how of ['answer', 'request'] as const) {
      world.relay.rule = (call) => (call === 'loginFinish' ? how : null);
      const before = world.relay.calls.filter((call) => call === 'loginStart').length;
      for (let i = 0; i < (how === 'answer' ? 12 : 1); i++) {
        const result = await computer.keys.unlock(record, OLD);
        expect(result).toMatchObject({ ok: false, refusal: { kind: 'unreachable', charged: null } });
      }
      expect(world.relay.calls.filter((call) => call === 'loginStart').length).toBe(before + 1);
      clear();
      expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
      expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
    }
  });

  it('to a module that fails costs one try however often the password is typed, and none in the end', async () => {
    const record = await register();
    world.hsm.failNext('unavailable', { method: 'evaluate', times: 30 });
    for (let i = 0; i < 10; i++) {
      const result = await computer.keys.unlock(record, OLD);
      expect(result).toMatchObject({ ok: false, refusal: { kind: 'unreachable', charged: null } });
    }
    expect(await tries(record)).toMatchObject({ used: 1 });
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
  });

  it('before anything was sent says that no try was spent', async () => {
    const record = await register();
    world.relay.rule = (call) => (call === 'bundle' ? 'request' : null);
    const fresh = computer.restart();
    const refused = await fresh.unlock(record, OLD);
    expect(refused).toMatchObject({ ok: false, refusal: { kind: 'unreachable', charged: false } });
    clear();
    const nowhere = { ...record, urls: ['https://127.0.0.1:1'] };
    expect(await fresh.unlock(nowhere, OLD)).toMatchObject({ refusal: { kind: 'unreachable', charged: false } });
    expect(await tries(record)).toMatchObject({ used: 0 });
  });

  it('another password typed meanwhile begins a login of its own', async () => {
    const record = await register();
    world.relay.rule = (call) => (call === 'loginStart' ? 'answer' : null);
    await computer.keys.unlock(record, NEW);
    clear();
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 1 });
  });

  it('with sessions: nothing is erased, and what was closed here is closed', async () => {
    const record = await register();
    await computer.keys.openSession(record, rootKey, { idleMs: HOUR, lifeMs: HOUR });
    world.relay.rule = () => 'request';
    expect(await codeOf(computer.keys.resumeSession(record))).toBe('vault-unreachable');
    clear();
    expect((await computer.keys.resumeSession(record))?.equals(rootKey)).toBe(true);
    world.relay.rule = () => 'request';
    await computer.keys.closeSession(record);
    clear();
    expect(await computer.keys.resumeSession(record)).toBeNull();
  });

  it.each<[CallName, Cut]>([
    ['regStart', 'answer'],
    ['regStage', 'answer'],
    ['regProve', 'answer'],
    ['regProveFinish', 'answer'],
    ['regExpose', 'request'],
    ['regExpose', 'answer'],
  ])(
    'during a change of password at %s (%s): one of the two opens, and the change can be made again',
    async (name, how) => {
      const record = await register();
      world.relay.rule = (call) => (call === name ? how : null);
      const failed = await codeOf(computer.keys.changePassword(record, { password: NEW, rootKey }));
      expect(failed).toBe('vault-unreachable');
      clear();
      expect(await computer.restart().pendingRegistrations()).toEqual([{ kind: 'change', recordId: record.recordId }]);
      const other = await world.computer('two');
      const inForce = name === 'regExpose' && how === 'answer' ? NEW : OLD;
      expect(opens(await other.keys.unlock(record, inForce))).toBe(true);
      // This computer's own registration is not a stranger's, although it never saw its end.
      const status = await computer.keys.status(record);
      expect(status).toMatchObject({ unknownRegistrations: 0, registrations: inForce === NEW ? 2 : 1 });
      expect(await computer.keys.pendingRegistrations()).toEqual([]);
      await computer.keys.changePassword(record, { password: NEW, rootKey });
      expect(opens(await other.keys.unlock(record, NEW))).toBe(true);
    },
  );
});

describe.each(['too-many-requests', 'of-a-later-version'])('a vault that refuses (%s)', (refuse) => {
  const starts = (): number => world.relay.calls.filter((call) => call === 'loginStart').length;

  it('the repeat of a LoginStart whose answer was lost: the same login is gone on with', async () => {
    const record = await register();
    let sent = 0;
    world.relay.rule = (call) => (call !== 'loginStart' ? null : sent++ === 0 ? 'answer' : { refuse });
    for (let i = 0; i < 12; i++) expect(await codeOf(computer.keys.unlock(record, OLD))).toBe('vault-refused');
    clear();
    expect(await tries(record)).toMatchObject({ used: 1, lifetime: 1 });
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
  });

  it('LoginFinish: a login that has opened is not begun anew', async () => {
    const record = await register();
    world.relay.rule = (call) => (call === 'loginFinish' ? { refuse } : null);
    for (let i = 0; i < 12; i++) expect(await codeOf(computer.keys.unlock(record, OLD))).toBe('vault-refused');
    clear();
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(starts()).toBe(1);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
  });

  it.each([
    ['answer', 'vault-unreachable', /cut off at the last step/, NEW],
    [null, 'vault-refused', /^The key vault /, OLD],
  ] as const)('RegExpose after a lost answer (%s): says what can be told', async (first, code, words, inForce) => {
    const record = await register();
    let sent = 0;
    world.relay.rule = (call) => (call !== 'regExpose' ? null : first !== null && sent++ === 0 ? first : { refuse });
    const change = computer.keys.changePassword(record, { password: NEW, rootKey });
    await expect(change).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
    clear();
    expect(await computer.keys.pendingRegistrations()).toHaveLength(1);
    expect(opens(await computer.keys.unlock(record, inForce))).toBe(true);
    expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 0 });
  });
});

describe('a computer without the memory for Argon2id', () => {
  it('spends one try however often the password is typed, and none in the end', async () => {
    const record = await register();
    let failing = true;
    const ksfBounds = {
      ...KSF_BOUNDS,
      get memoryKiB() {
        if (failing) throw new Error('Cannot allocate memory');
        return KSF_BOUNDS.memoryKiB;
      },
    };
    const { folder, store } = await world.computer('small');
    const keys = createVaultKeys({ folder, store, ksf: QUICK_KSF, ksfBounds });
    for (let i = 0; i < 3; i++) await expect(keys.unlock(record, OLD)).rejects.toThrow('Cannot allocate memory');
    failing = false;
    expect(await tries(record)).toMatchObject({ used: 1 });
    expect(opens(await keys.unlock(record, OLD))).toBe(true);
    expect(await tries(record)).toMatchObject({ used: 0, lifetime: 0 });
    keys.close();
  });
});

describe('a login that the vault has decided otherwise', () => {
  it.each(['unknown-login', 'login-mismatch', 'wrong-password'])('(%s) is begun anew', async (refuse) => {
    const record = await register();
    world.relay.rule = (call) => (call === 'loginFinish' ? { refuse } : null);
    expect(await codeOf(computer.keys.unlock(record, OLD))).toBe('vault-refused');
    clear();
    expect(opens(await computer.keys.unlock(record, OLD))).toBe(true);
    expect(world.relay.calls.filter((call) => call === 'loginStart')).toHaveLength(2);
  });
});

describe('a question amid a change of password', () => {
  it('waits for its end, and leaves what is known of it', async () => {
    const record = await register();
    await computer.keys.status(record);
    const asked: Promise<unknown>[] = [];
    world.relay.rule = (call, nth) => {
      if (call !== 'regExpose' || nth === 0) return null;
      if (asked.length > 0) return 'answer';
      asked.push(computer.keys.status(record));
      return 'request';
    };
    expect(await codeOf(computer.keys.changePassword(record, { password: NEW, rootKey }))).toBe('vault-unreachable');
    expect(await Promise.all(asked)).toMatchObject([{ version: 2, registrations: 2, unknownRegistrations: 0 }]);
    expect(await computer.keys.pendingRegistrations()).toEqual([]);
  });
});

describe('killed', () => {
  let driver = '';
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folders: string[] = [];
  beforeAll(async () => {
    driver = path.join(root, 'node_modules/.cache/holdfast', `client-driver-${process.pid}.mjs`);
    await build({
      entryPoints: [path.join(root, 'test/support/vault/client-driver.ts')],
      outfile: driver,
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['keytar', '@node-rs/argon2'],
      logLevel: 'silent',
    });
    folders.push(driver);
  });
  afterAll(async () => {
    const { rmSync } = await import('node:fs');
    for (const file of folders) rmSync(file, { force: true });
  });

  /** Runs the driver, and kills it the moment that a call arrives, or once it was done. @returns whether it was killed */
  function runAndKill(input: Omit<DriverInput, 'ksf'>, at: CallName, how: 'request' | 'answer'): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [driver, JSON.stringify({ ...input, ksf: QUICK_KSF })], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      let killed = false;
      world.relay.rule = (call) => {
        if (call !== at || killed) return null;
        killed = true;
        if (how === 'answer') world.relay.afterNext = () => child.kill('SIGKILL');
        else child.kill('SIGKILL');
        return how;
      };
      child.once('error', reject);
      child.once('close', () => {
        clear();
        resolve(killed);
      });
    });
  }

  const secret = (): string => rootKey.read((bytes) => Buffer.from(bytes).toString('hex'));
  const POINTS: [CallName, 'request' | 'answer'][] = (
    ['regStart', 'regStage', 'regProve', 'regProveFinish', 'regExpose', 'deviceAdd'] as const
  ).flatMap((name): [CallName, 'request' | 'answer'][] => [
    [name, 'request'],
    [name, 'answer'],
  ]);
  // The call that decides both ways, the others one way; the long runs take all.
  const chosen = POINTS.filter(([name], i) => SOAK || name === 'regExpose' || i % 4 === 0 || i % 4 === 3);

  it('at every step of a change of password: the old or the new one opens, with no try lost', async () => {
    const record = await register();
    let current = OLD;
    for (const [at, how] of chosen) {
      const password = `${at} ${how} password`;
      const input = { folder: computer.folder, password, rootKey: secret(), place: world.place, record };
      expect([at, how, await runAndKill(input, at, how)]).toEqual([at, how, true]);
      const done = at === 'deviceAdd' || (at === 'regExpose' && how === 'answer');
      if (done) current = password;
      expect([at, how, opens(await computer.restart().unlock(record, current))]).toEqual([at, how, true]);
      expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 0, attempts: { used: 0 } });
    }
  });

  it('at every step of the first registration: trying again gives one record, and the password typed last opens it', async () => {
    // Before and after the calls that decide; those between are alike.
    for (const [at, how] of chosen.filter(([name]) => ['regStart', 'regProveFinish', 'regExpose'].includes(name))) {
      rootKey = RootKey.generate();
      const one = await world.computer(`first-${at}-${how}`);
      const input = { folder: one.folder, password: OLD, rootKey: secret(), place: world.place, record: null };
      expect([at, how, await runAndKill(input, at, how)]).toEqual([at, how, true]);
      const [left] = await one.keys.pendingRegistrations();
      const again = await one.keys.register(world.place, { password: NEW, rootKey });
      expect([at, how, left]).toMatchObject([at, how, { kind: 'first', record: { recordId: again.recordId } }]);
      expect([at, how, opens(await one.keys.unlock(again, NEW))]).toEqual([at, how, true]);
      expect(await one.keys.status(again)).toMatchObject({ unknownRegistrations: 0 });
    }
  });
});
