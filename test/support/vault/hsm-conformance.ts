/** What every Hsm must do, in each profile: run over the one in memory and over a real PKCS#11 token. */
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { p256, p256_oprf } from '@noble/curves/nist.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hsm, HsmErrorCode, Profile, RecordKey } from '../../../vault/hsm/hsm.ts';
import { HsmError } from '../../../vault/hsm/hsm.ts';

const { Point } = p256;
const G = Point.BASE;

export function newRecord(): RecordKey {
  return { recordId: randomBytes(32), nonce: randomBytes(32) };
}

export function randomPoint(): Uint8Array {
  return p256.getPublicKey(p256.utils.randomSecretKey(), true);
}

export async function refused(work: Promise<unknown>, code: HsmErrorCode, what?: string): Promise<HsmError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error, what).toBeInstanceOf(HsmError);
  expect((error as HsmError).code, what).toBe(code);
  return error as HsmError;
}

/** Checks r || s over SHA-256(message) with OpenSSL, which shares no code with what made it. */
export function signatureHolds(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  // SubjectPublicKeyInfo of a compressed P-256 point (RFC 5480).
  const der = Buffer.concat([Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'), publicKey]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

const INVALID_POINTS: [name: string, bytes: Uint8Array][] = [
  ['nothing', new Uint8Array(0)],
  ['the identity in one byte', Uint8Array.of(0)],
  ['zeros', new Uint8Array(33)],
  ['x not on the curve', Buffer.concat([Uint8Array.of(2), Buffer.alloc(31), Uint8Array.of(1)])],
  ['x = p', Buffer.from('02ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex')],
  ['x above p', Buffer.concat([Uint8Array.of(3), Buffer.alloc(32, 0xff)])],
  ['uncompressed', G.toBytes(false)],
  ['hybrid prefix', Buffer.concat([Uint8Array.of(6), G.toBytes(true).subarray(1)])],
  ['a byte too many', Buffer.concat([G.toBytes(true), Uint8Array.of(0)])],
];

/** @param device keeps its keys while the Hsm is closed; `open` opens the same one again */
export function hsmConformance(
  name: string,
  profile: Profile,
  makeDevice: () => Promise<{ open(): Promise<Hsm>; dispose(): Promise<void> }>,
): void {
  describe(`${name}, profile ${profile}`, () => {
    let device: { open(): Promise<Hsm>; dispose(): Promise<void> };
    let hsm: Hsm;
    beforeAll(async () => {
      device = await makeDevice();
      hsm = await device.open();
    });
    afterAll(async () => {
      await hsm.close();
      await device.dispose();
    });

    /** A record that can be evaluated. */
    async function record(limit = 1000): Promise<RecordKey> {
      const made = newRecord();
      await hsm.createRecordKey(made, limit);
      return made;
    }

    test('tells its profile and its public keys', () => {
      expect(hsm.profile).toBe(profile);
      expect(hsm.publicKeys.oprf === null).toBe(profile !== 'A');
      const { oprf, ...others } = hsm.publicKeys;
      const keys = [...Object.values(others), ...(oprf === null ? [] : [oprf])];
      for (const key of keys) expect(Point.fromBytes(key).toBytes(true)).toEqual(Uint8Array.from(key));
      expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(keys.length);
    });

    test('evaluates as RFC 9497 does, with one key per record, on 60 random points', async () => {
      const one = await record();
      // kG by B = G, so that an independent implementation can go on from it.
      const publicKey = Point.fromBytes(await hsm.evaluate(one, G.toBytes(true)));
      for (let i = 0; i < 60; i++) {
        const scalar = Point.Fn.fromBytes(p256.utils.randomSecretKey());
        const got = await hsm.evaluate(one, G.multiply(scalar).toBytes(true));
        expect(Buffer.from(got).toString('hex')).toBe(publicKey.multiply(scalar).toHex(true));
      }
    });

    test('two blinds of one input give one output', async () => {
      const one = await record();
      const input = Buffer.from('correct horse battery staple');
      const outputs = [];
      for (let i = 0; i < 2; i++) {
        const { blind, blinded } = p256_oprf.oprf.blind(input);
        outputs.push(p256_oprf.oprf.finalize(input, blind, await hsm.evaluate(one, blinded)));
      }
      expect(outputs[0]).toEqual(outputs[1]);
    });

    test('G, -G, 2G, -2G and -3G come out exactly', async () => {
      const one = await record();
      const publicKey = Point.fromBytes(await hsm.evaluate(one, G.toBytes(true)));
      for (const factor of [1n, 2n, 3n]) {
        const plus = await hsm.evaluate(one, G.multiply(factor).toBytes(true));
        const minus = await hsm.evaluate(one, G.multiply(factor).negate().toBytes(true));
        expect(Point.fromBytes(plus).equals(publicKey.multiply(factor))).toBe(true);
        expect(Point.fromBytes(minus).equals(publicKey.multiply(factor).negate())).toBe(true);
      }
    });

    test('another record, and another nonce of the same record, is another key', async () => {
      const one = await record();
      const otherRecord = { recordId: randomBytes(32), nonce: one.nonce };
      const otherNonce = { recordId: one.recordId, nonce: randomBytes(32) };
      await hsm.createRecordKey(otherRecord, 10);
      await hsm.createRecordKey(otherNonce, 10);
      const point = randomPoint();
      const answers = [];
      for (const each of [one, otherRecord, otherNonce, one]) {
        answers.push(Buffer.from(await hsm.evaluate(each, point)).toString('hex'));
      }
      expect(new Set(answers).size).toBe(3);
      expect(answers[3]).toBe(answers[0]);
    });

    test('refuses what is no point, before the module is asked', async () => {
      const one = await record();
      const wrapKey = await hsm.createWrapKey();
      const before = { ...hsm.counts };
      for (const [kind, bytes] of INVALID_POINTS) {
        await refused(hsm.evaluate(one, bytes), 'bad-point', kind);
        await refused(hsm.akeDh(bytes), 'bad-point', kind);
      }
      expect(hsm.counts).toEqual(before);
      for (const [kind, bytes] of INVALID_POINTS) await refused(hsm.wrapKeyDh(wrapKey.id, bytes), 'bad-point', kind);
      await hsm.destroyWrapKey(wrapKey.id);
    });

    test('counts exactly what the module does', async () => {
      const one = await record();
      const epoch = await hsm.createEpochKey();
      const steps: [() => Promise<unknown>, Partial<Record<keyof Hsm['counts'], number>>][] = [
        [
          () => hsm.evaluate(one, randomPoint()),
          profile === 'A' ? { oprfDerives: 2, hmacs: 1 } : profile === 'B' ? { hmacs: 1 } : { oprfDerives: 2 },
        ],
        [() => hsm.akeDh(randomPoint()), profile === 'B' ? { hmacs: 1 } : { akeDerives: 2 }],
        [() => hsm.akeDh(G.toBytes(true)), profile === 'B' ? { hmacs: 1 } : {}],
        [() => hsm.sign(randomBytes(10)), { signs: 1 }],
        [() => hsm.siteSign(randomBytes(10)), { signs: 1 }],
        [() => hsm.epochMac(epoch, randomBytes(10)), { hmacs: 1 }],
        [() => hsm.writeHead(randomBytes(32)), {}],
      ];
      for (const [work, more] of steps) {
        const expected = { ...hsm.counts };
        for (const [key, count] of Object.entries(more)) expected[key as keyof Hsm['counts']] += count;
        await work();
        expect(hsm.counts).toEqual(expected);
      }
      await hsm.destroyEpochKey(epoch);
    });

    test('50 evaluations and exchanges at once agree with one at a time', async () => {
      const records = await Promise.all([record(), record()]);
      const points = Array.from({ length: 50 }, randomPoint);
      const work = (point: Uint8Array, i: number): Promise<Uint8Array> =>
        i % 3 === 0 ? hsm.akeDh(point) : hsm.evaluate(records[i % 2] ?? records[0], point);
      const before = { ...hsm.counts };
      const together = await Promise.all(points.map(work));
      const after = { ...hsm.counts };
      for (const [i, point] of points.entries()) expect(together[i]).toEqual(await work(point, i));
      if (profile === 'A') {
        expect(after.oprfDerives - before.oprfDerives).toBe(33 * 2);
        expect(after.akeDerives - before.akeDerives).toBe(17 * 2);
      }
    });

    test('the key exchange gives the whole point', async () => {
      for (let i = 0; i < 10; i++) {
        const scalar = p256.utils.randomSecretKey();
        const mine = Point.fromBytes(hsm.publicKeys.ake).multiply(Point.Fn.fromBytes(scalar));
        expect(Buffer.from(await hsm.akeDh(p256.getPublicKey(scalar, true))).toString('hex')).toBe(mine.toHex(true));
      }
      expect(await hsm.akeDh(G.toBytes(true))).toEqual(Uint8Array.from(hsm.publicKeys.ake));
      const negative = Point.fromBytes(hsm.publicKeys.ake).negate().toHex(true);
      expect(Buffer.from(await hsm.akeDh(G.negate().toBytes(true))).toString('hex')).toBe(negative);
    });

    test('receipts and site signatures verify with their own key only', async () => {
      for (const size of [0, 1, 32, 5000]) {
        const message = randomBytes(size);
        const receipt = await hsm.sign(message);
        const site = await hsm.siteSign(message);
        expect(receipt).toHaveLength(64);
        expect(signatureHolds(hsm.publicKeys.receipt, message, receipt)).toBe(true);
        expect(signatureHolds(hsm.publicKeys.site, message, site)).toBe(true);
        expect(signatureHolds(hsm.publicKeys.site, message, receipt)).toBe(false);
        expect(signatureHolds(hsm.publicKeys.receipt, randomBytes(32), receipt)).toBe(false);
      }
    });

    test('wrap keys: made, listed, used, destroyed', async () => {
      const [one, two] = [await hsm.createWrapKey(), await hsm.createWrapKey()];
      expect(one.id).toMatch(/^[0-9a-f]{32}$/u);
      const listed = await hsm.listWrapKeys();
      expect(listed).toHaveLength(2);
      expect(listed).toEqual(expect.arrayContaining([one, two]));
      const scalar = p256.utils.randomSecretKey();
      const mine = p256.getSharedSecret(scalar, one.publicKey, true).subarray(1);
      expect(await hsm.wrapKeyDh(one.id, p256.getPublicKey(scalar, true))).toEqual(Uint8Array.from(mine));
      await hsm.destroyWrapKey(one.id);
      await hsm.destroyWrapKey(one.id);
      expect(await hsm.listWrapKeys()).toEqual([two]);
      await refused(hsm.wrapKeyDh(one.id, randomPoint()), 'not-initialised');
      await hsm.destroyWrapKey(two.id);
    });

    test('epoch keys: made, listed, used, destroyed', async () => {
      const [one, two] = [await hsm.createEpochKey(), await hsm.createEpochKey()];
      expect((await hsm.listEpochKeys()).sort()).toEqual([one, two].sort());
      const message = randomBytes(100);
      const mac = await hsm.epochMac(one, message);
      expect(mac).toHaveLength(32);
      expect(await hsm.epochMac(one, message)).toEqual(mac);
      expect(await hsm.epochMac(two, message)).not.toEqual(mac);
      expect(await hsm.epochMac(one, randomBytes(100))).not.toEqual(mac);
      expect(await hsm.epochMac(one, new Uint8Array(0))).toHaveLength(32);
      await hsm.destroyEpochKey(one);
      await hsm.destroyEpochKey(one);
      await refused(hsm.epochMac(one, message), 'not-initialised');
      await hsm.destroyEpochKey(two);
      expect(await hsm.listEpochKeys()).toEqual([]);
    });

    test('the head is the last one written, also of several at once', async () => {
      const heads = Array.from({ length: 8 }, () => Uint8Array.from(randomBytes(72)));
      await Promise.all(heads.map((head) => hsm.writeHead(head)));
      expect(await hsm.readHead()).toEqual(heads.at(-1));
    });

    test('opened again, it has the same keys and the same head', async () => {
      const one = await record();
      const point = randomPoint();
      const head = Uint8Array.from(randomBytes(40));
      const wrapKey = await hsm.createWrapKey();
      const epoch = await hsm.createEpochKey();
      await hsm.writeHead(head);
      const ask = async (): Promise<unknown> => ({
        keys: hsm.publicKeys,
        evaluated: await hsm.evaluate(one, point),
        exchanged: await hsm.akeDh(point),
        wrap: await hsm.wrapKeyDh(wrapKey.id, point),
        mac: await hsm.epochMac(epoch, point),
        head: await hsm.readHead(),
        lists: [await hsm.listWrapKeys(), await hsm.listEpochKeys()],
      });
      const before = await ask();
      await hsm.close();
      hsm = await device.open();
      expect(hsm.counts).toEqual({ oprfDerives: 0, akeDerives: 0, hmacs: 0, signs: 0 });
      expect(await ask()).toEqual(before);
      await hsm.destroyWrapKey(wrapKey.id);
      await hsm.destroyEpochKey(epoch);
    });

    test('closed, it does nothing more', async () => {
      const other = await device.open();
      await other.close();
      await other.close();
      await refused(other.evaluate(newRecord(), randomPoint()), 'unavailable');
      await refused(other.sign(randomBytes(1)), 'unavailable');
      await refused(other.readHead(), 'unavailable');
      expect(await hsm.sign(randomBytes(1))).toHaveLength(64);
    });

    test.runIf(profile === 'C')('made twice at once, a record still has one key', async () => {
      const one = newRecord();
      await Promise.all([1, 2, 3].map(() => hsm.createRecordKey(one, 5)));
      expect(await hsm.evaluate(one, randomPoint())).toHaveLength(33);
    });

    test.runIf(profile === 'C')('a record has exactly its limit of evaluations, and none once destroyed', async () => {
      const one = await record(3);
      for (let i = 0; i < 3; i++) await hsm.evaluate(one, randomPoint());
      const before = hsm.counts.oprfDerives;
      await refused(hsm.evaluate(one, randomPoint()), 'used-up');
      await hsm.createRecordKey(one, 3);
      await refused(hsm.evaluate(one, randomPoint()), 'used-up');
      expect(hsm.counts.oprfDerives).toBe(before);
      const two = await record(3);
      await hsm.evaluate(two, randomPoint());
      await hsm.destroyRecordKey(two);
      await hsm.destroyRecordKey(two);
      await refused(hsm.evaluate(two, randomPoint()), 'not-initialised');
    });
  });
}
