/** Random histories of a destination, compared call by call with a Map. */
import fc from 'fast-check';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { isHashedName } from '../../main/destinations/names.ts';
import { HISTORIES } from './destination-helpers.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, sha256 } from './destination-names.ts';

const NAMES = [
  'repo.json',
  'repo.1.json',
  `c/${CLIENT}/domain`,
  `c/${CLIENT}/x/${OTHER_CLIENT}`,
  nameFor(numbered(1), 'k'),
  nameFor(numbered(2), 'p'),
  nameFor(numbered(3), 'p'),
  nameFor(numbered(2), 'p', OTHER_CLIENT),
  nameFor(numbered(4), 's'),
];
const PREFIXES = ['', 'k/', 'c/', `c/${CLIENT}/`, `c/${CLIENT}/p/`, `c/${OTHER_CLIENT}/p/`, `c/${CLIENT}/x/`];

const name = fc.constantFrom(...NAMES);
/** Never of the size of `numbered` ones: whether right bytes replace wrong ones of their size depends on checksums. */
const bytes = fc.uint8Array({ maxLength: 40 }).filter(({ length }) => length !== numbered(1).length);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name, bytes }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('publish' as const), name, bytes }).map(published) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('get' as const), name }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('range' as const), name, offset: fc.nat(45), length: fc.nat(45) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stat' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('list' as const), prefix: fc.constantFrom(...PREFIXES) }) },
);

/** What is published under a hash has that hash: a destination that sends it elsewhere compares them. */
function published<T extends { name: string; bytes: Uint8Array }>(each: T): T {
  const own = [1, 2, 3, 4].map((number) => numbered(number)).find((known) => each.name.endsWith(hashOf(known)));
  return own === undefined ? each : { ...each, bytes: own };
}

function hashOf(of: Uint8Array): string {
  return Buffer.from(sha256(of)).toString('hex');
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type Model = Map<string, Uint8Array>;

export function describeAgainstModel(
  make: () => Promise<{ destination: Destination; dispose(): Promise<void> }>,
): void {
  test('any history of calls leaves what a plain map would hold', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { destination, dispose } = await make();
        try {
          const model: Model = new Map();
          for (const each of steps) expect(await real(destination, each)).toEqual(expected(model, each));
          expect(await real(destination, { do: 'list', prefix: '' })).toEqual(
            expected(model, { do: 'list', prefix: '' }),
          );
        } finally {
          await dispose();
        }
      }),
      { numRuns: HISTORIES },
    );
  });
}

/** What the destination answers, as plain data; an error as its code. */
async function real(destination: Destination, each: Step): Promise<unknown> {
  try {
    switch (each.do) {
      case 'put':
        return (await destination.put(each.name, each.bytes)) ?? null;
      case 'publish': {
        const file = path.join(await destination.spoolFolder(CLIENT), 'object');
        await writeFile(file, each.bytes);
        return (await destination.publish(file, each.name)) ?? null;
      }
      case 'get':
        return [...(await destination.get(each.name))];
      case 'range':
        return [...(await destination.getRange(each.name, each.offset, each.length))];
      case 'stat':
        return (await destination.stat(each.name))?.size ?? null;
      case 'remove':
        return (await destination.remove(each.name)) ?? null;
      case 'list': {
        const found: string[] = [];
        for await (const info of destination.list(each.prefix)) found.push(`${info.name} ${info.size}`);
        return found.sort();
      }
    }
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

/** What it must answer. */
function expected(model: Model, each: Step): unknown {
  if (each.do === 'list') {
    const names = [...model.keys()].filter((known) => known.startsWith(each.prefix));
    return names.map((known) => `${known} ${model.get(known)?.length}`).sort();
  }
  const known = model.get(each.name);
  switch (each.do) {
    case 'put':
      model.set(each.name, each.bytes);
      return null;
    case 'publish':
      // Same hash, same size: the same object, and the new copy is dropped.
      if (!isHashedName(each.name) || known?.length !== each.bytes.length) model.set(each.name, each.bytes);
      return null;
    case 'get':
      return known === undefined ? 'object-missing' : [...known];
    case 'range':
      if (known === undefined) return 'object-missing';
      if (each.offset + each.length > known.length) return 'object-damaged';
      return [...known.subarray(each.offset, each.offset + each.length)];
    case 'stat':
      return known?.length ?? null;
    case 'remove':
      model.delete(each.name);
      return null;
  }
}
