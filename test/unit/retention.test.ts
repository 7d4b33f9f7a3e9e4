import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RetentionPolicy } from '../../main/engine/api/collect.ts';
import { applyPolicy, before, isEmptyPolicy, withinText, type Retained } from '../../main/engine/retention.ts';

const HOUR = 3_600_000;
const noon = new Date(2026, 4, 20, 12).getTime(); // a Wednesday

let made = 0;
function snapshot(endedMs: number, more: Partial<Retained> = {}): Retained {
  made++;
  return {
    id: made.toString(16).padStart(64, '0').split('').reverse().join(''),
    clientId: 'a',
    sequence: made,
    endedMs,
    sources: ['/home'],
    tags: [],
    partial: false,
    damaged: false,
    ...more,
  };
}

/** Hours before noon of the day, oldest first. */
const series = (...hours: number[]): Retained[] =>
  [...hours].sort((a, b) => b - a).map((h) => snapshot(noon - h * HOUR));

const kept = (all: Retained[], policy: RetentionPolicy): number[] =>
  all.filter(({ id }) => applyPolicy(all, policy).get(id)?.keep === true).map(({ endedMs }) => (noon - endedMs) / HOUR);

describe('a policy', () => {
  test('keeps the last ones', () => {
    expect(kept(series(0, 1, 2, 3, 4), { last: 2 })).toEqual([1, 0]);
  });

  test('keeps the newest of each day, and says which place it takes', () => {
    const all = series(0, 2, 24, 26, 48, 72);
    expect(kept(all, { daily: 3 })).toEqual([48, 24, 0]);
    expect([...applyPolicy(all, { daily: 3 }).values()].map(({ reasons }) => reasons.join('; '))).toEqual([
      'no rule keeps it',
      'daily 3 of 3',
      'no rule keeps it',
      'daily 2 of 3',
      'no rule keeps it',
      'the newest complete one; daily 1 of 3',
    ]);
  });

  test('keeps the newest of each hour, week, month and year', () => {
    expect(kept(series(0, 0.2, 1, 1.5, 3), { hourly: 3 })).toEqual([1.5, 0.2, 0]);
    // Wednesday noon: Monday 0:00 is 60 hours away.
    expect(kept(series(0, 59, 61, 100, 300), { weekly: 2 })).toEqual([61, 0]);
    const at = (year: number, month: number, day: number): Retained => snapshot(new Date(year, month, day).getTime());
    const all = [at(2024, 1, 1), at(2025, 0, 1), at(2025, 11, 31), at(2026, 0, 1), at(2026, 0, 31), at(2026, 1, 1)];
    const ids = (policy: RetentionPolicy): number[] => {
      const verdicts = applyPolicy(all, policy);
      return all.flatMap(({ id }, i) => (verdicts.get(id)?.keep === true ? [i] : []));
    };
    expect(ids({ monthly: 3 })).toEqual([2, 4, 5]);
    expect(ids({ yearly: 2 })).toEqual([2, 5]);
  });

  test('keeps the oldest one while a rule has room', () => {
    expect(kept(series(0, 1, 24, 25), { daily: 7 })).toEqual([25, 24, 0]);
    expect(kept(series(0, 1, 24, 25), { daily: 2 })).toEqual([24, 0]);
  });

  test('keeps what is within a time before the newest, not before now', () => {
    expect(kept(series(100, 101, 125, 150), { within: { days: 1, hours: 1 } })).toEqual([125, 101, 100]);
    expect(kept(series(0, 1, 24, 48, 72), { withinDaily: { days: 2 } })).toEqual([48, 24, 0]);
  });

  test('keeps tags and pinned ones', () => {
    const all = [snapshot(noon - 9 * HOUR, { tags: ['holiday'] }), ...series(1, 2, 3)];
    expect(kept(all, { last: 1, tags: ['holiday'] })).toEqual([9, 1]);
    const pinned = all[1]?.id.slice(0, 60) ?? '';
    expect(kept(all, { last: 1, keepIds: [pinned] })).toEqual([3, 1]);
  });

  test('takes each set of sources and each computer by itself', () => {
    const all = [...series(1, 2), snapshot(noon - 5 * HOUR, { sources: ['/other'] })];
    all.push(snapshot(noon - 7 * HOUR, { clientId: 'b' }));
    expect(kept(all, { last: 1 })).toEqual([1, 5, 7]);
  });

  test('without a rule keeps everything', () => {
    expect(kept(series(1, 2, 3), {})).toEqual([3, 2, 1]);
    expect(isEmptyPolicy({ last: 0, tags: [] })).toBe(true);
    expect(isEmptyPolicy({ within: {} })).toBe(false);
  });

  test('counts neither partial nor damaged ones; of partial ones keeps those that no whole one follows, of damaged ones all', () => {
    const all = [
      snapshot(noon - 5 * HOUR),
      snapshot(noon - 4 * HOUR, { damaged: true }),
      snapshot(noon - 3.5 * HOUR, { partial: true }),
      snapshot(noon - 3 * HOUR),
      snapshot(noon - 2 * HOUR, { partial: true }),
      snapshot(noon - 1 * HOUR, { damaged: true }),
    ];
    expect(kept(all, { last: 1 })).toEqual([4, 3, 2, 1]);
    expect(kept(all, { last: 2 })).toEqual([5, 4, 3, 2, 1]);
    const reasons = (i: number): string | undefined =>
      applyPolicy(all, { last: 1 })
        .get(all[i]?.id ?? '')
        ?.reasons.join('; ');
    expect(reasons(1)).toBe('marked as damaged: it goes by its id only');
    expect(reasons(2)).toBe('partial, and a whole one is newer');
  });

  test('goes by the sequence where the clock was set back', () => {
    const [early, late] = [snapshot(noon), snapshot(noon - 5 * HOUR)];
    expect(kept([early, late], { last: 1 })).toEqual([5]);
  });
});

test('a time before another goes by the calendar', () => {
  const at = (...parts: [number, number, number, number?]): number => new Date(...parts).getTime();
  expect(before(at(2026, 2, 31), { months: 1 })).toBe(at(2026, 1, 28));
  expect(before(at(2024, 1, 29), { years: 1 })).toBe(at(2023, 1, 28));
  expect(before(at(2026, 0, 5, 7), { days: 10, hours: 7 })).toBe(at(2025, 11, 26));
  expect(withinText({ years: 1, days: 3 })).toBe('1y3d');
});

/** The same rules once more, as plainly as they can be said. */
function model(all: Retained[], policy: RetentionPolicy): Set<string> {
  const ids = new Set<string>();
  for (const source of ['/a', '/b']) {
    const group = all.filter((s) => s.sources[0] === source);
    const whole = group.filter((s) => !s.partial && !s.damaged);
    const newest = whole.reduce<Retained | null>((a, s) => (a === null || s.sequence > a.sequence ? s : a), null);
    for (const s of group) if (newest === null || s.damaged || s.sequence >= newest.sequence) ids.add(s.id);
    const rank = (s: Retained): number => whole.filter((o) => o.sequence > s.sequence).length;
    for (const s of whole) if (rank(s) < (policy.last ?? 0)) ids.add(s.id);
    const newer = (a: Retained, b: Retained): boolean =>
      a.endedMs > b.endedMs || (a.endedMs === b.endedMs && a.sequence > b.sequence);
    const oldest = whole.find((s) => whole.every((o) => o === s || newer(o, s)));
    const iso = (s: Retained): string => {
      const d = new Date(s.endedMs);
      return new Date(Date.UTC(d.getFullYear(), d.getMonth(), d.getDate(), d.getHours())).toISOString();
    };
    const week = (s: Retained): string => String(Math.floor((Date.parse(iso(s).slice(0, 10)) / 86_400_000 + 3) / 7));
    const rules: [number | undefined, (s: Retained) => string][] = [
      [policy.hourly, iso],
      [policy.daily, (s) => iso(s).slice(0, 10)],
      [policy.weekly, week],
      [policy.monthly, (s) => iso(s).slice(0, 7)],
      [policy.yearly, (s) => iso(s).slice(0, 4)],
    ];
    for (const [count = 0, key] of rules) {
      const tops = whole.filter((s) => whole.every((o) => o === s || key(o) !== key(s) || newer(s, o)));
      for (const s of tops) if (tops.filter((o) => newer(o, s)).length < count) ids.add(s.id);
      if (tops.length < count && oldest !== undefined) ids.add(oldest.id);
    }
    for (const s of group) if (s.tags.some((tag) => policy.tags?.includes(tag))) ids.add(s.id);
  }
  return ids;
}

test('what is kept is what a plain model keeps', () => {
  const count = fc.option(fc.integer({ min: 0, max: 6 }), { nil: undefined });
  const policies = fc
    .record({ last: count, hourly: count, daily: count, weekly: count, monthly: count, yearly: count })
    .chain((counts) => fc.subarray(['x', 'y']).map((tags): RetentionPolicy => ({ ...counts, tags })));
  const one = fc.record({
    // Three spans, so that each rule has something to tell apart.
    endedMs: fc.oneof(
      fc.integer({ min: 0, max: 6 }).map((h) => noon - h * HOUR - 1),
      fc.integer({ min: 0, max: 40 }).map((d) => noon - d * 24 * HOUR),
      fc.integer({ min: 0, max: 1200 }).map((d) => noon - d * 24 * HOUR + 7 * HOUR),
    ),
    partial: fc.nat({ max: 9 }).map((n) => n === 0),
    damaged: fc.nat({ max: 9 }).map((n) => n === 0),
    sources: fc.constantFrom('/a', '/b').map((path) => [path]),
    tags: fc.subarray(['x', 'z']),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 25 }), policies, (facts, policy) => {
      fc.pre(!isEmptyPolicy(policy));
      const all = facts.map((fact) => snapshot(fact.endedMs, fact));
      const verdicts = applyPolicy(all, policy);
      const found = new Set(all.filter(({ id }) => verdicts.get(id)?.keep === true).map(({ id }) => id));
      expect(found).toEqual(model(all, policy));
      for (const { reasons } of verdicts.values()) expect(reasons.length).toBeGreaterThan(0);
    }),
    { numRuns: process.env['HOLDFAST_SOAK'] === '1' ? 20_000 : 400 },
  );
});
