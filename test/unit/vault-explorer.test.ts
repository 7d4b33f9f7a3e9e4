/** Every order of a few steps, followed to its end. Deeper: test/faults/vault-explorer.soak.ts. */
import { describe, expect, it } from 'vitest';
import { exploreAttack, exploreChange, type AttackOptions } from '../support/vault/explorer-worlds.ts';
import { byte, commit, explore, newWorld, type World } from '../support/vault/explorer.ts';

const NOTHING: AttackOptions = { nodes: 1, limit: 2, honest: false, attempts: 0, rollbacks: 0, days: 0, steps: 12 };

describe('all runs of a small vault', () => {
  it('evaluate no more than is charged, and charge no more than the limit: one machine, its store put back', () => {
    const report = exploreAttack({ ...NOTHING, attempts: 3, rollbacks: 1, days: 1, steps: 11 });
    expect(report.steps).toBe(11);
    expect(report.states).toBeGreaterThan(10_000);
  });

  it('do the same on three sites, beside an honest client', () => {
    const report = exploreAttack({ ...NOTHING, nodes: 3, honest: true, attempts: 3, rollbacks: 1, steps: 8 });
    expect(report.steps).toBe(8);
    expect(report.states).toBeGreaterThan(10_000);
  });

  it.each([1, 2])('never cost a right password its record, whatever gets lost (limit %i)', (limit) => {
    const report = exploreAttack({ ...NOTHING, nodes: 3, limit, honest: true, steps: 12 });
    expect(report.steps).toBe(12);
  });

  it('never put a new password in the place of the old one before it is proven', () => {
    const report = exploreChange({ nodes: 2, steps: 9 });
    expect(report.steps).toBe(9);
    expect(report.states).toBeGreaterThan(5_000);
  });
});

describe('the explorer itself', () => {
  it('finds the guesses that a store without seals gives away', () => {
    const options = { ...NOTHING, limit: 1, attempts: 2, rollbacks: 1, steps: 6, trusting: true };
    expect(() => exploreAttack(options)).toThrow('the copy is put back');
  });

  it('finds the run that a missing rule allows', () => {
    const moves = function* (world: World): Generator<[string, World]> {
      const event = { type: 'loginStart', loginId: byte(world.charges + 1), ke1Hash: byte(1), deviceId: null } as const;
      yield ['charge', commit(world, 0, event, true).world];
    };
    const check = (world: World): void => {
      if (world.charges > 1) throw new Error('two');
    };
    expect(() => explore(newWorld(1, 3), moves, check, 5)).toThrow('after charge, charge: two');
  });
});
