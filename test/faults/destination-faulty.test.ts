/** The decorator that the crash tests rest on, and "Test this destination" against storage that misbehaves. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { english } from '../../main/text.ts';
import type { Destination } from '../../main/destinations/destination.ts';
import { testDestination } from '../../main/destinations/test-destination.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../support/destination-helpers.ts';
import { atCall, atOperation, countCalls, FaultyDestination } from '../support/destination-faulty.ts';
import { makeLocal, type LocalUnderTest } from '../support/destination-local.ts';
import { CLIENT, nameFor, numbered } from '../support/destination-names.ts';

let under: LocalUnderTest;
let inner: Destination;
beforeEach(async () => {
  under = await makeLocal();
  inner = under.destination;
});
afterEach(async () => {
  await under.dispose();
});

/** One call of every kind. */
async function useAll(destination: Destination): Promise<void> {
  await destination.init();
  await destination.put('repo.json', numbered(1));
  await destination.publish(await spool(destination, numbered(2)), nameFor(numbered(2)));
  await destination.clearSpool(CLIENT);
  await destination.get('repo.json');
  await destination.getRange('repo.json', 0, 4);
  await destination.stat('repo.json');
  await all(destination, '');
  await destination.space();
  await destination.remove('repo.json');
}

describe('a faulty destination', () => {
  test('counts every call, in order', async () => {
    const calls = await countCalls(inner, useAll);
    expect(calls.map((call) => `${call.number} ${call.operation} ${call.name}`)).toEqual([
      '1 init ',
      '2 put repo.json',
      `3 spoolFolder ${CLIENT}`,
      `4 publish ${nameFor(numbered(2))}`,
      `5 clearSpool ${CLIENT}`,
      '6 get repo.json',
      '7 getRange repo.json',
      '8 stat repo.json',
      '9 list ',
      '10 space ',
      '11 remove repo.json',
    ]);
  });

  test.each(['fail-before', 'fail-after', 'vanish'] as const)('%s happens to each call in turn', async (fault) => {
    const { length } = await countCalls(inner, useAll);
    for (let number = 1; number <= length; number += 1) {
      const faulty = new FaultyDestination(inner, { rule: atCall(number, fault) });
      const code = fault === 'vanish' ? 'destination-missing' : 'destination-failed';
      await expectCode(useAll(faulty), code);
      expect([faulty.calls.length, faulty.faults]).toEqual([number, 1]);
    }
  });

  test('before and after the effect', async () => {
    const before = new FaultyDestination(inner, { rule: atCall(1, 'fail-before') });
    await expectCode(before.put('repo.json', numbered(1)), 'destination-failed');
    expect(await inner.stat('repo.json')).toBeNull();
    await before.put('repo.json', numbered(1));
    const after = new FaultyDestination(inner, { rule: atOperation('remove', 1, 'fail-after') });
    expect(await after.stat('repo.json')).not.toBeNull();
    await expectCode(after.remove('repo.json'), 'destination-failed');
    expect(await inner.stat('repo.json')).toBeNull();
  });

  test('a lost answer to publish is healed by publishing again', async () => {
    const faulty = new FaultyDestination(inner, { rule: atOperation('publish', 1, 'fail-after') });
    const file = await spool(faulty, numbered(1));
    await expectCode(faulty.publish(file, nameFor(numbered(1))), 'destination-failed');
    expect(existsSync(file)).toBe(false);
    await faulty.publish(file, nameFor(numbered(1)));
  });

  test('a list that fails halfway', async () => {
    for (let number = 0; number < 6; number += 1) await inner.put(nameFor(numbered(number)), numbered(number));
    const faulty = new FaultyDestination(inner, { rule: atCall(1, 'fail-after') });
    let seen = 0;
    const listing = (async () => {
      for await (const info of faulty.list('')) seen += info.size > 0 ? 1 : 0;
    })();
    await expectCode(listing, 'destination-failed');
    expect(seen).toBe(3);
  });

  test('short and corrupt reads, while the stored object stays whole', async () => {
    const bytes = numbered(1, 100);
    await inner.put('repo.json', bytes);
    const short = new FaultyDestination(inner, { rule: atCall(1, 'short-read') });
    expectBytes(await short.get('repo.json'), bytes.subarray(0, 50));
    expectBytes(await short.get('repo.json'), bytes);
    const corrupt = new FaultyDestination(inner, { rule: atOperation('getRange', 2, 'corrupt') });
    expectBytes(await corrupt.getRange('repo.json', 0, 100), bytes);
    const wrong = await corrupt.getRange('repo.json', 0, 100);
    expect([...wrong].filter((byte, at) => byte !== bytes[at])).toHaveLength(1);
    expectBytes(await inner.get('repo.json'), bytes);
  });

  test('a disk that fills up', async () => {
    const faulty = new FaultyDestination(inner, { fullAfterBytes: 250 });
    await faulty.put('repo.json', numbered(1, 100));
    expect(await faulty.space()).toEqual({ freeBytes: 150, totalBytes: 250 });
    const file = await spool(faulty, numbered(2, 200));
    await expectCode(faulty.publish(file, nameFor(numbered(2, 200))), 'destination-full');
    expect(existsSync(file)).toBe(true);
    await faulty.put('repo.1.json', numbered(3, 150));
    await expectCode(faulty.put('repo.2.json', new Uint8Array(1)), 'destination-full');
    expect(await namesIn(inner, '')).toEqual(['repo.1.json', 'repo.json']);
  });

  test('what a failing call rejects with can be chosen', async () => {
    const error = new Error('mine');
    const faulty = new FaultyDestination(inner, { rule: atCall(1, 'fail-before'), error: () => error });
    await expect(faulty.stat('repo.json')).rejects.toBe(error);
  });
});

describe('testing a destination that misbehaves', () => {
  test('each call that fails makes its check fail, and still nothing is left', { timeout: 60_000 }, async () => {
    await inner.put('repo.json', numbered(1));
    const checked = new Set(['init', 'put', 'get', 'getRange', 'list', 'publish', 'spoolFolder', 'remove', 'stat']);
    const counted = await countCalls(inner, async (destination) => void (await testDestination(destination)));
    const cleanUp = counted.findLastIndex((call) => call.operation === 'space');
    let failed = 0;
    for (const call of counted.slice(0, cleanUp)) {
      if (!checked.has(call.operation)) continue;
      // A small disk keeps the probes small.
      const rule = atCall(call.number, 'fail-after');
      const faulty = new FaultyDestination(inner, { rule, fullAfterBytes: 50e6 });
      const result = await testDestination(faulty);
      expect([call.operation, result.ok]).toEqual([call.operation, false]);
      expect(result.checks).toHaveLength(7);
      failed += 1;
      expect(await namesIn(inner, 'probe/')).toEqual([]);
      expect(await namesIn(inner, '')).toEqual(['repo.json']);
      expect(await under.leftovers()).toEqual([]);
    }
    expect(failed).toBeGreaterThan(30);
  });

  test.each(['short-read', 'corrupt'] as const)('a %s is found', async (fault) => {
    for (const operation of ['get', 'getRange'] as const) {
      const faulty = new FaultyDestination(inner, { rule: atOperation(operation, 2, fault) });
      const result = await testDestination(faulty);
      expect(result.checks.filter((check) => !check.ok).map((check) => check.id)).toEqual(['read-back']);
      expect(result.checks.find((check) => !check.ok)?.detail).toMatch(/other content.*choose another one/);
    }
  });

  test('a storage that is too small fails at writing, and the later steps say why they were not tried', async () => {
    const faulty = new FaultyDestination(inner, { fullAfterBytes: 100_000 });
    const result = await testDestination(faulty);
    expect(result.ok).toBe(false);
    expect(result.checks.map((check) => [check.id, check.ok])).toEqual([
      ['reach', true],
      ['write', false],
      ['read-back', false],
      ['list', false],
      ['rename', false],
      ['remove', false],
      ['space', true],
    ]);
    expect(result.checks[2]?.detail).toContain('Not tried');
    expect(result.warnings.map(english).join()).toContain('Only');
  });
});
