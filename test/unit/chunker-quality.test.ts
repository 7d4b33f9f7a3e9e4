import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_CHUNK, MIN_CHUNK, TARGET_CHUNK } from '../../main/engine/format/gear.ts';
import { compiledChunker, wasmCuts } from '../support/chunker.ts';
import { keyOf, makeData, randomData } from '../support/made-data.ts';

const MIB = 1024 * 1024;
const ALPHABETS = [2, 4, 256];

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compiledChunker();
});

/** Random data of few symbols; `symbols` is a power of two. */
function fewSymbols(length: number, seed: number, symbols: number): Uint8Array {
  const data = randomData(length, seed);
  if (symbols < 256) for (let i = 0; i < length; i++) data[i] = data[i]! & (symbols - 1);
  return data;
}

function chunkIds(key: Uint8Array, data: Uint8Array): { id: string; length: number }[] {
  let at = 0;
  return wasmCuts(module, key, data).map((length) => {
    const id = createHash('sha256')
      .update(data.subarray(at, at + length))
      .digest('base64');
    at += length;
    return { id, length };
  });
}

/** Bytes of `after`'s chunks that `before` does not have. */
function storedAgain(key: Uint8Array, before: Uint8Array, after: Uint8Array): number {
  const known = new Set(chunkIds(key, before).map(({ id }) => id));
  return chunkIds(key, after).reduce((sum, { id, length }) => (known.has(id) ? sum : sum + length), 0);
}

function inserted(data: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  return Buffer.concat([data.subarray(0, at), bytes, data.subarray(at)]);
}

describe('chunk sizes', () => {
  // By the definition: 256 KiB are skipped, then a cut has probability 2^-22 a byte up to 1 MiB and 2^-18 after, which
  // makes a mean of 1.14 MiB, 17 % of cuts before the target and next to none at the maximum.
  it.each(ALPHABETS)('of random data over %i symbols have the mean and spread of the definition', (symbols) => {
    const sizes: number[] = [];
    for (let key = 0; key < 8; key++) {
      sizes.push(...wasmCuts(module, keyOf(key), fewSymbols(16 * MIB, 100 + key, symbols)).slice(0, -1));
    }
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(mean).toBeGreaterThan(1.02 * MIB);
    expect(mean).toBeLessThan(1.26 * MIB);
    const early = sizes.filter((size) => size < TARGET_CHUNK).length / sizes.length;
    expect(early).toBeGreaterThan(0.08);
    expect(early).toBeLessThan(0.28);
    expect(sizes.filter((size) => size === MAX_CHUNK)).toEqual([]);
  });

  it('of a run of one byte are all alike, whatever the key', () => {
    for (let key = 0; key < 6; key++) {
      const sizes = wasmCuts(module, keyOf(key), makeData({ byte: key, length: 9 * MIB })).slice(0, -1);
      expect(new Set(sizes).size).toBe(1);
      expect([MIN_CHUNK, TARGET_CHUNK, MAX_CHUNK]).toContain(sizes[0]);
    }
  });

  it('of periodic data are soon all alike', () => {
    for (const period of [2, 64, 4096, 65536]) {
      const data = makeData({ seed: 9, period, length: 21 * MIB });
      const ids = chunkIds(keyOf(period), data).slice(0, -1);
      expect(ids.every(({ length }) => length >= MIN_CHUNK)).toBe(true);
      expect(new Set(ids.map(({ id }) => id)).size).toBeLessThanOrEqual(2);
    }
  });
});

describe('an insertion', () => {
  it.each(ALPHABETS)('at the front of data of %i symbols stores few bytes again', (symbols) => {
    const again: number[] = [];
    for (let key = 0; key < 5; key++) {
      const data = fewSymbols(16 * MIB, 200 + key, symbols);
      again.push(storedAgain(keyOf(key), data, inserted(data, 0, randomData(1 + key * 37, 300 + key))));
    }
    const mean = again.reduce((sum, bytes) => sum + bytes, 0) / again.length;
    expect(mean).toBeLessThan(4 * MIB);
    expect(Math.max(...again)).toBeLessThan(12 * MIB);
  });

  it('in the middle leaves the chunks before it as they were', () => {
    const data = randomData(24 * MIB, 400);
    const key = keyOf(400);
    const sizes = wasmCuts(module, key, data);
    const changed = wasmCuts(module, key, inserted(data, 12 * MIB, new Uint8Array([1, 2, 3])));
    let end = 0;
    const untouched = sizes.filter((size) => (end += size) <= 12 * MIB);
    expect(untouched.length).toBeGreaterThan(5);
    expect(changed.slice(0, untouched.length)).toEqual(untouched);
    expect(changed.slice(-3)).toEqual(sizes.slice(-3));
  });
});

describe('the key', () => {
  it('decides the cuts: two keys share none', () => {
    const data = randomData(16 * MIB, 500);
    const ends = (key: number): Set<number> => {
      let end = 0;
      return new Set(
        wasmCuts(module, keyOf(key), data)
          .slice(0, -1)
          .map((size) => (end += size)),
      );
    };
    const one = ends(1);
    expect([...ends(2)].filter((end) => one.has(end))).toEqual([]);
  });
});
