import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../../vault/protocol/bytes.ts';
import {
  checkPoint,
  decodePoint,
  deriveKeyPair,
  encodePoint,
  GENERATOR,
  hashToGroup,
  hashToScalar,
  invertScalar,
  liftFromTwoX,
  multiplySecret,
  publicKeyOf,
  randomScalar,
  twoXQuestion,
} from '../../vault/protocol/p256.ts';
import { bytes } from '../support/format.ts';
import { protocolCode } from '../support/vault/opaque.ts';

const { BASE: G, ZERO, Fn, Fp } = p256.Point;
const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');
const scalar = (k: bigint): Uint8Array => Fn.toBytes(Fn.create(k));
const number = (k: Uint8Array): bigint => BigInt(`0x${hex(k)}`);
const compressed = (x: bigint, head = 2): Uint8Array =>
  bytes(head.toString(16).padStart(2, '0') + x.toString(16).padStart(64, '0'));

/** k times B by arithmetic that shares nothing with node:crypto. */
const plainly = (k: Uint8Array, b: Uint8Array): Uint8Array => p256.Point.fromBytes(b).multiply(number(k)).toBytes(true);
const x = (point: Uint8Array): Uint8Array => point.slice(1);

describe('points', () => {
  it('come back as they were', () => {
    for (let i = 0; i < 20; i++) {
      const point = publicKeyOf(randomScalar());
      expect(encodePoint(decodePoint(point))).toEqual(point);
    }
    expect(hex(GENERATOR)).toBe('036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296');
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['the identity, one byte', Uint8Array.of(0)],
    ['the identity in 33 bytes', new Uint8Array(33)],
    ['33 bytes of 255', new Uint8Array(33).fill(255)],
    ['x = 1, which is on the twist', compressed(1n)],
    ['x = 2, which is on the twist', compressed(2n, 3)],
    ['x = p, for which 0 would stand', compressed(Fp.ORDER)],
    ['x = p + 5, for which 5 would stand', compressed(Fp.ORDER + 5n)],
    ['x = 2^256 - 1', compressed((1n << 256n) - 1n, 3)],
    ['uncompressed', G.toBytes(false)],
    ['uncompressed and cut to 33 bytes', G.toBytes(false).subarray(0, 33)],
    ['hybrid, 6', compressed(number(x(GENERATOR)), 6)],
    ['hybrid, 7', compressed(number(x(GENERATOR)), 7)],
    ['head 0', compressed(number(x(GENERATOR)), 0)],
    ['head 1', compressed(number(x(GENERATOR)), 1)],
    ['head 4', compressed(number(x(GENERATOR)), 4)],
    ['x alone', x(GENERATOR)],
    ['a byte too long', concat(GENERATOR, Uint8Array.of(0))],
    ['a DER octet string', concat(Uint8Array.of(4, 33), GENERATOR)],
  ])('%s is none', (_what, point) => {
    expect(protocolCode(() => checkPoint(point))).toBe('bad-point');
    expect(protocolCode(() => multiplySecret(randomScalar(), point))).toBe('bad-point');
    expect(protocolCode(() => twoXQuestion(point, GENERATOR))).toBe('bad-point');
  });

  it('x = 0 and x = 5 are on the curve, and are taken', () => {
    expect(protocolCode(() => checkPoint(compressed(0n)))).toBeNull();
    expect(protocolCode(() => checkPoint(compressed(5n, 3)))).toBeNull();
    const k = randomScalar();
    expect(multiplySecret(k, compressed(0n))).toEqual(plainly(k, compressed(0n)));
  });

  it('the identity is never written', () => {
    expect(protocolCode(() => encodePoint(ZERO))).toBe('bad-point');
  });
});

describe('multiplication by a secret', () => {
  it('agrees with plain arithmetic', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: Fn.ORDER - 1n }), fc.bigInt({ min: 1n, max: Fn.ORDER - 1n }), (k, b) => {
        const point = G.multiply(b).toBytes(true);
        expect(multiplySecret(scalar(k), point)).toEqual(plainly(scalar(k), point));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, bigint]>([
    ['G', 1n],
    ['-G', -1n],
    ['2G', 2n],
    ['-2G', -2n],
    ['3G', 3n],
  ])('of %s, and by the smallest and largest scalars', (_what, b) => {
    const point = G.multiply(Fn.create(b)).toBytes(true);
    for (const k of [1n, 2n, 3n, Fn.ORDER - 1n, Fn.ORDER - 2n, (Fn.ORDER + 1n) / 2n, number(randomScalar())]) {
      expect(multiplySecret(scalar(k), point)).toEqual(plainly(scalar(k), point));
    }
  });

  it.each<[string, Uint8Array]>([
    ['0', new Uint8Array(32)],
    ['n', bytes(Fn.ORDER.toString(16))],
    ['2^256 - 1', new Uint8Array(32).fill(255)],
    ['one of 31 bytes', new Uint8Array(31).fill(1)],
    ['one of 33 bytes', new Uint8Array(33).fill(1)],
  ])('refuses the scalar %s', (_what, k) => {
    expect(protocolCode(() => multiplySecret(k, GENERATOR))).toBe('malformed');
    expect(protocolCode(() => publicKeyOf(k))).toBe('malformed');
  });

  it('is undone by the inverse', () => {
    for (let i = 0; i < 10; i++) {
      const k = randomScalar();
      expect(Fn.mul(number(k), number(invertScalar(k)))).toBe(1n);
      const point = hashToGroup(k);
      expect(multiplySecret(invertScalar(k), multiplySecret(k, point))).toEqual(point);
    }
  });
});

describe('a point from two x-coordinates', () => {
  const k = randomScalar();
  const pinned = publicKeyOf(k);
  const b = publicKeyOf(randomScalar());
  const [x1, x2] = [b, decodePoint(b).add(G).toBytes(true)].map((point) => x(plainly(k, point))) as [
    Uint8Array,
    Uint8Array,
  ];

  it('is the right one of two', () => {
    expect(liftFromTwoX(x1, x2, pinned)).toEqual(plainly(k, b));
    const negative = decodePoint(b).negate();
    const y2 = x(plainly(k, negative.add(G).toBytes(true)));
    expect(liftFromTwoX(x1, y2, pinned)).toEqual(plainly(k, negative.toBytes(true)));
  });

  it('asks for B and B + G, and for nothing where B is G or -G', () => {
    const question = twoXQuestion(b, pinned);
    if ('known' in question) throw new Error('known');
    expect(question.ask.map((each) => p256.Point.fromBytes(each).toBytes(true))).toEqual([
      b,
      decodePoint(b).add(G).toBytes(true),
    ]);
    expect(question.ask.map((each) => each.length)).toEqual([65, 65]);
    expect(twoXQuestion(GENERATOR, pinned)).toEqual({ known: pinned });
    expect(twoXQuestion(G.negate().toBytes(true), pinned)).toEqual({
      known: decodePoint(pinned).negate().toBytes(true),
    });
  });

  it.each<[string, Uint8Array, Uint8Array, Uint8Array]>([
    ['another key is pinned', x1, x2, publicKeyOf(randomScalar())],
    ['the second answer is of another key', x1, x(publicKeyOf(randomScalar())), pinned],
    ['the first answer is of another key', x(publicKeyOf(randomScalar())), x2, pinned],
    ['the first answer is no x-coordinate', scalar(1n), x2, pinned],
    ['the first answer is too short', x1.subarray(1), x2, pinned],
    ['the second answer is empty', x1, new Uint8Array(0), pinned],
  ])('is null where %s', (_what, one, two, key) => {
    expect(liftFromTwoX(one, two, key)).toBeNull();
  });

  it('of exchanged answers is k times -(B + G): the two must not be mixed up', () => {
    const wrong = decodePoint(b).add(G).negate().toBytes(true);
    expect(liftFromTwoX(x2, x1, pinned)).toEqual(plainly(k, wrong));
  });

  it('is null where the candidate plus K is the identity', () => {
    expect(liftFromTwoX(x(pinned), new Uint8Array(32), pinned)).toBeNull();
  });
});

/** expand_message_xmd of RFC 9380 section 5.3.1 for 48 bytes, then reduced: HashToScalar of RFC 9497 section 4.3. */
function scalarByTheBook(input: Uint8Array): bigint {
  const sha = (...parts: Uint8Array[]): Uint8Array => createHash('sha256').update(Buffer.concat(parts)).digest();
  const dst = Buffer.concat([Buffer.from('HashToScalar-OPRFV1-\0-P256-SHA256'), Uint8Array.of(33)]);
  expect(dst.length).toBe(34);
  const b0 = sha(new Uint8Array(64), input, Uint8Array.of(0, 48, 0), dst);
  const b1 = sha(b0, Uint8Array.of(1), dst);
  const b2 = sha(
    b0.map((byte, i) => byte ^ (b1[i] ?? 0)),
    Uint8Array.of(2),
    dst,
  );
  return number(concat(b1, b2).subarray(0, 48)) % Fn.ORDER;
}

describe('hashing', () => {
  it('to scalars is as RFC 9497 says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (input) => {
        expect(number(hashToScalar(input))).toBe(scalarByTheBook(input));
      }),
    );
  });

  it('of key pairs takes seeds of 32 bytes only', () => {
    expect(protocolCode(() => deriveKeyPair(new Uint8Array(31), new Uint8Array(0)))).toBe('malformed');
  });
});
