/** Ranges of files out of snapshots, as previews and players ask for them. */
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOST_BYTES, read } from '../../../main/engine/read.ts';
import { noise } from '../../support/crash-world.ts';
import { entry, flipFile, World } from '../../support/engine.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';

const LARGE = noise('read', 6_000_000);

let world: World;
let first: string;
beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/letter.txt': 'Dear Anna', 'src/large': LARGE, 'src/empty': '' });
  first = (await world.backup([world.at('src')])).snapshotId;
  writeFileSync(world.at('src/letter.txt'), 'Dear Bert');
  await world.backup([world.at('src')]);
});
afterAll(() => world.dispose());

const ask = (name: string, from: number, to: number, snapshotId = first) =>
  read({ destination: world.destination, access: world.key, snapshotId, path: entry(world.at(name)), from, to });

describe('read', () => {
  it('gives any range of a file as it was in that snapshot', async () => {
    expect(Buffer.from((await ask('src/letter.txt', 0, 100)).bytes).toString()).toBe('Dear Anna');
    expect(Buffer.from((await ask('src/letter.txt', 5, 8, 'latest')).bytes).toString()).toBe('Ber');
    for (const [from, to] of [
      [0, 1],
      [0, MOST_BYTES],
      [1_234_567, 5_234_567],
      [5_999_999, 6_000_001],
    ] as const) {
      const { bytes, size } = await ask('src/large', from, to);
      expect(size).toBe(LARGE.length);
      expect(Buffer.compare(bytes, LARGE.subarray(from, to))).toBe(0);
    }
  });

  it('gives nothing behind the end, and nothing of an empty file', async () => {
    expect(await ask('src/letter.txt', 9, 20)).toEqual({ bytes: new Uint8Array(0), size: 9 });
    expect(await ask('src/letter.txt', 500, 600)).toEqual({ bytes: new Uint8Array(0), size: 9 });
    expect(await ask('src/empty', 0, 20)).toEqual({ bytes: new Uint8Array(0), size: 0 });
  });

  it('is bounded, and reads files only', async () => {
    await expect(ask('src/large', 0, MOST_BYTES + 1)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ask('src/large', 2, 1)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ask('src/large', -1, 1)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ask('src/large', 0.5, 1)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(ask('src', 0, 1)).rejects.toMatchObject({ code: 'path-not-found' });
    await expect(ask('src/other', 0, 1)).rejects.toMatchObject({ code: 'path-not-found' });
  });

  it('needs the key', async () => {
    const input = { destination: world.destination, snapshotId: first, path: entry(world.at('src/large')) };
    await expect(read({ ...input, access: world.computer.access, from: 0, to: 1 })).rejects.toMatchObject({
      code: 'locked',
    });
  });

  it('gives no byte that is not proven', async () => {
    await closeSnapshot();
    for (const pack of world.objects('p')) flipFile(pack);
    const halves = [ask('src/large', 0, 3_000_000), ask('src/large', 3_000_000, 6_000_000)];
    const codes = (await Promise.allSettled(halves)).map((half) =>
      half.status === 'rejected' ? (half.reason as { code: string }).code : 'whole',
    );
    expect(codes).toContain('object-damaged');
    for (const pack of world.objects('p')) flipFile(pack);
    expect((await ask('src/large', 2_900_000, 3_100_000)).bytes.length).toBe(200_000);
  });
});
