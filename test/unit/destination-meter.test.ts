import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Limits } from '../../main/destinations/limits.ts';
import { countSince, MeteredTraffic } from '../../main/destinations/meter.ts';
import { unlessAborted, wait } from '../../main/destinations/waiting.ts';
import { RunControl } from '../../main/engine/control.ts';
import { deferred } from '../support/deferred.ts';
import { QuickClock } from '../support/quick-clock.ts';

const KIB = 1024;

describe('a meter', () => {
  it('counts requests by class, bytes both ways, and units', async () => {
    const meter = new MeteredTraffic();
    await meter.request('create', { units: 5 });
    await meter.request('create');
    await meter.request('list', { units: 100 });
    await meter.send(70_000);
    const before = meter.count();
    await meter.receive(5);
    await meter.request('read', { units: 200 });
    expect(meter.count()).toEqual({
      requests: { create: 2, read: 1, list: 1, stat: 0, remove: 0, other: 0 },
      sentBytes: 70_000,
      receivedBytes: 5,
      units: 305,
    });
    expect(countSince(before, meter.count())).toMatchObject({
      requests: { create: 0, read: 1, list: 0 },
      sentBytes: 0,
      receivedBytes: 5,
      units: 200,
    });
    before.requests.create = 99;
    expect(meter.count().requests.create).toBe(2);
  });

  it('keeps to the limit of each direction, smoothly', async () => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 1_000_000, receiveBytes: 250_000, requests: null });
    const meter = new MeteredTraffic({ limits, clock });
    const start = clock.now();
    const sent: { at: number; bytes: number }[] = [];
    for (let piece = 0; piece < 100; piece += 1) {
      await meter.send(64 * KIB);
      sent.push({ at: clock.now() - start, bytes: meter.count().sentBytes });
    }
    expect(sent.at(-1)?.at).toBeGreaterThan(6_100);
    expect(sent.at(-1)?.at).toBeLessThan(6_700);
    // At no moment more than the limit, 250 ms worth of it, and the piece that is just through.
    for (const { at, bytes } of sent) expect(bytes).toBeLessThanOrEqual((at + 250) * 1_000 + 64 * KIB);
    const before = clock.now();
    for (let piece = 0; piece < 10; piece += 1) await meter.receive(100_000);
    expect(clock.now() - before).toBeGreaterThan(3_700);
    expect(clock.now() - before).toBeLessThan(4_300);
  });

  it('gives no burst after a quiet time', async () => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 100_000, receiveBytes: null, requests: null });
    const meter = new MeteredTraffic({ limits, clock });
    await meter.send(16 * KIB);
    await wait(60_000, clock, undefined, undefined);
    const start = clock.now();
    for (let piece = 0; piece < 10; piece += 1) await meter.send(16 * KIB);
    expect(clock.now() - start).toBeGreaterThan((163_840 / 100_000) * 1_000 - 251);
  });

  it('several share one limit, in other threads too', async () => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 1_000_000, receiveBytes: null, requests: null });
    const meters = [1, 2, 3].map(() => new MeteredTraffic({ limits: new Limits(limits.shared), clock }));
    const start = clock.now();
    await Promise.all(
      meters.map(async (meter) => {
        for (let piece = 0; piece < 20; piece += 1) await meter.send(50_000);
      }),
    );
    expect(clock.now() - start).toBeGreaterThan(2_700);
    expect(clock.now() - start).toBeLessThan(3_300);

    const far = new Worker(
      `const { workerData: shared, parentPort } = require('node:worker_threads');
       Atomics.store(new BigInt64Array(shared), 0, 5n); parentPort.postMessage('set');`,
      { eval: true, workerData: limits.shared },
    );
    await new Promise((resolve) => far.once('message', resolve));
    expect(limits.take('send', 1_000, clock.now() + 1_000).taken).toBe(1);
    await far.terminate();
  });

  it.each([
    ['none', null, 1],
    ['a wider one', 10_000_000, 300],
  ])('a limit that is changed to %s acts in the middle of a piece, within a second', async (_what, rate, most) => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 1_000, receiveBytes: null, requests: null });
    const meter = new MeteredTraffic({ limits, clock });
    const passed = meter.send(256 * KIB);
    await wait(2_000, clock, undefined, undefined);
    limits.set({ sendBytes: rate, receiveBytes: null, requests: null });
    const changed = clock.now();
    await passed;
    expect(clock.now() - changed).toBeLessThan(most + 250);
    expect(meter.count().sentBytes).toBe(256 * KIB);
  });

  it('stands still while the run is paused, in the middle of a piece, and goes on afterwards', async () => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 100_000, receiveBytes: null, requests: null });
    const control = new RunControl();
    const meter = new MeteredTraffic({ limits, clock, halt: control });
    const passed = meter.send(256 * KIB);
    await wait(500, clock, undefined, undefined);
    control.pause();
    await wait(60_000, clock, undefined, undefined);
    expect(meter.count().sentBytes).toBe(0);
    const request = meter.request('create');
    control.resume();
    await request;
    await passed;
    expect(meter.count()).toMatchObject({ sentBytes: 256 * KIB, requests: { create: 1 } });
  });

  it('ends what waits when the run is stopped, or the call aborted', async () => {
    const clock = new QuickClock();
    const limits = new Limits();
    limits.set({ sendBytes: 1, receiveBytes: 1, requests: null });
    const control = new RunControl();
    const meter = new MeteredTraffic({ limits, clock, halt: control });
    const cancel = new AbortController();
    const reason = new Error('enough');
    const receiving = meter.receive(1_000, cancel.signal);
    cancel.abort(reason);
    await expect(receiving).rejects.toBe(reason);
    const sending = meter.send(1_000);
    control.stop();
    await expect(sending).rejects.toMatchObject({ code: 'stopped' });
    await expect(meter.request('read')).rejects.toMatchObject({ code: 'stopped' });
    expect(meter.count()).toMatchObject({ sentBytes: 0, receivedBytes: 0, requests: { read: 0 } });
  });

  it('what fails after an abort is nobody’s unhandled failure', async () => {
    const reason = new Error('enough');
    const failing = Promise.reject(new Error('later'));
    await expect(unlessAborted(failing, AbortSignal.abort(reason))).rejects.toBe(reason);
    await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the test run here
  });

  it('an abort reaches a call that waits in a pause', async () => {
    const paused = deferred<void>();
    const meter = new MeteredTraffic({ halt: { check: () => paused.promise } });
    const cancel = new AbortController();
    const request = meter.request('read', { signal: cancel.signal });
    const reason = new Error('enough');
    cancel.abort(reason);
    await expect(request).rejects.toBe(reason);
    paused.resolve();
  });
});
