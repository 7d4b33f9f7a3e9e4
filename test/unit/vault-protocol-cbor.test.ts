import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64url, toBase64url, u16, u32 } from '../../vault/protocol/bytes.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../vault/protocol/cbor.ts';
import { calls, Ke1, Ke2, Point } from '../../vault/protocol/messages.ts';
import { opaqueContext } from '../../vault/protocol/opaque-keys.ts';
import { PROBLEMS } from '../../vault/protocol/problem.ts';
import { DEFAULT_KSF, KE1_BYTES, KE2_BYTES, RECORD_BYTES, SUITE } from '../../vault/protocol/suite.ts';
import { bytes } from '../support/format.ts';
import { protocolCode } from '../support/vault/opaque.ts';

const hex = (value: Uint8Array): string => Buffer.from(value).toString('hex');

const value = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.maxSafeInteger(),
    fc.string({ unit: 'grapheme' }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

describe('CBOR', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(value, (v) => {
        const encoded = encodeCbor(v);
        expect(encodeCbor(decodeCbor(encoded, 'it'))).toEqual(encoded);
      }),
    );
  });

  it('has its keys in bytewise order, whatever the order they came in', () => {
    const encoded = encodeCbor({ b: 1, aa: 2, a: 3 });
    expect(hex(encoded)).toBe('a361610361620162616102');
    expect(encodeCbor({ aa: 2, a: 3, b: 1 })).toEqual(encoded);
  });

  it('what decodes has one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (junk) => {
        let decoded: Cbor;
        try {
          decoded = decodeCbor(junk, 'it');
        } catch (error) {
          expect(error).toMatchObject({ code: 'malformed' });
          return;
        }
        expect(encodeCbor(decoded)).toEqual(junk);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['an integer in two bytes that fits into one', '1817'],
    ['a length in two bytes that fits into one', '5801ff'],
    ['keys out of order', 'a2616201616102'],
    ['a key twice', 'a2616101616102'],
    ['a number as key', 'a10102'],
    ['an array of indefinite length', '9f01ff'],
    ['bytes of indefinite length', '5f41aaff'],
    ['text of indefinite length', '7f6161ff'],
    ['a map of indefinite length', 'bf616101ff'],
    ['an integer as a float', 'f93c00'],
    ['a fraction', 'f93e00'],
    ['minus zero', 'f98000'],
    ['not a number', 'f97e00'],
    ['undefined', 'f7'],
    ['an integer over 2^53', '1bffffffffffffffff'],
    ['a tag', 'c11a514b67b0'],
    ['text that is no UTF-8', '61ff'],
    ['bytes cut off', '5820aa'],
    ['an array of 2^32 elements', '9affffffff'],
    ['something behind it', '0100'],
    ['nothing', ''],
  ])('refuses %s', (_what, encoded) => {
    expect(protocolCode(() => decodeCbor(bytes(encoded), 'it'))).toBe('malformed');
  });

  it('never writes a fraction or undefined', () => {
    expect(() => encodeCbor(1.5)).toThrow(RangeError);
    expect(() => encodeCbor([undefined as unknown as null])).toThrow(TypeError);
  });
});

describe('base64url', () => {
  it.each(['A', 'AB', 'AA=', 'A A', 'A+', 'A/', 'AAB', 'ä'])('%s is not canonical', (text) => {
    expect(protocolCode(() => fromBase64url(text))).toBe('malformed');
  });

  it('comes back, and has its length checked', () => {
    expect(toBase64url(fromBase64url('AAE', 2))).toBe('AAE');
    expect(protocolCode(() => fromBase64url('AAE', 3))).toBe('malformed');
  });
});

describe('integers', () => {
  it('have 16 and 32 bits and no more', () => {
    expect([...u16(0xfffe), ...u32(0xfffe_fdfc)]).toEqual([255, 254, 255, 254, 253, 252]);
    for (const bad of [-1, 0x1_0000, 1.5, Number.NaN]) expect(() => u16(bad)).toThrow(RangeError);
    for (const bad of [-1, 0x1_0000_0000, 1.5]) expect(() => u32(bad)).toThrow(RangeError);
  });
});

describe('messages', () => {
  it('have the sizes of the suite', () => {
    expect([KE1_BYTES, KE2_BYTES, RECORD_BYTES]).toEqual([98, 259, 129]);
    expect(Ke1.safeParse(toBase64url(new Uint8Array(KE1_BYTES))).success).toBe(true);
    expect(Ke1.safeParse(toBase64url(new Uint8Array(KE1_BYTES - 1))).success).toBe(false);
    expect(Ke2.safeParse(toBase64url(new Uint8Array(KE2_BYTES))).success).toBe(true);
    expect(Ke2.safeParse(toBase64url(new Uint8Array(KE2_BYTES + 1))).success).toBe(false);
  });

  it('have one spelling of bytes', () => {
    const good = toBase64url(new Uint8Array(32));
    const { input } = calls.challenge;
    expect(input.safeParse({ recordId: good }).success).toBe(true);
    // The last character holds 4 bits of data: others that decode to the same bytes are refused.
    for (const bad of [`${good.slice(0, -1)}B`, `${good}=`, `${good} `, good.slice(1), good.replace('A', '+')]) {
      expect(input.safeParse({ recordId: bad }).success).toBe(false);
    }
    expect(Point.safeParse(toBase64url(new Uint8Array(33))).success).toBe(true);
  });

  it('take no field that the schema does not know', () => {
    const recordId = toBase64url(new Uint8Array(32));
    for (const { input } of Object.values(calls)) {
      const issues = input.safeParse({ recordId, more: 1 }).error?.issues ?? [];
      expect(issues.some((issue) => issue.code === 'unrecognized_keys')).toBe(true);
    }
  });

  it('have problems with an HTTP status of an error', () => {
    expect(Object.values(PROBLEMS).every((status) => status >= 400 && status < 600)).toBe(true);
  });
});

describe('the context', () => {
  it('is the CBOR that the specification says', () => {
    const name = (text: string): string => (0x60 + text.length).toString(16) + hex(Buffer.from(text));
    expect(hex(opaqueContext(new Uint8Array(16).fill(1), 10, DEFAULT_KSF))).toBe(
      `85${name('HKV1')}${name(SUITE)}50${'01'.repeat(16)}0a831a000400000304`,
    );
  });
});
