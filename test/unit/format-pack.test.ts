import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isTable,
  MAX_BLOCK_RAW,
  openTable,
  openTrailer,
  PackTable,
  sealTable,
  sealTrailer,
  TableBuilder,
  tablePlaintextBytes,
  TRAILER_BYTES,
  type BlobEntry,
  type BlockEntry,
} from '../../main/engine/format/pack.ts';
import { bytes, codeOf, flipped, made, vectors } from '../support/format.ts';

const V = vectors<{
  size: number;
  blocks: (BlockEntry & { tag: string })[];
  blobs: (Omit<BlobEntry, 'id'> & { id: string })[];
  table: string;
  key: string;
  aad: string;
  sealedTable: string;
  sealedTrailer: string;
  tableOffset: number;
}>('table.json');

const hashOfAll = (parts: Uint8Array[]): Uint8Array => createHash('sha256').update(Buffer.concat(parts)).digest();

const HEADER = 1232;
const SIZE = 2 ** 31;

function build(blocks: (BlockEntry & { tag: Uint8Array })[], blobs: BlobEntry[]): Uint8Array {
  const builder = new TableBuilder();
  for (const { tag, ...block } of blocks) builder.addBlock(block, tag);
  for (const blob of blobs) builder.addBlob(blob, blob.block);
  return builder.finish();
}
const open = (table: Uint8Array, size = SIZE, header = HEADER): PackTable => new PackTable(table, size, header, 'It');
const codeOfTable = (table: Uint8Array, size?: number, header?: number) => codeOf(() => open(table, size, header));
const tag = made(16, 1);

/** Well-formed tables: blocks without gaps, blobs inside their blocks. */
const layout = fc
  .array(
    fc.record({
      stored: fc.integer({ min: 17, max: 5_000_000 }),
      raw: fc.integer({ min: 1, max: MAX_BLOCK_RAW }),
      cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 }),
    }),
    { maxLength: 12 },
  )
  .map((list) => {
    let offset = HEADER;
    const blobs: BlobEntry[] = [];
    const blocks = list.map(({ stored, raw, cuts }, block) => {
      let from = 0;
      for (const cut of [...cuts.map((c) => Math.floor(c * raw)).sort((a, b) => a - b), raw]) {
        blobs.push({
          id: made(32, blobs.length),
          kind: 1 + (blobs.length % 3),
          block,
          offset: from,
          length: cut - from,
        });
        from = cut;
      }
      const entry = { offset, stored, raw, tag: made(16, block) };
      offset += stored;
      return entry;
    });
    return { blocks, blobs, end: offset };
  });

describe('pack tables', () => {
  it('are what the vectors say', () => {
    const blocks = V.blocks.map((b) => ({ ...b, tag: bytes(b.tag) }));
    const blobs = V.blobs.map((b) => ({ ...b, id: bytes(b.id) }));
    const table = build(blocks, blobs);
    expect(Buffer.from(table).toString('hex')).toBe(V.table);
    const key = bytes(V.key);
    const aad = bytes(V.aad);
    expect(Buffer.concat([...sealTable(key, aad, table)]).toString('hex')).toBe(V.sealedTable);
    const trailer = {
      tableOffset: V.tableOffset,
      tableLength: V.sealedTable.length / 2,
      blockCount: 2,
      blobCount: 3,
    };
    expect(Buffer.from(sealTrailer(key, aad, trailer)).toString('hex')).toBe(V.sealedTrailer);
    expect(openTrailer(key, aad, bytes(V.sealedTrailer), V.size, 'It')).toEqual(trailer);
    expect(openTable(key, aad, bytes(V.sealedTable), 'It')).toEqual(bytes(V.table));
    expect(bytes(V.sealedTrailer).length).toBe(TRAILER_BYTES);
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(layout, ({ blocks, blobs, end }) => {
        const bytes = build(blocks, blobs);
        expect(bytes.length).toBe(tablePlaintextBytes(blocks.length, blobs.length));
        const table = open(bytes, end + TRAILER_BYTES);
        expect([table.blockCount, table.blobCount]).toEqual([blocks.length, blobs.length]);
        expect(blocks.map((_, i) => table.block(i))).toEqual(blocks.map(({ tag: _, ...block }) => block));
        expect(blobs.map((_, i) => table.blob(i))).toEqual(blobs);
        const tags = blocks.map((block) => block.tag);
        expect(table.matchesTagsHash(hashOfAll(tags))).toBe(true);
        if (blocks.length > 1) expect(table.matchesTagsHash(hashOfAll([...tags].reverse()))).toBe(false);
        expect(table.matchesTagsHash(hashOfAll([...tags, tag]))).toBe(false);
        expect(codeOfTable(bytes, end + TRAILER_BYTES - 1)).toBe('object-damaged');
      }),
    );
  });

  it.each<[string, BlockEntry[], Omit<BlobEntry, 'id'>[]]>([
    ['a gap before the first block', [{ offset: HEADER + 1, stored: 100, raw: 100 }], []],
    ['a block in the header', [{ offset: 0, stored: 100, raw: 100 }], []],
    ['a block of a tag alone', [{ offset: HEADER, stored: 16, raw: 1 }], []],
    ['a block of nothing', [{ offset: HEADER, stored: 17, raw: 0 }], []],
    ['a block larger than 4 MiB', [{ offset: HEADER, stored: 100, raw: MAX_BLOCK_RAW + 1 }], []],
    ['a block of 4 GiB', [{ offset: HEADER, stored: 0xffffffff, raw: 100 }], []],
    [
      'blocks that overlap',
      [
        { offset: HEADER, stored: 100, raw: 100 },
        { offset: HEADER + 99, stored: 100, raw: 100 },
      ],
      [],
    ],
    [
      'blocks in descending order',
      [
        { offset: HEADER + 100, stored: 100, raw: 100 },
        { offset: HEADER, stored: 100, raw: 100 },
      ],
      [],
    ],
    [
      'a blob of a block that is not there',
      [{ offset: HEADER, stored: 100, raw: 100 }],
      [{ kind: 1, block: 1, offset: 0, length: 1 }],
    ],
    [
      'a blob past the end of its block',
      [{ offset: HEADER, stored: 100, raw: 100 }],
      [{ kind: 1, block: 0, offset: 1, length: 100 }],
    ],
    [
      'a blob whose end is past 2^32',
      [{ offset: HEADER, stored: 100, raw: 100 }],
      [{ kind: 1, block: 0, offset: 0xffffffff, length: 1 }],
    ],
    ['a blob without any block', [], [{ kind: 1, block: 0, offset: 0, length: 0 }]],
  ])('refuse %s', (_, blocks, blobs) => {
    const table = build(
      blocks.map((block) => ({ ...block, tag })),
      blobs.map((blob) => ({ ...blob, id: made(32, 1) })),
    );
    expect(codeOfTable(table)).toBe('object-damaged');
  });

  it('refuse lengths that do not fit, counts of 2^32 and blocks past the end', () => {
    const table = build([{ offset: HEADER, stored: 100, raw: 100, tag }], []);
    expect(codeOfTable(table)).toBeNull();
    expect(codeOfTable(table, HEADER + 100 + TRAILER_BYTES)).toBeNull();
    expect(codeOfTable(table, HEADER + 100 + TRAILER_BYTES - 1)).toBe('object-damaged');
    expect(codeOfTable(table, SIZE, 112)).toBe('object-damaged');
    for (const length of [0, 7, 39, table.length - 1]) {
      expect(codeOfTable(table.subarray(0, length))).toBe('object-damaged');
    }
    expect(codeOfTable(Buffer.concat([table, new Uint8Array(1)]))).toBe('object-damaged');
    for (const at of [0, 4]) {
      const lying = table.slice();
      lying.fill(0xff, at, at + 4);
      expect(codeOfTable(lying)).toBe('object-damaged');
    }
  });

  it('of random bytes are refused, or hold nothing outside the pack', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.nat(3), fc.infiniteStream(fc.nat(255)), (blocks, blobs, stream) => {
        const random = new Uint8Array(tablePlaintextBytes(blocks, blobs));
        for (let i = 0; i < random.length; i++) random[i] = Number(stream.next().value);
        new DataView(random.buffer).setUint32(0, blocks);
        new DataView(random.buffer).setUint32(4, blobs);
        const code = codeOfTable(random);
        expect(code).toBe(blocks === 0 && blobs === 0 ? null : 'object-damaged');
      }),
    );
  });

  it('without their blobs tell where the same blocks are', () => {
    const block = { offset: HEADER, stored: 100, raw: 300, tag };
    const next = { offset: HEADER + 100, stored: 50, raw: 40, tag };
    const blob = { id: made(32, 2), kind: 1, block: 1, offset: 3, length: 7 };
    const whole = open(build([block, next], [blob]));
    const bare = open(whole.withoutBlobs());
    expect([bare.blockCount, bare.blobCount]).toEqual([2, 0]);
    for (const i of [0, 1]) expect(bare.block(i)).toEqual(whole.block(i));
    expect(bare.matchesTagsHash(hashOfAll([tag, tag]))).toBe(true);
    expect(whole.blob(0)).toEqual(blob);
  });

  it('are known again in pieces, and only those that are the same to the last byte', () => {
    const [key, aad] = [made(32, 1), made(32, 2)];
    // Several slices of 128 KiB, and a rest.
    const table = made(300_001, 3);
    const sealed = new Uint8Array(Buffer.concat([...sealTable(key, aad, table)]));
    const from =
      (bytes: Uint8Array) =>
      (at: number, length: number): Uint8Array =>
        bytes.subarray(at, at + length);
    expect(isTable(key, aad, table, from(sealed), 'It')).toBe(true);
    expect(
      isTable(key, aad, new Uint8Array(0), from(Buffer.concat([...sealTable(key, aad, new Uint8Array(0))])), 'It'),
    ).toBe(true);
    for (const at of [0, 131_072, 300_000]) {
      expect(isTable(key, aad, flipped(table, at), from(sealed), 'It')).toBe(false);
      expect(codeOf(() => isTable(key, aad, table, from(flipped(sealed, at)), 'It'))).toBe('object-damaged');
    }
    expect(codeOf(() => isTable(key, aad, table, from(flipped(sealed, 300_016)), 'It'))).toBe('object-damaged');
    expect(codeOf(() => isTable(made(32, 9), aad, table, from(sealed), 'It'))).toBe('object-damaged');
  });

  it('do not open with another key, other associated data or a changed byte, nor in each other’s place', () => {
    const key = made(32, 1);
    const aad = made(32, 2);
    const sealed = Buffer.concat([...sealTable(key, aad, build([], []))]);
    const trailer = sealTrailer(key, aad, { tableOffset: 1000, tableLength: 56, blockCount: 0, blobCount: 0 });
    const size = 1000 + 56 + TRAILER_BYTES;
    expect(codeOf(() => openTable(key, aad, sealed, 'It'))).toBeNull();
    expect(codeOf(() => openTrailer(key, aad, trailer, size, 'It'))).toBeNull();
    expect(codeOf(() => openTable(made(32, 3), aad, sealed, 'It'))).toBe('object-damaged');
    expect(codeOf(() => openTable(key, made(32, 3), sealed, 'It'))).toBe('object-damaged');
    expect(codeOf(() => openTable(key, aad, trailer, 'It'))).toBe('object-damaged');
    expect(codeOf(() => openTrailer(key, aad, sealed, size, 'It'))).toBe('object-damaged');
    for (let at = 0; at < trailer.length; at++) {
      expect(codeOf(() => openTrailer(key, aad, flipped(trailer, at), size, 'It'))).toBe('object-damaged');
    }
    expect(codeOf(() => openTrailer(key, aad, trailer, size + 1, 'It'))).toBe('object-damaged');
    expect(codeOf(() => openTrailer(key, aad, trailer.subarray(1), size, 'It'))).toBe('object-damaged');
  });

  it.each([
    ['before the pack', { tableOffset: 2 ** 52, tableLength: 10 }],
    ['in the header', { tableOffset: 10, tableLength: 990 }],
    ['of no length', { tableOffset: 1000, tableLength: 0 }],
  ])('are refused where the trailer puts the table %s', (_, place) => {
    const key = made(32, 1);
    const trailer = sealTrailer(key, key, { ...place, blockCount: 0, blobCount: 0 });
    const size = 1000 + TRAILER_BYTES;
    expect(codeOf(() => openTrailer(key, key, trailer, size, 'It'))).toBe('object-damaged');
  });
});
