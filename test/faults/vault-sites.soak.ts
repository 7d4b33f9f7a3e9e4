/** The attacks on three sites at length. */
import { describe, expect, it } from 'vitest';
import { whyNoNamespaces } from '../support/vault/three-sites-network.ts';
import { guessThroughCuts, guessThroughPauses, Siege, strangers } from '../support/vault/three-sites-scenarios.ts';
import { ThreeSites } from '../support/vault/three-sites.ts';

async function within(kind: 'namespaces' | 'relays', work: (world: ThreeSites) => Promise<void>): Promise<void> {
  const world = await ThreeSites.start(kind);
  try {
    await work(world);
  } finally {
    await world.dispose();
  }
}

describe('at length', () => {
  it.skipIf(whyNoNamespaces() !== null)('10 times 5 records, 50 guessers, real lines cut from the first try on', () =>
    within('namespaces', async (world) => {
      for (let i = 0; i < 10; i++) {
        const siege = await Siege.lay(world, 5, 0);
        expect(await guessThroughCuts(siege, 50, 40)).toEqual([]);
        expect(siege.over).toBe(true);
      }
    }),
  );

  it('5 times standstills and killed processes under 60 guessers', () =>
    within('relays', async (world) => {
      for (let i = 0; i < 5; i++) {
        const siege = await Siege.lay(world, 6, 6);
        const problems = await guessThroughPauses(siege, 60);
        expect(problems.filter((problem) => !problem.startsWith('the modules derived'))).toEqual([]);
        expect(siege.over).toBe(true);
      }
    }));

  it('200 guessers in every round; 1,000 strangers', () =>
    within('relays', async (world) => {
      const siege = await Siege.lay(world, 1, 0);
      for (let round = 0; round < 12 && !siege.over; round++) await siege.round(200, () => [0, 1, 2]);
      expect(await siege.problems()).toEqual([]);
      const before = await world.derives();
      expect(await strangers(world, 1000)).toEqual({ 'unknown-record': 1000 });
      expect(await world.derives()).toEqual(before);
    }));
});
