/** Every request of a life behind OpenSSH fails once, in every way: what may be repeated ends well, and nothing is lost. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freeTraffic, type Traffic } from '../../main/destinations/traffic.ts';
import { HoldfastError } from '../../main/errors.ts';
import { CuttingTcp } from '../support/cutting-tcp.ts';
import { all, expectBytes, expectCode, namesIn } from '../support/destination-helpers.ts';
import { life, STEP } from '../support/destination-life.ts';
import { CLIENT, nameFor, numbered, random } from '../support/destination-names.ts';
import { makeSftp, type SftpUnderTest } from '../support/destination-sftp.ts';
import { SftpLine, transferThrough } from '../support/remote-sftp-line.ts';
import { sshdMissing, startSshd, type Sshd } from '../support/sshd.ts';

/** Short, because each silent request is waited for. */
const STALL_MS = 500;
/** Lives at a time: each mostly waits. */
const LANES = 10;
const packed = random(300_000);

/** Counts what is about to be sent, and does something just before one of them. */
class Watched implements Traffic {
  seen = 0;
  at = 0;
  act: () => void = () => undefined;

  async request(): Promise<void> {
    this.#see();
  }

  async send(): Promise<void> {
    this.#see();
  }

  async receive(): Promise<void> {
    this.#see();
  }

  #see(): void {
    this.seen += 1;
    if (this.seen === this.at) this.act();
  }
}

describe.skipIf(sshdMissing !== null)('a server behind a bad line', () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => {
    await server.stop();
  });

  /** A repository behind a line of its own. */
  async function behind(traffic: Traffic, stallMs?: number): Promise<SftpUnderTest & { relay: CuttingTcp }> {
    const relay = await CuttingTcp.before(server.port);
    const options = { place: { port: relay.port }, traffic, ...(stallMs === undefined ? {} : { stallMs }) };
    const under = await makeSftp(server, options);
    return {
      ...under,
      relay,
      async dispose() {
        await under.dispose();
        await relay.stop();
      },
    };
  }

  const faults: [string, (relay: CuttingTcp) => void][] = [
    ['a connection that is cut before', (relay) => relay.cut()],
    ['a lost answer', (relay) => relay.loseAnswer()],
    ['silence', (relay) => relay.silence()],
  ];
  test.each(faults)('%s, at each request once', { timeout: 180_000 }, async (what, act) => {
    const counted = new Watched();
    const first = await behind(counted);
    const before = counted.seen;
    await life(first.destination, packed, [9, 150_000]);
    const requests = counted.seen - before;
    await first.dispose();
    expect(requests).toBeGreaterThan(40);

    const lifeWithFault = async (number: number): Promise<void> => {
      const traffic = new Watched();
      const under = await behind(traffic, what === 'silence' ? STALL_MS : undefined);
      try {
        traffic.at = traffic.seen + number;
        traffic.act = () => act(under.relay);
        await life(under.destination, packed, [9, 150_000]);
        expect([number, traffic.seen >= traffic.at]).toEqual([number, true]);
        expect(await namesIn(under.destination, '')).toEqual([nameFor(packed), 'repo.json'].sort());
        expectBytes(await under.destination.get('repo.json'), numbered(2));
        await under.destination.clearSpool(CLIENT);
        // Where the line fell while a file of the whole repository was written, its rest goes after a day.
        expect((await under.leftovers()).every((name) => name.startsWith('put-'))).toBe(true);
      } finally {
        await under.dispose();
      }
    };
    const begin = faults.findIndex(([known]) => known === what) % STEP;
    const numbers = Array.from({ length: requests }, (_, index) => index + 1).filter((n) => n % STEP === begin);
    const lane = async (): Promise<void> => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await lifeWithFault(number);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  });

  test('a list is whole or an error, wherever the line is cut', async () => {
    const traffic = new Watched();
    const under = await behind(traffic);
    for (let number = 0; number < 8; number += 1) {
      await under.destination.put(nameFor(numbered(number)), numbered(number));
    }
    const before = traffic.seen;
    const whole = await all(under.destination, '');
    expect(whole).toHaveLength(8);
    const requests = traffic.seen - before;
    let errors = 0;
    for (let number = 1; number <= requests; number += 1) {
      traffic.at = traffic.seen + number;
      traffic.act = () => under.relay.cut();
      const listed = await all(under.destination, '').catch((error: unknown) => error);
      if (listed instanceof HoldfastError) {
        expect([listed.code, listed.retry]).toEqual(['destination-offline', { afterMs: null }]);
        errors += 1;
      } else expect(listed).toHaveLength(8);
    }
    expect(errors).toBeGreaterThan(requests / 2);
    await under.dispose();
  });

  test('a file transfer that ends alone is a lost connection, whatever waits for it', async () => {
    let asked = 0;
    let lostAt = 0;
    const line = await SftpLine.start(() => ((asked += 1) === lostAt ? 'lost' : null));
    const behindLine = await startSshd({ config: [`ForceCommand ${transferThrough(line.port)}`] });
    const under = await makeSftp(behindLine);
    await under.destination.put('repo.json', numbered(1));
    for (const call of [
      async () => await under.destination.get('repo.json'),
      async () => await all(under.destination, ''),
      async () => await under.destination.put('repo.json', numbered(2)),
    ]) {
      lostAt = asked + 1;
      await expect(call()).rejects.toMatchObject({ code: 'destination-offline', retry: { afterMs: null } });
      await call();
    }
    await under.dispose();
    await line.stop();
    await behindLine.stop();
  });

  test('a server that is not there: offline, and may be tried again', async () => {
    const under = await behind(freeTraffic);
    await server.kill();
    const stat = under.destination.stat('repo.json');
    await expect(stat).rejects.toMatchObject({ code: 'destination-offline', retry: { afterMs: null } });
    await expectCode(under.destination.put('repo.json', numbered(1)), 'destination-offline');
    await server.restart();
    await under.destination.put('repo.json', numbered(1));
    await under.dispose();
  });
});
