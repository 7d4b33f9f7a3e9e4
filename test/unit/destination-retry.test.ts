import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LimitDestination } from '../../main/destinations/decorators/limit.ts';
import { PassThrough } from '../../main/destinations/decorators/pass-through.ts';
import { RetryDestination, type Patience, type Wait } from '../../main/destinations/decorators/retry.ts';
import type { Destination, ObjectInfo } from '../../main/destinations/destination.ts';
import { Limits } from '../../main/destinations/limits.ts';
import { RunControl } from '../../main/engine/control.ts';
import { HoldfastError, type ErrorCode } from '../../main/errors.ts';
import { deferred } from '../support/deferred.ts';
import { FaultyDestination, type FaultPlan } from '../support/destination-faulty.ts';
import { all, expectCode } from '../support/destination-helpers.ts';
import { makeLocal } from '../support/destination-local.ts';
import { nameFor, numbered } from '../support/destination-names.ts';
import { QuickClock } from '../support/quick-clock.ts';

function temporary(code: ErrorCode, afterMs: number | null = null): HoldfastError {
  return new HoldfastError(code, 'The server is away.', 'Nothing was lost.', { retry: { afterMs } });
}

/** A local destination that fails as planned, in a retry of which every wait is noted. */
async function world(
  plan: FaultPlan,
  options: { patience?: Patience; random?: () => number; halt?: RunControl } = {},
): Promise<{
  retry: RetryDestination;
  faulty: FaultyDestination;
  waits: Wait[];
  clock: QuickClock;
  dispose: () => Promise<void>;
}> {
  const { destination, dispose } = await makeLocal();
  const faulty = new FaultyDestination(destination, plan);
  const waits: Wait[] = [];
  const clock = new QuickClock();
  const retry = new RetryDestination(faulty, {
    random: () => 1,
    ...options,
    clock,
    onWait: (wait) => waits.push(wait),
  });
  return { retry, faulty, waits, clock, dispose };
}

describe('retry', () => {
  it('makes a call again, with delays that double up to a minute', async () => {
    const error = temporary('destination-busy');
    const { retry, waits, clock, dispose } = await world({
      rule: ({ number }) => (number <= 10 ? 'fail-before' : null),
      error: () => error,
    });
    const start = clock.now();
    await retry.put('repo.json', numbered(1));
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
    expect(waits[0]).toMatchObject({ operation: 'put', error });
    expect(clock.now() - start).toBeGreaterThanOrEqual(243_500);
    expect(await retry.get('repo.json')).toEqual(numbered(1));
    await dispose();
  });

  it('jitters over the whole delay', async () => {
    const values = [0, 0.5, 0.25];
    const { retry, waits, dispose } = await world(
      { rule: ({ number }) => (number <= 3 ? 'fail-before' : null), error: () => temporary('destination-offline') },
      { random: () => values.shift() ?? 1 },
    );
    await retry.stat('repo.json');
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([0, 500, 500]);
    await dispose();
  });

  it('comes back when the server said, never earlier', async () => {
    const { retry, waits, dispose } = await world(
      {
        rule: ({ number }) => (number <= 2 ? 'fail-before' : null),
        error: () => temporary('destination-busy', 40_000),
      },
      { random: () => 0 },
    );
    await retry.space();
    expect(waits.map(({ delayMs }) => delayMs)).toEqual([40_000, 40_000]);
    await dispose();
  });

  it.each([0, 1])('a server that says %i ms is not asked again without end', async (afterMs) => {
    const values = [0.5, 0, 1];
    const { retry, faulty, waits, dispose } = await world(
      { rule: () => 'fail-before', error: () => temporary('destination-busy', afterMs) },
      { random: () => values.shift() ?? 1 },
    );
    await expectCode(retry.get('repo.json'), 'destination-busy');
    expect(waits.slice(0, 4).map(({ delayMs }) => delayMs)).toEqual([250, afterMs, 2_000, 4_000]);
    expect(faulty.calls.length).toBeLessThan(20);
    await dispose();
  });

  it('gives up after 50 tries, also where chance makes every wait nothing', async () => {
    const { retry, faulty, waits, dispose } = await world(
      { rule: () => 'fail-before', error: () => temporary('destination-busy', 0) },
      { random: () => 0 },
    );
    await expectCode(retry.get('repo.json'), 'destination-busy');
    expect([faulty.calls.length, waits.length]).toEqual([51, 50]);
    await dispose();
  });

  it.each([
    ['destination-busy', 600_000],
    ['destination-offline', 120_000],
    ['destination-failed', 120_000],
  ] as const)('gives up on %s after %i ms of waiting, with the last error', async (code, most) => {
    const { retry, waits, dispose } = await world({ rule: () => 'fail-before', error: () => temporary(code) });
    await expectCode(retry.get('repo.json'), code);
    const waited = waits.reduce((sum, { delayMs }) => sum + delayMs, 0);
    expect(waited).toBeLessThanOrEqual(most);
    expect(waited).toBeGreaterThan(most - 61_000);
    await dispose();
  });

  it('says at once what cannot be waited for', async () => {
    const day = temporary('destination-busy', 24 * 3_600_000);
    const long = await world({ rule: () => 'fail-before', error: () => day });
    await expect(long.retry.get('repo.json')).rejects.toBe(day);
    const lasting = await world({ rule: () => 'fail-before' });
    await expectCode(lasting.retry.get('repo.json'), 'destination-failed');
    const hasty = await world(
      { rule: () => 'fail-before', error: () => temporary('destination-offline') },
      { patience: { busyMs: 0, offlineMs: 0 }, random: () => 0 },
    );
    await expectCode(hasty.retry.get('repo.json'), 'destination-offline');
    for (const { faulty, waits, dispose } of [long, lasting, hasty]) {
      expect(faulty.calls.length).toBe(1);
      expect(waits).toEqual([]);
      await dispose();
    }
  });

  it('a list that breaks off begins anew: every name once, each stray once', async () => {
    const made = await makeLocal();
    for (let number = 0; number < 40; number += 1)
      await made.destination.put(nameFor(numbered(number)), numbered(number));
    await writeFile(path.join(made.root, 'stray'), '');
    const faulty = new FaultyDestination(made.destination, {
      rule: ({ number }) => (number <= 3 ? 'fail-after' : null),
      error: () => temporary('destination-offline'),
    });
    const retry = new RetryDestination(faulty, { clock: new QuickClock() });
    const strays: string[] = [];
    const found = await all(retry, '', { onStray: (stray) => strays.push(stray) });
    expect(found.map(({ name }) => name).sort()).toEqual([...Array(40).keys()].map((n) => nameFor(numbered(n))).sort());
    expect(strays).toEqual(['stray']);
    expect(faulty.calls.length).toBe(4);
    await made.dispose();
  });

  it('a list that never comes to its end is an error, not a shorter list', async () => {
    const { retry, dispose } = await world({ rule: () => 'fail-after', error: () => temporary('destination-offline') });
    await retry.init().catch(() => undefined);
    await expectCode(all(retry, ''), 'destination-offline');
    await dispose();
  });

  it('puts only the bytes that it was given first', async () => {
    const bytes = numbered(1, 100);
    const { retry, faulty, dispose } = await world({
      rule: ({ number }) => (number === 1 ? 'fail-before' : null),
      error: () => {
        bytes[5] = 1; // the caller uses its buffer for something else meanwhile
        return temporary('destination-offline');
      },
    });
    await expectCode(retry.put('repo.json', bytes), 'object-damaged');
    expect(faulty.calls.length).toBe(2);
    expect(await retry.stat('repo.json')).toBeNull();
    await dispose();
  });

  it('publishes only the file that it was given first', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-retry-'));
    const file = path.join(folder, 'spool');
    await writeFile(file, 'first');
    const { retry, faulty, dispose } = await world({
      rule: ({ number }) => (number === 1 ? 'fail-before' : null),
      error: () => {
        rmSync(file);
        writeFileSync(file, 'other');
        return temporary('destination-offline');
      },
    });
    await expectCode(retry.publish(file, 'repo.json'), 'destination-offline');
    expect(faulty.calls.length).toBe(1);
    await rm(folder, { recursive: true });
    await dispose();
  });

  it('a published object whose answer was lost is published again without harm', async () => {
    const { retry, faulty, dispose } = await world({
      rule: ({ operation, number }) => (operation === 'publish' && number === 2 ? 'fail-after' : null),
      error: () => temporary('destination-offline'),
    });
    const bytes = numbered(7, 1_000);
    const file = path.join(await retry.spoolFolder('0'.repeat(32)), 'spool');
    await writeFile(file, bytes);
    await retry.publish(file, nameFor(bytes));
    expect(faulty.calls.map(({ operation }) => operation)).toEqual(['spoolFolder', 'publish', 'publish']);
    expect(await retry.get(nameFor(bytes))).toEqual(bytes);
    await dispose();
  });

  it('a wait ends when the call is aborted, and when the run is stopped', async () => {
    const halt = new RunControl();
    const cancel = new AbortController();
    const reason = new Error('enough');
    const forever = { rule: (): 'fail-before' => 'fail-before', error: () => temporary('destination-busy', 300_000) };
    const aborted = await world(forever, { halt });
    const call = aborted.retry.get('repo.json', { signal: cancel.signal });
    cancel.abort(reason);
    await expect(call).rejects.toBe(reason);
    const stopped = await world(forever, { halt });
    const other = stopped.retry.get('repo.json');
    halt.stop();
    await expectCode(other, 'stopped');
    expect(stopped.faulty.calls.length).toBe(1);
    await aborted.dispose();
    await stopped.dispose();
  });
});

/** Calls of `get` stay open until the test answers them. */
class Slow extends PassThrough {
  readonly open: { name: string; answer: () => void }[] = [];
  most = 0;

  override async get(name: string): Promise<Uint8Array> {
    const { promise, resolve } = deferred<void>();
    const call = { name, answer: resolve };
    this.open.push(call);
    this.most = Math.max(this.most, this.open.length);
    await promise;
    this.open.splice(this.open.indexOf(call), 1);
    return createHash('sha256').update(name).digest();
  }

  override async *list(): AsyncGenerator<ObjectInfo> {
    for (const number of [1, 2, 3]) yield { name: nameFor(numbered(number)), size: 1, modifiedMs: 0 };
  }
}

const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('limit', () => {
  async function slow(requests: number | null): Promise<{ limit: Destination; inner: Slow; limits: Limits }> {
    const { destination, dispose } = await makeLocal();
    await dispose();
    const limits = new Limits();
    limits.set({ sendBytes: null, receiveBytes: null, requests });
    const inner = new Slow(destination);
    return { limit: new LimitDestination(inner, limits, new QuickClock()), inner, limits };
  }
  const names = Array.from({ length: 10 }, (_, number) => nameFor(numbered(number)));

  it('lets so many calls through at a time, in their order', async () => {
    const { limit, inner } = await slow(3);
    const order: string[] = [];
    const calls = names.map((name) => limit.get(name).then(() => order.push(name)));
    while (order.length < names.length) {
      await idle();
      inner.open[0]?.answer();
    }
    await Promise.all(calls);
    expect(inner.most).toBe(3);
    expect(order).toEqual(names);
  });

  it('the number may rise and fall while calls run', async () => {
    const { limit, inner, limits } = await slow(1);
    const set = (requests: number | null): void => limits.set({ sendBytes: null, receiveBytes: null, requests });
    const calls = names.map((name) => limit.get(name));
    await idle();
    expect(inner.open.length).toBe(1);
    set(4);
    while (inner.open.length < 4) await idle();
    set(2);
    inner.open[0]?.answer();
    inner.open[1]?.answer();
    for (let turn = 0; turn < 20; turn += 1) await idle();
    expect(inner.open.length).toBe(2);
    set(null);
    while (inner.open.length < 8) await idle();
    for (const call of [...inner.open]) call.answer();
    await Promise.all(calls);
  });

  it('a call that was aborted while it waited takes no place', async () => {
    const { limit, inner } = await slow(1);
    const cancel = new AbortController();
    const reason = new Error('enough');
    const first = limit.get(names[0] ?? '');
    const second = limit.get(names[1] ?? '', { signal: cancel.signal });
    const third = limit.get(names[2] ?? '');
    cancel.abort(reason);
    await expect(second).rejects.toBe(reason);
    inner.open[0]?.answer();
    await first;
    while (inner.open.length === 0) await idle();
    inner.open[0]?.answer();
    await third;
    expect(inner.most).toBe(1);
  });

  it('who reads objects while listing them does not wait for itself', async () => {
    const { limit, inner } = await slow(1);
    let read = 0;
    for await (const { name } of limit.list('')) {
      const got = limit.get(name);
      while (inner.open.length === 0) await idle();
      inner.open[0]?.answer();
      await got;
      read += 1;
    }
    expect(read).toBe(3);
  });
});
