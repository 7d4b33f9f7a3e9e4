import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  gearCut,
  GEAR_WINDOW,
  LOOSE_BITS,
  MAX_CHUNK,
  MIN_CHUNK,
  STRICT_BITS,
  TARGET_CHUNK,
} from '../../main/engine/format/gear.ts';
import { createChunker, RESERVED_BYTES } from '../../main/engine/pipeline/chunker/chunker.ts';
import { chunkerMemory, compiledChunker, fedCuts, referenceCuts, tableOf, wasmCuts } from '../support/chunker.ts';
import { keyOf, makeData, randomData, type MadeData } from '../support/made-data.ts';

interface Vector {
  name: string;
  key: string;
  tableSha256: string;
  data: MadeData;
  dataSha256: string;
  cuts: number[];
}
const vectors = JSON.parse(readFileSync(new URL('../vectors/chunker.json', import.meta.url), 'utf8')) as {
  cases: Vector[];
};

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compiledChunker();
});

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The hash of the 64 bytes before `end`, from its closed formula. */
function hashBefore(table: BigUint64Array, data: Uint8Array, end: number): bigint {
  let hash = 0n;
  for (let i = 0; i < GEAR_WINDOW; i++) hash += table[data[end - 1 - i]!]! << BigInt(i);
  return BigInt.asUintN(64, hash);
}
const opens = (hash: bigint, bits: number): boolean => hash >> BigInt(64 - bits) === 0n;

describe('vectors', () => {
  it.each(vectors.cases)('$name', ({ key, tableSha256, data, dataSha256, cuts }) => {
    const keyBytes = Buffer.from(key, 'hex');
    const table = tableOf(keyBytes);
    const stored = Buffer.alloc(2048);
    table.forEach((value, i) => stored.writeBigUInt64BE(value, i * 8));
    expect(sha256(stored)).toBe(tableSha256);
    const bytes = makeData(data);
    expect(sha256(bytes)).toBe(dataSha256);
    expect(referenceCuts(table, bytes)).toEqual(cuts);
    expect(wasmCuts(module, keyBytes, bytes)).toEqual(cuts);
  });
});

describe('reference and WebAssembly', () => {
  it('cut alike whatever the data, the key and the way the data are fed', () => {
    const data = fc.record({
      seed: fc.integer({ min: 1, max: 0x7fffffff }),
      symbols: fc.constantFrom(1, 2, 4, 16, 64, 256),
      length: fc.oneof(fc.integer({ min: 0, max: 5_500_000 }), fc.integer({ min: MIN_CHUNK - 5, max: MIN_CHUNK + 5 })),
    });
    const period = fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, fc.integer({ min: 1, max: 2_000_000 }));
    const pieces = fc.array(fc.integer({ min: 150_000, max: 5_000_000 }), { minLength: 1, maxLength: 6 });
    const run = fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      data,
      period,
      pieces,
      fc.integer({ min: 0, max: 17 }),
      (key, made, repeat, sizes, shift) => {
        const bytes = makeData(repeat === undefined ? made : { ...made, period: repeat });
        const cuts = referenceCuts(tableOf(key), bytes);
        expect(wasmCuts(module, key, bytes)).toEqual(cuts);
        expect(fedCuts(module, key, bytes, sizes, shift)).toEqual(cuts);
        expect(cuts.reduce((sum, cut) => sum + cut, 0)).toBe(bytes.length);
        expect(cuts.every((cut) => cut <= MAX_CHUNK)).toBe(true);
        expect(cuts.slice(0, -1).every((cut) => cut >= MIN_CHUNK)).toBe(true);
      },
    );
    fc.assert(run, { numRuns: 25 });
  });

  it('cut where the closed formula says, and at no earlier place', () => {
    const table = tableOf(keyOf(20));
    const data = randomData(12_000_000, 20);
    const cuts = referenceCuts(table, data);
    expect(cuts.length).toBeGreaterThan(5);
    let start = 0;
    for (const cut of cuts.slice(0, -1)) {
      expect(opens(hashBefore(table, data, start + cut), cut < TARGET_CHUNK ? STRICT_BITS : LOOSE_BITS)).toBe(true);
      start += cut;
    }
    const first = cuts[0]!;
    for (let length = Math.max(MIN_CHUNK, first - 5_000); length < first; length++) {
      expect(opens(hashBefore(table, data, length), length < TARGET_CHUNK ? STRICT_BITS : LOOSE_BITS)).toBe(false);
    }
  });
});

describe('a planted cut', () => {
  const key = keyOf(21);
  const table = tableOf(key);
  const filler = 7;
  /** 64 bytes whose hash has the strict bits zero, and 64 whose hash has only the loose ones. */
  let strict: Uint8Array;
  let loose: Uint8Array;

  beforeAll(() => {
    const data = randomData(24_000_000, 21);
    let end = 0;
    for (const cut of wasmCuts(module, key, data).slice(0, -1)) {
      end += cut;
      const window = data.slice(end - GEAR_WINDOW, end);
      if (opens(hashBefore(table, window, GEAR_WINDOW), STRICT_BITS)) strict = window;
      else loose = window;
    }
    expect(strict).toHaveLength(GEAR_WINDOW);
    expect(loose).toHaveLength(GEAR_WINDOW);
  });

  /** A file of `length` bytes of filler with the window ending at `end`. */
  function planted(window: Uint8Array, end: number, length: number): Uint8Array {
    const data = new Uint8Array(length).fill(filler);
    data.set(window.subarray(0, length - end + GEAR_WINDOW), end - GEAR_WINDOW);
    return data;
  }
  function firstCut(data: Uint8Array, final: boolean): number {
    const memory = chunkerMemory(data.length);
    const chunker = createChunker(memory, module, key);
    new Uint8Array(memory.buffer).set(data, RESERVED_BYTES);
    const cut = chunker.nextCut(RESERVED_BYTES, data.length, final);
    expect(gearCut(table, data, 0, final)).toBe(cut);
    return cut;
  }

  const ends = [MIN_CHUNK, MIN_CHUNK + 1, MIN_CHUNK + 2, MIN_CHUNK + 3, TARGET_CHUNK - 1, TARGET_CHUNK];
  it.each([...ends, TARGET_CHUNK + 1, 2_000_003, MAX_CHUNK - 1, MAX_CHUNK])('is found at %i', (end) => {
    for (const after of [0, 1, 2, 3]) {
      expect(firstCut(planted(strict, end, end + after), false)).toBe(end);
    }
    expect(firstCut(planted(strict, end, end - 1), false)).toBe(0);
    expect(firstCut(planted(strict, end, end - 1), true)).toBe(end - 1);
  });

  it.each(ends)(
    'at %i is not seen while the last bytes before it are not given, though they lie in the memory',
    (end) => {
      const memory = chunkerMemory(end);
      const chunker = createChunker(memory, module, key);
      new Uint8Array(memory.buffer).set(planted(strict, end, end), RESERVED_BYTES);
      for (const missing of [1, 2, 3, 4, 5]) {
        expect(chunker.nextCut(RESERVED_BYTES, end - missing, false)).toBe(0);
        expect(chunker.nextCut(RESERVED_BYTES, end - missing, true)).toBe(end - missing);
      }
      expect(chunker.nextCut(RESERVED_BYTES, end, false)).toBe(end);
    },
  );

  it('beyond the maximum is not looked at', () => {
    for (const past of [1, 2, 3])
      expect(firstCut(planted(strict, MAX_CHUNK + past, MAX_CHUNK + 9), false)).toBe(MAX_CHUNK);
  });

  it('before the minimum is not looked at', () => {
    const data = planted(strict, MIN_CHUNK - 1, MIN_CHUNK + 1000);
    expect(firstCut(data, false)).toBe(0);
    expect(firstCut(data, true)).toBe(data.length);
  });

  it('needs the strict bits below the target and the loose ones from there on', () => {
    expect(firstCut(planted(loose, TARGET_CHUNK - 1, TARGET_CHUNK + 500), false)).toBe(0);
    expect(firstCut(planted(loose, TARGET_CHUNK, TARGET_CHUNK + 500), false)).toBe(TARGET_CHUNK);
  });

  it('does not depend on what lies more than 64 bytes before it', () => {
    for (const other of [0, 1, 99, 255]) {
      const data = planted(strict, MIN_CHUNK, MIN_CHUNK + 9);
      data.fill(other, 0, MIN_CHUNK - GEAR_WINDOW);
      expect(firstCut(data, false)).toBe(MIN_CHUNK);
    }
  });
});

describe('the interface', () => {
  const key = keyOf(22);

  it('asks for more, never for more than the largest chunk', () => {
    const chunker = createChunker(chunkerMemory(MAX_CHUNK + 1), module, key);
    for (const length of [0, 1, MIN_CHUNK, TARGET_CHUNK, MAX_CHUNK - 1]) {
      expect(chunker.nextCut(RESERVED_BYTES, length, false)).toBe(0);
      expect(chunker.nextCut(RESERVED_BYTES, length, true)).toBe(length);
    }
    expect(chunker.nextCut(RESERVED_BYTES, MAX_CHUNK, false)).toBe(MAX_CHUNK);
    expect(chunker.nextCut(RESERVED_BYTES, MAX_CHUNK + 1, true)).toBe(MAX_CHUNK);
  });

  it('goes on working when the memory has grown', () => {
    const memory = chunkerMemory(65536);
    const chunker = createChunker(memory, module, key);
    memory.grow(64);
    const data = randomData(4_000_000, 22);
    new Uint8Array(memory.buffer).set(data, RESERVED_BYTES + 3);
    expect(chunker.nextCut(RESERVED_BYTES + 3, data.length, true)).toBe(gearCut(tableOf(key), data, 0, true));
  });

  it('writes nothing above the reserved part', () => {
    const memory = chunkerMemory(2_000_000);
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(randomData(2_000_000, 23), RESERVED_BYTES);
    const before = sha256(bytes.subarray(RESERVED_BYTES));
    createChunker(memory, module, key).nextCut(RESERVED_BYTES, 2_000_000, true);
    expect(sha256(bytes.subarray(RESERVED_BYTES))).toBe(before);
  });

  it('refuses places outside the memory or inside the reserved part, and keys of another size', () => {
    const memory = chunkerMemory(65536);
    const chunker = createChunker(memory, module, key);
    expect(() => chunker.nextCut(RESERVED_BYTES - 1, 10, true)).toThrow(RangeError);
    expect(() => chunker.nextCut(RESERVED_BYTES, 65537, true)).toThrow(RangeError);
    expect(() => chunker.nextCut(RESERVED_BYTES, -1, true)).toThrow(RangeError);
    expect(() => createChunker(memory, module, new Uint8Array(31))).toThrow(RangeError);
  });
});
