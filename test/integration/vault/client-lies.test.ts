/** A vault that lies: what it cannot prove is not believed, what is absurd is not done, and nothing is put in force. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toHoldfastError } from '../../../main/errors.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import type { UnlockResult, VaultRecord } from '../../../main/keys/vault/api.ts';
import { fromBase64url } from '../../../vault/protocol/bytes.ts';
import type { Signed } from '../../../vault/protocol/messages.ts';
import { PROBLEM_TYPE } from '../../../vault/protocol/problem.ts';
import { decodeFacts, signFacts, type Facts, type FactsKind } from '../../../vault/protocol/receipt.ts';
import { ClientWorld, type Computer } from '../../support/vault/client-world.ts';
import { SoftwareHsm } from '../../support/vault/software-hsm.ts';

const RIGHT = 'correct horse battery staple';
const NEW = 'a quite different phrase';

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

const opens = (result: UnlockResult): boolean => result.ok && result.rootKey.equals(rootKey);
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => toHoldfastError(error).code,
  );

type Body = Record<string, unknown>;
/** Bends every answer of one call. */
function bend(call: string, change: (body: Body) => Body | Promise<Body>): void {
  world.relay.bend = async (name, body) => (name === call ? change(body) : body);
}

/** The facts with a change, signed by the vault's own key: only the contents are wrong. */
async function resigned<K extends FactsKind>(kind: K, signed: unknown, change: Partial<Facts<K>>): Promise<Signed> {
  const facts = decodeFacts(kind, fromBase64url((signed as Signed).payload));
  return signFacts(kind, { ...facts, ...change }, (message) => world.hsm.sign(message));
}

/** One character of a base64url value, in the middle, is another. */
function flipped(text: unknown, at = 0.5): string {
  const value = String(text);
  const i = Math.floor(value.length * at);
  return `${value.slice(0, i)}${value[i] === 'A' ? 'B' : 'A'}${value.slice(i + 1)}`;
}

const NOT_BELIEVED = { ok: false, refusal: { kind: 'not-the-vault', error: { code: 'vault-not-proven' } } };

describe('LoginStart', () => {
  const lies: [string, (body: Body) => Body | Promise<Body>][] = [
    [
      'counts that are not signed',
      (b) => ({ ...b, facts: { ...(b['facts'] as Signed), signature: flipped((b['facts'] as Signed).signature) } }),
    ],
    [
      'counts signed by another key',
      async (b) => {
        const facts = decodeFacts('login-facts', fromBase64url((b['facts'] as Signed).payload));
        const other = new SoftwareHsm();
        return { ...b, facts: await signFacts('login-facts', facts, (message) => other.sign(message)) };
      },
    ],
    [
      'counts of another record',
      async (b) => ({
        ...b,
        facts: await resigned('login-facts', b['facts'], { recordId: new Uint8Array(randomBytes(32)) }),
      }),
    ],
    [
      'counts of another try',
      async (b) => ({
        ...b,
        facts: await resigned('login-facts', b['facts'], { loginId: new Uint8Array(randomBytes(16)) }),
      }),
    ],
    [
      'a state that it has left behind',
      async (b) => ({ ...b, facts: await resigned('login-facts', b['facts'], { logIndex: 1 }) }),
    ],
    [
      'more tries than it has',
      async (b) => ({ ...b, facts: await resigned('login-facts', b['facts'], { limit: 11 }) }),
    ],
    [
      'fewer tries than it was set up with',
      async (b) => ({ ...b, facts: await resigned('login-facts', b['facts'], { limit: 9 }) }),
    ],
    ['two versions', (b) => ({ ...b, version: 7 })],
    [
      'Argon2id with all memory there is',
      (b) => ({ ...b, ksf: { memoryKiB: 0xffff_ffff, iterations: 3, parallelism: 4 } }),
    ],
    ['Argon2id for ever', (b) => ({ ...b, ksf: { memoryKiB: 65_536, iterations: 0xffff_ffff, parallelism: 4 } })],
    ['Argon2id that costs nothing', (b) => ({ ...b, ksf: { memoryKiB: 8, iterations: 1, parallelism: 1 } })],
    [
      'an element that is no point',
      (b) => ({
        ...b,
        ke2: Buffer.concat([Buffer.alloc(33), Buffer.from(String(b['ke2']), 'base64url').subarray(33)]).toString(
          'base64url',
        ),
      }),
    ],
    ['a MAC that is not the server’s', (b) => ({ ...b, ke2: flipped(b['ke2'], 0.95) })],
  ];

  it.each(lies)('with %s is not believed', async (_, lie) => {
    bend('loginStart', lie);
    expect(await computer.keys.unlock(record, RIGHT)).toMatchObject(NOT_BELIEVED);
    expect(world.relay.calls).not.toContain('loginFinish');
    world.relay.bend = null;
    expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
  });

  it('with cheaper Argon2id than was set up does not open', async () => {
    bend('loginStart', (b) => ({ ...b, ksf: { memoryKiB: 65_536, iterations: 2, parallelism: 4 } }));
    expect((await computer.keys.unlock(record, RIGHT)).ok).toBe(false);
    expect(world.relay.calls).not.toContain('loginFinish');
  });

  it('refused with a wait that is not signed, or for something else, is not believed', async () => {
    const other = await world.computer('stranger');
    for (let i = 0; i < 4; i++) await other.keys.unlock(record, 'wrong wrong wrong');
    const delayed = await other.keys.unlock(record, RIGHT);
    expect(delayed).toMatchObject({ refusal: { kind: 'delayed', attempts: { used: 4, left: 6, waitMs: 60_000 } } });
    const lies: ((body: Body) => Body | Promise<Body>)[] = [
      ({ facts: __, ...b }) => b,
      async (b) => ({ ...b, facts: await resigned('refusal-facts', b['facts'], { code: 'frozen' }) }),
      async (b) => ({ ...b, facts: await resigned('refusal-facts', b['facts'], { requestId: new Uint8Array(16) }) }),
      (b) => ({ ...b, facts: { ...(b['facts'] as Signed), signature: flipped((b['facts'] as Signed).signature) } }),
    ];
    for (const lie of lies) {
      bend('loginStart', lie);
      expect(await other.keys.unlock(record, RIGHT)).toMatchObject(NOT_BELIEVED);
    }
  });
});

describe('the end of a record', () => {
  it.each(['destroyed', 'suspended'])('(%s) that is not signed is not believed', async (refuse) => {
    world.relay.rule = (call) => (call === 'loginStart' ? { refuse } : null);
    expect(await computer.keys.unlock(record, RIGHT)).toMatchObject(NOT_BELIEVED);
    world.relay.rule = () => null;
    expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
  });

  it('with the proof of another refusal is not believed', async () => {
    const other = await world.computer('stranger');
    for (let i = 0; i < 4; i++) await other.keys.unlock(record, 'wrong wrong wrong');
    for (const code of ['destroyed', 'suspended']) {
      bend('loginStart', (b) => ({ ...b, type: `${PROBLEM_TYPE}${code}` }));
      expect(await other.keys.unlock(record, RIGHT)).toMatchObject(NOT_BELIEVED);
    }
    bend('loginStart', async (b) => ({
      ...b,
      type: `${PROBLEM_TYPE}suspended`,
      facts: await resigned('refusal-facts', b['facts'], { code: 'suspended' }),
    }));
    expect(await other.keys.unlock(record, RIGHT)).toEqual({ ok: false, refusal: { kind: 'suspended' } });
  });

  it('by its owner, while a login is answered, is proven too', async () => {
    const other = await world.computer('two');
    let ended: Promise<void> | null = null;
    world.hsm.onCall = async (method) => {
      if (method !== 'evaluate' || ended !== null) return;
      ended = computer.keys.turnOff(record, rootKey);
      await ended;
    };
    expect(await other.keys.unlock(record, RIGHT)).toMatchObject({ refusal: { kind: 'destroyed' } });
    expect(ended).not.toBeNull();
  });

  it.each<[string, (body: Body) => Body | Promise<Body>]>([
    [
      'no signature of the vault',
      (b) => ({
        receipt: { ...(b['receipt'] as Signed), signature: flipped((b['receipt'] as Signed).signature) },
      }),
    ],
    [
      'a receipt for something else',
      async (b) => ({ receipt: await resigned('receipt', b['receipt'], { type: 'clearFailures' }) }),
    ],
    [
      'a receipt for another request',
      async (b) => ({ receipt: await resigned('receipt', b['receipt'], { requestId: new Uint8Array(16) }) }),
    ],
  ])('with %s is not taken for done', async (_, lie) => {
    bend('destroy', lie);
    expect(await codeOf(computer.keys.turnOff(record, rootKey))).toBe('vault-not-proven');
    // What this computer has seen and can show stays.
    expect(existsSync(path.join(computer.folder, record.recordId, 'receipts.jsonl'))).toBe(true);
    world.relay.bend = null;
    await computer.keys.turnOff(record, rootKey);
    expect(existsSync(path.join(computer.folder, record.recordId))).toBe(false);
  });

  it.each(['unknown-record', 'destroyed'])('that the vault only says (%s) is not confirmed', async (refuse) => {
    world.relay.rule = (call) => (call === 'destroy' ? { refuse } : null);
    const off = computer.keys.turnOff(record, rootKey);
    await expect(off).rejects.toMatchObject({
      code: 'vault-refused',
      message: expect.stringContaining('has not confirmed'),
    });
    expect(existsSync(path.join(computer.folder, record.recordId, 'receipts.jsonl'))).toBe(true);
    expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
  });
});

describe('LoginFinish', () => {
  it.each<[string, (body: Body) => Body | Promise<Body>]>([
    ['an answer that was changed', (b) => ({ ...b, sealed: flipped(b['sealed']) })],
    [
      'a receipt of another try',
      async (b) => ({ ...b, receipt: await resigned('receipt', b['receipt'], { requestId: new Uint8Array(16) }) }),
    ],
    ['a receipt of before', async (b) => ({ ...b, receipt: await resigned('receipt', b['receipt'], { logIndex: 0 }) })],
  ])('with %s is not believed', async (_, lie) => {
    bend('loginFinish', lie);
    expect(await computer.keys.unlock(record, RIGHT)).toMatchObject(NOT_BELIEVED);
  });
});

describe('a change of password', () => {
  it.each<[string, string, (body: Body) => Body | Promise<Body>]>([
    [
      'regStart',
      'another server key',
      (b) => ({ ...b, serverPublicKey: Buffer.from(new SoftwareHsm().publicKeys.ake).toString('base64url') }),
    ],
    ['regStart', 'no point', (b) => ({ ...b, evaluated: Buffer.alloc(33).toString('base64url') })],
    [
      'regStart',
      'a receipt for another',
      async (b) => ({ ...b, receipt: await resigned('receipt', b['receipt'], { recordId: new Uint8Array(32) }) }),
    ],
    [
      'regStage',
      'a receipt of before',
      async (b) => ({ ...b, receipt: await resigned('receipt', b['receipt'], { logIndex: 0 }) }),
    ],
    [
      'regProve',
      'other Argon2id parameters',
      (b) => ({ ...b, ksf: { memoryKiB: 65_536, iterations: 2, parallelism: 4 } }),
    ],
    ['regProve', 'another envelope', (b) => ({ ...b, ke2: flipped(b['ke2'], 0.4) })],
    ['regProveFinish', 'another key than went in', (b) => ({ ...b, sealed: flipped(b['sealed']) })],
  ])('at %s with %s is not put in force', async (call, _, lie) => {
    const before = world.relay.calls.filter((name) => name === 'regExpose').length;
    bend(call, lie);
    expect(await codeOf(computer.keys.changePassword(record, { password: NEW, rootKey }))).toBe('vault-not-proven');
    expect(world.relay.calls.filter((name) => name === 'regExpose').length).toBe(before);
    world.relay.bend = null;
    expect(opens(await computer.keys.unlock(record, RIGHT))).toBe(true);
    await computer.keys.changePassword(record, { password: NEW, rootKey });
    expect(opens(await computer.keys.unlock(record, NEW))).toBe(true);
  });
});

describe('a first registration whose end nobody has seen', () => {
  const again = (): Promise<VaultRecord> => computer.keys.register(world.place, { password: NEW, rootKey });
  const folders = async (): Promise<string[]> =>
    (await readdir(computer.folder)).filter((name) => name !== record.recordId);
  let begun = '';
  beforeEach(async () => {
    rootKey = RootKey.generate();
    world.relay.rule = (call) => (call === 'regExpose' ? 'answer' : null);
    expect(await codeOf(again())).toBe('vault-unreachable');
    world.relay.rule = () => null;
    begun = (await folders())[0] ?? '';
  });

  it('is not given up because the vault says that its record is destroyed', async () => {
    bend('status', async (b) => {
      const facts = decodeFacts('status-facts', fromBase64url((b['receipt'] as Signed).payload));
      const stranger = new SoftwareHsm();
      const lie = { ...facts, state: 'destroyed' } as const;
      return {
        ...b,
        state: 'destroyed',
        receipt: await signFacts('status-facts', lie, (message) => stranger.sign(message)),
      };
    });
    expect(await codeOf(again())).toBe('vault-not-proven');
    expect(existsSync(path.join(computer.folder, begun, 'receipts.jsonl'))).toBe(true);
    bend('status', (b) => ({ ...b, state: 'destroyed' }));
    expect((await again()).recordId).toBe(begun);
    expect(await folders()).toEqual([begun]);
  });

  it('is given up where that is proven', async () => {
    const other = await world.computer('two');
    await other.keys.turnOff({ ...record, recordId: begun }, rootKey);
    const anew = await again();
    expect(anew.recordId).not.toBe(begun);
    expect(await folders()).toEqual([anew.recordId]);
  });
});

describe('Status', () => {
  it('counts what is signed, and takes none of another question or of before', async () => {
    bend('status', (b) => ({
      ...b,
      attempts: { ...(b['attempts'] as Body), consecutive: 5, lifetime: 50 },
      registrations: 77,
    }));
    expect(await computer.keys.status(record)).toMatchObject({ registrations: 1, attempts: { used: 0, lifetime: 0 } });
    bend('status', async (b) => ({
      ...b,
      receipt: await resigned('status-facts', b['receipt'], { requestId: new Uint8Array(16) }),
    }));
    expect(await codeOf(computer.keys.status(record))).toBe('vault-not-proven');
    bend('status', async (b) => ({ ...b, receipt: await resigned('status-facts', b['receipt'], { logIndex: 1 }) }));
    expect(await codeOf(computer.keys.status(record))).toBe('vault-not-proven');
  });

  it('of an older version than was seen is not believed', async () => {
    await computer.keys.changePassword(record, { password: NEW, rootKey });
    bend('status', async (b) => ({ ...b, receipt: await resigned('status-facts', b['receipt'], { version: 1 }) }));
    expect(await codeOf(computer.keys.status(record))).toBe('vault-not-proven');
    bend('loginStart', async (b) => ({
      ...b,
      version: 1,
      facts: await resigned('login-facts', b['facts'], { version: 1 }),
    }));
    expect(await computer.keys.unlock(record, NEW)).toMatchObject(NOT_BELIEVED);
  });

  it('that counts registrations which nobody here has made is shown', async () => {
    await computer.keys.status(record);
    bend('status', async (b) => ({
      ...b,
      receipt: await resigned('status-facts', b['receipt'], { registrations: 6 }),
    }));
    expect(await computer.keys.status(record)).toMatchObject({ unknownRegistrations: 5 });
  });
});

describe('an answer', () => {
  it('that is not of the protocol is none', async () => {
    for (const answer of [[], {}, { challenge: 'short' }, { challenge: 'A'.repeat(4_000_000) }, 'text', null]) {
      world.relay.bend = async () => answer;
      expect(await codeOf(computer.keys.status(record))).toBe('vault-unreachable');
    }
    world.relay.bend = null;
    expect(await computer.keys.status(record)).toMatchObject({ state: 'live' });
  });
});
