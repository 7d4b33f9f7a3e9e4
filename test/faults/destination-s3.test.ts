/** Every request of a bucket's life fails once, in every way: calls that may be repeated end well, and nothing is lost. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { all, expectBytes, namesIn } from '../support/destination-helpers.ts';
import { largeLife, life, STEP } from '../support/destination-life.ts';
import { CLIENT, nameFor, numbered, random } from '../support/destination-names.ts';
import { makeS3, type S3UnderTest } from '../support/destination-s3.ts';
import { AMAZON, MINIMAL } from '../support/fake-s3/operations.ts';
import { INTERNAL, SLOW_DOWN, type Fault } from '../support/fake-s3/server.ts';

const FAULTS: [string, Fault][] = [
  ['an error before', { before: SLOW_DOWN }],
  ['an error after', { after: INTERNAL }],
  ['a connection that is cut', 'cut'],
  ['a lost answer', 'lost'],
  ['half an answer', 'short'],
  ['silence', 'stall'],
  ['half an answer, then silence', 'stall-body'],
];
/** Short, because each silent request is waited for; a stall too many only costs another try. */
const STALL_MS = { small: 200, large: 1_000 };
const small = random(100_000);
const large = random(17 * 2 ** 20);

let under: S3UnderTest;
beforeEach(async () => {
  under = await makeS3(AMAZON);
});
afterEach(async () => {
  await under.dispose();
});

const CASES = FAULTS.flatMap(([what, fault]) => [
  { what, fault, of: 'small' as const, profile: AMAZON, knows: 'much' },
  ...(fault === 'lost' ? [{ what, fault, of: 'small' as const, profile: MINIMAL, knows: 'little' }] : []),
  ...(fault === 'cut' || fault === 'lost' || fault === 'stall'
    ? [{ what, fault, of: 'large' as const, profile: AMAZON, knows: 'much' }]
    : []),
]);

describe('at each request, once', () => {
  test.each(CASES)('$what: $of objects, at a server that knows $knows', async ({ fault, of, profile }) => {
    const run = async (at: Destination): Promise<void> =>
      of === 'large' ? await largeLife(at, large) : await life(at, small, [50_000, 20_000]);
    const counted = await makeS3(profile);
    await run(await counted.open());
    const requests = counted.server.seen.length - 3; // those of making it
    await counted.dispose();
    expect(requests).toBeGreaterThan(4);
    const silent = fault === 'stall' || fault === 'stall-body';
    const begin = 1 + (FAULTS.findIndex(([, known]) => known === fault) % STEP);
    for (let number = begin; number <= requests; number += STEP) {
      const one = await makeS3(profile);
      try {
        const first = one.server.seen.length;
        let faults = 0;
        one.server.rule = (seen) => {
          if (seen.number !== first + number) return null;
          faults += 1;
          return fault;
        };
        const at = await one.open({}, silent ? { stallMs: STALL_MS[of] } : {});
        await run(at);
        expect([number, faults]).toEqual([number, 1]);
        one.server.rule = () => null;
        const names = of === 'large' ? [nameFor(large)] : [nameFor(small), 'repo.json'];
        expect(await namesIn(one.destination, '')).toEqual(names.sort());
        expectBytes(await one.destination.get(names[0] ?? ''), of === 'large' ? large : small);
        await one.destination.clearSpool(CLIENT);
        expect(await one.leftovers()).toEqual([]);
      } finally {
        await one.dispose();
      }
    }
  });
});

test('a list is whole or an error, whatever happens to any of its pages', async () => {
  const { server } = under;
  server.operations.pageSize = 3;
  for (let number = 0; number < 10; number += 1)
    await under.destination.put(nameFor(numbered(number)), numbered(number));
  const before = server.seen.length;
  expect(await all(under.destination, '')).toHaveLength(10);
  const requests = server.seen.length - before;
  let failed = 0;
  for (const [, fault] of FAULTS) {
    if (fault === 'stall' || fault === 'stall-body') continue; // as a cut one, only later
    for (let number = 1; number <= requests; number += 1) {
      const start = server.seen.length;
      server.rule = (seen) => (seen.number === start + number ? fault : null);
      const found = await all(under.destination, '').catch((error: unknown) => error);
      if (Array.isArray(found)) expect(found).toHaveLength(10);
      else failed += 1;
    }
  }
  expect(failed).toBeGreaterThanOrEqual(requests * 4);
});
