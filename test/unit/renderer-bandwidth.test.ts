/** The form of the bandwidth and its picture say what the rules do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bandwidth, NO_BANDWIDTH, ratesAt } from '../../main/jobs/bandwidth/rules.ts';
import { draftOf, newRule, readDraft } from '../../renderer/screens/settings/bandwidth/bandwidth-draft.ts';
import { DAY_MINUTES, stretches } from '../../renderer/screens/settings/bandwidth/week.ts';
import { bandwidths } from '../support/any-bandwidth.ts';

describe('rules of the bandwidth', () => {
  it('are what the picture of the week shows', () => {
    fc.assert(
      fc.property(
        bandwidths,
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 1439 }),
        (bandwidth, day, minute) => {
          const shown = stretches(bandwidth).filter((one) => one.day === day);
          expect([shown[0]?.from, shown.at(-1)?.to]).toEqual([0, DAY_MINUTES]);
          const here = shown.find(({ from, to }) => from <= minute && minute < to);
          const moment = new Date(2026, 5, day, 0, minute).getTime(); // 1 June 2026 is a Monday
          expect({ sendBytes: here?.sendBytes, receiveBytes: here?.receiveBytes }).toEqual(ratesAt(bandwidth, moment));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('come out of their form as they went in', () => {
    fc.assert(
      fc.property(bandwidths, ({ rules, otherwise }) => {
        const tidy = (bytes: number | null): number | null => (bytes === null ? null : Math.ceil(bytes / 1000) * 1000);
        const rounded = <T extends { sendBytes: number | null; receiveBytes: number | null }>(one: T): T => ({
          ...one,
          sendBytes: tidy(one.sendBytes),
          receiveBytes: tidy(one.receiveBytes),
        });
        const sorted = rules.map((one) => rounded({ ...one, days: [...one.days].sort((a, b) => a - b) }));
        const bandwidth = { rules: sorted, otherwise: rounded(otherwise) };
        expect(readDraft(draftOf(bandwidth)).bandwidth).toEqual(bandwidth);
        expect(Bandwidth.safeParse(bandwidth).success).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('are told what is wrong with them, field by field', () => {
    const { otherwise } = draftOf(NO_BANDWIDTH);
    const rule = newRule([]);
    const wrong = readDraft({ otherwise, rules: [{ ...rule, days: [], from: '25:00', to: '', send: 'fast' }] });
    expect(wrong.bandwidth).toBeNull();
    expect(Object.keys(wrong.wrong).sort()).toEqual(['0 days', '0 from', '0 send', '0 to']);
    expect(readDraft({ otherwise, rules: [rule] }).bandwidth).toEqual({
      rules: [{ days: [1, 2, 3, 4, 5], hours: { from: 480, to: 1080 }, sendBytes: 2_000_000, receiveBytes: null }],
      otherwise: { sendBytes: null, receiveBytes: null },
    });
    expect(readDraft({ otherwise, rules: [{ ...rule, from: '', to: '' }] }).bandwidth?.rules[0]?.hours).toBeNull();
  });
});
