/**
 * Every order of the steps of backups, `forget`, collections and adoptions in small worlds (FORMAT.md, "Order and crash
 * safety", "Collection" and "Adoption"): no snapshot that nobody forgot ever lacks a blob, or stops counting. Deeper: test/faults/protocol-explorer.soak.ts.
 */
import { describe, expect, it } from 'vitest';
import { Violation } from '../support/protocol/explore.ts';
import { exploreScene } from '../support/protocol/moves.ts';
import type { Rules } from '../support/protocol/rules.ts';
import { PLAYS, withRules, type Play } from '../support/protocol/scenes.ts';

type PlayName = keyof typeof PLAYS;

const DAILY: PlayName[] = [
  'crash',
  'life',
  'partial',
  'late',
  'lateForgotten',
  'away',
  'closed',
  'image',
  'joined',
  'clone',
  'twin',
  'adopt',
  'adoptCollect',
  'adoptGrace',
  'adoptLate',
  'adoptTwo',
  'adoptImage',
];

describe('all orders of the steps of a small world', () => {
  it.each(DAILY)('lose no snapshot: %s', (name) => {
    const { scene, start, claims } = PLAYS[name];
    const report = exploreScene(scene, start, claims);
    expect(report.whole).toBe(true);
    expect(report.states).toBeGreaterThan(500);
  });
});

/** The shortest way to what goes wrong in a world; null where nothing does. */
function fault({ scene, start, claims }: Play): Violation | null {
  try {
    exploreScene(scene, start, claims);
    return null;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

describe('the explorer finds what goes wrong without a rule', () => {
  it.each<[keyof Rules, PlayName, steps: number, what: string]>([
    ['lastLook', 'imageForgotten', 13, 'lacks a'],
    ['lookSeesDoomed', 'imageForgotten', 14, 'lacks a'],
    ['lookAgainAfterSleep', 'twin', 11, 'lacks a'],
    ['skipDoomed', 'imageForgotten', 14, 'lacks a'],
    ['indexOverCache', 'crash', 9, 'lacks a'],
    ['markers', 'clone', 11, 'lacks a'],
    ['knownMustBeThere', 'away', 7, 'lacks b'],
    ['allMustOpen', 'closed', 13, 'lacks a'],
    ['grace', 'image', 13, 'lacks a'],
    ['waitFromPut', 'imageForgotten', 12, 'lacks a'],
    ['lookBeforeDelete', 'lateForgotten', 14, 'lacks a'],
    ['strike', 'lateForgotten', 14, 'lacks a'],
    ['copiesMustStay', 'crash', 7, 'lacks b'],
    ['dropBeforeDelete', 'crash', 4, 'the index names'],
    ['keepNewestComplete', 'life', 2, 'the newest complete snapshot was forgotten'],
    ['partialIsNotComplete', 'partial', 7, 'the newest complete snapshot was forgotten'],
    ['sayForgotten', 'life', 7, 'nothing is ever collected again'],
    ['joinBeforeRemove', 'joined', 9, 'nothing is ever collected again'],
    ['askForHead', 'late', 9, 'two snapshots have one predecessor'],
    ['lookWhoWrites', 'adoptGrace', 7, 'weeks after'],
    ['lookBeforeRemoval', 'adoptCollect', 16, 'nothing is ever collected again'],
    ['claimBeforeList', 'adoptGrace', 11, 'of before does not count'],
    ['nameAll', 'adoptCollect', 17, 'nothing is ever collected again'],
    ['onlyNamedCounts', 'adoptCollect', 14, 'the newest complete snapshot was forgotten'],
    ['readFormer', 'adoptLate', 12, 'does not count'],
  ])('%s, in the world %s, after %i steps', (rule, name, steps, what) => {
    const found = fault(withRules(PLAYS[name], rule));
    expect(found?.message).toContain(what);
    expect(found?.path.length, found?.message).toBe(steps);
  });
});
