/** One bit an entry: no two blobs of an index ever share one, however full it is. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { EntryBits } from '../../main/engine/repository/entry-bits.ts';
import { LiveSet } from '../../main/engine/prune-mark.ts';
import { IdWords, SharedIndex } from '../../main/engine/repository/shared-index.ts';

/** As full as tables of it ever are: most entries have a neighbour. */
const COUNT = 200_000;

/** @param expected more than there is room for at once makes several tables */
function filled(expected: number): { index: SharedIndex; ids: Uint8Array[]; entries: number[] } {
  const index = SharedIndex.create(expected);
  const bytes = randomBytes(32 * COUNT);
  const ids = Array.from({ length: COUNT }, (_, i) => new Uint8Array(bytes.subarray(32 * i, 32 * i + 32)));
  const words = new IdWords();
  const entries = ids.map((id) => ~words.load(id).claimIn(index));
  for (const entry of entries) index.publish(entry, { pack: 0, block: 0, offset: 0, length: 1 });
  return { index, ids, entries };
}

describe.each([
  ['in one table', COUNT],
  ['in several tables', 1000],
])('%s', (_what, expected) => {
  it('no entry is in the set before it is added, and each is after it', () => {
    const { entries } = filled(expected);
    const bits = new EntryBits();
    expect(entries.filter((entry) => !bits.add(entry))).toEqual([]);
    expect(entries.filter((entry) => bits.add(entry) || !bits.has(entry))).toEqual([]);
    expect(new EntryBits().has(entries[0] ?? 0)).toBe(false);
  });

  it('every second one alone', () => {
    const { entries } = filled(expected);
    const bits = new EntryBits();
    for (const entry of entries.filter((_, i) => i % 2 === 0)) bits.add(entry);
    expect(entries.filter((entry, i) => bits.has(entry) !== (i % 2 === 0))).toEqual([]);
  });

  it('what snapshots need is marked blob by blob', () => {
    const { index, ids } = filled(expected);
    const live = new LiveSet(index);
    const place = { pack: 0, block: 0, offset: 0, length: 1 };
    const half = ids.filter((_, i) => i % 2 === 0);
    expect(half.filter((id) => live.add(id) !== 'new')).toEqual([]);
    expect(ids.filter((id, i) => live.needs(id, place) !== (i % 2 === 0))).toEqual([]);
    expect(half.filter((id) => live.add(id) !== 'known')).toEqual([]);
    expect([live.blobs, live.bytes, live.lost]).toEqual([half.length, half.length, 0]);
  });
});
