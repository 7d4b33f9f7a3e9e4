import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { RootKey } from '../../main/keys/secret.ts';
import { KeySession, type Clock, type LockReason } from '../../main/keys/session.ts';

const MINUTE = 60_000;

/** A clock that stands still until it is turned. `asleep` moves the time without running timers. */
class HandClock implements Clock {
  time = 1_000_000;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();
  #next = 0;

  now(): number {
    return this.time;
  }

  after(ms: number, callback: () => void): () => void {
    const id = this.#next++;
    this.#timers.set(id, { at: this.time + ms, callback });
    return () => this.#timers.delete(id);
  }

  get pending(): number {
    return this.#timers.size;
  }

  asleep(ms: number): void {
    this.time += ms;
    for (const timer of this.#timers.values()) timer.at += ms;
  }

  turn(ms: number): void {
    this.time += ms;
    for (const [id, timer] of this.#timers) {
      if (timer.at > this.time) continue;
      this.#timers.delete(id);
      timer.callback();
    }
  }
}

function setUp(idleMinutes = 15): {
  clock: HandClock;
  session: KeySession;
  key: RootKey;
  reasons: LockReason[];
  failures: unknown[];
} {
  const clock = new HandClock();
  const failures: unknown[] = [];
  const session = new KeySession({ idleMinutes, clock, onListenerError: (error) => failures.push(error) });
  const reasons: LockReason[] = [];
  session.onLock((reason) => void reasons.push(reason));
  const key = RootKey.generate();
  session.unlock(key);
  return { clock, session, key, reasons, failures };
}

describe('unlocked session', () => {
  test('gives the key while unlocked, and wipes it on lock before anyone is told', async () => {
    const { session, key, reasons } = setUp();
    expect(session.locked).toBe(false);
    expect(session.rootKey).toBe(key);
    let wipedWhenTold = false;
    session.onLock(() => void (wipedWhenTold = key.wiped && session.locked));
    await session.lock('user');
    expect(wipedWhenTold).toBe(true);
    expect(reasons).toEqual(['user']);
    expect(() => session.rootKey).toThrow(HoldfastError);
    expect(session.lockAt).toBeNull();
  });

  test('locks after the idle time and not a millisecond before', () => {
    const { clock, session, key, reasons } = setUp(15);
    expect(session.lockAt).toBe(clock.time + 15 * MINUTE);
    clock.turn(15 * MINUTE - 1);
    expect(session.locked).toBe(false);
    clock.turn(1);
    expect(session.locked).toBe(true);
    expect(key.wiped).toBe(true);
    expect(reasons).toEqual(['idle']);
    expect(clock.pending).toBe(0);
  });

  test('input starts the idle time again', () => {
    const { clock, session } = setUp(1);
    for (let i = 0; i < 10; i++) {
      clock.turn(MINUTE - 1);
      session.touch();
    }
    expect(session.locked).toBe(false);
    expect(clock.pending).toBe(1);
    clock.turn(MINUTE);
    expect(session.locked).toBe(true);
  });

  test('input after a sleep that outlasted the idle time locks instead of going on', () => {
    const { clock, session, reasons } = setUp(15);
    clock.asleep(16 * MINUTE);
    session.touch();
    expect(session.locked).toBe(true);
    expect(reasons).toEqual(['idle']);
  });

  test('a clock set back does not lengthen the wait beyond one idle time', () => {
    const { clock, session } = setUp(15);
    clock.time -= 600 * MINUTE;
    session.setIdleMinutes(10);
    clock.turn(10 * MINUTE);
    expect(session.locked).toBe(true);
  });

  test('a shorter idle time counts from the last input', () => {
    const { clock, session } = setUp(60);
    clock.turn(20 * MINUTE);
    session.setIdleMinutes(15);
    clock.turn(0);
    expect(session.locked).toBe(true);
    expect(() => session.setIdleMinutes(0)).toThrow(RangeError);
    expect(() => session.setIdleMinutes(Number.NaN)).toThrow(RangeError);
  });

  test('something at work holds off the idle lock, but not lock now', async () => {
    const { clock, session, reasons } = setUp(15);
    const first = session.hold();
    const second = session.hold();
    clock.turn(120 * MINUTE);
    session.touch();
    expect(session.locked).toBe(false);
    expect(session.lockAt).toBeNull();
    first();
    first();
    clock.turn(20 * MINUTE);
    expect(session.locked).toBe(false);
    second();
    clock.turn(15 * MINUTE);
    expect(reasons).toEqual(['idle']);

    session.unlock(RootKey.generate());
    session.hold();
    await session.lock('sleep');
    expect(reasons).toEqual(['idle', 'sleep']);
  });

  test('lock waits for what it ends, survives what fails, and happens once', async () => {
    const { session, reasons, failures } = setUp();
    let ended = false;
    let release = (): void => {};
    const ending = new Promise<void>((resolve) => (release = resolve));
    session.onLock(() => {
      throw new Error('a listener failed');
    });
    session.onLock(async () => {
      await ending;
      ended = true;
    });
    const removed = session.onLock(() => void reasons.push('quit'));
    removed();
    const order: string[] = [];
    const locks = [session.lock('user'), session.lock('user')].map(
      async (lock) => await lock.then(() => order.push(`ended: ${String(ended)}`)),
    );
    expect(session.locked).toBe(true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([]);
    release();
    await Promise.all(locks);
    expect(order).toEqual(['ended: true', 'ended: true']);
    expect(reasons).toEqual(['user']);
    expect(failures.map(String)).toEqual(['Error: a listener failed']);
  });

  test('another key replaces and wipes the first; the same key is kept', () => {
    const { session, key } = setUp();
    session.unlock(key);
    expect(key.wiped).toBe(false);
    const next = RootKey.generate();
    session.unlock(next);
    expect(key.wiped).toBe(true);
    expect(session.rootKey).toBe(next);
  });
});
