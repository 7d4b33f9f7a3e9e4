/** Every order of 12 steps and more of a small vault, as far as a minute each goes; see test/unit/vault-explorer.test.ts. */
import { describe, expect, it } from 'vitest';
import { exploreAttack, exploreChange } from '../support/vault/explorer-worlds.ts';

const MINUTE_MS = 60_000;

describe('all runs of a small vault, deeper', () => {
  it.each([
    { nodes: 1, limit: 3, honest: true, attempts: 4, rollbacks: 2, days: 2 },
    { nodes: 3, limit: 2, honest: true, attempts: 3, rollbacks: 1, days: 1 },
    { nodes: 3, limit: 3, honest: false, attempts: 4, rollbacks: 1, days: 0 },
  ])('attack: %o', (options) => {
    const report = exploreAttack({ ...options, steps: 24, until: performance.now() + MINUTE_MS });
    console.log(options, report);
    expect(report.steps).toBeGreaterThanOrEqual(6);
  });

  it('change of password', () => {
    const report = exploreChange({ nodes: 3, steps: 24, until: performance.now() + MINUTE_MS });
    console.log(report);
    expect(report.steps).toBeGreaterThanOrEqual(8);
  });
});
