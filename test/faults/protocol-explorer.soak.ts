/** More of everything than in test/unit/protocol-explorer.test.ts, as far as two minutes a world go. */
import { describe, expect, it } from 'vitest';
import { exploreScene } from '../support/protocol/moves.ts';
import { more, PLAYS, withRules } from '../support/protocol/scenes.ts';
import type { Budget } from '../support/protocol/world.ts';

const LIMIT_MS = 120_000;
/** Bounds the memory of one world. */
const MAX_STATES = 400_000;

const DEEPER: Partial<Record<keyof typeof PLAYS, Partial<Budget>>> = {
  crash: { backups: 2, prunes: 2, sleeps: 2, crashes: 2, lost: 1 },
  life: { backups: 2, forgets: 2, prunes: 2, sleeps: 2, crashes: 1 },
  partial: { backups: 3, partials: 2, forgets: 2, prunes: 1, sleeps: 1, crashes: 1 },
  late: { backups: 2, prunes: 2, sleeps: 2, crashes: 1, late: 2 },
  lateForgotten: { backups: 2, prunes: 2, sleeps: 2, crashes: 1, late: 2 },
  // No crashes: a snapshot that nobody was told of, and that is away when it is asked for by name, is given up.
  away: { backups: 2, prunes: 2, sleeps: 2, away: 2 },
  closed: { backups: 2, prunes: 2, sleeps: 2, closed: 2, images: 1 },
  image: { backups: 2, prunes: 2, sleeps: 2, images: 1, late: 2 },
  imageForgotten: { backups: 1, prunes: 2, sleeps: 2, images: 1, late: 2 },
  joined: { backups: 2, prunes: 2, sleeps: 2, crashes: 1, late: 1 },
  clone: { backups: 2, prunes: 2, sleeps: 2, late: 1 },
  twin: { backups: 2, prunes: 2, sleeps: 2, late: 1 },
  adopt: { backups: 2, sleeps: 2, crashes: 2, adopts: 3 },
  adoptCollect: { backups: 2, forgets: 1, prunes: 2, crashes: 1 },
  adoptGrace: { backups: 2, prunes: 2, sleeps: 2, crashes: 1 },
  adoptLate: { backups: 2, prunes: 1, sleeps: 1, late: 1 },
  adoptTwo: { backups: 2, forgets: 1, prunes: 2, sleeps: 1, crashes: 1, adopts: 3 },
  adoptImage: { backups: 2, prunes: 2, sleeps: 2, images: 1, crashes: 1 },
};

describe('all orders of the steps of larger worlds', () => {
  it.each(Object.entries(DEEPER))('lose no snapshot: %s', (name, budget) => {
    const { scene, start, claims } = more(PLAYS[name as keyof typeof PLAYS], budget);
    const limits = { until: performance.now() + LIMIT_MS, maxStates: MAX_STATES };
    const report = exploreScene(scene, start, claims, limits);
    console.log(name, budget, report);
    expect(report.steps).toBeGreaterThanOrEqual(9);
  });

  it('a pack that is doomed before its live part is stored elsewhere is lost in a late listing', () => {
    const { scene, start, claims } = withRules(PLAYS.imageForgotten, 'repackBeforeDoom');
    expect(() => exploreScene(scene, start, claims)).toThrow('lacks a');
  });
});
