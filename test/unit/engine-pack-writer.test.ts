import { randomFillSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PackTable, TRAILER_BYTES } from '../../main/engine/format/pack.ts';
import { TAG_BYTES } from '../../main/engine/format/gcm.ts';
import { paddedPack, padme, shortOfPadded } from '../../main/engine/format/padme.ts';
import { drawShare, isFull, TABLE_BYTES } from '../../main/engine/pipeline/pack-sizes.ts';
import type { SpooledPack } from '../../main/engine/pipeline/pack-writer.ts';
import { madePackWriter } from '../support/made-pack-writer.ts';

const MIB = 1024 * 1024;

let folder: string;
beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'holdfast-packs-'))));
afterEach(async () => await rm(folder, { recursive: true }));

/** Closed packs of a stream of incompressible blocks, the unfinished last one left out. */
function packsOf(targetBytes: number, count: number, blockBytes: (block: number) => number): SpooledPack[] {
  const packs: SpooledPack[] = [];
  const writer = madePackWriter({
    spoolFolder: folder,
    targetBytes,
    takeOrdinal: () => packs.length,
    onPack: (pack) => packs.push(pack),
  });
  const noise = randomFillSync(new Uint8Array(MIB));
  for (let block = 0; packs.length < count; block++) writer.addBlock(noise.subarray(0, blockBytes(block)), []);
  writer.abandon();
  return packs;
}

/** Bytes of random padding between the last block and the table. */
function paddingOf({ size, header, table }: SpooledPack): number {
  const decoded = new PackTable(table, size, header.length, 'a pack');
  const last = decoded.block(decoded.blockCount - 1);
  return size - table.length - TAG_BYTES - TRAILER_BYTES - last.offset - last.stored;
}

it('packs end where little padding is needed: about half of what it is by chance, or less', () => {
  const packs = packsOf(16 * MIB, 8, (block) => 50_000 + ((block * 7919) % 60_000));
  const padding = packs.reduce((sum, pack) => sum + paddingOf(pack), 0);
  const bytes = packs.reduce((sum, { size }) => sum + size, 0);
  // By chance half a step of 256 KiB, 0.9 %.
  expect(padding / bytes).toBeLessThan(0.005);
  for (const { size } of packs) {
    expect(size).toBe(padme(size));
    expect(size).toBeGreaterThan(16 * MIB * (3 / 4 - 1 / 16));
    expect(size).toBeLessThanOrEqual(padme(16 * MIB + 110_000 + 4096));
  }
});

it('packs of up to 8 MiB wait for their size, whatever the padding', () => {
  for (const { size, header, table } of packsOf(4 * MIB, 3, () => 100_000)) {
    expect([4 * MIB, 8 * MIB]).toContain(size);
    const { blockCount } = new PackTable(table, size, header.length, 'a pack');
    expect(blockCount * 100_000).toBeGreaterThan(2.9 * MIB);
  }
});

it('packs of tiny blobs end when their table is full, padded to a size of Padmé’s', () => {
  const packs: SpooledPack[] = [];
  const writer = madePackWriter({
    spoolFolder: folder,
    targetBytes: 64 * MIB,
    takeOrdinal: () => packs.length,
    onPack: (pack) => packs.push(pack),
  });
  const noise = randomFillSync(new Uint8Array(MIB));
  for (let block = 0; packs.length < 3; block++) {
    const raw = noise.subarray(0, 400_000 + ((block * 7919) % 200_000));
    const length = 150;
    const blobs = Array.from({ length: Math.floor(raw.length / length) }, (_, i) => {
      const id = new Uint8Array(32);
      new DataView(id.buffer).setUint32(0, i);
      return { id, kind: 0, offset: i * length, length };
    });
    writer.addBlock(raw, blobs);
  }
  writer.abandon();
  for (const pack of packs) {
    expect(pack.table.length).toBeGreaterThan(TABLE_BYTES * (3 / 4 - 1 / 16));
    expect(pack.table.length).toBeLessThan(TABLE_BYTES + 200_000);
    expect(pack.size).toBe(padme(pack.size));
    // A step of Padmé's at these sizes: with so few packs, how much less it is stays chance.
    expect(paddingOf(pack) / pack.size).toBeLessThan(1 / 32);
  }
});

it('how short of its padded size a pack is, as a share of the step to the next', () => {
  expect([1, 8 * MIB].map(shortOfPadded)).toEqual([1, 1]);
  expect(shortOfPadded(60 * MIB)).toBe(0);
  expect(shortOfPadded(60 * MIB - MIB / 4)).toBe(0.25);
  fc.assert(
    fc.property(fc.integer({ min: 8 * MIB + 1, max: 1024 * MIB }), (length) => {
      const share = shortOfPadded(length);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThan(1);
      expect(share === 0).toBe(padme(length) === length);
    }),
  );
});

/** Stored size of a full pack of these blocks, each of so many blobs, in bytes. */
function sizeOf(blocks: readonly number[], fullBytes: number, blobs = 1): number {
  const share = drawShare();
  let size = 1232;
  let tail = 0;
  for (const block of blocks) {
    size += block;
    tail += 12 + 45 * blobs;
    if (isFull({ size, tail, share, fullBytes })) break;
  }
  return paddedPack(size + tail);
}

it.each([
  ['blocks', 1, 0.18],
  ['tables', 3000, 0.25],
])('where a pack ends is left to chance: the same blocks make packs of many sizes, full of %s', (_, blobs, most) => {
  let same = 0;
  for (let stream = 0; stream < 100; stream++) {
    const blocks = Array.from({ length: 400 }, () => MIB * (0.3 + Math.random() / 2));
    const counts = new Map<number, number>();
    for (let run = 0; run < 300; run++) {
      const size = sizeOf(blocks, 64 * MIB, blobs);
      counts.set(size, (counts.get(size) ?? 0) + 1);
    }
    for (const count of counts.values()) same += (count / 300) ** 2 / 100;
  }
  // One in seven is as it was by chance alone, of eight sizes; more than half where contents decide.
  expect(same).toBeLessThan(most);
});
