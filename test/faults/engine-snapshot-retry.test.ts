/** A snapshot whose put has to be made again is put only if everything that it refers to is still there. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RetryDestination } from '../../main/destinations/decorators/retry.ts';
import type { Destination } from '../../main/destinations/destination.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import { HoldfastError } from '../../main/errors.ts';
import { replaced } from '../support/crash-faulty.ts';
import { Several } from '../support/several.ts';

let world: Several;

beforeEach(async () => {
  world = await Several.make('a', 2);
});

afterEach(() => world.end());

/** The first put of a snapshot fails for a moment; it is made again at once. */
function opener(meanwhile: () => void, calls: string[]): () => Promise<Destination> {
  return async () => {
    const local = await LocalDestination.open(world.at('a'));
    const failing = replaced(local, 'put', async (name, bytes, options) => {
      if (!name.includes('/s/')) return await local.put(name, bytes, options);
      calls.push('put');
      if (calls.length > 1) return await local.put(name, bytes, options);
      meanwhile();
      throw new HoldfastError('destination-offline', 'No answer.', 'Nothing was lost.', { retry: { afterMs: null } });
    });
    const listed = replaced(failing, 'list', (prefix, options) => {
      if (calls.length > 0) calls.push('look');
      return local.list(prefix, options);
    });
    return new RetryDestination(listed, { random: () => 0 });
  };
}

test('it is looked once more before it is put again', async () => {
  const calls: string[] = [];
  await world.backup('a', [], { open: opener(() => undefined, calls) });
  expect(calls).toEqual(['put', 'look', 'put']);
  expect(await world.problems('a', 3)).toEqual([]);
});

test('what was removed meanwhile is not committed', async () => {
  const calls: string[] = [];
  const remove = (): void => rmSync(world.objects('a', 'p')[0] ?? '');
  await expect(world.backup('a', [], { open: opener(remove, calls) })).rejects.toMatchObject({
    code: 'object-missing',
  });
  expect(calls).toEqual(['put', 'look']);
  expect(world.objects('a', 's')).toEqual([]);
  await world.backup('a');
  expect(await world.newestProblems('a')).toEqual([]);
});
