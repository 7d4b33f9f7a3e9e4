import { expect, test } from 'vitest';
import { fourComputers } from '../support/four-computers.ts';

const MINUTES = 10;

test('four computers back up, forget and prune for ten minutes while they are killed at random, and lose nothing', async () => {
  const endMs = performance.now() + MINUTES * 60_000;
  const report = await fourComputers({
    seed: 'four for long',
    more: () => performance.now() < endMs,
    kill: (roll, usualMs) => (roll() < 0.6 ? { kind: 'after', ms: roll() * 1.1 * usualMs } : { kind: 'never' }),
  });
  console.log(JSON.stringify(report, null, 2));
  expect(report.problems).toEqual([]);
  for (const verb of ['backup', 'forget', 'prune']) {
    expect(report.killed[verb]).toBeGreaterThan(5);
    expect(report.finished[verb]).toBeGreaterThan(5);
  }
});
