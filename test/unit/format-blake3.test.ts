import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  isRight,
  nativeKeyedBlake3,
  portableKeyedBlake3,
  type KeyedHash,
  type NativePackage,
} from '../../main/engine/format/keyed-blake3.ts';
import { made, vectors } from '../support/format.ts';

const V = vectors<{ key: string; hashes: [number, string][] }>('blake3.json');
const key = Buffer.from(V.key);

function native(of: Uint8Array): KeyedHash {
  const hash = nativeKeyedBlake3(of);
  if (hash === null) throw new Error('the package has no binary for this system');
  return hash;
}

it('is taken from no package that hashes otherwise', () => {
  const by = (hash: (data: Buffer) => Buffer): NativePackage => ({
    Blake3Hasher: {
      newKeyed: (given) => {
        let data = Buffer.alloc(0);
        return {
          reset: () => (data = Buffer.alloc(0)),
          update(more) {
            data = Buffer.concat([data, more]);
            return this;
          },
          digest: () => hash(Buffer.concat([given, data])).toString('hex'),
        };
      },
    },
  });
  const right = (all: Buffer): Buffer => portableKeyedBlake3(all.subarray(0, 32))(all.subarray(32));
  expect(isRight(by(right))).toBe(true);
  // Wrong for what is longer than a chunk only.
  expect(isRight(by((all) => (all.length > 1056 ? Buffer.alloc(32) : right(all))))).toBe(false);
});

describe.each([
  ['native', native],
  ['portable', portableKeyedBlake3],
])('%s keyed BLAKE3', (_, keyed) => {
  it('gives the published hashes', () => {
    const hash = keyed(key);
    for (const [length, expected] of V.hashes) {
      expect(hash(Uint8Array.from({ length }, (__, i) => i % 251)).toString('hex')).toBe(expected);
    }
  });

  it('takes no key but of 32 bytes', () => {
    expect(() => keyed(made(31, 1))(made(5, 2))).toThrow();
  });
});

it('is the same both ways, for views into larger memory too', () => {
  const memory = made(300_000, 3);
  const [one, other] = [native(key), portableKeyedBlake3(key)];
  fc.assert(
    fc.property(fc.nat(150_000), fc.nat(150_000), (from, length) => {
      const view = memory.subarray(from, from + length);
      expect(one(view)).toEqual(other(view));
    }),
    { numRuns: 50 },
  );
});
