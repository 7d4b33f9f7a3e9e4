import { expect, test } from 'vitest';
import { killSeries } from '../support/crash-series.ts';

test('7 backups killed at random moments lose nothing, and the next run goes on from there', async () => {
  const report = await killSeries('every day', 7, 6);
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(7);
  // The moments must have been spread, or nothing was proven.
  expect(Object.keys(report.phases).length).toBeGreaterThanOrEqual(2);
  expect(report.leftSpool + report.leftUnindexed).toBeGreaterThan(0);
}, 240_000);
