/** The worlds that are explored, by what can go wrong in them. */
import type { Claims } from './moves.ts';
import { without, type Rules } from './rules.ts';
import { startOf, type Beginning, type Budget, type Scene, type World } from './world.ts';

export interface Play {
  scene: Scene;
  start: World;
  claims: Claims;
}

/** One computer needs no markers: without them there are fewer states. */
const ALONE = without('markers');
const AB_AND_B = [3, 2];

const alone = (
  start: World,
  { claims = {}, ...scene }: Partial<Scene> & { claims?: Claims | undefined } = {},
): Play => ({
  scene: { rules: ALONE, files: AB_AND_B, grace: 1, compaction: false, sleepsAnywhere: true, adopters: [], ...scene },
  start,
  claims,
});

/** Two machines with one identity. */
const cloned = (budget: Partial<Budget>, instances: readonly string[], sleepsAnywhere: boolean): Play => ({
  scene: { rules: without(), files: AB_AND_B, grace: 1, compaction: false, sleepsAnywhere, adopters: [] },
  start: startOf('forgotten', budget, instances),
  claims: {},
});

const ONE = { claims: { alone: true } };

/** A computer takes over from another that does not know of it. */
const adopted = (
  beginning: Beginning,
  budget: Partial<Budget>,
  { adopters = ['N'], ...more }: Partial<Scene> & { claims?: Claims; adopters?: readonly string[] } = {},
): Play =>
  alone(startOf(beginning, { adopts: adopters.length, ...budget }, ['A'], adopters), {
    files: [3],
    sleepsAnywhere: false,
    adopters,
    ...more,
  });

export const PLAYS = {
  /** One computer that crashes, sleeps, and gets no answers. */
  crash: alone(startOf('doomed', { backups: 2, prunes: 1, sleeps: 1, crashes: 1, lost: 1 }), ONE),
  life: alone(startOf('new', { backups: 1, forgets: 1, prunes: 2, sleeps: 1, crashes: 1 }), ONE),
  partial: alone(startOf('new', { backups: 2, partials: 2, forgets: 2, crashes: 1 })),
  /** Listings are late. */
  late: alone(startOf('doomed', { backups: 2, prunes: 1, sleeps: 1, crashes: 1, late: 1 }), ONE),
  lateForgotten: alone(startOf('forgotten', { backups: 1, prunes: 2, sleeps: 1, late: 2 }), ONE),
  /** A snapshot is away for a while, as at a place that waits for a copy; or it does not open for a while. */
  away: alone(startOf('forgotten', { backups: 1, prunes: 2, sleeps: 1, away: 1 })),
  closed: alone(startOf('forgotten', { backups: 1, prunes: 1, sleeps: 1, closed: 1, images: 1 })),
  /** The computer's disk is put back from an old image. */
  image: alone(startOf('doomed', { backups: 1, prunes: 1, sleeps: 1, images: 1, late: 2 })),
  imageForgotten: alone(startOf('forgotten', { backups: 1, prunes: 2, sleeps: 1, images: 1, late: 2 })),
  /** Index segments are joined. */
  joined: alone(startOf('doomed', { backups: 1, prunes: 2, sleeps: 1, crashes: 1 }), {
    compaction: true,
    ...ONE,
  }),
  /** The clone's machine has another name, and either may sleep between any two steps. */
  clone: cloned({ backups: 1, prunes: 1, sleeps: 1 }, ['A', 'C'], true),
  /** It has the same name: markers tell nothing. Neither sleeps between its look at the clock and its put. */
  twin: cloned({ backups: 1, prunes: 1, sleeps: 1, late: 1 }, ['A', 'A'], false),
  /** Another computer takes over, is killed on the way, and goes on; the former one backs up meanwhile. */
  adopt: adopted('new', { adopts: 2, backups: 2, crashes: 1 }, { ...ONE, files: [4] }),
  /** The former one forgets and cleans up beside it, and what goes does so at once. */
  adoptCollect: adopted('new', { backups: 2, forgets: 1, prunes: 1 }, { ...ONE, files: [2], grace: 0 }),
  /** Either cleans up with a grace. */
  adoptGrace: adopted('forgotten', { backups: 1, prunes: 2, sleeps: 1 }, ONE),
  /** Listings are late. */
  adoptLate: adopted('new', { backups: 2, late: 1 }, { files: [4] }),
  /** Two take over at once. */
  adoptTwo: adopted('new', { backups: 2 }, { adopters: ['N', 'M'], files: [2] }),
  /** The former one is put back from a disk image of before. */
  adoptImage: adopted('doomed', { backups: 2, sleeps: 1, images: 1 }, ONE),
} satisfies Record<string, Play>;

export const withRules = (play: Play, ...left: (keyof Rules)[]): Play => ({
  ...play,
  scene: { ...play.scene, rules: left.reduce((rules, rule) => ({ ...rules, [rule]: false }), play.scene.rules) },
});

/** The same with more of what may still happen. */
export function more(play: Play, budget: Partial<Budget>): Play {
  return { ...play, start: { ...play.start, budget: { ...play.start.budget, ...budget } } };
}
