/** What only a real token can show: official vectors in it, keys that do not leave it, and everything that can be wrong with it. */
import { createHmac, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cmac } from '@noble/ciphers/aes.js';
import { p256, p256_oprf } from '@noble/curves/nist.js';
import pkcs11js from 'pkcs11js';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CKA, CKK, CKO, P256_PARAMS } from '../../../vault/hsm/cryptoki.ts';
import type { Handle } from '../../../vault/hsm/cryptoki.ts';
import { ModuleDhKey } from '../../../vault/hsm/dh-keys.ts';
import type { Hsm } from '../../../vault/hsm/hsm.ts';
import { openToken } from '../../../vault/hsm/module.ts';
import type { Token } from '../../../vault/hsm/module.ts';
import { LABEL, destroyLabelled, findLabelled, makeEcPair } from '../../../vault/hsm/objects.ts';
import { mac } from '../../../vault/hsm/operations.ts';
import { init, open, openAndKeep } from '../../../vault/hsm/open.ts';
import type { OpenOptions } from '../../../vault/hsm/open.ts';
import { createSoftToken } from '../../../vault/hsm/soft-token.ts';
import { LUNA_USAGE_LIMIT, SMARTCARD_HSM_USE_COUNTER } from '../../../vault/hsm/use-limit.ts';
import { cloneKeys } from '../../support/vault/clone-keys.ts';
import { newRecord, randomPoint, refused } from '../../support/vault/hsm-conformance.ts';
import { makeSoftHsm } from '../../support/vault/softhsm.ts';
import type { SoftHsm } from '../../support/vault/softhsm.ts';
import voprf from '../../vectors/voprf.json' with { type: 'json' };

const TOKENS = [
  'main',
  'blank',
  'swap',
  'exposed',
  'half',
  'head',
  'first',
  'second',
  'twin',
  'away',
  'limits',
] as const;
type Name = (typeof TOKENS)[number];

let soft: SoftHsm;
beforeAll(async () => {
  soft = await makeSoftHsm([...TOKENS]);
  // The same label a second time: makeSoftHsm would do it, but says that labels differ.
  await createSoftToken({ folder: soft.folder, label: 'twin', pin: soft.pin, soPin: soft.soPin });
  await init(options('main'));
});
afterAll(() => soft.dispose());

function options(tokenLabel: Name, more: Partial<OpenOptions> = {}): OpenOptions {
  return { modulePath: soft.modulePath, tokenLabel, pin: soft.pin, profile: 'A', ...more };
}

/** The token as an intruder with the PIN has it, in a session of its own. */
async function intrude<T>(tokenLabel: Name, work: (token: Token, session: Handle) => Promise<T> | T): Promise<T> {
  const token = await openToken(options(tokenLabel));
  try {
    return await token.sessions.use((session) => work(token, session));
  } finally {
    await token.release();
  }
}

/** What this process calls the module through; one for all tokens. */
async function binding(): Promise<Token['p11']> {
  return await intrude('blank', (token) => token.p11);
}

function only(found: Handle[]): Handle {
  expect(found).toHaveLength(1);
  return found[0] as Handle;
}

describe('the arithmetic in the token', () => {
  /** A key of a test's own choice, for this session only. */
  function importKey(token: Token, session: Handle, scalar: Uint8Array): Handle {
    return token.p11.C_CreateObject(session, [
      { type: CKA.CLASS, value: CKO.PRIVATE_KEY },
      { type: CKA.KEY_TYPE, value: CKK.EC },
      { type: CKA.TOKEN, value: false },
      { type: CKA.PRIVATE, value: true },
      { type: CKA.SENSITIVE, value: true },
      { type: CKA.EXTRACTABLE, value: false },
      { type: CKA.DERIVE, value: true },
      { type: CKA.EC_PARAMS, value: P256_PARAMS },
      { type: CKA.VALUE, value: Buffer.from(scalar) },
    ]);
  }

  test('gives both vectors of RFC 9497, OPRF(P-256, SHA-256)', async () => {
    const scalar = Buffer.from(voprf.secretKey, 'hex');
    const answers = await intrude('main', async (token, session) => {
      const handle = importKey(token, session, scalar);
      const key = new ModuleDhKey(token, handle, p256.getPublicKey(scalar, true), 'of the RFC');
      return await Promise.all(voprf.cases.map((each) => key.multiply(Buffer.from(each.blinded, 'hex'))));
    });
    expect(voprf.cases.length).toBe(2);
    for (const [i, each] of voprf.cases.entries()) {
      const answer = answers[i] ?? new Uint8Array(0);
      expect(Buffer.from(answer).toString('hex')).toBe(each.evaluated);
      const [input, blind] = [Buffer.from(each.input, 'hex'), Buffer.from(each.blind, 'hex')];
      expect(Buffer.from(p256_oprf.oprf.finalize(input, blind, answer)).toString('hex')).toBe(each.output);
    }
  });

  test('agrees with another implementation on 50 random keys and points, and for the smallest and largest key', async () => {
    const n = p256.Point.Fn.ORDER;
    const scalars = [1n, 2n, n - 1n, n - 2n].map((scalar) => p256.Point.Fn.toBytes(scalar));
    while (scalars.length < 50) scalars.push(p256.utils.randomSecretKey());
    await intrude('main', async (token, session) => {
      for (const scalar of scalars) {
        const handle = importKey(token, session, scalar);
        const key = new ModuleDhKey(token, handle, p256.getPublicKey(scalar, true), 'of a test');
        const point = randomPoint();
        const expected = p256.Point.fromBytes(point).multiply(p256.Point.Fn.fromBytes(scalar));
        expect(Buffer.from(await key.multiply(point)).toString('hex')).toBe(expected.toHex(true));
        token.p11.C_DestroyObject(session, handle);
      }
    });
  });

  test('a key that is not the one whose public key is pinned is found out, whatever the point', async () => {
    await intrude('main', async (token, session) => {
      const handle = importKey(token, session, p256.utils.randomSecretKey());
      const key = new ModuleDhKey(token, handle, randomPoint(), 'exchanged');
      for (let i = 0; i < 10; i++) await refused(key.multiply(randomPoint()), 'swapped');
    });
  });
});

describe('MACs in the token', () => {
  test.each([
    ['hmac', CKK.GENERIC_SECRET],
    ['cmac', CKK.AES],
  ] as const)('%s is what another implementation makes of it', async (kind, keyType) => {
    const value = randomBytes(32);
    await intrude('main', async (token, session) => {
      const handle = token.p11.C_CreateObject(session, [
        { type: CKA.CLASS, value: CKO.SECRET_KEY },
        { type: CKA.KEY_TYPE, value: keyType },
        { type: CKA.TOKEN, value: false },
        { type: CKA.SIGN, value: true },
        { type: CKA.VALUE, value },
      ]);
      for (const size of [0, 1, 15, 16, 69, 1000]) {
        const message = randomBytes(size);
        const half = (first: number): Uint8Array => cmac(Buffer.concat([Uint8Array.of(first), message]), value);
        const expected =
          kind === 'hmac' ? createHmac('sha256', value).update(message).digest() : Buffer.concat([half(1), half(2)]);
        expect(Buffer.from(await mac(token, { handle, kind }, message))).toEqual(expected);
      }
    });
  });
});

test('nothing that an evaluation makes is left in the module', async () => {
  const hsm = await open(options('main'));
  await Promise.all(Array.from({ length: 20 }, () => hsm.evaluate(newRecord(), randomPoint())));
  for (let i = 0; i < 3; i++) await refused(hsm.evaluate(newRecord(), new Uint8Array(33)), 'bad-point');
  await intrude('main', (token, session) => {
    token.p11.C_FindObjectsInit(session, [{ type: CKA.TOKEN, value: false }]);
    expect(token.p11.C_FindObjects(session, 10)).toEqual([]);
    token.p11.C_FindObjectsFinal(session);
  });
  await hsm.close();
});

describe('keys stay in the token', () => {
  test.each([
    ['OPRF', CKO.PRIVATE_KEY, LABEL.oprf],
    ['AKE', CKO.PRIVATE_KEY, LABEL.ake],
    ['receipt', CKO.PRIVATE_KEY, LABEL.receipt],
    ['site', CKO.PRIVATE_KEY, LABEL.site],
    ['MAC', CKO.SECRET_KEY, LABEL.mac],
  ])('%s', async (_, objectClass, label) => {
    await intrude('main', (token, session) => {
      const key = only(findLabelled(token.p11, session, objectClass, label));
      const read = (): unknown => token.p11.C_GetAttributeValue(session, key, [{ type: CKA.VALUE }]);
      expect(read).toThrow(/CKR_ATTRIBUTE_SENSITIVE/u);
      const loosen = (type: number, value: boolean): void =>
        token.p11.C_SetAttributeValue(session, key, [{ type, value }]);
      expect(() => loosen(CKA.SENSITIVE, false)).toThrow(/CKR_/u);
      expect(() => loosen(CKA.EXTRACTABLE, true)).toThrow(/CKR_/u);
      expect(read).toThrow(/CKR_ATTRIBUTE_SENSITIVE/u);
      const wrapping = token.p11.C_GenerateKey(session, { mechanism: pkcs11js.CKM_AES_KEY_GEN }, [
        { type: CKA.TOKEN, value: false },
        { type: CKA.WRAP, value: true },
        { type: CKA.VALUE_LEN, value: 32 },
      ]);
      const wrap = (): unknown =>
        token.p11.C_WrapKey(session, { mechanism: pkcs11js.CKM_AES_KEY_WRAP_PAD }, wrapping, key, Buffer.alloc(500));
      expect(wrap).toThrow(/CKR_KEY_UNEXTRACTABLE/u);
    });
  });

  test('wrap and epoch keys too', async () => {
    const hsm = await open(options('main'));
    const [wrapKey, epoch] = [await hsm.createWrapKey(), await hsm.createEpochKey()];
    await intrude('main', (token, session) => {
      const keys = [
        only(findLabelled(token.p11, session, CKO.PRIVATE_KEY, `${LABEL.wrap}${wrapKey.id}`)),
        only(findLabelled(token.p11, session, CKO.SECRET_KEY, `${LABEL.epoch}${epoch}`)),
      ];
      for (const key of keys) {
        expect(() => token.p11.C_GetAttributeValue(session, key, [{ type: CKA.VALUE }])).toThrow(/SENSITIVE/u);
      }
    });
    await hsm.destroyWrapKey(wrapKey.id);
    await hsm.destroyEpochKey(epoch);
    await intrude('main', (token, session) => {
      for (const objectClass of [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY]) {
        expect(findLabelled(token.p11, session, objectClass, `${LABEL.wrap}${wrapKey.id}`)).toEqual([]);
      }
    });
    await hsm.close();
  });

  test('a token whose keys may leave it is refused', async () => {
    await init(options('exposed', { extractable: 'wrapped' }));
    expect((await refused(open(options('exposed')), 'unfit')).message).toMatch(/hkv1-oprf.*not protected/u);
    const hsm = await open(options('exposed', { extractable: 'wrapped' }));
    await hsm.close();
    // A site's own key is never cloned.
    await intrude('exposed', async (token, session) => {
      destroyLabelled(token.p11, session, [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY], LABEL.site);
      await makeEcPair(token.p11, session, LABEL.site, 'sign', 'wrapped');
    });
    expect((await refused(open(options('exposed', { extractable: 'wrapped' })), 'unfit')).message).toContain(
      'hkv1-site',
    );
  });
});

describe('keys that are not the right ones', () => {
  async function replace(label: string, use: 'derive' | 'sign', classes: number[]): Promise<void> {
    await intrude('swap', async (token, session) => {
      destroyLabelled(token.p11, session, classes, label);
      await makeEcPair(token.p11, session, label, use, 'never');
    });
  }
  const pair = [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY];

  test('replaced under the same labels: found by the pinned public keys, and a running vault stops', async () => {
    const { publicKeys } = await init(options('swap'));
    const hsm = await open(options('swap', { pinned: publicKeys }));
    const record = newRecord();
    await hsm.evaluate(record, randomPoint());
    await replace(LABEL.oprf, 'derive', pair);
    await refused(hsm.evaluate(record, randomPoint()), 'not-initialised');
    await hsm.close();
    expect((await refused(open(options('swap', { pinned: publicKeys })), 'swapped')).message).toContain('OPRF');
    for (const [label, use, name] of [
      [LABEL.ake, 'derive', 'ake'],
      [LABEL.receipt, 'sign', 'receipt'],
      [LABEL.site, 'sign', 'site'],
    ] as const) {
      await replace(label, use, pair);
      await refused(open(options('swap', { pinned: { [name]: publicKeys[name] } })), 'swapped');
    }
  });

  test.each([
    [LABEL.oprf, 'derive'],
    [LABEL.ake, 'derive'],
    [LABEL.receipt, 'sign'],
  ] as const)('%s replaced behind its old public key: found without any pin', async (label, use) => {
    await init(options('swap'));
    await intrude('swap', async (token, session) => {
      destroyLabelled(token.p11, session, [CKO.PRIVATE_KEY], label);
      const old = only(findLabelled(token.p11, session, CKO.PUBLIC_KEY, label));
      await makeEcPair(token.p11, session, label, use, 'never');
      for (const each of findLabelled(token.p11, session, CKO.PUBLIC_KEY, label)) {
        if (!each.equals(old)) token.p11.C_DestroyObject(session, each);
      }
    });
    await refused(open(options('swap')), 'swapped');
    await intrude('swap', (token, session) => destroyLabelled(token.p11, session, pair, label));
  });

  test('two keys of one name: refused, whichever the module would give first', async () => {
    await init(options('swap'));
    await intrude('swap', (token, session) => makeEcPair(token.p11, session, LABEL.oprf, 'derive', 'never'));
    await refused(open(options('swap')), 'swapped');
  });
});

describe('init', () => {
  test('makes what is missing and leaves what is there', async () => {
    const before = await init(options('half'));
    expect(before.made.sort()).toEqual([LABEL.oprf, LABEL.ake, LABEL.receipt, LABEL.site, LABEL.mac].sort());
    expect(before.info).toMatchObject({ manufacturer: 'SoftHSM project', tokenLabel: 'half' });
    expect((await init(options('half'))).made).toEqual([]);
    await intrude('half', (token, session) =>
      destroyLabelled(token.p11, session, [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY], LABEL.receipt),
    );
    expect((await refused(open(options('half')), 'not-initialised')).message).toContain('vault init');
    const after = await init(options('half'));
    expect(after.made).toEqual([LABEL.receipt]);
    expect(after.publicKeys.oprf).toEqual(before.publicKeys.oprf);
    expect(after.publicKeys.receipt).not.toEqual(before.publicKeys.receipt);
  });

  test('keys cloned under wrap into a second token answer alike; sites keep keys of their own', async () => {
    const wrapped = { extractable: 'wrapped' } as const;
    const { publicKeys } = await init(options('first', wrapped));
    await cloneKeys(options('first'), options('second'));
    await init(options('second', wrapped));
    const sites = [await open(options('first', wrapped)), await open(options('second', wrapped))];
    const [record, point] = [newRecord(), randomPoint()];
    const answers = await Promise.all(sites.map((site) => site.evaluate(record, point)));
    expect(answers[1]).toEqual(answers[0]);
    for (const name of ['oprf', 'ake', 'receipt'] as const)
      expect(sites[1]?.publicKeys[name]).toEqual(publicKeys[name]);
    expect(sites[1]?.publicKeys.site).not.toEqual(publicKeys.site);
    await Promise.all(sites.map((site) => site.close()));
  });
});

describe('what cannot be opened', () => {
  test('a wrong PIN is tried once, and the right one still opens', async () => {
    const login = vi.spyOn(await binding(), 'C_Login');
    const error = await refused(open(options('main', { pin: 'not the pin' })), 'wrong-pin');
    expect(error.message).not.toContain('not the pin');
    expect(login).toHaveBeenCalledTimes(1);
    await refused(open(options('main', { pin: '' })), 'wrong-pin');
    expect(login).toHaveBeenCalledTimes(1);
    const hsm = await open(options('main'));
    expect(login).toHaveBeenCalledTimes(2);
    // While this process is logged in, the module would take any PIN.
    await refused(open(options('main', { pin: 'not the pin' })), 'wrong-pin');
    expect(login).toHaveBeenCalledTimes(2);
    expect(await hsm.sign(randomBytes(8))).toHaveLength(64);
    await hsm.close();
  });

  test('no such token, two of one name, none of its keys', async () => {
    const missing = await refused(open({ ...options('main'), tokenLabel: 'nowhere' }), 'not-initialised');
    expect(missing.message).toMatch(/no token named "nowhere"; it has .*"main"/u);
    expect((await refused(open(options('twin')), 'not-initialised')).message).toContain('2 tokens named "twin"');
    expect((await refused(open(options('blank')), 'not-initialised')).message).toContain('vault init');
  });

  test('no such module, and a file that is none', async () => {
    const missing = await refused(open(options('main', { modulePath: '/nowhere/libnone.so' })), 'unavailable');
    expect(missing.message).toBe('There is no PKCS#11 module at /nowhere/libnone.so.');
    const text = path.join(soft.folder, 'module.so');
    await writeFile(text, 'not a library');
    expect((await refused(open(options('main', { modulePath: text })), 'unavailable')).message).toContain(text);
  });

  test('a token that SoftHSM2 cannot make: the error does not show the PINs', async () => {
    // A line break ends the setting in softhsm2.conf, so that it names no folder that exists.
    const folder = path.join(soft.folder, 'broken\nfolder');
    const making = createSoftToken({ folder, label: 'none', pin: 'secret-pin', soPin: 'secret-so-pin' });
    const error = await refused(making, 'unavailable');
    expect(error.message).toContain('"none"');
    expect(JSON.stringify(error) + String(error.cause) + String(error.stack)).not.toContain('secret-');
  });

  test('profile C without a limit of uses in the hardware', async () => {
    const error = await refused(init(options('limits', { profile: 'C' })), 'unfit');
    expect(error.message).toMatch(/Profile C needs a limit.*SoftHSM2 does not. Profile A or B would do/u);
    for (const useLimit of [LUNA_USAGE_LIMIT, SMARTCARD_HSM_USE_COUNTER]) {
      const hsm = await open(options('limits', { profile: 'C', useLimit }));
      const record = newRecord();
      await refused(hsm.createRecordKey(record, 10), 'unfit');
      // No key without a limit is left behind.
      await refused(hsm.evaluate(record, randomPoint()), 'not-initialised');
      await hsm.close();
    }
  });
});

describe("the log's head", () => {
  test('after a crash between the new object and the old one the newest counts, and the next write cleans up', async () => {
    await init(options('head'));
    const hsm = await open(options('head'));
    expect(await hsm.readHead()).toBeNull();
    for (const text of ['one', 'two', 'three']) await hsm.writeHead(Buffer.from(text));
    const objects = (): Promise<Buffer[]> =>
      intrude('head', (token, session) =>
        findLabelled(token.p11, session, CKO.DATA, LABEL.head).map(
          (object) => token.p11.C_GetAttributeValue(session, object, [{ type: CKA.VALUE }])[0]?.value as Buffer,
        ),
      );
    expect((await objects()).map((value) => value.toString('latin1'))).toEqual(['\0\0\0\0\0\0\0\u0003three']);
    const destroy = vi.spyOn(await binding(), 'C_DestroyObject').mockImplementation(() => {
      throw new Error('the power went');
    });
    await hsm.writeHead(Buffer.from('four'));
    await hsm.writeHead(Buffer.from('five'));
    destroy.mockRestore();
    expect(await objects()).toHaveLength(3);
    await hsm.close();
    const again = await open(options('head'));
    expect(Buffer.from((await again.readHead()) ?? []).toString()).toBe('five');
    await again.writeHead(Buffer.from('six'));
    expect(await objects()).toHaveLength(1);
    expect(Buffer.from((await again.readHead()) ?? []).toString()).toBe('six');
    await again.close();
  });
});

describe('a token that was away', () => {
  /** What a restart of a network HSM does to whoever uses it. */
  async function away(): Promise<void> {
    const p11 = new pkcs11js.PKCS11();
    p11.load(soft.modulePath);
    for (const slot of p11.C_GetSlotList(true)) {
      if (p11.C_GetTokenInfo(slot).label.trim() === 'away') p11.C_CloseAllSessions(slot);
    }
  }

  test('fails what runs, and serves the next by opening it again, with the same keys and counts that go on', async () => {
    await init(options('away'));
    const hsm = await openAndKeep(options('away'));
    const [record, point] = [newRecord(), randomPoint()];
    const answer = await hsm.evaluate(record, point);
    const epoch = await hsm.createEpochKey();
    const mac = await hsm.epochMac(epoch, point);
    await away();
    await refused(hsm.evaluate(record, point), 'unavailable');
    expect(await hsm.evaluate(record, point)).toEqual(answer);
    expect(await hsm.epochMac(epoch, point)).toEqual(mac);
    expect(hsm.counts.oprfDerives).toBeGreaterThanOrEqual(4);
    await hsm.close();
    await refused(hsm.evaluate(record, point), 'unavailable');
  });

  test('with other keys in it when it comes back, it stays shut', async () => {
    await init(options('away'));
    const hsm = await openAndKeep(options('away'));
    await intrude('away', async (token, session) => {
      destroyLabelled(token.p11, session, [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY], LABEL.oprf);
      await makeEcPair(token.p11, session, LABEL.oprf, 'derive', 'never');
    });
    const ask = (each: Hsm): Promise<Uint8Array> => each.evaluate(newRecord(), randomPoint());
    await refused(ask(hsm), 'not-initialised');
    await refused(ask(hsm), 'swapped');
    await refused(ask(hsm), 'swapped');
    await hsm.close();
  });
});
