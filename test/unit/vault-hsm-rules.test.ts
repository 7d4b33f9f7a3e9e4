/** What the HSM room decides without a module: fitness, errors, PINs, the session pool, opening again. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CKF, CKR, asHsmError, sessionIsLost } from '../../vault/hsm/cryptoki.ts';
import { HsmError } from '../../vault/hsm/hsm.ts';
import type { HsmErrorCode, HsmInfo, Profile } from '../../vault/hsm/hsm.ts';
import { keepOpen } from '../../vault/hsm/keep-open.ts';
import {
  KNOWN_MODULES,
  checkCloning,
  checkFit,
  knownModule,
  macKindOf,
  missingMechanisms,
} from '../../vault/hsm/modules.ts';
import { pinObstacle } from '../../vault/hsm/module.ts';
import { macToScalar, recordInput } from '../../vault/hsm/record-scalar.ts';
import { Sessions } from '../../vault/hsm/sessions.ts';
import { createSoftToken } from '../../vault/hsm/soft-token.ts';
import { LUNA_USAGE_LIMIT, SMARTCARD_HSM_USE_COUNTER } from '../../vault/hsm/use-limit.ts';
import { newRecord, randomPoint, refused } from '../support/vault/hsm-conformance.ts';
import { SoftwareToken } from '../support/vault/software-hsm.ts';

const SIGNING = ['CKM_EC_KEY_PAIR_GEN', 'CKM_ECDSA'];
const HMAC = ['CKM_GENERIC_SECRET_KEY_GEN', 'CKM_SHA256_HMAC'];
const CMAC = ['CKM_AES_KEY_GEN', 'CKM_AES_CMAC'];
const ECDH = 'CKM_ECDH1_DERIVE';

function infoOf(manufacturer: string, model: string, mechanisms: string[]): HsmInfo {
  return { manufacturer, model, serial: '1', firmware: '1.0', tokenLabel: 'vault', mechanisms };
}

describe('which module serves which profile', () => {
  test.each<[Profile, string[], string[]]>([
    ['A', [...SIGNING, ...HMAC, ECDH], []],
    ['A', [...SIGNING, ...CMAC, ECDH], []],
    ['A', [...SIGNING, ...HMAC], [ECDH]],
    ['A', [...SIGNING, ECDH], HMAC],
    ['A', [...SIGNING, ECDH, 'CKM_SHA256_HMAC'], ['CKM_GENERIC_SECRET_KEY_GEN']],
    ['B', [...SIGNING, ...HMAC], []],
    ['B', ['CKM_EC_KEY_PAIR_GEN', ...HMAC, ECDH], ['CKM_ECDSA']],
    ['C', [...SIGNING, ...HMAC], [ECDH]],
    ['C', [], [...SIGNING, ECDH, ...HMAC]],
  ])('%s with %j lacks %j', (profile, offered, missing) => {
    expect(missingMechanisms(profile, offered)).toEqual(missing);
    const check = (): void => checkFit(profile, infoOf('A', 'B', offered));
    if (missing.length === 0) expect(check).not.toThrow();
    else expect(check).toThrow(HsmError);
  });

  test('the refusal names what is missing, the module, and the profile that would do', () => {
    const cloud = infoOf('Marvell', 'CloudHSM', [...SIGNING, ...HMAC]);
    expect(() => checkFit('A', cloud)).toThrow(
      'Profile A needs CKM_ECDH1_DERIVE, which AWS CloudHSM does not offer. Profile B would do.',
    );
    expect(() => checkFit('C', infoOf('Nobody', 'Box', []))).toThrow(/which Box does not offer\.$/u);
  });

  test('keys may leave a module under wrap only where that is how it clones them', () => {
    const luna = infoOf('Safenet, Inc.', 'LunaSA 7.8.0', []);
    expect(() => checkCloning('wrapped', luna)).toThrow(/Thales Luna brings keys to another site by a cloning domain/u);
    expect(() => checkCloning('never', luna)).not.toThrow();
    expect(() => checkCloning('wrapped', infoOf('Yubico', 'YubiHSM', []))).not.toThrow();
    expect(() => checkCloning('wrapped', infoOf('Someone', 'Else', []))).not.toThrow();
  });

  test('HMAC before CMAC', () => {
    expect(macKindOf([...HMAC, ...CMAC])).toBe('hmac');
    expect(macKindOf(CMAC)).toBe('cmac');
    expect(macKindOf(['CKM_AES_CMAC'])).toBeNull();
  });

  test('tokens are recognised by their maker and model; profile C is only for those that have a limit', () => {
    const names = [
      ['SoftHSM project', 'SoftHSM v2', 'SoftHSM2'],
      ['Yubico (www.yubico.com)', 'YubiHSM', 'YubiHSM 2'],
      ['www.CardContact.de', 'SmartCard-HSM', 'Nitrokey HSM 2 / SmartCard-HSM'],
      ['Safenet, Inc.', 'LunaSA 7.8.0', 'Thales Luna'],
      ['Marvell Semiconductors, Inc.', 'LiquidSecurity2', 'AWS CloudHSM'],
      ['nCipher Corp. Ltd', 'NC4035E', 'Entrust nShield'],
    ] as const;
    for (const [manufacturer, model, name] of names) expect(knownModule({ manufacturer, model })?.name).toBe(name);
    expect(knownModule({ manufacturer: 'Someone', model: 'Else' })).toBeNull();
    for (const known of KNOWN_MODULES) expect(known.profiles.includes('C')).toBe(known.useLimit !== null);
  });

  test('limits are written as each maker reads them', () => {
    expect(LUNA_USAGE_LIMIT.attributes(20)).toEqual({ publicKey: [], privateKey: [{ type: 0x80000200, value: 20 }] });
    expect(SMARTCARD_HSM_USE_COUNTER.attributes(20)).toEqual({
      publicKey: [{ type: 0x80000108, value: Buffer.from([0, 0, 0, 20]) }],
      privateKey: [],
    });
  });
});

describe('errors and PINs', () => {
  const thrown = (code: number): Error => Object.assign(new Error(`CKR_${code}`), { code });

  test.each<[keyof typeof CKR | number, HsmErrorCode]>([
    ['PIN_INCORRECT', 'wrong-pin'],
    ['PIN_LOCKED', 'wrong-pin'],
    ['USER_PIN_NOT_INITIALIZED', 'not-initialised'],
    ['KEY_HANDLE_INVALID', 'not-initialised'],
    ['OBJECT_HANDLE_INVALID', 'not-initialised'],
    ['MECHANISM_INVALID', 'unfit'],
    ['SESSION_HANDLE_INVALID', 'unavailable'],
    [0x30, 'unavailable'], // CKR_DEVICE_ERROR
    [0xd1, 'unfit'], // CKR_TEMPLATE_INCONSISTENT
  ])('CKR_%s is %s', (rv, code) => {
    const cause = thrown(typeof rv === 'number' ? rv : CKR[rv]);
    const error = asHsmError(cause, 'sign');
    expect(error.code).toBe(code);
    expect(error.cause).toBe(cause);
    expect(error.message).toMatch(/^[A-Z].*\.$/u);
    expect(asHsmError(error, 'other')).toBe(error);
  });

  test('only a session that is gone is given up', () => {
    expect(sessionIsLost(asHsmError(thrown(CKR.SESSION_HANDLE_INVALID), 'sign'))).toBe(true);
    expect(sessionIsLost(thrown(CKR.SESSION_CLOSED))).toBe(true);
    expect(sessionIsLost(thrown(CKR.PIN_INCORRECT))).toBe(false);
    expect(sessionIsLost(new Error('other'))).toBe(false);
  });

  test('a PIN is not tried on a token that is locked or one wrong try away from it', () => {
    expect(pinObstacle(CKF.TOKEN_INITIALIZED)).toBeNull();
    expect(pinObstacle(CKF.TOKEN_INITIALIZED | CKF.USER_PIN_FINAL_TRY)).toContain('not tried');
    expect(pinObstacle(CKF.USER_PIN_LOCKED | CKF.USER_PIN_FINAL_TRY)).toContain('security officer');
  });

  test.each([
    { label: '', pin: '1234', soPin: '1234' },
    { label: 'x'.repeat(33), pin: '1234', soPin: '1234' },
    { label: '\u00e9'.repeat(17), pin: '1234', soPin: '1234' },
    { label: 'vault', pin: '123', soPin: '1234' },
    { label: 'vault', pin: '1234', soPin: 'x'.repeat(256) },
  ])('no token takes %j', async (options) => {
    await expect(createSoftToken({ folder: '/nowhere', ...options })).rejects.toThrow(RangeError);
  });
});

describe('scalars of records', () => {
  test('no two names give one input, and other sizes are refused', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const name = fc.record({ purpose: fc.constantFrom('tweak' as const, 'record-key' as const), a: bytes, b: bytes });
    const text = (each: { purpose: 'tweak' | 'record-key'; a: Uint8Array; b: Uint8Array }): string =>
      Buffer.from(recordInput(each.purpose, { recordId: each.a, nonce: each.b })).toString('hex');
    fc.assert(
      fc.property(name, name, (one, two) => {
        const same = JSON.stringify(one) === JSON.stringify(two);
        expect(text(one) === text(two)).toBe(same);
      }),
    );
    const record = newRecord();
    expect(() => recordInput('tweak', { ...record, nonce: new Uint8Array(31) })).toThrow(RangeError);
    expect(() => recordInput('tweak', { ...record, recordId: new Uint8Array(33) })).toThrow(RangeError);
  });

  test('the MAC is wiped once the scalar is made', () => {
    const mac = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    expect(macToScalar(mac)).toHaveLength(32);
    expect(mac).toEqual(new Uint8Array(32));
  });
});

describe('the pool of sessions', () => {
  function pool(limit: number): { sessions: Sessions; opened: string[]; closed: string[] } {
    const [opened, closed]: string[][] = [[], []];
    const open = (): Buffer => {
      opened?.push(String(opened.length));
      return Buffer.from(String((opened?.length ?? 0) - 1));
    };
    const sessions = new Sessions(open, (session) => closed?.push(session.toString()), limit);
    return { sessions, opened: opened ?? [], closed: closed ?? [] };
  }

  test('never lends a session twice, nor more than its limit; everything gets its turn', async () => {
    const { sessions, opened } = pool(3);
    const lent = new Set<string>();
    let most = 0;
    const work = async (session: Buffer): Promise<void> => {
      expect(lent.has(session.toString())).toBe(false);
      lent.add(session.toString());
      most = Math.max(most, lent.size);
      await new Promise((resolve) => setImmediate(resolve));
      lent.delete(session.toString());
    };
    await Promise.all(Array.from({ length: 40 }, () => sessions.use(work)));
    expect(most).toBe(3);
    expect(opened).toHaveLength(3);
  });

  test('a lost session is replaced, another error keeps it', async () => {
    const { sessions, opened, closed } = pool(1);
    const lost = Object.assign(new Error('CKR_SESSION_HANDLE_INVALID'), { code: CKR.SESSION_HANDLE_INVALID });
    await expect(sessions.use(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
    expect(opened).toHaveLength(1);
    await expect(sessions.use(() => Promise.reject(lost))).rejects.toThrow('CKR');
    expect(closed).toEqual(['0']);
    expect(await sessions.use((session) => session.toString())).toBe('1');
  });

  test('a session that cannot be opened does not take a place for good', async () => {
    let fail = true;
    const open = (): Buffer => {
      if (fail) throw new HsmError('unavailable', 'no');
      return Buffer.from('0');
    };
    const sessions = new Sessions(open, () => {}, 1);
    await refused(
      sessions.use(() => 1),
      'unavailable',
    );
    fail = false;
    expect(await sessions.use(() => 1)).toBe(1);
  });

  test('close waits for what runs, refuses what waits, and closes every session', async () => {
    const { sessions, closed } = pool(1);
    let finish = (): void => {};
    const running = sessions.use(() => new Promise<string>((resolve) => (finish = () => resolve('done'))));
    const waiting = sessions.use(() => 'never');
    let isClosed = false;
    const closing = sessions.close().then(() => (isClosed = true));
    await refused(waiting, 'unavailable');
    expect(isClosed).toBe(false);
    finish();
    expect(await running).toBe('done');
    await closing;
    expect(closed).toEqual(['0']);
    await refused(
      sessions.use(() => 1),
      'unavailable',
    );
  });
});

describe('a module that goes away', () => {
  function world(): {
    token: SoftwareToken;
    opens: ('none' | 'pinned')[];
    next: HsmErrorCode[];
    clock: { ms: number };
  } {
    return { token: new SoftwareToken(), opens: [], next: [], clock: { ms: 0 } };
  }
  type World = ReturnType<typeof world>;
  const kept = (at: World): ReturnType<typeof keepOpen> =>
    keepOpen({
      now: () => at.clock.ms,
      waitMs: 1000,
      open: async (pinned) => {
        at.opens.push(pinned === null ? 'none' : 'pinned');
        const code = at.next.shift();
        if (code !== undefined) throw new HsmError(code, 'as the test wants');
        const hsm = at.token.open();
        current.set(at, hsm);
        return hsm;
      },
    });
  const current = new Map<World, ReturnType<SoftwareToken['open']>>();

  test('is opened again by the next operation, pinned; counts go on', async () => {
    const at = world();
    const hsm = await kept(at);
    const [record, point] = [newRecord(), randomPoint()];
    const answer = await hsm.evaluate(record, point);
    current.get(at)?.failNext('unavailable', { when: 'after' });
    await refused(hsm.evaluate(record, point), 'unavailable');
    expect(at.opens).toEqual(['none']);
    const [one, two] = await Promise.all([hsm.evaluate(record, point), hsm.evaluate(record, point)]);
    expect([one, two]).toEqual([answer, answer]);
    expect(at.opens).toEqual(['none', 'pinned']);
    expect(hsm.counts.oprfDerives).toBe(8);
  });

  test('is not asked more than once a second while it stays away', async () => {
    const at = world();
    const hsm = await kept(at);
    current.get(at)?.failNext('unavailable');
    await refused(hsm.sign(randomPoint()), 'unavailable');
    at.next.push('unavailable', 'unavailable');
    for (let i = 0; i < 5; i++) await refused(hsm.sign(randomPoint()), 'unavailable');
    expect(at.opens).toHaveLength(2);
    at.clock.ms = 999;
    await refused(hsm.sign(randomPoint()), 'unavailable');
    expect(at.opens).toHaveLength(2);
    at.clock.ms = 1000;
    await refused(hsm.sign(randomPoint()), 'unavailable');
    at.clock.ms = 2000;
    expect(await hsm.sign(randomPoint())).toHaveLength(64);
    expect(at.opens).toHaveLength(4);
  });

  test.each(['wrong-pin', 'swapped', 'unfit'] as const)('%s ends it for good', async (code) => {
    const at = world();
    const hsm = await kept(at);
    current.get(at)?.failNext('unavailable');
    await refused(hsm.sign(randomPoint()), 'unavailable');
    at.next.push(code);
    for (let i = 0; i < 3; i++) {
      await refused(hsm.sign(randomPoint()), code);
      at.clock.ms += 10_000;
    }
    expect(at.opens).toHaveLength(2);
  });

  test.each(['bad-point', 'swapped', 'used-up', 'unfit'] as const)('%s of an operation is no reason', async (code) => {
    const at = world();
    const hsm = await kept(at);
    current.get(at)?.failNext(code);
    await refused(hsm.evaluate(newRecord(), randomPoint()), code);
    expect(await hsm.sign(randomPoint())).toHaveLength(64);
    await refused(hsm.wrapKeyDh('00'.repeat(16), randomPoint()), 'not-initialised');
    expect(at.opens).toEqual(['none']);
  });

  test('the first time is not tried again', async () => {
    const at = world();
    at.next.push('unavailable');
    await refused(kept(at), 'unavailable');
    expect(at.opens).toEqual(['none']);
  });

  test('closed, it stays closed', async () => {
    const at = world();
    const hsm = await kept(at);
    await hsm.close();
    await refused(hsm.sign(randomPoint()), 'unavailable');
    expect(at.opens).toEqual(['none']);
  });
});
