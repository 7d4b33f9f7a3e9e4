/** Pure parts of the looks across snapshots: the treemap's areas, marks in names. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedText, matchParts } from '../../renderer/screens/browse/search/match-parts.ts';
import { neighbour, squarify } from '../../renderer/screens/browse/sizes/treemap.ts';

describe('treemap', () => {
  const values = fc
    .array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 60 })
    .map((some) => some.sort((a, b) => b - a));
  const side = fc.integer({ min: 50, max: 2000 });

  it('has areas in proportion, inside the frame, none over another', () => {
    fc.assert(
      fc.property(values, side, side, (some, width, height) => {
        const rects = squarify(some, { x: 3, y: 7, width, height });
        const sum = some.reduce((total, value) => total + value, 0);
        for (const [i, rect] of rects.entries()) {
          const wanted = ((some[i] ?? 0) / sum) * width * height;
          expect(Math.abs(rect.width * rect.height - wanted)).toBeLessThan(1e-6 * width * height);
          expect(Math.min(rect.x - 3, rect.y - 7)).toBeGreaterThan(-1e-6);
          expect(rect.x + rect.width - 3 - width).toBeLessThan(1e-6);
          expect(rect.y + rect.height - 7 - height).toBeLessThan(1e-6);
          for (const other of rects.slice(i + 1)) {
            const across = Math.min(rect.x + rect.width, other.x + other.width) - Math.max(rect.x, other.x);
            const down = Math.min(rect.y + rect.height, other.y + other.height) - Math.max(rect.y, other.y);
            expect(Math.min(across, down)).toBeLessThan(1e-6);
          }
        }
      }),
    );
  });

  it('gives what is empty no area, and arrows lead to what lies there', () => {
    const frame = { x: 0, y: 0, width: 100, height: 50 };
    const rects = squarify([50, 50, 0], frame);
    expect(rects[2]).toMatchObject({ width: 0, height: 0 });
    expect(neighbour(rects, 0, 'ArrowRight')).toBe(1);
    expect(neighbour(rects, 1, 'ArrowLeft')).toBe(0);
    expect(neighbour(rects, 0, 'ArrowLeft')).toBe(-1);
  });
});

describe('marks', () => {
  it('stand where the text is, whatever its capitals, and lose nothing of the name', () => {
    expect(matchParts('van-LEASE.doc', 'lease')).toEqual([
      { text: 'van-', match: false },
      { text: 'LEASE', match: true },
      { text: '.doc', match: false },
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (name, text) => {
        expect(
          matchParts(name, text)
            .map((part) => part.text)
            .join(''),
        ).toBe(name);
      }),
    );
  });

  it('are of the last part of a query, and of no pattern', () => {
    expect(markedText('Flat/lease')).toBe('lease');
    expect(markedText('*.pdf')).toBeNull();
    expect(markedText('Flat/')).toBeNull();
  });
});
