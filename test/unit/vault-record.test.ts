/** The rules of one record, each by name: charging, delays, the last try, suspension, freezing, registration, sessions. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apply, type Event } from '../../vault/record/apply.ts';
import { DAY_MS, HOUR_MS, LAST_TRY_UNANSWERED_MS, MINUTE_MS } from '../../vault/record/limits.ts';
import { decodeState, encodeState, StateError, type RecordState } from '../../vault/record/state.ts';
import type { Refusal } from '../../vault/record/transition.ts';
import { countsOf, findLogin, findSession, frozenMs, lifetimeOf, noncesOf } from '../../vault/record/view.ts';

const bytes = (seed: string, size: number): Uint8Array =>
  new Uint8Array(createHash('shake256', { outputLength: size }).update(seed).digest());
const id = (seed: string): Uint8Array => bytes(seed, 16);
const hash = (seed: string): Uint8Array => bytes(seed, 32);
const answer = (seed: string) => ({
  ke2: bytes(`ke2 ${seed}`, 259),
  clientMac: hash(`mac ${seed}`),
  sessionKey: hash(`key ${seed}`),
});
const KSF = { memoryKiB: 262_144, iterations: 3, parallelism: 4 };

/** One record and its time; every state that it goes through is encoded and decoded. */
class World {
  state: RecordState | null = null;
  ms = 1_000_000;
  log: string[] = [];

  do(event: Event): Refusal | null {
    for (;;) {
      const result = apply(this.state, event, { ms: this.ms, at: 1_700_000_000_000 + this.ms });
      if (result.step !== null) {
        this.log.push(result.step.type);
        this.state = result.step.state === null ? null : decodeState(encodeState(result.step.state));
      }
      if (!result.again) return result.refusal;
    }
  }

  code(event: Event): string {
    return this.do(event)?.code ?? 'ok';
  }

  live(): RecordState {
    if (this.state === null) throw new Error('no record');
    return this.state;
  }

  start(name: string, deviceId: Uint8Array | null = null, ke1 = name): string {
    return this.code({ type: 'loginStart', loginId: id(name), ke1Hash: hash(ke1), deviceId });
  }

  answered(name: string, ke1 = name): string {
    return this.code({ type: 'loginAnswered', loginId: id(name), ke1Hash: hash(ke1), answer: answer(name) });
  }

  finish(name: string, right: boolean): string {
    return this.code({ type: 'loginFinish', loginId: id(name), right, sealed: bytes(`sealed ${name}`, 40) });
  }

  giveUp(name: string, ke1 = name): string {
    return this.code({ type: 'loginGiveUp', loginId: id(name), ke1Hash: hash(ke1) });
  }

  /** Waits as long as asked for and fails; the last one is left pending. */
  failures(count: number, prefix = 'f', deviceId: Uint8Array | null = null): void {
    for (let i = 0; i < count; i++) {
      this.ms += countsOf(this.live(), deviceId !== null, this.ms).waitMs;
      expect(this.start(`${prefix}${i}`, deviceId)).toBe('ok');
      expect(this.answered(`${prefix}${i}`)).toBe('ok');
    }
  }

  register(name = 'r', version = 1, byOwner = false, maxAttempts = 10): void {
    expect(this.regStart(name, version, byOwner)).toBe('ok');
    expect(this.stage(name, maxAttempts)).toBe('ok');
    expect(this.prove(name)).toBe('ok');
    expect(this.expose(name)).toBe('ok');
  }

  regStart(name: string, version: number, byOwner: boolean, blinded = name): string {
    const registrationId = id(name);
    return this.code({
      type: 'regStart',
      registrationId,
      version,
      nonce: hash(`nonce ${name}`),
      blindedHash: hash(blinded),
      byOwner,
    });
  }

  stage(name: string, maxAttempts = 10, owner = 'owner'): string {
    return this.code({
      type: 'regStage',
      registrationId: id(name),
      opaqueRecord: bytes(name, 129),
      blob: bytes(name, 60),
      ksf: KSF,
      maxAttempts,
      ownerPublicKey: hash(owner),
    });
  }

  prove(name: string): string {
    const registrationId = id(name);
    const asked = this.code({ type: 'regProve', registrationId, ke1Hash: hash(name) });
    if (asked !== 'ok') return asked;
    this.do({ type: 'regAnswered', registrationId, ke1Hash: hash(name), answer: answer(name) });
    return this.code({ type: 'regProveFinish', registrationId, right: true, sealed: bytes('s', 40) });
  }

  expose(name: string): string {
    return this.code({ type: 'regExpose', registrationId: id(name) });
  }

  session(name: string, deviceId: Uint8Array | null = null): string {
    return this.code({
      type: 'sessionOpen',
      sessionId: id(name),
      publicKey: hash(`key ${name}`),
      v: hash(`v ${name}`),
      deviceId,
      idleMs: 15 * MINUTE_MS,
      lifeMs: 12 * HOUR_MS,
    });
  }
}

function registered(maxAttempts = 10): World {
  const world = new World();
  world.register('r', 1, false, maxAttempts);
  world.log = [];
  return world;
}

describe('charging', () => {
  it('counts before an answer exists, and once for the same login id and KE1', () => {
    const world = registered();
    expect(world.start('a')).toBe('ok');
    expect(world.live().consecutive).toBe(1);
    expect(world.start('a')).toBe('ok');
    expect(world.live().consecutive).toBe(1);
    expect(world.log).toEqual(['charge', 'charge-again']);
    expect(world.answered('a')).toBe('ok');
    expect(world.start('a')).toBe('ok');
    expect(world.log).toEqual(['charge', 'charge-again', 'answer']);
  });

  it('refuses the same login id with another KE1, uncharged', () => {
    const world = registered();
    world.start('a');
    expect(world.start('a', null, 'other')).toBe('login-mismatch');
    expect(world.answered('a', 'other')).toBe('unknown-login');
    expect(world.live().consecutive).toBe(1);
  });

  it('keeps the first answer to a login', () => {
    const world = registered();
    world.start('a');
    world.answered('a');
    const before = findLogin(world.live(), id('a'))?.answer;
    world.do({ type: 'loginAnswered', loginId: id('a'), ke1Hash: hash('a'), answer: answer('again') });
    expect(findLogin(world.live(), id('a'))?.answer).toEqual(before);
  });

  it('resets to the charges made after the login that succeeded, and repeats change nothing', () => {
    const world = registered();
    world.failures(3);
    expect(world.finish('f1', true)).toBe('ok');
    expect(world.live().consecutive).toBe(1);
    expect(lifetimeOf(world.live())).toBe(2);
    const encoded = encodeState(world.live());
    expect(world.finish('f1', true)).toBe('ok');
    expect(encodeState(world.live())).toEqual(encoded);
  });

  it('never raises the count by the success of an older login', () => {
    const world = registered();
    world.failures(3);
    world.finish('f2', true);
    expect(world.live().consecutive).toBe(0);
    expect(world.finish('f0', true)).toBe('ok');
    expect(world.live().consecutive).toBe(0);
  });

  it('takes no KE3 before there is an answer, and no second word after a wrong one', () => {
    const world = registered();
    world.start('a');
    expect(world.finish('a', true)).toBe('unknown-login');
    world.answered('a');
    expect(world.finish('a', false)).toBe('wrong-password');
    expect(world.finish('a', true)).toBe('wrong-password');
    expect(world.live().consecutive).toBe(1);
    expect(findLogin(world.live(), id('a'))?.answer?.sessionKey).toHaveLength(0);
  });

  it('remembers a finished login for 24 h', () => {
    const world = registered();
    world.start('a');
    world.answered('a');
    world.finish('a', true);
    world.ms += DAY_MS - 1;
    expect(world.finish('a', true)).toBe('ok');
    world.ms += 1;
    expect(world.finish('a', true)).toBe('unknown-login');
  });

  it('does not know a record before its first exposure', () => {
    const world = new World();
    world.regStart('r', 1, false);
    world.stage('r');
    expect(world.start('a')).toBe('unknown-record');
    expect(world.code({ type: 'destroy' })).toBe('unknown-record');
  });
});

describe('delays', () => {
  it('follow failures 4 to 9: 1, 5, 15 min, 1 h, 7 d, 7 d', () => {
    const world = registered();
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      world.ms += countsOf(world.live(), false, world.ms).waitMs;
      world.start(`f${i}`);
      waits.push(countsOf(world.live(), false, world.ms).waitMs / MINUTE_MS);
    }
    expect(waits).toEqual([0, 0, 0, 1, 5, 15, 60, 7 * 24 * 60, 7 * 24 * 60]);
  });

  it('are refused uncharged until the last ms', () => {
    const world = registered();
    world.failures(4);
    world.ms += MINUTE_MS - 1;
    const refusal = world.do({ type: 'loginStart', loginId: id('x'), ke1Hash: hash('x'), deviceId: null });
    expect(refusal).toEqual({ code: 'delayed', counts: { used: 4, limit: 10, waitMs: 1, version: 1 } });
    expect(world.live().consecutive).toBe(4);
    world.ms += 1;
    expect(world.start('x')).toBe('ok');
  });

  it('are an hour instead of seven days for an enrolled computer, and for no other', () => {
    const world = registered();
    world.do({ type: 'deviceAdd', deviceId: id('laptop'), publicKey: hash('laptop') });
    world.failures(8);
    world.ms += HOUR_MS;
    expect(world.start('x')).toBe('delayed');
    expect(world.start('x', id('stranger'))).toBe('delayed');
    expect(world.start('x', id('laptop'))).toBe('ok');
  });

  it('do not concern a repeat of a login that was charged', () => {
    const world = registered();
    world.failures(5);
    expect(world.start('f4')).toBe('ok');
  });
});

describe('the last try', () => {
  it.each([1, 3, 10])('of %i is refused to others while it is pending, uncharged', (limit) => {
    const world = registered(limit);
    world.failures(limit);
    world.ms += 8 * HOUR_MS;
    expect(world.start('x')).toBe('last-try-pending');
    expect(world.live().charges).toBe(limit);
  });

  it('destroys by LoginGiveUp: nonce, record and blob at once, the owner key stays', () => {
    const world = registered();
    world.failures(10);
    expect(world.giveUp('f9')).toBe('ok');
    expect(world.live().lock).toBeNull();
    expect(noncesOf(world.live())).toEqual([]);
    expect(world.live().logins).toEqual([]);
    expect(world.live().ownerPublicKey).toEqual(hash('owner'));
    const encoded = Buffer.from(encodeState(world.live()));
    for (const secret of [hash('nonce r'), bytes('r', 129), bytes('r', 60), answer('f9').clientMac]) {
      expect(encoded.includes(Buffer.from(secret))).toBe(false);
    }
    expect(world.start('x')).toBe('destroyed');
    expect(world.regStart('again', 2, true)).toBe('destroyed');
  });

  it('destroys by a wrong KE3', () => {
    const world = registered();
    world.failures(10);
    expect(world.finish('f9', false)).toBe('destroyed');
    expect(world.live().destroyed?.by).toBe('failures');
  });

  it('is not decided by the ninth, nor by a give-up for another KE1', () => {
    const world = registered();
    world.do({ type: 'deviceAdd', deviceId: id('laptop'), publicKey: hash('laptop') });
    world.failures(10, 'f', id('laptop'));
    expect(world.giveUp('f8')).toBe('ok');
    expect(world.finish('f8', false)).toBe('wrong-password');
    expect(world.giveUp('f9', 'other')).toBe('login-mismatch');
    expect(world.live().destroyed).toBeNull();
  });

  it('opens with the right password, and the record goes on', () => {
    const world = registered();
    world.failures(10);
    expect(world.finish('f9', true)).toBe('ok');
    expect(world.live().consecutive).toBe(0);
    expect(world.start('x')).toBe('ok');
  });

  it('destroys 24 h of service after its answer where nobody decides', () => {
    const world = registered();
    world.failures(10);
    world.ms += DAY_MS - 1;
    world.do({ type: 'sweep' });
    expect(world.live().destroyed).toBeNull();
    world.ms += 1;
    expect(world.start('x')).toBe('destroyed');
    expect(world.log.at(-1)).toBe('destroy');
  });

  it('that was never answered may be repeated through a long outage of the HSM', () => {
    const world = registered();
    world.failures(9);
    world.ms += 7 * DAY_MS;
    expect(world.start('last')).toBe('ok');
    world.ms += LAST_TRY_UNANSWERED_MS - 1;
    expect(world.start('last')).toBe('ok');
    world.answered('last');
    expect(world.finish('last', true)).toBe('ok');
  });

  it('that was never answered ends the record in the end', () => {
    const world = registered(1);
    world.start('last');
    world.ms += LAST_TRY_UNANSWERED_MS;
    expect(world.start('last')).toBe('destroyed');
  });
});

describe('the life of a record', () => {
  function hundredFailures(): World {
    const world = registered();
    for (let i = 0; i < 99; i++) {
      world.failures(1, `bad${i}-`);
      if (i % 3 === 2) {
        world.start(`good${i}`);
        world.answered(`good${i}`);
        world.finish(`good${i}`, true);
      }
    }
    world.failures(1, 'hundredth');
    return world;
  }

  it('is suspended by 100 failures, not by successes; the owner clears it and nothing else', () => {
    const world = hundredFailures();
    expect(lifetimeOf(world.live())).toBe(100);
    expect(world.live().charges).toBe(133);
    expect(world.start('x')).toBe('suspended');
    expect(world.code({ type: 'clearFailures' })).toBe('ok');
    expect(lifetimeOf(world.live())).toBe(0);
    expect(world.live().consecutive).toBe(1);
    expect(world.start('x')).toBe('ok');
  });

  it('is not suspended where the hundredth was the right password', () => {
    const world = hundredFailures();
    expect(world.finish('hundredth0', true)).toBe('ok');
    expect(world.start('x')).toBe('ok');
  });

  it('ends after 90 days of suspension; sessions outlive it', () => {
    const world = hundredFailures();
    world.do({ type: 'sweep' });
    world.ms += 90 * DAY_MS - 1;
    expect(world.start('x')).toBe('suspended');
    expect(world.session('s')).toBe('ok');
    world.ms += 1;
    expect(world.start('x')).toBe('destroyed');
    expect(world.live().destroyed?.by).toBe('suspension');
    expect(findSession(world.live(), id('s'), world.ms)).not.toBeNull();
  });
});

describe('freezing', () => {
  it('refuses unknown computers and lets enrolled ones in', () => {
    const world = registered();
    world.do({ type: 'deviceAdd', deviceId: id('laptop'), publicKey: hash('laptop') });
    expect(world.code({ type: 'freeze', days: 2 })).toBe('ok');
    expect(world.start('x')).toBe('frozen');
    expect(world.start('x', id('laptop'))).toBe('ok');
    world.ms += 2 * DAY_MS;
    expect(world.start('y')).toBe('ok');
  });

  it('ends when the owner says so', () => {
    const world = registered();
    world.do({ type: 'freeze', days: 90 });
    world.ms += DAY_MS;
    expect(world.code({ type: 'unfreeze' })).toBe('ok');
    expect(world.start('x')).toBe('ok');
  });

  it('is at most 90 days in any 180, however it is asked for', () => {
    const world = registered();
    let seed = 7;
    const frozen: boolean[] = [];
    for (let day = 0; day < 1000; day++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      if (seed % 3 !== 0) world.do({ type: 'freeze', days: (seed % 90) + 1 });
      if (seed % 41 === 0) world.do({ type: 'unfreeze' });
      frozen.push(frozenMs(world.live(), world.ms) > 0);
      world.ms += DAY_MS;
    }
    for (let end = 180; end <= frozen.length; end++) {
      const days = frozen.slice(end - 180, end).filter(Boolean).length;
      expect(days).toBeLessThanOrEqual(90);
    }
    expect(frozen.filter(Boolean).length).toBeGreaterThan(400);
  });
});

describe('registration', () => {
  it('serves the old version until the new one is exposed, and only the new one after', () => {
    const world = registered();
    world.regStart('n', 2, true);
    world.stage('n');
    expect(world.live().lock?.nonce).toEqual(hash('nonce r'));
    expect(world.expose('n')).toBe('not-proven');
    expect(world.live().lock?.nonce).toEqual(hash('nonce r'));
    expect(world.prove('n')).toBe('ok');
    expect(world.expose('n')).toBe('ok');
    expect(noncesOf(world.live())).toEqual([hash('nonce n')]);
    expect(world.live().version).toBe(2);
    expect(world.live().registrations).toBe(2);
  });

  it('is idempotent in every step', () => {
    const world = registered();
    for (let i = 0; i < 2; i++) expect(world.regStart('n', 2, true)).toBe('ok');
    for (let i = 0; i < 2; i++) expect(world.stage('n')).toBe('ok');
    for (let i = 0; i < 2; i++) expect(world.prove('n')).toBe('ok');
    for (let i = 0; i < 5; i++) expect(world.expose('n')).toBe('ok');
    expect(world.live().registrations).toBe(2);
    expect(world.live().version).toBe(2);
  });

  it('drops pending logins and sessions, and gives no try back', () => {
    const world = registered();
    world.failures(2);
    world.session('s');
    world.register('n', 2, true);
    expect(world.finish('f1', true)).toBe('unknown-login');
    expect(findSession(world.live(), id('s'), world.ms)).toBeNull();
    expect(Buffer.from(encodeState(world.live())).includes(Buffer.from(hash('v s')))).toBe(false);
    expect(lifetimeOf(world.live())).toBe(2);
  });

  it('is the owner’s alone on a live record', () => {
    const world = registered();
    expect(world.regStart('n', 2, false)).toBe('bad-proof');
    expect(world.regStart('n', 3, true)).toBe('version-mismatch');
    world.regStart('n', 2, true);
    expect(world.stage('n', 10, 'another owner')).toBe('bad-proof');
  });

  it('takes one blinded element for a registration id', () => {
    const world = new World();
    world.regStart('r', 1, false);
    expect(world.regStart('r', 1, false, 'another')).toBe('login-mismatch');
    expect(world.regStart('r', 1, false)).toBe('ok');
    expect(world.log).toEqual(['reg-start', 'reg-again']);
  });

  it('takes one record for a registration id', () => {
    const world = new World();
    world.regStart('r', 1, false);
    world.stage('r', 10);
    expect(world.stage('r', 3)).toBe('version-mismatch');
  });

  it('cannot be pushed aside by a stranger once it is proven', () => {
    const world = new World();
    world.regStart('r', 1, false);
    world.stage('r');
    world.prove('r');
    expect(world.regStart('stranger', 1, false)).toBe('bad-proof');
    expect(world.expose('r')).toBe('ok');
  });

  it('that was not finished in a day is forgotten, with the record where there was none', () => {
    const world = new World();
    world.regStart('r', 1, false);
    world.ms += DAY_MS;
    expect(world.stage('r')).toBe('unknown-record');
    expect(world.state).toBeNull();

    const live = registered();
    live.regStart('n', 2, true);
    live.ms += DAY_MS;
    expect(live.stage('n')).toBe('unknown-registration');
    expect(noncesOf(live.live())).toEqual([hash('nonce r')]);
  });

  it('does not lift a suspension', () => {
    const world = registered();
    for (let i = 0; i < 100; i++) {
      world.failures(1, `bad${i}-`);
      if (i % 3 === 2 && i < 98) {
        world.start(`good${i}`);
        world.answered(`good${i}`);
        world.finish(`good${i}`, true);
      }
    }
    world.register('n', 2, true);
    expect(world.start('x')).toBe('suspended');
  });
});

describe('sessions', () => {
  it('end when they are idle, and by use they stay until their life ends', () => {
    const world = registered();
    expect(world.session('s')).toBe('ok');
    for (let i = 0; i < 50; i++) {
      world.ms += 14 * MINUTE_MS;
      expect(world.code({ type: 'sessionUse', sessionId: id('s') })).toBe('ok');
    }
    world.ms += 14 * MINUTE_MS;
    world.ms += 14 * MINUTE_MS;
    expect(world.code({ type: 'sessionUse', sessionId: id('s') })).toBe('unknown-session');

    world.session('t');
    world.ms += 15 * MINUTE_MS;
    expect(world.code({ type: 'sessionUse', sessionId: id('t') })).toBe('unknown-session');
    expect(Buffer.from(encodeState(world.live())).includes(Buffer.from(hash('v t')))).toBe(false);
  });

  it('that is asked for again is the same V; with another key it is refused', () => {
    const world = registered();
    world.session('s');
    const again = (key: string): string =>
      world.code({
        type: 'sessionOpen',
        sessionId: id('s'),
        publicKey: hash(key),
        v: hash('another v'),
        deviceId: null,
        idleMs: MINUTE_MS,
        lifeMs: HOUR_MS,
      });
    expect(again('key s')).toBe('ok');
    expect(findSession(world.live(), id('s'), world.ms)?.v).toEqual(hash('v s'));
    expect(again('another key')).toBe('login-mismatch');
  });

  it('survive destruction by failures, not the owner’s', () => {
    const world = registered(1);
    world.do({ type: 'deviceAdd', deviceId: id('laptop'), publicKey: hash('laptop') });
    world.session('s', id('laptop'));
    world.start('last');
    world.giveUp('last');
    expect(world.code({ type: 'sessionUse', sessionId: id('s') })).toBe('ok');
    expect(world.session('t')).toBe('destroyed');
    expect(world.code({ type: 'destroy' })).toBe('ok');
    expect(world.code({ type: 'sessionUse', sessionId: id('s') })).toBe('unknown-session');
    expect(world.live().destroyed?.by).toBe('owner');
  });

  it('go with the computer that is revoked', () => {
    const world = registered();
    world.do({ type: 'deviceAdd', deviceId: id('laptop'), publicKey: hash('laptop') });
    world.session('s', id('laptop'));
    world.session('t');
    expect(world.session('u', id('stranger'))).toBe('unknown-device');
    world.do({ type: 'deviceRevoke', deviceId: id('laptop') });
    expect(findSession(world.live(), id('s'), world.ms)).toBeNull();
    expect(findSession(world.live(), id('t'), world.ms)).not.toBeNull();
    expect(world.code({ type: 'deviceRevoke', deviceId: id('laptop') })).toBe('ok');
  });
});

describe('heads', () => {
  it('only go forward', () => {
    const world = registered();
    const put = (sequence: number, head: string): string =>
      world.code({ type: 'headPut', clientId: id('c'), sequence, head: hash(head) });
    expect(put(5, 'a')).toBe('ok');
    expect(put(5, 'a')).toBe('ok');
    expect(put(5, 'b')).toBe('version-mismatch');
    expect(put(4, 'a')).toBe('version-mismatch');
    expect(put(6, 'b')).toBe('ok');
  });
});

describe('stored bytes', () => {
  it('that are damaged are refused', () => {
    const encoded = encodeState(registered().live());
    expect(decodeState(encoded)).toEqual(registered().live());
    expect(() => decodeState(encoded.subarray(0, -1))).toThrow(StateError);
    expect(() => decodeState(Uint8Array.of(0xa0))).toThrow(StateError);
  });
});
