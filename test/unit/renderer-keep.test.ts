import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeepDecision } from '../../preload/contract.ts';
import { keepSentence, PRESETS, presetOf } from '../../renderer/screens/settings/keep/keep-words.ts';
import { layStrip } from '../../renderer/screens/settings/keep/strip-layout.ts';

const NONE = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

describe('a rule in words', () => {
  it.each([
    [null, 'Keeps every backup. Nothing is ever removed, and the backup grows.'],
    [{ ...NONE, last: 1 }, 'Keeps the newest backup.'],
    [{ ...NONE, daily: 1 }, 'Keeps the last backup of each of the newest 1 day that have one.'],
    [
      { ...NONE, last: 5, hourly: 24, daily: 7, yearly: 2 },
      'Keeps the newest 5 backups, and the last backup of each of the newest 24 hours, 7 days and 2 years that have one.',
    ],
  ])('%j', (keep, sentence) => {
    expect(keepSentence(keep)).toBe(sentence);
  });

  it('is known as the ready-made one that it is', () => {
    expect(presetOf(null)).toBe('all');
    expect(presetOf(PRESETS.careful)).toBe('careful');
    expect(presetOf({ ...NONE, last: 3 })).toBe('custom');
  });
});

describe('the strip', () => {
  const NOW = 1_700_000_000_000;
  const decisions = fc.array(
    fc.record({
      id: fc.constant('aa'),
      at: fc.integer({ min: NOW - 20 * 365 * 86_400_000, max: NOW }),
      keep: fc.boolean(),
      pinned: fc.boolean(),
      reasons: fc.constant<string[]>([]),
    }),
  );

  it('has every backup inside of it, each kind once a pixel, the newest last', () => {
    fc.assert(
      fc.property(decisions, fc.integer({ min: 100, max: 2000 }), (all: KeepDecision[], width) => {
        const { stays, goes, pinned, marks } = layStrip(all, NOW, width);
        for (const x of [...stays, ...goes, ...pinned, ...marks.map((mark) => mark.x)]) {
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThanOrEqual(width);
        }
        for (const xs of [stays, goes, pinned]) expect(new Set(xs).size).toBe(xs.length);
        expect(stays.length > 0).toBe(all.some(({ keep, pinned: isPinned }) => keep && !isPinned));
      }),
    );
  });
});
