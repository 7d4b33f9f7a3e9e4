import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES, Kind, type SealOptions } from '../../main/engine/format/envelope.ts';
import { TAG_BYTES } from '../../main/engine/format/gcm.ts';
import { SEGMENT_BYTES } from '../../main/engine/format/object.ts';
import { readSealedFile, writeSealedFile } from '../../main/engine/repository/sealed-file.ts';
import { randomData } from '../support/made-data.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-sealed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'file');
const key = randomData(32, 1);
const options: SealOptions = {
  kind: Kind.localCache,
  epoch: 3,
  repoId: randomData(16, 2),
  clientId: randomData(16, 3),
  salt: randomData(32, 4),
  to: { key },
};
const STRIDE = SEGMENT_BYTES + TAG_BYTES;

const read = async (secret: Uint8Array | null = key): Promise<Buffer> =>
  await readSealedFile(file, Kind.localCache, 'It', () => secret);

describe('a sealed file', () => {
  it.each([1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 3 * SEGMENT_BYTES])(
    'of %i bytes opens as it was, however its parts were cut, in shared memory',
    async (length) => {
      const data = randomData(length, length);
      for (const cut of [1000, SEGMENT_BYTES, length]) {
        const parts: Uint8Array[] = [new Uint8Array(0)];
        for (let at = 0; at < length; at += cut) parts.push(data.subarray(at, at + cut));
        await writeSealedFile(file, options, parts);
        const opened = await read();
        expect(Buffer.compare(opened, data)).toBe(0);
        expect(opened.buffer).toBeInstanceOf(SharedArrayBuffer);
      }
    },
  );

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
      await expect(read(), `${bytes.length} bytes`).rejects.toMatchObject({ code: 'object-damaged' });
    }
  });

  it('opens with its own key and kind only', async () => {
    await writeSealedFile(file, options, [randomData(10, 1)]);
    for (const secret of [null, randomData(32, 8)]) {
      await expect(read(secret)).rejects.toMatchObject({ code: 'object-damaged' });
    }
    await expect(readSealedFile(file, Kind.snapshot, 'It', () => key)).rejects.toMatchObject({
      code: 'object-damaged',
    });
  });
});
