/** Limits of the connection as anybody might set them. */
import fc from 'fast-check';
import type { Bandwidth } from '../../main/jobs/bandwidth/rules.ts';

const minutes = fc.integer({ min: 0, max: 1439 });
const rate = fc.option(fc.integer({ min: 1_000, max: 1e8 }), { nil: null });
const hours = fc.record({ from: minutes, to: minutes }).filter(({ from, to }) => from !== to);
const rule = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
  hours: fc.option(hours, { nil: null }),
  sendBytes: rate,
  receiveBytes: rate,
});
export const bandwidths: fc.Arbitrary<Bandwidth> = fc.record({
  rules: fc.array(rule, { maxLength: 3 }),
  otherwise: fc.record({ sendBytes: rate, receiveBytes: rate }),
});
