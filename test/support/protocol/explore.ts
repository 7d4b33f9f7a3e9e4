/**
 * Follows every order of the steps of a small world to its end. A state that was met before is not followed again, so
 * what holds of the states holds of every order that the budgets of the world allow. Breadth first: the first violation
 * that is found is a shortest one.
 */

export interface Report {
  /** States that were met. */
  states: number;
  /** Length of the longest shortest way to a state, in steps. */
  steps: number;
  /** False where `maxStates` or `until` ended it before everything was met. */
  whole: boolean;
}

/** What must never be so is so. */
export class Violation extends Error {
  /** Names of the steps that lead there. */
  readonly path: readonly string[];
  readonly what: string;

  constructor(path: readonly string[], what: string) {
    super(`${what}, after:\n  ${path.join('\n  ')}`);
    this.path = path;
    this.what = what;
  }
}

export interface Exploration<W> {
  start: W;
  /** What can happen next, by name. */
  moves: (world: W) => Iterable<readonly [name: string, next: W]>;
  /** The states that are one and the same have the same key. */
  keyOf: (world: W) => string;
  /** Says what is wrong with a state; null where nothing is. */
  check: (world: W) => string | null;
  maxStates?: number;
  /** ms of `performance.now()` after which nothing more is followed. */
  until?: number;
}

/** @throws Violation with a shortest way to what is wrong */
export function explore<W>({ start, moves, keyOf, check, maxStates, until }: Exploration<W>): Report {
  const limit = maxStates ?? Number.POSITIVE_INFINITY;
  const seen = new Set<string>([keyOf(start)]);
  interface Met {
    world: W;
    from: Met | null;
    name: string;
  }
  const wayTo = (met: Met): string[] => (met.from === null ? [] : [...wayTo(met.from), met.name]);
  let level: Met[] = [{ world: start, from: null, name: '' }];
  const first = check(start);
  if (first !== null) throw new Violation([], first);
  for (let steps = 0; ; steps++) {
    const next: Met[] = [];
    for (const met of level) {
      if (seen.size >= limit || (until !== undefined && performance.now() > until)) {
        return { states: seen.size, steps, whole: false };
      }
      for (const [name, world] of moves(met.world)) {
        const key = keyOf(world);
        if (seen.has(key)) continue;
        seen.add(key);
        const reached: Met = { world, from: met, name };
        const wrong = check(world);
        if (wrong !== null) throw new Violation(wayTo(reached), wrong);
        next.push(reached);
      }
    }
    if (next.length === 0) return { states: seen.size, steps, whole: true };
    level = next;
  }
}
