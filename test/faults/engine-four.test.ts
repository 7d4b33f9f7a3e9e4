import { expect, test } from 'vitest';
import { fourComputers } from '../support/four-computers.ts';

test('four computers at the same time in one repository, one run of each killed at a chosen call, lose nothing', async () => {
  const report = await fourComputers({
    seed: 'four',
    here: true,
    more: (steps) => steps < 1,
    // A call of the engine's own thread that changes the file system.
    kill: (roll) => ({
      kind: 'step',
      step: { match: '', thread: 1, at: 1 + Math.floor(roll() * 20), when: 'before' },
    }),
  });
  expect(report.problems).toEqual([]);
  expect(Object.values(report.killed).reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(2);
  expect(report.finished['backup']).toBeGreaterThanOrEqual(8);
  expect(report.restored).toBeGreaterThanOrEqual(8);
}, 60_000);
