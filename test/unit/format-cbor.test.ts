import { decode as cborgDecode, type DecodeOptions } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CborReader, decodeCbor, encodeCbor, type Cbor } from '../../main/engine/format/cbor.ts';
import { bytes, codeOf } from '../support/format.ts';

const decode = (hex: string): Cbor => decodeCbor(bytes(hex), 'It');

const value = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.nat(), fc.string()), tie('value')), { maxLength: 5, selector: ([key]) => key })
      .map((pairs): Cbor => new Map(pairs)),
  ),
})).value;

const CBORG: DecodeOptions = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
};

/** By another decoder: what encodes again to the same bytes. Undefined where it is refused. */
function byCborg(data: Uint8Array): { value: Cbor } | undefined {
  try {
    const decoded = cborgDecode(data, CBORG) as Cbor;
    return Buffer.compare(encodeCbor(decoded), data) === 0 && hasPlainKeys(decoded) ? { value: decoded } : undefined;
  } catch {
    return undefined;
  }
}

function hasPlainKeys(decoded: Cbor): boolean {
  if (Array.isArray(decoded)) return decoded.every(hasPlainKeys);
  if (!(decoded instanceof Map)) return true;
  return [...decoded].every(([key, v]) => (typeof key === 'number' || typeof key === 'string') && hasPlainKeys(v));
}

/** Encodings with a few bytes changed, put in or taken out: near to what is right. */
const nearlyRight = fc
  .tuple(value, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat(2)), { maxLength: 2 }))
  .map(([v, changes]) => {
    const data = [...encodeCbor(v)];
    for (const [at, byte, kind] of changes)
      data.splice(at % (data.length + 1), kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]));
    return Uint8Array.from(data);
  });

describe('CBOR', () => {
  it('takes and refuses what another decoder does whose result is encoded again', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(nearlyRight, fc.uint8Array({ maxLength: 12 })), (data) => {
        const expected = byCborg(data);
        if (expected === undefined) {
          refused++;
          expect(codeOf(() => decodeCbor(data, 'It'))).toBe('object-damaged');
        } else {
          taken++;
          expect(decodeCbor(data, 'It')).toEqual(expected.value);
        }
      }),
      { numRuns: 5000 },
    );
    expect(Math.min(taken, refused)).toBeGreaterThan(500);
  });

  it('copies byte strings: what they were read from may be overwritten', () => {
    const data = Buffer.from(encodeCbor([new Uint8Array([1, 2, 3])]));
    const decoded = decodeCbor(data, 'It');
    data.fill(0);
    expect(decoded).toEqual([new Uint8Array([1, 2, 3])]);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(value, (v) => {
        const encoded = encodeCbor(v);
        expect(encodeCbor(decodeCbor(encoded, 'It'))).toEqual(encoded);
        if (!(v instanceof Map)) expect(decodeCbor(encoded, 'It')).toEqual(v);
      }),
    );
  });

  it('has the keys of a map in bytewise order, whatever the order they came in', () => {
    const one = new Map<number | string, Cbor>([
      [100, 1],
      [23, 2],
      ['a', 3],
      [24, 4],
    ]);
    const other = new Map([...one].reverse());
    expect(encodeCbor(one)).toEqual(encodeCbor(other));
    expect(Buffer.from(encodeCbor(one)).toString('hex')).toBe('a41702181804186401616103');
  });

  it.each([
    ['an integer in two bytes that fits into one', '1817'],
    ['a length in two bytes that fits into one', '5801ff'],
    ['keys out of order', 'a202000100'],
    ['a key twice', 'a201000100'],
    ['an array of indefinite length', '9f01ff'],
    ['bytes of indefinite length', '5f41aaff'],
    ['a map of indefinite length', 'bf0100ff'],
    ['an integer as a float', 'f93c00'],
    ['a fraction', 'f93e00'],
    ['a fraction in eight bytes', 'fb3ff8000000000001'],
    ['minus zero', 'f98000'],
    ['not a number', 'f97e00'],
    ['infinity', 'f97c00'],
    ['undefined', 'f7'],
    ['a simple value', 'f820'],
    ['a tag', 'c000'],
    ['a bignum', 'c249010000000000000000'],
    ['text that is not UTF-8', '61ff'],
    ['text with a surrogate', '63eda080'],
    ['nothing', ''],
    ['something after the end', '0000'],
    ['an end before its time', '820'.padEnd(4, '1')],
    ['an array of 2^32 items', '9affffffff'],
    ['bytes of 2^53', '5b0020000000000000'],
    ['a break alone', 'ff'],
    ['a reserved length', '1c'],
  ])('refuses %s', (_, hex) => {
    expect(codeOf(() => decode(hex))).toBe('object-damaged');
  });

  it('refuses what is nested without end, and does not fall over it', () => {
    for (const depth of [1000, 3000, 5000, 10_000, 50_000, 1_000_000]) {
      const nested = new Uint8Array(depth + 1).fill(0x81);
      nested[depth] = 0;
      const code = codeOf(() => decodeCbor(nested, 'It'));
      if (code !== null) expect(code).toBe('object-damaged');
    }
  });

  it('refuses or returns anything, and never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        const code = codeOf(() => decodeCbor(data, 'It'));
        expect([null, 'object-damaged']).toContain(code);
      }),
      { numRuns: 3000 },
    );
  });

  it('is read with types: each miss is damage', () => {
    const r = new CborReader('It');
    const misses: (() => unknown)[] = [
      () => r.map(1),
      () => r.map([]),
      () => r.array(new Map(), 'f'),
      () => r.bytes('text', 'f'),
      () => r.bytes(new Uint8Array(31), 'f', 32),
      () => r.uint(-1, 'f'),
      () => r.uint(2 ** 53, 'f'),
      () => r.uint(1.5, 'f'),
      () => r.uint(decode('1b0020000000000000'), 'f'),
      () => r.int('1', 'f'),
      () => r.text(new Uint8Array(1), 'f'),
      () => r.bool(0, 'f'),
      () => r.bool(undefined, 'f'),
    ];
    for (const miss of misses) expect(codeOf(miss)).toBe('object-damaged');
    expect(r.int(-5, 'f')).toBe(-5);
    expect(r.uint(2 ** 53 - 1, 'f')).toBe(2 ** 53 - 1);
  });
});
