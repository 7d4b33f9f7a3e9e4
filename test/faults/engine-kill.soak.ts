import { expect, test } from 'vitest';
import { killSeries } from '../support/crash-series.ts';

test('100 backups killed at random moments lose nothing', async () => {
  const report = await killSeries('soak', 100, 10);
  console.log(JSON.stringify(report, null, 2));
  expect(report.problems).toEqual([]);
  expect(report.kills).toBe(100);
  expect(Object.keys(report.phases).length).toBeGreaterThanOrEqual(4);
  expect(report.leftSpool).toBeGreaterThan(10);
  expect(report.leftUnindexed).toBeGreaterThan(10);
});
