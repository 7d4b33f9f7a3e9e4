/** The part of the conformance suite in which a destination must not do what it was asked for. */
import { beforeEach, describe, expect, test, type TestContext } from 'vitest';
import fc from 'fast-check';
import type { Destination } from '../../main/destinations/destination.ts';
import { isObjectName } from '../../main/destinations/names.ts';
import { testDestination } from '../../main/destinations/test-destination.ts';
import {
  all,
  expectBytes,
  expectCode,
  namesIn,
  spool,
  type DestinationFactory,
  type DestinationUnderTest,
  type Special,
} from './destination-helpers.ts';
import { CLIENT, HOSTILE_NAMES, nameFor, numbered, OTHER_CLIENT, random } from './destination-names.ts';

/** @param made gives the destination that the running test has to itself */
export function describeRefusals(factory: DestinationFactory, made: () => DestinationUnderTest): void {
  let under: DestinationUnderTest;
  let destination: Destination;
  beforeEach(() => {
    under = made();
    destination = under.destination;
  });

  describe('cancelling', () => {
    test('a call that was cancelled before it began does nothing and rejects with the reason', async () => {
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      const bytes = numbered(1);
      await destination.put(nameFor(bytes), bytes);
      const file = await spool(destination, numbered(2));
      const calls: Record<string, () => Promise<unknown>> = {
        init: async () => await destination.init(options),
        put: async () => await destination.put('repo.json', bytes, options),
        spoolFolder: async () => await destination.spoolFolder(OTHER_CLIENT, options),
        publish: async () => await destination.publish(file, nameFor(numbered(2)), options),
        clearSpool: async () => await destination.clearSpool(CLIENT, options),
        get: async () => await destination.get(nameFor(bytes), options),
        getRange: async () => await destination.getRange(nameFor(bytes), 0, 1, options),
        stat: async () => await destination.stat(nameFor(bytes), options),
        list: async () => await all(destination, '', options),
        remove: async () => await destination.remove(nameFor(bytes), options),
        space: async () => await destination.space(options),
      };
      for (const [call, run] of Object.entries(calls)) await expect(run(), call).rejects.toBe(reason);
      expect(await namesIn(destination, '')).toEqual([nameFor(bytes)]);
      await destination.publish(file, nameFor(numbered(2)));
    });

    test('a put that is cancelled on its way leaves nothing, and keeps what was there', async () => {
      await destination.put('repo.json', numbered(1));
      for (const name of ['repo.json', nameFor(numbered(9))]) {
        const cancel = new AbortController();
        const reason = new Error('enough');
        const storing = destination.put(name, new Uint8Array(24 * 2 ** 20), { signal: cancel.signal });
        cancel.abort(reason);
        await expect(storing).rejects.toBe(reason);
      }
      expectBytes(await destination.get('repo.json'), numbered(1));
      expect(await namesIn(destination, '')).toEqual(['repo.json']);
      expect(await under.leftovers()).toEqual([]);
    });

    test('a publish that is cancelled on its way keeps the spool file for another try', async () => {
      const bytes = random(2_000_000);
      const file = await spool(destination, bytes);
      const cancel = new AbortController();
      const reason = new Error('enough');
      const publishing = destination.publish(file, nameFor(bytes), { signal: cancel.signal });
      cancel.abort(reason);
      await expect(publishing).rejects.toBe(reason);
      expect(await destination.stat(nameFor(bytes))).toBeNull();
      await destination.publish(file, nameFor(bytes));
      expectBytes(await destination.get(nameFor(bytes)), bytes);
    });

    test('a read that is cancelled on its way', async () => {
      const bytes = random(20 * 2 ** 20);
      await destination.put(nameFor(bytes), bytes);
      const cancel = new AbortController();
      const reason = new Error('enough');
      const reading = destination.get(nameFor(bytes), { signal: cancel.signal });
      cancel.abort(reason);
      await expect(reading).rejects.toBe(reason);
    });

    test('a list that is cancelled in the middle', async () => {
      for (let number = 0; number < 4; number += 1) await destination.put(nameFor(numbered(number)), numbered(number));
      const cancel = new AbortController();
      const reason = new Error('enough');
      const listing = (async () => {
        for await (const info of destination.list('', { signal: cancel.signal })) {
          expect(isObjectName(info.name)).toBe(true);
          cancel.abort(reason);
        }
      })();
      await expect(listing).rejects.toBe(reason);
    });
  });

  describe('hostile names', () => {
    test.each(HOSTILE_NAMES.map((hostile) => [hostile]))('%j is refused by every call', async (hostile) => {
      const file = await spool(destination, numbered(1));
      await expectCode(destination.put(hostile, numbered(1)), 'bad-input');
      await expectCode(destination.publish(file, hostile), 'bad-input');
      await expectCode(destination.get(hostile), 'bad-input');
      await expectCode(destination.getRange(hostile, 0, 1), 'bad-input');
      await expectCode(destination.stat(hostile), 'bad-input');
      await expectCode(destination.remove(hostile), 'bad-input');
      if (destination.localPath !== undefined) expect(() => destination.localPath?.(hostile)).toThrow();
      await expectCode(destination.spoolFolder(hostile), 'bad-input');
      await expectCode(destination.clearSpool(hostile), 'bad-input');
    });

    test.each([
      '..',
      '../',
      '/',
      'k',
      'k/../',
      'k/aa/',
      'c/x/',
      'tmp/',
      `c/${CLIENT}/p`,
      `c/${CLIENT}/../`,
      'repo.json',
    ])('prefix %j is refused', async (hostile) => {
      await expectCode(all(destination, hostile), 'bad-input');
    });

    test('and so is whatever is not exactly a name', async () => {
      const wild = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc
          .array(fc.constantFrom('..', '.', 'c', 'k', CLIENT, 'p', 'x', 'repo.json', '', 'a'.repeat(64), '\\', '\0'))
          .map((segments) => segments.join('/')),
      );
      await fc.assert(
        fc.asyncProperty(wild, async (name) => {
          const call = destination.stat(name);
          if (isObjectName(name)) expect(await call).toBeNull();
          else await expectCode(call, 'bad-input');
        }),
      );
    });
  });

  describe('a storage that fails', () => {
    test('is full: the error says so, and what was stored stays', async (context) => {
      await withSpecial(context, await factory.makeSmall(4 * 2 ** 20), async ({ destination: small, leftovers }) => {
        await small.put('repo.json', numbered(1));
        const stored: Uint8Array[] = [];
        let failure: unknown;
        for (let number = 0; failure === undefined && number < 20; number += 1) {
          const bytes = random(600_000);
          await small.put(nameFor(bytes), bytes).then(
            () => stored.push(bytes),
            (error: unknown) => (failure = error),
          );
        }
        expect(failure).toMatchObject({ name: 'HoldfastError', code: 'destination-full' });
        expect(stored.length).toBeGreaterThan(2);
        expect(await namesIn(small, `c/${CLIENT}/p/`)).toEqual(stored.map((bytes) => nameFor(bytes)).sort());
        for (const bytes of stored) expectBytes(await small.get(nameFor(bytes)), bytes);
        expectBytes(await small.get('repo.json'), numbered(1));
        expect(await leftovers()).toEqual([]);
        await expectCode(small.put('repo.json', random(3_000_000)), 'destination-full');
        expectBytes(await small.get('repo.json'), numbered(1));
        for (const bytes of stored) await small.remove(nameFor(bytes));
        await small.put('repo.json', random(1_000_000));
      });
    });

    test('is read-only: it can be read, and writing is refused', async (context) => {
      await withSpecial(context, await factory.makeReadOnly(numbered(1)), async ({ destination: fixed }) => {
        await expectCode(fixed.put('repo.json', numbered(2)), 'destination-denied');
        await expectCode(fixed.put(nameFor(numbered(2)), numbered(2)), 'destination-denied');
        await expectCode(fixed.remove('repo.json'), 'destination-denied');
        // The spool of a server's destination is on this computer.
        if (fixed.localPath !== undefined) await expectCode(fixed.spoolFolder(OTHER_CLIENT), 'destination-denied');
        expectBytes(await fixed.get('repo.json'), numbered(1));
        expect(await namesIn(fixed, '')).toEqual(['repo.json']);
        const result = await testDestination(fixed);
        expect(result).toMatchObject({ ok: false, content: 'repository' });
        expect(result.checks.find((check) => check.id === 'write')?.ok).toBe(false);
      });
    });
  });
}

async function withSpecial(
  context: TestContext,
  special: Special,
  body: (under: DestinationUnderTest) => Promise<void>,
): Promise<void> {
  if ('skipped' in special) return context.skip(special.skipped);
  try {
    await body(special);
  } finally {
    await special.dispose();
  }
}
