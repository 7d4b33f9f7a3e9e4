/** How much of the connection may be used: by the clock on the wall, across its changes, and live. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Limits } from '../../main/destinations/limits.ts';
import { MeteredTraffic } from '../../main/destinations/meter.ts';
import { ConnectionBandwidth } from '../../main/jobs/bandwidth/bandwidth.ts';
import { type Bandwidth, nextChangeOfRates, NO_RATES, ratesAt } from '../../main/jobs/bandwidth/rules.ts';
import { ConfigStore } from '../../main/jobs/config.ts';
import { bandwidths } from '../support/any-bandwidth.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { QuickClock } from '../support/quick-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const zone = process.env['TZ'];
/** Clocks go forward on 29 March 2026 at 2:00 and back on 25 October at 3:00. */
beforeAll(() => {
  process.env['TZ'] = 'Europe/Berlin';
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

const at = (text: string): number => new Date(text).getTime();
const slow = { sendBytes: 2_000_000, receiveBytes: null };
/** 2 MB/s up on workdays from 8 to 18, else no limit. */
const office: Bandwidth = {
  rules: [{ ...slow, days: [1, 2, 3, 4, 5], hours: { from: 8 * 60, to: 18 * 60 } }],
  otherwise: NO_RATES,
};

describe('the rules', () => {
  it('hold from their first minute up to their last, on their days', () => {
    expect(ratesAt(office, at('2026-11-26T07:59:59'))).toEqual(NO_RATES);
    expect(ratesAt(office, at('2026-11-26T08:00'))).toEqual(slow);
    expect(ratesAt(office, at('2026-11-26T17:59:59'))).toEqual(slow);
    expect(ratesAt(office, at('2026-11-26T18:00'))).toEqual(NO_RATES);
    expect(ratesAt(office, at('2026-11-28T12:00'))).toEqual(NO_RATES);
  });

  it('over midnight belong to the day on which they begin', () => {
    const night: Bandwidth = {
      rules: [{ ...slow, days: [7], hours: { from: 22 * 60, to: 6 * 60 } }],
      otherwise: NO_RATES,
    };
    expect(ratesAt(night, at('2026-11-29T05:00'))).toEqual(NO_RATES); // Sunday morning: Saturday's night
    expect(ratesAt(night, at('2026-11-29T22:00'))).toEqual(slow);
    expect(ratesAt(night, at('2026-11-30T05:59'))).toEqual(slow);
    expect(ratesAt(night, at('2026-11-30T06:00'))).toEqual(NO_RATES);
  });

  it('that hold together leave the slower of each direction', () => {
    const both: Bandwidth = {
      rules: [
        { days: [4], hours: null, sendBytes: 3_000_000, receiveBytes: 1_000_000 },
        { days: [4], hours: { from: 600, to: 660 }, sendBytes: 500_000, receiveBytes: null },
      ],
      otherwise: { sendBytes: 9_000_000, receiveBytes: 9_000_000 },
    };
    expect(ratesAt(both, at('2026-11-26T10:30'))).toEqual({ sendBytes: 500_000, receiveBytes: 1_000_000 });
    expect(ratesAt(both, at('2026-11-26T11:00'))).toEqual({ sendBytes: 3_000_000, receiveBytes: 1_000_000 });
    expect(ratesAt(both, at('2026-11-27T10:30'))).toEqual(both.otherwise);
  });

  it('change next at their times, and over a weekend', () => {
    expect(nextChangeOfRates(office, at('2026-11-26T07:00'))).toBe(at('2026-11-26T08:00'));
    expect(nextChangeOfRates(office, at('2026-11-26T08:00'))).toBe(at('2026-11-26T18:00'));
    expect(nextChangeOfRates(office, at('2026-11-27T18:00'))).toBe(at('2026-11-30T08:00'));
    expect(nextChangeOfRates({ rules: [], otherwise: slow }, at('2026-11-27T18:00'))).toBeNull();
    const always: Bandwidth = { rules: [{ ...slow, days: [1, 2, 3, 4, 5, 6, 7], hours: null }], otherwise: NO_RATES };
    expect(nextChangeOfRates(always, at('2026-11-27T18:00'))).toBeNull();
  });

  it('go by the wall where the clocks go forward: what would begin in the hour that is skipped begins after it', () => {
    const early: Bandwidth = { rules: [{ ...slow, days: [7], hours: { from: 150, to: 240 } }], otherwise: NO_RATES };
    expect(nextChangeOfRates(early, at('2026-03-29T01:30'))).toBe(at('2026-03-29T03:00'));
    expect(ratesAt(early, at('2026-03-29T03:00'))).toEqual(slow);
    expect(nextChangeOfRates(early, at('2026-03-29T03:00'))).toBe(at('2026-03-29T04:00'));
  });

  it('go by the wall where the clocks go back: what begins in the hour that comes twice begins twice', () => {
    const early: Bandwidth = { rules: [{ ...slow, days: [7], hours: { from: 150, to: 240 } }], otherwise: NO_RATES };
    const first = at('2026-10-25T00:30:00Z');
    expect(nextChangeOfRates(early, at('2026-10-25T01:00'))).toBe(first);
    const back = first + HOUR / 2; // three o'clock becomes two
    expect(nextChangeOfRates(early, first)).toBe(back);
    expect(ratesAt(early, back)).toEqual(NO_RATES);
    expect(nextChangeOfRates(early, back)).toBe(back + HOUR / 2);
    expect(nextChangeOfRates(early, back + HOUR / 2)).toBe(at('2026-10-25T04:00'));
  });

  it('hold unchanged up to the next change, in any week', () => {
    const weeks = fc.constantFrom(at('2026-03-28T12:00'), at('2026-10-24T12:00'), at('2026-06-03T09:17'));
    fc.assert(
      fc.property(bandwidths, weeks, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (bandwidth, from, parts) => {
        const next = nextChangeOfRates(bandwidth, from);
        const end = next ?? from + 7 * DAY;
        const now = ratesAt(bandwidth, from);
        for (const part of [...parts, 0.999_999]) {
          expect(ratesAt(bandwidth, Math.min(end - 1, Math.floor(from + part * (end - from))))).toEqual(now);
        }
        if (next !== null) expect(ratesAt(bandwidth, next)).not.toEqual(now);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the connection', () => {
  let folder: string;
  let config: ConfigStore;
  let clock: FakeClock;
  const rates = (line: Limits): { send: boolean; receive: boolean } => {
    const takes = (direction: 'send' | 'receive'): boolean => line.take(direction, 1e9, 1e9).taken < 1e9;
    return { send: takes('send'), receive: takes('receive') };
  };

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-bandwidth-'));
    config = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    clock = new FakeClock(at('2026-11-26T07:59:30'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('is slowed when its hours begin, and freed when they end', async () => {
    let changes = 0;
    await config.update({ bandwidth: office });
    const keeper = new ConnectionBandwidth({ config, clock, changed: () => changes++ });
    expect(keeper.now).toEqual({ ...NO_RATES, untilMs: at('2026-11-26T08:00') });
    expect(rates(keeper.line)).toEqual({ send: false, receive: false });
    clock.advance(30_000);
    expect(keeper.now).toEqual({ ...slow, untilMs: at('2026-11-26T18:00') });
    expect(rates(keeper.line)).toEqual({ send: true, receive: false });
    clock.advance(10 * HOUR);
    expect(rates(keeper.line)).toEqual({ send: false, receive: false });
    expect(changes).toBe(2);
    keeper.end();
    expect(clock.waiting).toBe(0);
  });

  it('follows a clock that was set, or a computer that slept, within a minute', async () => {
    await config.update({ bandwidth: office });
    const keeper = new ConnectionBandwidth({ config, clock, changed: () => undefined });
    const awake = clock.now.bind(clock);
    clock.now = () => awake() + 4 * HOUR;
    clock.advance(MINUTE);
    expect(keeper.now.sendBytes).toBe(2_000_000);
    keeper.end();
  });

  it('takes a new rule at once, keeps it over a restart, and has no timer without one', async () => {
    let changes = 0;
    const keeper = new ConnectionBandwidth({ config, clock, changed: () => changes++ });
    expect(clock.waiting).toBe(0);
    await keeper.set({ rules: [], otherwise: { sendBytes: 1_000_000, receiveBytes: 250_000 } });
    expect(rates(keeper.line)).toEqual({ send: true, receive: true });
    expect([changes, clock.waiting]).toEqual([1, 0]);
    const again = (await ConfigStore.load(path.join(folder, 'config.json'))).store;
    expect(new ConnectionBandwidth({ config: again, clock, changed: () => undefined }).now.receiveBytes).toBe(250_000);
    await expect(keeper.set({ rules: [], otherwise: { sendBytes: 1, receiveBytes: null } })).rejects.toThrow();
    expect(keeper.now.sendBytes).toBe(1_000_000);
  });

  it('is shared by all places, and one with a limit of its own keeps to the slower of both', async () => {
    const quick = new QuickClock();
    const line = new Limits();
    line.set({ sendBytes: 1_000_000, receiveBytes: null, requests: null });
    const own = new Limits();
    own.set({ sendBytes: 250_000, receiveBytes: null, requests: null });
    const slowPlace = new MeteredTraffic({ limits: new Limits(own.shared, line.shared), clock: quick });
    const places = [1, 2].map(() => new MeteredTraffic({ limits: Limits.of({ line: line.shared }), clock: quick }));
    const start = quick.now();
    const ended: number[] = [];
    const send = async (meter: MeteredTraffic, bytes: number): Promise<void> => {
      for (let left = bytes; left > 0; left -= 50_000) await meter.send(50_000);
      ended.push(quick.now() - start);
    };
    await Promise.all([send(slowPlace, 1_000_000), ...places.map((meter) => send(meter, 1_500_000))]);
    // 4 MB over a line of 1 MB a second; 1 MB of them at a quarter of that.
    expect(Math.max(...ended)).toBeGreaterThan(3_700);
    expect(Math.max(...ended)).toBeLessThan(5_500);
    expect(ended[ended.length - 1]).toBeGreaterThan(3_700);
    line.set({ sendBytes: null, receiveBytes: null, requests: null });
    const free = quick.now();
    await slowPlace.send(500_000);
    expect(quick.now() - free).toBeGreaterThan(1_700);
    expect(quick.now() - free).toBeLessThan(2_300);
  });
});
