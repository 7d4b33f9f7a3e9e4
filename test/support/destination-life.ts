/** What a backup and a restore ask of a destination, for tests that let each of its requests fail once. */
import { expect } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { HoldfastError } from '../../main/errors.ts';
import { expectBytes, namesIn, spool } from './destination-helpers.ts';
import { CLIENT, nameFor, numbered } from './destination-names.ts';

/** The long runs fail every request; the daily ones every third. */
export const STEP = process.env['HOLDFAST_SOAK'] === '1' ? 1 : 3;

/** Repeats a call while it says that it may succeed later, as the decorator does. */
export async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.retry === undefined || tries === 4) throw error;
    }
  }
}

/**
 * One call of each kind, each repeated as long as it may be. At its end `packed` and the second repo.json are there.
 * @param range offset and length of the part of `packed` that is read
 */
export async function life(at: Destination, packed: Uint8Array, range: [number, number]): Promise<void> {
  const [offset, length] = range;
  await again(async () => await at.init());
  await again(async () => await at.put('repo.json', numbered(1)));
  await again(async () => await at.put('repo.json', numbered(2)));
  const file = await spool(at, packed);
  await again(async () => await at.publish(file, nameFor(packed)));
  expectBytes(await again(async () => await at.get(nameFor(packed))), packed);
  expectBytes(
    await again(async () => await at.getRange(nameFor(packed), offset, length)),
    packed.subarray(offset, offset + length),
  );
  expect((await again(async () => await at.stat(nameFor(packed))))?.size).toBe(packed.length);
  expect(await again(async () => await at.stat(nameFor(numbered(9))))).toBeNull();
  await again(async () => await at.put(nameFor(numbered(3)), numbered(3)));
  expect(await again(async () => await namesIn(at, ''))).toEqual(
    [nameFor(packed), nameFor(numbered(3)), 'repo.json'].sort(),
  );
  await again(async () => await at.remove(nameFor(numbered(3))));
  await again(async () => await at.clearSpool(CLIENT));
}

/** A large object is published, and what is left of that is cleared away. */
export async function largeLife(at: Destination, large: Uint8Array): Promise<void> {
  const file = await spool(at, large);
  await again(async () => await at.publish(file, nameFor(large)));
  await again(async () => await at.clearSpool(CLIENT));
}
