import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { builtInZstd, nativeZstd, portableZstd, type ZstdCodec } from '../../main/engine/repository/zstd-codecs.ts';
import { rawFrame } from '../../main/engine/repository/zstd-frame.ts';
import {
  compress,
  compressWith,
  decompress,
  decompressWith,
  MAX_LEVEL,
  MIN_LEVEL,
} from '../../main/engine/repository/zstd.ts';
import { makeData, randomData, type MadeData } from '../support/made-data.ts';

const KIB = 1024;
const BLOCK = 128 * KIB;

/** What this Node has; the vectors stand in for the frames of those it has not. */
const codecs = Object.entries({ 'node:zlib': builtInZstd(), native: nativeZstd(), portable: portableZstd() }).filter(
  (entry): entry is [string, ZstdCodec] => entry[1] !== null,
);
const encoders = codecs.filter(([, codec]) => codec.compress !== null);

function damage(work: () => unknown): HoldfastError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(HoldfastError);
    expect(error).toMatchObject({ code: 'object-damaged' });
    return error as HoldfastError;
  }
  throw new Error('Nothing was thrown.');
}

const text = (length: number): Uint8Array => makeData({ seed: 11, symbols: 9, length });

describe('vectors', () => {
  const { frames } = JSON.parse(readFileSync(new URL('../vectors/zstd.json', import.meta.url), 'utf8')) as {
    frames: { maker: string; level: number; data: MadeData; sha256: string; frame: string }[];
  };
  it.each(codecs)('of every maker are read by %s', (_name, codec) => {
    expect(new Set(frames.map(({ maker }) => maker)).size).toBe(3);
    for (const { data, sha256, frame } of frames) {
      const raw = decompressWith(codec, Buffer.from(frame, 'base64'), data.length);
      expect(createHash('sha256').update(raw).digest('hex')).toBe(sha256);
    }
  });
});

describe('round trip', () => {
  const sources = [
    ...[0, 1, 255, 256, 70_000, BLOCK, BLOCK + 1, 3_000_000].map(text),
    makeData({ seed: 12, period: 40_000, length: 700_000 }),
    makeData({ byte: 0, length: 4_194_304 }),
    randomData(600_000, 13),
    Buffer.concat([text(50_000), randomData(300_000, 14), new Uint8Array(200_000), text(90_000)]),
  ];

  it.each(encoders)('from %s to every decoder', (_name, encoder) => {
    for (const source of sources) {
      const frame = compressWith(encoder, source, 1);
      for (const [, decoder] of codecs) {
        expect(Buffer.compare(decompressWith(decoder, frame, source.length), source)).toBe(0);
      }
    }
  });

  it('shrinks what can be shrunk at every level, the same way each time', () => {
    const source = Buffer.concat([text(400_000), randomData(20_000, 15), text(300_000)]);
    for (let level = MIN_LEVEL; level <= MAX_LEVEL; level++) {
      const frame = compress(source, level);
      expect(frame.length).toBeLessThan(source.length * 0.55);
      expect(Buffer.compare(compress(source, level), frame)).toBe(0);
      expect(Buffer.compare(decompress(frame, source.length), source)).toBe(0);
    }
  });

  it('takes views of a WebAssembly memory and keeps none of it', () => {
    const memory = new Uint8Array(new WebAssembly.Memory({ initial: 4 }).buffer);
    const source = text(100_000);
    memory.set(source, 70_001);
    const frame = compress(memory.subarray(70_001, 170_001), 1);
    memory.fill(0);
    memory.set(frame, 3);
    const raw = decompress(memory.subarray(3, 3 + frame.length), source.length);
    memory.fill(0);
    expect(Buffer.compare(raw, source)).toBe(0);
  });

  it('refuses levels outside its range', () => {
    for (const level of [0, MAX_LEVEL + 1, 1.5, Number.NaN])
      expect(() => compress(text(10), level)).toThrow(RangeError);
  });

  it('says what to do where the system has no encoder', () => {
    const error = (() => {
      try {
        return compressWith(portableZstd(), text(10), 1);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toMatchObject({ name: 'HoldfastError', code: 'internal' });
    expect((error as HoldfastError).guidance).toContain('Install Holdfast again');
  });
});

describe('a frame that lies', () => {
  const source = text(300_000);
  const frame = compress(source, 1);

  it.each(codecs)('about its length is refused by %s', (_name, codec) => {
    for (const length of [0, 1, 1000, 299_999, 300_001, 400_000]) {
      damage(() => decompressWith(codec, frame, length));
    }
    // Without a declared length, so that only the decoder can tell.
    const undeclared = rawFrame(source);
    expect(decompressWith(codec, undeclared, 300_000)).toHaveLength(300_000);
    for (const length of [299_999, 300_001]) damage(() => decompressWith(codec, undeclared, length));
  });

  /** Decoding must not even begin. */
  function refused(bytes: Uint8Array, rawLength: number): string {
    const decoder = vi.fn(() => new Uint8Array(rawLength));
    const error = damage(() => decompressWith({ compress: null, decompress: decoder }, bytes, rawLength));
    expect(decoder).not.toHaveBeenCalled();
    return error.detail ?? '';
  }
  const header = [0x28, 0xb5, 0x2f, 0xfd];
  /** A block header: three bytes. */
  function block(type: number, size: number, last: boolean): number[] {
    const value = (size << 3) | (type << 1) | Number(last);
    return [value & 0xff, (value >> 8) & 0xff, value >> 16];
  }

  it('is refused before decoding where its blocks could yield far more than is due', () => {
    const zeros = Array.from({ length: 4096 }, (_, i) => [...block(1, BLOCK, i === 4095), 0]).flat();
    expect(refused(Uint8Array.from([...header, 0, 0x38, ...zeros]), 1_000_000)).toContain('where 1000000 are due');
    const bomb = compressWith(encoders[0]![1], new Uint8Array(64_000_000), 1);
    expect(bomb.length).toBeLessThan(10_000);
    refused(bomb, 1_000_000);
  });

  it('is refused before decoding where it asks for a window or a length out of proportion', () => {
    const end = block(0, 0, true);
    expect(refused(Uint8Array.from([...header, 0, 0xf8, ...end]), 0)).toContain('a window of');
    expect(refused(Uint8Array.from([...header, 0, (14 << 3) | 0, ...end]), 0)).toContain('a window of 16777216');
    expect(refused(Uint8Array.from([...header, 0, (13 << 3) | 1, ...end]), 0)).toContain('a window of 9437184');
    const huge = new Uint8Array(8).fill(0xff);
    expect(refused(Uint8Array.from([...header, 0xe0, ...huge, ...end]), 5)).toContain('declares 18446744073709551615');
  });

  it('is refused before decoding where a block is larger than zstd allows, or all of them are too few', () => {
    const run = (size: number): Uint8Array => Uint8Array.from([...header, 0, 0x48, ...block(1, size, true), 0]);
    expect(refused(run(BLOCK + 1), BLOCK + 1)).toContain(`a block of ${BLOCK + 1} bytes`);
    expect(refused(run(100), 2 ** 40)).toContain('at most 100 bytes');
    for (const [, codec] of codecs) expect(decompressWith(codec, run(BLOCK), BLOCK)).toHaveLength(BLOCK);
  });

  it('is refused where it has a dictionary, a reserved bit or block, another frame or bytes after it', () => {
    const end = block(0, 0, true);
    expect(refused(Uint8Array.from([...header, 1, 0x38, 7, ...end]), 0)).toContain('dictionary');
    expect(refused(Uint8Array.from([...header, 8, 0x38, ...end]), 0)).toContain('reserved');
    expect(refused(Uint8Array.from([...header, 0, 0x38, ...block(3, 0, true)]), 0)).toContain('reserved');
    expect(refused(Buffer.concat([frame, frame]), 600_000)).not.toBe('');
    expect(refused(Buffer.concat([frame, Buffer.from([0])]), 300_000)).toContain('does not end');
    expect(refused(Buffer.concat([frame, Buffer.from('502a4d1800000000', 'hex')]), 300_000)).toContain('does not end');
  });

  it('is refused where it is cut short anywhere', () => {
    const short = compress(text(3000), 1);
    for (let length = 0; length < short.length; length++) refused(short.subarray(0, length), 3000);
  });
});

describe('an encoder that would make what decompress refuses', () => {
  it.each([0, 1, BLOCK, BLOCK + 1, 700_000])('is passed over, and %i bytes are framed as they are', (length) => {
    const source = randomData(length, 16);
    const odd: ZstdCodec = { compress: () => Uint8Array.of(1, 2, 3), decompress: (src) => src };
    const frame = compressWith(odd, source, 1);
    for (const [, decoder] of codecs) {
      expect(Buffer.compare(decompressWith(decoder, frame, length), source)).toBe(0);
    }
  });
});

describe('damage', () => {
  const sources = [text(3000), text(200_000), makeData({ seed: 17, period: 700, length: 5000 }), randomData(400, 18)];
  const frames = sources.map((source) => ({ source, frame: compress(source, 3) }));
  const edits = fc.array(
    fc.record({
      early: fc.boolean(),
      at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      to: fc.nat(255),
    }),
    { minLength: 1, maxLength: 4 },
  );

  it.each(codecs)('anywhere gives an error or the right number of bytes from %s', (name, codec) => {
    const hasty = name === 'portable' ? portableZstd(100) : codec;
    let errors = 0;
    const run = fc.property(fc.constantFrom(...frames), edits, ({ source, frame }, changes) => {
      const bytes = Uint8Array.from(frame);
      for (const { early, at, to } of changes) {
        bytes[Math.floor(at * (early ? Math.min(60, frame.length) : frame.length))] = to;
      }
      try {
        expect(decompressWith(hasty, bytes, source.length)).toHaveLength(source.length);
      } catch (error) {
        errors++;
        if (!(error instanceof HoldfastError && error.code === 'object-damaged')) throw error;
      }
    });
    fc.assert(run, { numRuns: 300 });
    expect(errors).toBeGreaterThan(0);
  });

  it('that sends the portable decoder round in circles is an error too', () => {
    const endless =
      'KLUv/QBYpQMAYEkaF5A3bV24Nky2Gdj+JBFpFruyT++Z3J4DxHFbm3r6qviK7mSQgOeAZj057T1ZJx7/lPpQ84jLB61HxfFtrchvALbU4TZXPlCV' +
      'gYkjcdXpylYwYNraKJjGNYJuWBOtXHnLEmvh1ToGoVkQAgAuUtleag8=';
    const { detail } = damage(() => decompressWith(portableZstd(200), Buffer.from(endless, 'base64'), 162));
    expect(detail).toContain('timed out');
  });
});
