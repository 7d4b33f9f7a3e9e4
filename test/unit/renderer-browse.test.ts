import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry, SnapshotInfo } from '../../preload/contract.ts';
import { BULK_ROWS, PAGE_ROWS, entryAt, nextSort, pagesFor, windowsFor } from '../../renderer/screens/browse/paging.ts';
import {
  EVERYTHING,
  NOTHING,
  add,
  countSelected,
  isSelected,
  moveCursor,
  rangeBetween,
  selectOnly,
  toggle,
} from '../../renderer/screens/browse/selection.ts';
import {
  byComputer,
  byDay,
  firstToShow,
  inTime,
  layTimeline,
  nearestTick,
  thin,
} from '../../renderer/screens/browse/snapshots.ts';
import { visibleName, visibleParts } from '../../renderer/components/visible.ts';
import { nameFits, startRow, typeMore } from '../../renderer/components/type-ahead.ts';

function snapshot(part: Partial<SnapshotInfo> & { id: string; at: number }): SnapshotInfo {
  return {
    computer: 'fjord',
    clientId: 'aa',
    thisComputer: true,
    files: 1,
    bytes: 1,
    partial: false,
    damaged: false,
    skipped: 0,
    sources: ['/home'],
    ...part,
  };
}

describe('selection', () => {
  it('counts and answers alike for every sequence of toggles', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.integer({ min: 0, max: 19 })), (all, toggles) => {
        let selection = all ? EVERYTHING : NOTHING;
        const model = new Set<number>(all ? Array.from({ length: 20 }, (_, i) => i) : []);
        for (const n of toggles) {
          selection = toggle(selection, String(n));
          if (!model.delete(n)) model.add(n);
        }
        expect(countSelected(selection, 20)).toBe(model.size);
        for (let i = 0; i < 20; i += 1) expect(isSelected(selection, String(i))).toBe(model.has(i));
      }),
    );
  });

  it('adds back what was left out of everything', () => {
    const allButTwo = toggle(toggle(EVERYTHING, 'a'), 'b');
    expect(countSelected(allButTwo, 100_000)).toBe(99_998);
    expect(countSelected(add(allButTwo, ['a', 'z']), 100_000)).toBe(99_999);
    expect(isSelected(selectOnly(['a']), 'b')).toBe(false);
  });

  it('moves the cursor inside the folder only', () => {
    expect(moveCursor('ArrowDown', -1, 3, 10)).toBe(0);
    expect(moveCursor('ArrowDown', 2, 3, 10)).toBe(2);
    expect(moveCursor('ArrowUp', 0, 3, 10)).toBe(0);
    expect(moveCursor('ArrowUp', -1, 3, 10)).toBe(2);
    expect(moveCursor('PageDown', 0, 100_000, 20)).toBe(19);
    expect(moveCursor('PageUp', 5, 100_000, 20)).toBe(0);
    expect(moveCursor('End', 5, 100_000, 20)).toBe(99_999);
    expect(moveCursor('Home', 5, 0, 20)).toBeNull();
    expect(moveCursor('x', 5, 10, 20)).toBeNull();
    expect(rangeBetween(7, 3)).toEqual({ from: 3, to: 7 });
  });
});

describe('paging', () => {
  it('finds every row of a stretch on the pages asked for, and no page too many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 0, max: 99_999 }),
        fc.integer({ min: 0, max: 99_999 }),
        (total, a, b) => {
          const { from, to } = rangeBetween(Math.min(a, total - 1), Math.min(b, total - 1));
          const pages = pagesFor(from, to, total);
          expect(pages[0]).toBe(Math.floor(from / PAGE_ROWS));
          expect(pages.at(-1)).toBe(Math.floor(to / PAGE_ROWS));
          expect(pages).toHaveLength(Math.floor(to / PAGE_ROWS) - Math.floor(from / PAGE_ROWS) + 1);
        },
      ),
    );
  });

  it('asks for the first page before the size of the folder is known', () => {
    expect(pagesFor(0, 39, null)).toEqual([0]);
    expect(pagesFor(0, 39, 0)).toEqual([0]);
  });

  it('covers a stretch without gaps, within the largest request', () => {
    expect(windowsFor(10, 2_500)).toEqual([
      { offset: 10, limit: BULK_ROWS },
      { offset: 1_010, limit: BULK_ROWS },
      { offset: 2_010, limit: 491 },
    ]);
  });

  it('reads a row from its page', () => {
    const entry = (id: string): Entry => ({
      id,
      name: id,
      kind: 'file',
      size: 1,
      items: null,
      modifiedAt: 1,
      mode: '-rw-r--r--',
      owner: 'me',
      linkTarget: null,
    });
    const pages = new Map([[1, [entry('first'), entry('second')]]]);
    expect(entryAt(pages, PAGE_ROWS + 1)?.id).toBe('second');
    expect(entryAt(pages, 0)).toBeUndefined();
  });

  it('turns the order round on the same column, and starts dates and sizes at the top', () => {
    const byName = { key: 'name', descending: false } as const;
    expect(nextSort(byName, 'name')).toEqual({ key: 'name', descending: true });
    expect(nextSort(byName, 'size')).toEqual({ key: 'size', descending: true });
  });
});

describe('type-ahead', () => {
  it('joins letters typed quickly and starts anew after a pause', () => {
    const first = typeMore(null, 'c', 0);
    expect(typeMore(first, 'h', 500).text).toBe('ch');
    expect(typeMore(first, 'h', 1_500).text).toBe('h');
  });

  it('steps on with one letter again and again, and stays with a word that fits', () => {
    const c = typeMore(null, 'c', 0);
    const cc = typeMore(c, 'c', 100);
    expect(startRow(c, 4)).toBe(5);
    expect(startRow(cc, 5)).toBe(6);
    expect(nameFits('Chapter 1', cc)).toBe(true);
    const ch = typeMore(c, 'h', 100);
    expect(startRow(ch, 5)).toBe(5);
    expect(nameFits('CHAPTER', ch)).toBe(true);
    expect(nameFits('Cover', ch)).toBe(false);
  });
});

describe('snapshots', () => {
  const noon = new Date(2026, 10, 12, 12).getTime();
  const hour = 3_600_000;

  it('puts this computer first and the newest snapshot on top', () => {
    const computers = byComputer([
      snapshot({ id: '1', at: noon, clientId: 'bb', computer: 'studio', thisComputer: false }),
      snapshot({ id: '2', at: noon - hour, computer: 'old name' }),
      snapshot({ id: '3', at: noon - 2 * hour }),
    ]);
    expect(computers.map((one) => one.clientId)).toEqual(['aa', 'bb']);
    expect(computers[0]?.name).toBe('old name');
    expect(computers[0]?.snapshots.map((one) => one.id)).toEqual(['2', '3']);
  });

  it('opens the newest whole snapshot, and a damaged one only when nothing else is there', () => {
    const damaged = snapshot({ id: '1', at: noon, damaged: true });
    const partial = snapshot({ id: '2', at: noon - hour, partial: true });
    const whole = snapshot({ id: '3', at: noon - 2 * hour });
    expect(firstToShow([damaged, partial, whole])?.id).toBe('3');
    expect(firstToShow([damaged, partial])?.id).toBe('2');
    expect(firstToShow([damaged])?.id).toBe('1');
    expect(firstToShow([])).toBeNull();
  });

  it('are compared in the order of time, with the disk as the newest', () => {
    const some = [snapshot({ id: '1', at: 10 }), snapshot({ id: '2', at: 20 })];
    expect(inTime(some, '1', '2')).toEqual({ from: '1', to: '2' });
    expect(inTime(some, '2', '1')).toEqual({ from: '1', to: '2' });
    expect(inTime(some, '2', null)).toEqual({ from: '2', to: null });
    expect(inTime(some, '2', '2')).toEqual({ from: '2', to: '2' });
  });

  it('groups by local day', () => {
    const days = byDay([
      snapshot({ id: '1', at: noon }),
      snapshot({ id: '2', at: noon - 11 * hour }),
      snapshot({ id: '3', at: noon - 13 * hour }),
    ]);
    expect(days.map((day) => day.snapshots.map((one) => one.id))).toEqual([['1', '2'], ['3']]);
  });

  it('lays every snapshot inside its segment, in the order of time', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 * 365 * 24 }), { minLength: 1, maxLength: 60 }), (ages) => {
        const list = ages.map((age, index) =>
          snapshot({ id: String(index), at: noon - age * hour, bytes: 1000 + index * index }),
        );
        const { segments, ticks } = layTimeline(list, noon, 744);
        expect(ticks).toHaveLength(list.length);
        const last = segments.at(-1);
        expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(744.001);
        for (const [index, tick] of ticks.entries()) {
          expect(tick.weight).toBeGreaterThanOrEqual(0);
          expect(tick.weight).toBeLessThanOrEqual(1);
          expect(segments.some((one) => tick.x >= one.x && tick.x <= one.x + one.width)).toBe(true);
          const before = ticks[index - 1];
          if (before !== undefined) expect(tick.x).toBeGreaterThanOrEqual(before.x);
        }
      }),
    );
  });

  it('finds the tick nearest to the pointer', () => {
    const ticks = [
      { id: 'a', x: 10, weight: 1 },
      { id: 'b', x: 40, weight: 1 },
    ];
    expect(nearestTick(ticks, 24)?.id).toBe('a');
    expect(nearestTick(ticks, 26)?.id).toBe('b');
    expect(nearestTick([], 26)).toBeNull();
  });
});

describe('a full line of time', () => {
  it('keeps at most one tick for each step, the tallest of those that lie there', () => {
    const ticks = [
      { id: 'a', x: 0, weight: 0.2 },
      { id: 'b', x: 1, weight: 0.9 },
      { id: 'c', x: 2, weight: 0.4 },
      { id: 'd', x: 3, weight: 0.1 },
    ];
    expect(thin(ticks, 3)).toEqual([
      { id: 'a', x: 0, weight: 0.9 },
      { id: 'd', x: 3, weight: 0.1 },
    ]);
    expect(thin([], 3)).toEqual([]);
  });
});

describe('names that deceive', () => {
  it('writes out what cannot be seen and leaves every other name alone', () => {
    expect(visibleParts('invoice\u202Efdp.exe')).toEqual([
      { text: 'invoice', escaped: false },
      { text: 'U+202E', escaped: true },
      { text: 'fdp.exe', escaped: false },
    ]);
    expect(visibleParts('two\nlines').map((part) => part.text)).toEqual(['two', 'U+000A', 'lines']);
    for (const name of ['', ' spaces ', 'Ünïcode', '名前', 'عربي', '👩‍👩‍👧.png', '\\xff']) {
      expect(visibleParts(name)).toEqual([{ text: name, escaped: false }]);
    }
  });

  it('keeps a right-to-left name from turning the sentence round it', () => {
    expect(visibleName('عربي')).toBe('\u2068عربي\u2069');
  });
});
