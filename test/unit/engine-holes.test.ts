/** Holes: as they are noted when a file is read, and as they are left when it is written. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { MAX_HOLES } from '../../main/engine/format/node-extras.ts';
import { HoleList, holesBetween } from '../../main/engine/pipeline/holes.ts';
import { HoleWriter } from '../../main/engine/pipeline/hole-writer.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-holes-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is written of pieces, for a file that had these holes. */
function written(pieces: Uint8Array[], holes: number[] | 'zeros'): Buffer {
  const file = path.join(folder, 'file');
  const fd = openSync(file, 'w');
  const writer = new HoleWriter(fd, holes);
  for (const piece of pieces) writer.write(piece);
  writer.end();
  closeSync(fd);
  return readFileSync(file);
}

describe('a list of holes', () => {
  it('joins what touches, as at the border of two parts', () => {
    const list = new HoleList();
    list.add(0, 10);
    list.addAll([10, 5, 20, 1]);
    list.addAll([]);
    expect(list.value).toEqual([0, 15, 20, 1]);
    list.addAll('zeros');
    expect(list.value).toBe('zeros');
  });

  it('ends where there are too many to list', () => {
    const list = new HoleList();
    for (let i = 0; i < MAX_HOLES; i++) list.add(3 * i, 3 * i + 1);
    expect(list.value).toHaveLength(2 * MAX_HOLES);
    list.add(3 * MAX_HOLES, 3 * MAX_HOLES + 1);
    expect(list.value).toBe('zeros');
  });
});

describe('holes between two places', () => {
  /** A file with data from 10 to 20 and from 30 to 40, 50 bytes long. */
  const extents = {
    data: (_fd: number, at: number) => (at < 10 ? 10 : at < 20 ? at : at < 30 ? 30 : at < 40 ? at : null),
    hole: (_fd: number, at: number) => (at < 10 ? at : at < 20 ? 20 : at < 30 ? at : at < 40 ? 40 : at),
  };
  it('are those of the part, and end with it', () => {
    const all = [[0, 10], [20, 30], [40, 50]]; // prettier-ignore
    expect([...holesBetween(extents, 1, 0, 50)]).toEqual(all);
    expect([...holesBetween(extents, 1, 25, 35)]).toEqual([[25, 30]]);
    expect([...holesBetween(extents, 1, 12, 18)]).toEqual([]);
    expect([...holesBetween(extents, 1, 45, 48)]).toEqual([[45, 48]]);
  });
  it('are not known where the system does not tell, or tells nonsense', () => {
    expect([...holesBetween(null, 1, 0, 50)]).toEqual([null]);
    expect([...holesBetween({ ...extents, data: () => undefined }, 1, 0, 50)]).toEqual([null]);
    expect([...holesBetween({ ...extents, data: () => 0 }, 1, 0, 50)]).toEqual([null]);
  });
});

describe('a file with holes', () => {
  it('holds the contents to the byte, whatever was noted as a hole', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 9000 }),
      fc.nat(20_000).map((length) => new Uint8Array(length)),
    );
    const holes = fc.oneof(
      fc.constant('zeros' as const),
      fc.array(fc.integer({ min: 1, max: 6000 }), { maxLength: 12 }).map((steps) => {
        let at = 0;
        const list = steps.map((step, i) => {
          const number = i % 2 === 0 ? (at += step) : step;
          if (i % 2 === 1) at += step;
          return number;
        });
        return list.length % 2 === 0 ? list : list.slice(0, -1);
      }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), holes, (pieces, list) => {
        expect(Buffer.compare(written(pieces, list), Buffer.concat(pieces))).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
