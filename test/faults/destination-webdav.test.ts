/** Every request to Apache, and to a Nextcloud, fails once, in every way: repeated calls end well, and nothing is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apacheMissing, startApache, type Apache } from '../support/apache-dav.ts';
import { CuttingProxy, type Cut } from '../support/cutting-proxy.ts';
import { all, expectBytes, namesIn } from '../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../support/destination-names.ts';
import { largeLife, life, STEP } from '../support/destination-life.ts';
import { makeOnApache, makeOnNextcloud, type DavUnderTest } from '../support/destination-webdav.ts';

const CUTS: Cut[] = ['before', 'cut', 'lost', 'short', 'stall', 'stall-body', 503];
/** Short, because each silent request is waited for; a stall too many only costs another try. */
const STALL_MS = 250;
const small = random(100_000);
const large = random(17 * 2 ** 20);

/** Runs a life through a proxy once for each request that it makes, with `cut` at that request. */
async function atEach(make: () => Promise<DavUnderTest>, cut: Cut, of: 'small' | 'large'): Promise<void> {
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
      const at = await under.open({ url }, silent ? { stallMs: STALL_MS } : {});
      await (of === 'small' ? life(at, small, [50_000, 20_000]) : largeLife(at, large));
      if (number === 1) requests = proxy.seen.length - 2;
      expect([number, cuts]).toEqual([number, 1]);
      const names = await namesIn(under.destination, '');
      expect(names).toEqual(of === 'small' ? [nameFor(small), 'repo.json'].sort() : [nameFor(large)]);
      const [name = ''] = names;
      expectBytes(await under.destination.get(name), of === 'small' ? small : large);
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
    await atEach(async () => await makeOnApache(apache, 'digest'), cut, 'small');
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
    await atEach(makeOnNextcloud, 'lost', 'large');
  });
});
