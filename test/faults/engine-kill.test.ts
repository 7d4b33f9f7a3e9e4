import { expect, test } from 'vitest';
import { killSeries } from '../support/crash-series.ts';

test('12 backups killed at random moments lose nothing, and the next run goes on from there', async () => {
  const report = await killSeries('every day', 12, 6);
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(12);
  // The moments must have been spread, or nothing was proven.
  expect(Object.keys(report.phases).length).toBeGreaterThanOrEqual(3);
  expect(report.leftSpool + report.leftUnindexed).toBeGreaterThan(0);
}, 240_000);
