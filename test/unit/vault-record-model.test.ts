/** The state machine against a reference that keeps nothing but a list of tries, over random histories. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { apply, type Event } from '../../vault/record/apply.ts';
import { HOUR_MS, MINUTE_MS } from '../../vault/record/limits.ts';
import { decodeState, encodeState, NEW_RECORD, type RecordState } from '../../vault/record/state.ts';
import { countsOf, lifetimeOf } from '../../vault/record/view.ts';

const LIMIT = 10;
const bytes = (value: number, size: number): Uint8Array => new Uint8Array(size).fill(value);
const DEVICE = bytes(7, 16);

type Command =
  | { kind: 'wait'; minutes: number }
  | { kind: 'start'; id: number; ke1: number }
  | { kind: 'answer' | 'right' | 'wrong' | 'giveUp'; id: number };

const id = fc.integer({ min: 1, max: 16 });
/** Stands for the newest try. */
const NEWEST = 0;
const anyTry = fc.oneof(id, fc.constant(NEWEST));
const COMMANDS: fc.WeightedArbitrary<Command>[] = [
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 60 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('start' as const),
      id,
      ke1: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('answer' as const), id: anyTry }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('wrong' as const, 'giveUp' as const), id: anyTry }) },
];
const RIGHT: fc.WeightedArbitrary<Command> = {
  weight: 1,
  arbitrary: fc.record({ kind: fc.constant('right' as const), id: anyTry }),
};
const LENGTH = { minLength: 20, maxLength: 80, size: 'max' } as const;
/** Some tries were made before, so that the end comes into sight; with and without somebody who has the password. */
const history = fc
  .tuple(
    fc.integer({ min: 0, max: 9 }),
    fc.oneof(fc.array(fc.oneof(...COMMANDS), LENGTH), fc.array(fc.oneof(...COMMANDS, RIGHT), LENGTH)),
  )
  .map(([before, after]) => [...Array.from({ length: before }, (_, i) => tried(100 + i)).flat(), ...after]);

function tried(id: number): Command[] {
  return [
    { kind: 'wait', minutes: 60 },
    { kind: 'start', id, ke1: 0 },
    { kind: 'answer', id },
  ];
}

/** An enrolled computer tries all along, so that no wait is longer than an hour. */
const WAITS_MIN = [0, 0, 0, 0, 1, 5, 15, 60, 60, 60, 0];

class Reference {
  tries: { id: number; ke1: number; atMin: number; answered: boolean; said: 'nothing' | 'right' | 'wrong' }[] = [];
  nowMin = 0;
  gone = false;

  /** Tries since the newest that was right. */
  get count(): number {
    return this.tries.length - 1 - this.tries.findLastIndex((one) => one.said === 'right');
  }

  do(one: Command): string {
    if (one.kind === 'wait') {
      // Within a day: after that a login is forgotten, which this list does not do.
      this.nowMin = Math.min(this.nowMin + one.minutes, 23 * 60);
      return 'ok';
    }
    if (this.gone) return 'destroyed';
    const known = this.tries.find((other) => other.id === one.id);
    if (one.kind === 'start') {
      if (known !== undefined) return known.ke1 === one.ke1 ? 'ok' : 'login-mismatch';
      if (this.count === LIMIT) return 'last-try-pending';
      const last = this.tries.at(-1)?.atMin ?? 0;
      if (this.count > 0 && this.nowMin < last + (WAITS_MIN[this.count] ?? 0)) return 'delayed';
      this.tries.push({ id: one.id, ke1: one.ke1, atMin: this.nowMin, answered: false, said: 'nothing' });
      return 'ok';
    }
    if (known === undefined) return 'unknown-login';
    const last = this.count === LIMIT && known === this.tries.at(-1);
    if (one.kind === 'giveUp') {
      if (known.ke1 !== 0) return 'login-mismatch';
      this.gone = last;
      return 'ok';
    }
    if (one.kind === 'answer') {
      if (known.ke1 !== 0) return 'unknown-login';
      known.answered = true;
      return 'ok';
    }
    if (!known.answered) return 'unknown-login';
    if (known.said === 'nothing' && one.kind === 'right') {
      known.said = 'right';
      return 'ok';
    }
    if (known.said === 'right') return one.kind === 'right' ? 'ok' : 'wrong-password';
    known.said = 'wrong';
    if (!last) return 'wrong-password';
    this.gone = true;
    return 'destroyed';
  }
}

function eventOf(one: Exclude<Command, { kind: 'wait' }>): Event {
  const loginId = bytes(one.id, 16);
  const ke1Hash = bytes(one.kind === 'start' ? one.ke1 : 0, 32);
  switch (one.kind) {
    case 'start':
      return { type: 'loginStart', loginId, ke1Hash, deviceId: DEVICE };
    case 'answer': {
      const answer = { ke2: bytes(1, 259), clientMac: bytes(2, 32), sessionKey: bytes(3, 32) };
      return { type: 'loginAnswered', loginId, ke1Hash, answer };
    }
    case 'giveUp':
      return { type: 'loginGiveUp', loginId, ke1Hash };
    default:
      return { type: 'loginFinish', loginId, right: one.kind === 'right', sealed: bytes(4, 40) };
  }
}

function start(): RecordState {
  const lock = {
    version: 1,
    nonce: bytes(1, 32),
    opaqueRecord: bytes(1, 129),
    blob: bytes(1, 60),
    ksf: { memoryKiB: 65_536, iterations: 1, parallelism: 1 },
    maxAttempts: LIMIT,
  };
  const devices = [{ id: DEVICE, publicKey: bytes(7, 32), addedAt: 0 }];
  return { ...NEW_RECORD, ownerPublicKey: bytes(9, 32), lock, version: 1, registrations: 1, devices };
}

it('says and counts what the list of tries says', () => {
  let ends = 0;
  let resets = 0;
  const property = fc.property(history, (commands) => {
    const reference = new Reference();
    let state = start();
    for (const drawn of commands) {
      const newest = reference.tries.at(-1)?.id ?? 1;
      const one = drawn.kind !== 'wait' && drawn.id === NEWEST ? { ...drawn, id: newest } : drawn;
      const expected = reference.do(one);
      if (one.kind === 'wait') continue;
      const now = { ms: HOUR_MS + reference.nowMin * MINUTE_MS, at: 0 };
      const { step, refusal, again } = apply(state, eventOf(one), now);
      expect(again).toBe(false);
      expect(refusal?.code ?? 'ok').toBe(expected);
      if (step !== null && step.state !== null) state = decodeState(encodeState(step.state));
      expect(state.destroyed !== null).toBe(reference.gone);
      if (reference.gone) continue;
      expect(countsOf(state, true, now.ms).used).toBe(reference.count);
      expect(lifetimeOf(state)).toBe(reference.tries.filter((other) => other.said !== 'right').length);
    }
    if (reference.gone) ends += 1;
    if (reference.tries.some((other) => other.said === 'right')) resets += 1;
  });
  fc.assert(property, { numRuns: 300 });
  // Otherwise the histories were too tame to mean anything.
  expect(ends).toBeGreaterThan(5);
  expect(resets).toBeGreaterThan(5);
});
