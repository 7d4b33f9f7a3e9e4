import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES, Kind, type SealOptions } from '../../main/engine/format/envelope.ts';
import { TAG_BYTES } from '../../main/engine/format/gcm.ts';
import { SEGMENT_BYTES } from '../../main/engine/format/object.ts';
import { writeSealedFile } from '../../main/engine/repository/sealed-file.ts';
import { SealedReader } from '../../main/engine/repository/sealed-reader.ts';
import { randomData } from '../support/made-data.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-sealed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'file');
const key = randomData(32, 1);
const options: SealOptions = {
  suite: 2,
  kind: Kind.localCache,
  epoch: 3,
  repoId: randomData(16, 2),
  clientId: randomData(16, 3),
  salt: randomData(32, 4),
  to: { key },
};
const STRIDE = SEGMENT_BYTES + TAG_BYTES;

function read(secret: Uint8Array | null = key, kind: number = Kind.localCache): Buffer {
  const reader = SealedReader.open(file, kind, 'It', () => secret);
  try {
    return reader.read(0, reader.length);
  } finally {
    reader.close();
  }
}

describe('a sealed file', () => {
  it.each([1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])(
    'of %i bytes opens as it was, however its parts were cut, for another reader of the open file too',
    async (length) => {
      const data = randomData(length, length);
      for (const cut of [1000, SEGMENT_BYTES, length]) {
        const parts: Uint8Array[] = [new Uint8Array(0)];
        for (let at = 0; at < length; at += cut) parts.push(data.subarray(at, at + cut));
        await writeSealedFile(file, options, parts);
        const reader = SealedReader.open(file, Kind.localCache, 'It', () => key);
        reader.check(0, length);
        for (const one of [reader, new SealedReader(structuredClone(reader.data))]) {
          expect(one.length).toBe(length);
          expect(Buffer.compare(one.read(0, length), data)).toBe(0);
        }
        reader.close();
      }
    },
  );

  it('gives any piece, in any order, with few segments in memory', async () => {
    const data = randomData(10 * SEGMENT_BYTES + 1234, 5);
    await writeSealedFile(file, options, [data]);
    const reader = SealedReader.open(file, Kind.localCache, 'It', () => key);
    const place = fc.nat(data.length);
    fc.assert(
      fc.property(place, place, fc.nat(2000), (a, b, near) => {
        const from = Math.min(a, b);
        for (const to of [Math.max(a, b), Math.min(data.length, from + near)]) {
          expect(Buffer.compare(reader.read(from, to), data.subarray(from, to))).toBe(0);
        }
      }),
    );
    expect(() => reader.read(data.length - 1, data.length + 1)).toThrow(
      expect.objectContaining({ code: 'object-damaged' }),
    );
    reader.close();
    expect(() => reader.read(0, 11 * SEGMENT_BYTES)).toThrow();
  });

  it('is checked whole without being given out', async () => {
    await writeSealedFile(file, options, [randomData(3 * SEGMENT_BYTES + 5, 6)]);
    const whole = readFileSync(file);
    for (const segment of [0, 1, 2, 3]) {
      const changed = Buffer.from(whole);
      changed.writeUInt8(
        changed.readUInt8(HEADER_BYTES + segment * STRIDE + 2) ^ 1,
        HEADER_BYTES + segment * STRIDE + 2,
      );
      writeFileSync(file, changed);
      const reader = SealedReader.open(file, Kind.localCache, 'It', () => key);
      expect(() => reader.check(100, reader.length)).toThrow(expect.objectContaining({ code: 'object-damaged' }));
      reader.check(0, 0);
      reader.close();
    }
  });

  it('that lost its end, also a whole segment, or had two exchanged, is damaged', async () => {
    await writeSealedFile(file, options, [randomData(3 * SEGMENT_BYTES, 9)]);
    const whole = readFileSync(file);
    const segment = (i: number): Buffer => whole.subarray(HEADER_BYTES + i * STRIDE, HEADER_BYTES + (i + 1) * STRIDE);
    const header = whole.subarray(0, HEADER_BYTES);
    const damaged = [
      whole.subarray(0, whole.length - 1),
      whole.subarray(0, HEADER_BYTES + 2 * STRIDE),
      header,
      Buffer.concat([header, segment(1), segment(0), segment(2)]),
      Buffer.concat([whole, segment(2)]),
    ];
    for (const bytes of damaged) {
      writeFileSync(file, bytes);
      expect(() => read(), `${bytes.length} bytes`).toThrow(expect.objectContaining({ code: 'object-damaged' }));
    }
  });

  it('opens with its own key and kind only', async () => {
    await writeSealedFile(file, options, [randomData(10, 1)]);
    for (const secret of [null, randomData(32, 8)]) {
      expect(() => read(secret)).toThrow(expect.objectContaining({ code: 'object-damaged' }));
    }
    expect(() => read(key, Kind.snapshot)).toThrow(expect.objectContaining({ code: 'object-damaged' }));
  });
});
