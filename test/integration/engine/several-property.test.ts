/** Any order of backups, copies and absences of three places: what is listed anywhere restores, and the union converges. */
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Several } from '../../support/several.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const PLACES = ['a', 'b', 'c'] as const;

const place = fc.nat(2);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('backup' as const), lead: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), from: place, to: place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('away' as const), place }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('back' as const), place }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class History {
  readonly world: Several;
  readonly away = new Set<string>();
  /** Places that hold a repository. */
  readonly filled = new Set<string>(['a']);
  #changes = 0;

  constructor(world: Several) {
    this.world = world;
    for (const name of ['b', 'c']) world.empty(name);
  }

  async take(each: Step): Promise<void> {
    const nameOf = (n: number): string => PLACES[n] ?? 'a';
    if (each.do === 'away') this.away.add(nameOf(each.place));
    else if (each.do === 'back') this.away.delete(nameOf(each.place));
    else if (each.do === 'copy') await this.#copy(nameOf(each.from), nameOf(each.to));
    else await this.#backup(nameOf(each.lead));
  }

  async #copy(from: string, to: string): Promise<void> {
    if (from === to || this.away.has(from) || this.away.has(to) || !this.filled.has(from)) return;
    expect((await this.world.copy([from], to)).complete).toBe(true);
    this.filled.add(to);
  }

  /** Led by `lead` where it is there and holds the repository, to all that are there. */
  async #backup(lead: string): Promise<void> {
    if (this.away.has(lead) || !this.filled.has(lead)) return;
    writeFileSync(path.join(this.world.sources, 'file'), `change ${++this.#changes}`);
    const others = PLACES.filter((name) => name !== lead && !this.away.has(name));
    const { also } = await this.world.backup(lead, others);
    expect(also.map(({ error }) => error)).toEqual(others.map(() => null));
    for (const name of others) this.filled.add(name);
  }

  async check(): Promise<void> {
    for (const name of this.filled) expect(await this.world.problems(name)).toEqual([]);
    // All come back, and each gets what the others have.
    for (const to of [...this.filled, ...this.filled]) {
      const others = [...this.filled].filter((name) => name !== to);
      if (others.length > 0) expect((await this.world.copy(others, to)).complete).toBe(true);
    }
    const all = [...this.filled].map((name) => this.world.contents(name));
    for (const contents of all) expect(contents).toEqual(all[0]);
    const found = await this.world.snapshots('a');
    expect(found.map(({ sequence }) => sequence)).toEqual(found.map((_, i) => i + 1));
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set(this.world.states.keys()));
    expect(await this.world.problems('a', 3)).toEqual([]);
  }
}

test('any history of three places', { timeout: SOAK ? 3_600_000 : 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async (steps) => {
      const world = await Several.make('a', 1);
      try {
        const history = new History(world);
        for (const each of [{ do: 'backup', lead: 0 } as const, ...steps]) await history.take(each);
        await history.check();
      } finally {
        world.end();
      }
    }),
    { numRuns: SOAK ? 60 : 2, endOnFailure: true },
  );
});
