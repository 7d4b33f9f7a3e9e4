/**
 * Attacks 11 and 12 by the clock. Each measurement is made once and counts; a difference that is put there is found by
 * the same measurement, so that "no difference" is not blindness.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkKe3 } from '../../vault/protocol/opaque-server.ts';
import { LIFETIME_LIMIT } from '../../vault/record/limits.ts';
import { ATTACK_WORLDS, type AttackWorld } from '../support/vault/attack-worlds.ts';
import { newId, type TestClient } from '../support/vault/test-client.ts';
import { interleaved, T_BOUND, type Difference } from '../support/vault/timing.ts';

const LOGINS = 10_000;
const WARM_UP = 200;
const COMPARISONS = 200_000;
/** Logins for finding a difference that is put there, of so many standard errors that they have. */
const PLANTED_LOGINS = 2000;
const PLANTED_ERRORS = 12;
/** Tries in a row that cost no delay. */
const FREE_TRIES = 3;
/** Of 22 characters, as every wrong one is. */
const PASSWORD = newId();

function report(what: string, unit: string, { counts, t, tKept, mean, difference, error }: Difference): void {
  const rounded = [mean, difference, error].map((each) => Number(each.toPrecision(3)));
  console.log(
    `${what}: ${counts.join(' + ')}, t = ${t.toFixed(2)}, of the fastest 90 % ${tKept.toFixed(2)}; ` +
      `${rounded[0]} ${unit}, difference ${rounded[1]} ${unit}, standard error ${rounded[2]} ${unit}`,
  );
}

/** LoginStart with a right (1) or a wrong (0) password, ms; what puts the record back is not measured. */
class Logins {
  readonly #client: TestClient;
  /** Of the record: wrong ones in a row, and kept for its owner to see. */
  #row = 0;
  #kept = 0;

  constructor(client: TestClient) {
    this.#client = client;
  }

  async measure(right: boolean): Promise<number> {
    const wrong = newId();
    const login = this.#client.login(right ? PASSWORD : wrong);
    const started = performance.now();
    const answer = await this.#client.start(login);
    const took = performance.now() - started;
    if (right) {
      await this.#client.finish(login, answer);
      this.#row = 0;
      return took;
    }
    this.#row += 1;
    this.#kept += 1;
    if (this.#row === FREE_TRIES) {
      await this.#client.open(PASSWORD);
      this.#row = 0;
    }
    if (this.#kept === LIFETIME_LIMIT - FREE_TRIES) {
      await this.#client.byOwner('clearFailures', {});
      this.#kept = 0;
    }
    return took;
  }
}

describe.each(ATTACK_WORLDS)('attack 11: LoginStart of $name', ({ name, make }) => {
  let world: AttackWorld;
  let logins: Logins;
  beforeAll(async () => {
    world = await make();
    const client = world.service.client();
    await client.register(PASSWORD);
    logins = new Logins(client);
  });
  afterAll(() => world?.dispose());

  it(`takes as long for a right password as for a wrong one, ${LOGINS} times, and longer would be found out`, async () => {
    const found = await interleaved(LOGINS, WARM_UP, (kind) => logins.measure(kind === 1));
    report(`LoginStart, ${name}`, 'ms', found);
    expect(found.t).toBeLessThan(T_BOUND);
    expect(found.tKept).toBeLessThan(T_BOUND);

    const ms = PLANTED_ERRORS * found.error * Math.sqrt(LOGINS / PLANTED_LOGINS);
    let slow = false;
    world.hsm.onCall = (method) => {
      const until = performance.now() + (slow && method === 'evaluate' ? ms : 0);
      while (performance.now() < until);
    };
    const planted = await interleaved(PLANTED_LOGINS, WARM_UP, (kind) => {
      slow = kind === 1;
      return logins.measure(slow);
    });
    report(`the same with ${ms.toFixed(2)} ms planted`, 'ms', planted);
    expect(planted.tKept).toBeGreaterThan(T_BOUND);
  });
});

describe('attack 12: comparing KE3', () => {
  const right = new Uint8Array(randomBytes(32));
  const bent = [0, 31].map((at) => right.map((byte, i) => (i === at ? byte ^ 1 : byte)));
  // Always in the same place, so that only what is in it differs.
  const ke3 = new Uint8Array(32);
  const comparing = (compare: (a: Uint8Array, b: Uint8Array) => boolean): Promise<Difference> =>
    interleaved(COMPARISONS, COMPARISONS / 20, (kind) => {
      ke3.set(bent[kind] ?? right);
      const started = process.hrtime.bigint();
      const same = compare(right, ke3);
      const ns = Number(process.hrtime.bigint() - started);
      if (same) throw new Error('a bent KE3 is taken');
      return ns;
    });

  it('takes as long wherever the wrong byte is', async () => {
    const found = await comparing(checkKe3);
    report('KE3', 'ns', found);
    expect(found.t).toBeLessThan(T_BOUND);
    expect(found.tKept).toBeLessThan(T_BOUND);
  });

  it('byte by byte until one differs would be found out', async () => {
    const found = await comparing((a, b) => a.every((byte, i) => byte === b[i]));
    report('the same byte by byte', 'ns', found);
    expect(found.tKept).toBeGreaterThan(T_BOUND);
  });
});
