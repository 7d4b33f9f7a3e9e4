/** When the next backup is due: across changes of the clocks, at any hour, after any past. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunRecord } from '../../main/jobs/activity.ts';
import { historyOf, RETRY_PAUSES_MS } from '../../main/jobs/schedule/history.ts';
import {
  afterQuiet,
  isQuiet,
  nextChange,
  nextRun,
  slotAfter,
  spreadOf,
  within,
} from '../../main/jobs/schedule/next-run.ts';
import type { Hours, Schedule } from '../../main/jobs/schedule/when.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPREAD = 17 * MINUTE;

const zone = process.env['TZ'];
/** Clocks go forward on 29 March 2026 at 2:00 and back on 25 October at 3:00. */
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string): number => new Date(text).getTime();
const local = (ms: number): string => {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
};

const moments = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2036, 0, 1) });
const minutes = fc.integer({ min: 0, max: 1439 });
const hours: fc.Arbitrary<Hours> = fc.record({ from: minutes, to: minutes }).filter(({ from, to }) => from !== to);
const days = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
const daily = minutes.map((minute): Schedule => ({ every: 'day', at: minute }));
const weekly = fc
  .record({ days, minute: minutes })
  .map((of): Schedule => ({ every: 'week', days: of.days, at: of.minute }));
const hourly = fc.integer({ min: 1, max: 24 }).map((n): Schedule => ({ every: 'hours', hours: n }));
type Timed = Exclude<Schedule, { every: 'hand' }>;
const timed = fc.oneof(daily, weekly, hourly) as fc.Arbitrary<Timed>;

describe('a slot', () => {
  it('is always later than the run before, and the next one later still', () => {
    fc.assert(
      fc.property(timed, moments, fc.integer({ min: 0, max: HOUR - 1 }), (schedule, last, spread) => {
        const first = slotAfter(schedule, last, spread);
        expect(first).toBeGreaterThan(last);
        expect(slotAfter(schedule, first, spread)).toBeGreaterThan(first);
      }),
    );
  });

  it('of every N hours is within half an hour of N hours, and on this computer’s minute', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        moments,
        fc.integer({ min: 0, max: HOUR - 1 }),
        (n, last, spread) => {
          const slot = slotAfter({ every: 'hours', hours: n }, last, spread);
          expect(Math.abs(slot - last - n * HOUR)).toBeLessThanOrEqual(HOUR / 2);
          expect((slot - spread) % HOUR).toBe(0);
        },
      ),
    );
  });

  it('of a time of day is on that time, or in spring an hour later where the clocks skip it', () => {
    fc.assert(
      fc.property(minutes, moments, (minute, last) => {
        const slot = new Date(slotAfter({ every: 'day', at: minute }, last, SPREAD));
        const shown = slot.getHours() * 60 + slot.getMinutes();
        expect([minute, minute + 60]).toContain(shown);
        if (shown !== minute) expect(minute).toBeGreaterThanOrEqual(120);
        expect(slot.getTime() - last).toBeLessThanOrEqual(DAY + HOUR);
      }),
    );
  });

  it('of a week is on one of its days', () => {
    fc.assert(
      fc.property(days, minutes, moments, (chosen, minute, last) => {
        const slot = new Date(slotAfter({ every: 'week', days: chosen, at: minute }, last, SPREAD));
        expect(chosen).toContain(slot.getDay() || 7);
        expect(slot.getTime() - last).toBeLessThanOrEqual(7 * DAY + HOUR);
      }),
    );
  });

  it.each([
    ['a day that has no 2:30', 150, '2026-03-28T12:00', '2026-03-29 03:30'],
    ['the day after it', 150, '2026-03-29T12:00', '2026-03-30 02:30'],
    ['a day with two 2:30', 150, '2026-10-24T12:00', '2026-10-25 02:30'],
    ['leap day', 1260, '2028-02-28T22:00', '2028-02-29 21:00'],
    ['the day after leap day', 1260, '2028-02-29T21:00', '2028-03-01 21:00'],
    ['New Year', 0, '2026-12-31T23:59', '2027-01-01 00:00'],
    ['the same evening', 1260, '2026-06-01T20:59', '2026-06-01 21:00'],
  ])('comes once on %s', (_, minute, last, expected) => {
    expect(local(slotAfter({ every: 'day', at: minute }, at(last), SPREAD))).toBe(expected);
  });

  it('is not taken twice where the clocks show a time twice', () => {
    const first = slotAfter({ every: 'day', at: 150 }, at('2026-10-24T12:00'), SPREAD);
    expect(local(slotAfter({ every: 'day', at: 150 }, first, SPREAD))).toBe('2026-10-26 02:30');
  });

  it('stays hourly while the clocks change', () => {
    let last = at('2026-10-24T23:17');
    for (let i = 0; i < 6; i++) {
      const next = slotAfter({ every: 'hours', hours: 1 }, last, SPREAD);
      expect(next - last).toBe(HOUR);
      last = next;
    }
  });
});

describe('quiet hours', () => {
  it('are waited out: what comes after them is not in them, and no later than it must be', () => {
    fc.assert(
      fc.property(hours, moments, fc.integer({ min: 0, max: HOUR - 1 }), (quiet, moment, spread) => {
        const after = afterQuiet(moment, quiet, spread);
        expect(isQuiet(after, quiet)).toBe(false);
        expect(after).toBeGreaterThanOrEqual(moment);
        expect(after - moment).toBeLessThanOrEqual(DAY + 2 * HOUR);
        if (!isQuiet(moment, quiet)) expect(after).toBe(moment);
      }),
    );
  });

  it('change at their ends and nowhere between', () => {
    fc.assert(
      fc.property(hours, moments, fc.double({ min: 0, max: 1, noNaN: true }), (span, moment, share) => {
        const change = nextChange(moment, span);
        expect(change).toBeGreaterThan(moment);
        expect(within(change, span)).not.toBe(within(moment, span));
        // In the hour that the clocks show twice, the earlier of the two counts.
        const between = Math.floor(moment + (change - moment - 1) * share);
        if (new Date(moment).getTimezoneOffset() === new Date(change).getTimezoneOffset()) {
          expect(within(between, span)).toBe(within(moment, span));
        }
      }),
    );
  });

  it('reach over midnight', () => {
    const night = { from: 22 * 60, to: 8 * 60 };
    expect(local(afterQuiet(at('2026-06-01T22:00'), night, SPREAD))).toBe('2026-06-02 08:07');
    expect(local(afterQuiet(at('2026-06-02T07:59'), night, SPREAD))).toBe('2026-06-02 08:07');
    expect(local(afterQuiet(at('2026-06-02T08:00'), night, SPREAD))).toBe('2026-06-02 08:00');
  });
});

describe('the next run', () => {
  const facts = { quiet: null, spreadMs: SPREAD, retryMs: null, readyMs: 0 };
  const evening: Schedule = { every: 'day', at: 1260 };

  it('is never in the past, and never by itself where only a person starts it', () => {
    fc.assert(
      fc.property(timed, moments, fc.integer({ min: -30 * DAY, max: 30 * DAY }), (schedule, nowMs, ago) => {
        const next = nextRun({ ...facts, schedule, lastMs: nowMs - Math.abs(ago), nowMs });
        expect(next).toBeGreaterThanOrEqual(nowMs);
        expect(nextRun({ ...facts, schedule: { every: 'hand' }, lastMs: null, nowMs })).toBeNull();
      }),
    );
  });

  it('is at once where one was missed, however many were', () => {
    const nowMs = at('2026-06-10T09:00');
    expect(nextRun({ ...facts, schedule: evening, lastMs: at('2026-06-02T21:00'), nowMs })).toBe(nowMs);
    expect(nextRun({ ...facts, schedule: evening, lastMs: null, nowMs })).toBe(nowMs);
    const readyMs = nowMs + 3 * MINUTE;
    expect(nextRun({ ...facts, schedule: evening, lastMs: null, nowMs, readyMs })).toBe(readyMs);
  });

  it('is tried again at its own time after a failure', () => {
    const nowMs = at('2026-06-10T21:01');
    const retryMs = nowMs + 5 * MINUTE;
    expect(nextRun({ ...facts, schedule: evening, lastMs: at('2026-06-10T21:00'), retryMs, nowMs })).toBe(retryMs);
  });

  it('is spread over the hour, away from the full one', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const spread = spreadOf(Buffer.from(bytes).toString('hex'));
        expect(spread).toBeGreaterThanOrEqual(3 * MINUTE);
        expect(spread).toBeLessThan(57 * MINUTE);
      }),
    );
  });
});

describe('the past', () => {
  const NOW = 1_800_000_000_000;
  const run = (agoMs: number, result: 'done' | 'failed' | 'interrupted' | 'stopped' | 'running') => ({
    kind: 'backup' as const,
    startedAt: NOW - agoMs,
    endedAt: result === 'running' ? null : NOW - agoMs + MINUTE,
    result,
    error: null as RunRecord['error'],
  });

  it('says when the newest backup started, whatever else ran', () => {
    const verify = { ...run(HOUR, 'done'), kind: 'verify' as const };
    expect(historyOf([run(0, 'running'), verify, run(2 * HOUR, 'done')], NOW)).toEqual({
      lastMs: NOW - 2 * HOUR,
      retryMs: null,
    });
    expect(historyOf([], NOW)).toEqual({ lastMs: null, retryMs: null });
  });

  it('leaves out what the clock says has not happened yet', () => {
    expect(historyOf([run(-DAY, 'done'), run(2 * HOUR, 'done')], NOW).lastMs).toBe(NOW - 2 * HOUR);
    expect(historyOf([run(-DAY, 'done')], NOW).lastMs).toBeNull();
  });

  it('has growing pauses after failures in a row', () => {
    const pauses = [1, 2, 3, 4, 5, 6].map((count) => {
      const runs = Array.from({ length: count }, (_, i) => run((i + 1) * MINUTE, 'failed'));
      return (historyOf([...runs, run(DAY, 'done')], NOW).retryMs ?? 0) - NOW;
    });
    expect(pauses).toEqual([...RETRY_PAUSES_MS, 6 * HOUR]);
  });

  it('goes on at once after one that was cut off, but not for ever', () => {
    expect(historyOf([run(HOUR, 'interrupted'), run(DAY, 'done')], NOW).retryMs).toBe(NOW - HOUR + MINUTE);
    expect(historyOf([run(MINUTE, 'interrupted'), run(HOUR, 'interrupted')], NOW).retryMs).toBe(NOW + 5 * MINUTE);
  });

  it('goes on as soon as the place of a failed one is there again', () => {
    const error = { code: 'destination-missing', severity: 'fatal', message: '', guidance: '' } as const;
    const away = (agoMs: number) => ({ ...run(agoMs, 'failed'), error });
    expect(historyOf([away(HOUR), run(DAY, 'done')], NOW).retryMs).toBe(NOW - HOUR + MINUTE);
    expect(historyOf([away(MINUTE), away(HOUR), run(DAY, 'done')], NOW).retryMs).toBe(NOW + 5 * MINUTE);
  });

  it('waits for the next time after one that a person stopped', () => {
    expect(historyOf([run(MINUTE, 'stopped'), run(HOUR, 'failed')], NOW).retryMs).toBeNull();
  });
});
