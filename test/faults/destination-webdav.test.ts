/** Every request to Apache, and to a Nextcloud, fails once, in every way: repeated calls end well, and nothing is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Destination } from '../../main/destinations/destination.ts';
import { HoldfastError } from '../../main/errors.ts';
import { apacheMissing, startApache, type Apache } from '../support/apache-dav.ts';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.ts';
import { all, expectBytes, namesIn, spool } from '../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../support/destination-names.ts';
import { makeOnApache, makeOnNextcloud, type DavUnderTest } from '../support/destination-webdav.ts';

const CUTS: Cut[] = ['before', 'cut', 'lost', 'short', 'stall', 'stall-body', 503];
/** Short, because each silent request is waited for; a stall too many only costs another try. */
const STALL_MS = 250;
const small = random(100_000);
const large = random(17 * 2 ** 20);

/** Repeats a call while it says that it may succeed later, as the decorator does. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.retry === undefined || tries === 4) throw error;
    }
  }
}

async function life(at: Destination): Promise<void> {
  await again(async () => await at.init());
  await again(async () => await at.put('repo.json', numbered(1)));
  await again(async () => await at.put('repo.json', numbered(2)));
  const file = await spool(at, small);
  await again(async () => await at.publish(file, nameFor(small)));
  expectBytes(await again(async () => await at.get(nameFor(small))), small);
  expectBytes(
    await again(async () => await at.getRange(nameFor(small), 50_000, 20_000)),
    small.subarray(50_000, 70_000),
  );
  expect(await again(async () => await at.stat(nameFor(numbered(9))))).toBeNull();
  await again(async () => await at.put(nameFor(numbered(3)), numbered(3)));
  expect(await again(async () => await namesIn(at, ''))).toEqual(
    [nameFor(small), nameFor(numbered(3)), 'repo.json'].sort(),
  );
  await again(async () => await at.remove(nameFor(numbered(3))));
  await again(async () => await at.clearSpool(CLIENT));
}

async function largeLife(at: Destination): Promise<void> {
  const file = await spool(at, large);
  await again(async () => await at.publish(file, nameFor(large)));
  await again(async () => await at.clearSpool(CLIENT));
}

/** The long runs fail every request; the daily ones every third. */
const STEP = process.env['HOLDFAST_SOAK'] === '1' ? 1 : 3;

/** Runs `body` through a proxy once for each request that it makes, with `cut` at that request. */
async function atEach(
  make: () => Promise<DavUnderTest>,
  cut: Cut,
  body: (at: Destination) => Promise<void>,
): Promise<void> {
  for (let number = 1, requests = number; number <= requests; number += STEP) {
    const under = await make();
    const proxy = await CuttingProxy.before(new URL('/', under.place.url).href);
    try {
      let cuts = 0;
      proxy.rule = (passing) => {
        if (passing.number !== number) return null;
        cuts += 1;
        return cut;
      };
      const url = `${proxy.url}${new URL(under.place.url).pathname.slice(1)}`;
      const silent = cut === 'stall' || cut === 'stall-body';
      await body(await under.open({ url }, silent ? { stallMs: STALL_MS } : {}));
      if (number === 1) requests = proxy.seen.length - 2;
      expect([number, cuts]).toEqual([number, 1]);
      const names = await namesIn(under.destination, '');
      expect(names).toEqual(body === life ? [nameFor(small), 'repo.json'].sort() : [nameFor(large)]);
      const [name = ''] = names;
      expectBytes(await under.destination.get(name), body === life ? small : large);
      expect((await under.leftovers()).filter((file) => !file.startsWith('put-') || file.includes(CLIENT))).toEqual([]);
    } finally {
      await proxy.stop();
      await under.dispose();
    }
  }
}

describe.skipIf(apacheMissing() !== null)('Apache', () => {
  let apache: Apache;
  beforeAll(async () => {
    apache = await startApache();
  });
  afterAll(async () => {
    await apache.stop();
  });

  test.each(CUTS)('%s at each request, once', async (cut) => {
    await atEach(async () => await makeOnApache(apache, 'digest'), cut, life);
  });

  test('a list is whole or an error, whatever happens to any of its requests', async () => {
    const under = await makeOnApache(apache);
    const proxy = await CuttingProxy.before(new URL('/', under.place.url).href);
    try {
      for (let number = 0; number < 6; number += 1)
        await under.destination.put(nameFor(numbered(number)), numbered(number));
      const at = await under.open({ url: `${proxy.url}${new URL(under.place.url).pathname.slice(1)}` });
      expect(await all(at, '')).toHaveLength(6);
      const before = proxy.seen.length;
      expect(await all(at, '')).toHaveLength(6);
      const requests = proxy.seen.length - before;
      let failed = 0;
      for (const cut of ['before', 'lost', 'short', 404, 500] as const) {
        for (let number = 1; number <= requests; number += 1) {
          const start = proxy.seen.length;
          proxy.rule = (passing) => (passing.number === start + number ? cut : null);
          const found = await all(at, '').catch((error: unknown) => error);
          if (Array.isArray(found)) expect(found).toHaveLength(6);
          else failed += 1;
        }
      }
      expect(failed).toBeGreaterThanOrEqual(requests * 4);
    } finally {
      await proxy.stop();
      await under.dispose();
    }
  });
});

describe('Nextcloud', () => {
  test('the answer of each request for a large object is lost, once', async () => {
    await atEach(makeOnNextcloud, 'lost', largeLife);
  });
});
