/**
 * 50 guessers at three sites while the lines between the sites are cut and healed under them: real lines in network
 * namespaces where root may make those, else TCP relays. SoftHSM2 in each site, its own count is what is checked.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNoNamespaces } from '../support/vault/three-sites-network.ts';
import { guessThroughCuts, Siege } from '../support/vault/three-sites-scenarios.ts';
import { ThreeSites } from '../support/vault/three-sites.ts';

const why = whyNoNamespaces();
let world: ThreeSites;
beforeAll(async () => {
  world = await ThreeSites.start(why === null ? 'namespaces' : 'relays');
});
afterAll(() => world?.dispose());

describe('attack 4: guessers while the lines between sites are cut and healed', () => {
  if (why !== null) it.skip(`(with real lines: network namespaces are not permitted here: ${why})`, () => {});

  it(`(${why === null ? 'network namespaces' : 'TCP relays'}) never get more than 10 evaluations of one record`, async () => {
    const siege = await Siege.lay(world, 5, 6);
    expect(await guessThroughCuts(siege, 50, 12)).toEqual([]);
    expect(siege.over).toBe(true);
    // The cuts were felt, and the guessers went on all the same.
    expect(siege.storm.codes['no-quorum'] ?? 0).toBeGreaterThan(0);
    expect(siege.storm.codes['delayed'] ?? 0).toBeGreaterThan(0);
  });
});
