import { describe, expect, it } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import type { DestinationPlace } from '../../main/destinations/spec.ts';
import { FEWEST_SMALL, isJoiningCheap, smallToJoin, type SmallPack } from '../../main/engine/prune-small.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const FULL = 64 * MIB;

const packs = (...sizes: number[]): SmallPack[] => sizes.map((bytes, i) => ({ name: `pack ${i}`, bytes, blobs: 1 }));
const same = (count: number, bytes: number): SmallPack[] => packs(...Array.from({ length: count }, () => bytes));

describe('small packs', () => {
  it('are left until there are enough of them, and full ones are left for ever', () => {
    expect(smallToJoin(same(FEWEST_SMALL - 1, 100 * KIB), FULL, FEWEST_SMALL)).toEqual([]);
    expect(smallToJoin(same(FEWEST_SMALL, 100 * KIB), FULL, FEWEST_SMALL).length).toBe(FEWEST_SMALL);
    expect(smallToJoin(same(100, FULL / 4), FULL, FEWEST_SMALL)).toEqual([]);
    const tiny = same(100, 10 * MIB).map((pack) => ({ ...pack, blobs: 110_000 }));
    expect(smallToJoin(tiny, FULL, FEWEST_SMALL)).toEqual([]);
  });

  it('are not written anew for the sake of smaller ones that are less than they are', () => {
    const few = [...same(FEWEST_SMALL, 100 * KIB), { name: 'large', bytes: 10 * MIB, blobs: 1 }];
    expect(smallToJoin(few, FULL, FEWEST_SMALL)).not.toContain('large');
    const many = [...same(110, 100 * KIB), { name: 'large', bytes: 10 * MIB, blobs: 1 }];
    expect(smallToJoin(many, FULL, FEWEST_SMALL)).toContain('large');
  });

  it('are joined a few full packs’ worth a run, the smallest first', () => {
    const years = same(1000, 10 * MIB);
    const joined = smallToJoin([...years, ...packs(...Array.from({ length: 20 }, () => KIB))], FULL, FEWEST_SMALL);
    expect(joined.length).toBe(20 + Math.floor((8 * FULL - 20 * KIB) / (10 * MIB)));
    expect(joined).toContain('pack 19');
  });

  it('stay few, and no byte is stored often, whatever the number of runs', () => {
    let there: SmallPack[] = [];
    let made = 0;
    let first = 0;
    let again = 0;
    let most = 0;
    // A year of hourly backups, each followed by a clean-up.
    for (let run = 0; run < 24 * 365; run++) {
      const bytes = (1 + (run % 7)) * 20 * KIB;
      there.push({ name: `pack ${made++}`, bytes, blobs: 1 });
      first += bytes;
      const joined = new Set(smallToJoin(there, FULL, FEWEST_SMALL));
      if (joined.size === 0) continue;
      const sum = there.reduce((total, one) => total + (joined.has(one.name) ? one.bytes : 0), 0);
      there = there.filter(({ name }) => !joined.has(name));
      there.push({ name: `pack ${made++}`, bytes: sum, blobs: 1 });
      again += sum;
      most = Math.max(most, there.filter(({ bytes: size }) => size < FULL / 4).length);
    }
    expect(most).toBeLessThan(30);
    expect(again / first).toBeLessThan(Math.log2(FULL / 4 / (20 * KIB)));
  });
});

describe('where joining costs more than it saves', () => {
  const place: DestinationPlace = {
    kind: 's3',
    endpoint: null,
    region: 'eu-central-1',
    bucket: 'b',
    prefix: '',
    pathStyle: false,
    storageClass: null,
    lock: null,
  };
  const at = (lock: boolean): Destination =>
    ({
      abilities: { parallel: 4, checksums: false, undelete: false, lock, resume: true, largePacks: false },
    }) as Destination;

  it.each<[what: string, lock: boolean, place: Partial<typeof place>, p: boolean, m: boolean]>([
    ['a plain bucket', false, {}, true, true],
    ['a bucket whose objects are locked', true, {}, false, false],
    ['objects that are to be locked', false, { lock: { mode: 'governance', days: 30 } }, false, false],
    ['a class of storage for contents', false, { storageClass: 'STANDARD_IA' }, false, true],
  ])('%s', (_, lock, more, p, m) => {
    const there = { ...place, ...more } as DestinationPlace;
    expect([isJoiningCheap(at(lock), there, 'p'), isJoiningCheap(at(lock), there, 'm')]).toEqual([p, m]);
  });

  it('a folder of this computer is a place like any', () => {
    expect(isJoiningCheap({} as Destination, { kind: 'local', path: '/x' }, 'p')).toBe(true);
  });
});
