/** Uploads over SFTP: that go on in the middle, that a distant server does not slow down, that a pause stops. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Flow } from '../../../main/destinations/sftp/flow.ts';
import { emptyCount, freeTraffic, type RequestClass, type Traffic } from '../../../main/destinations/traffic.ts';
import { CuttingTcp } from '../../support/cutting-tcp.ts';
import { deferred } from '../../support/deferred.ts';
import { expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import { makeSftp, type SftpUnderTest } from '../../support/destination-sftp.ts';
import { sshdMissing, startSshd, type Sshd } from '../../support/sshd.ts';

const MIB = 2 ** 20;

/** Counts, and waits where it is told to. */
class Counted implements Traffic {
  count = emptyCount();
  /** Called with the bytes sent before each piece. */
  beforeSending: (sent: number) => Promise<void> | void = () => undefined;

  async request(what: RequestClass): Promise<void> {
    this.count.requests[what] += 1;
  }

  async send(bytes: number, signal?: AbortSignal): Promise<void> {
    await this.beforeSending(this.count.sentBytes);
    signal?.throwIfAborted();
    this.count.sentBytes += bytes;
  }

  async receive(bytes: number): Promise<void> {
    this.count.receivedBytes += bytes;
  }
}

describe.skipIf(sshdMissing !== null)('an upload', () => {
  let server: Sshd;
  let under: SftpUnderTest;
  let traffic: Counted;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    traffic = new Counted();
    under = await makeSftp(server, { traffic });
  });
  afterEach(async () => {
    await under.dispose();
  });

  const large = random(24 * MIB);
  const name = nameFor(large);
  const tmp = (): string => path.join(under.root, 'tmp', CLIENT);

  /** Publishes until about so many bytes are sent; then `fail` happens. */
  async function interrupt(file: string, at: number, fail: () => Promise<void> | void): Promise<unknown> {
    let failed = false;
    traffic.beforeSending = async (sent) => {
      if (failed || sent < at) return;
      failed = true;
      await fail();
    };
    const error = await under.destination.publish(file, name).catch((thrown: unknown) => thrown);
    traffic.beforeSending = () => undefined;
    traffic.count = emptyCount();
    expect(failed).toBe(true);
    expect(await under.destination.stat(name).catch(() => null)).toBeNull();
    return error;
  }

  test('goes on in the middle after the server was killed, in another process too', async () => {
    const file = await spool(under.destination, large);
    const error = await interrupt(file, 20 * MIB, async () => await server.kill());
    expect(error).toMatchObject({ code: 'destination-offline', retry: { afterMs: null } });
    await server.restart();
    const later = new Counted();
    const other = await under.open({}, { traffic: later });
    await other.publish(file, name);
    expect(later.count.sentBytes).toBeLessThanOrEqual(16 * MIB);
    expect(later.count.sentBytes).toBeGreaterThanOrEqual(8 * MIB);
    expectBytes(await other.get(name), large);
    expect(await under.leftovers()).toEqual([]);
  });

  test('goes on in the middle after it was cancelled, within a second', async () => {
    const file = await spool(under.destination, large);
    const cancel = new AbortController();
    const reason = new Error('enough');
    traffic.beforeSending = (sent) => {
      if (sent >= 20 * MIB) cancel.abort(reason);
    };
    await expect(under.destination.publish(file, name, { signal: cancel.signal })).rejects.toBe(reason);
    traffic.beforeSending = () => undefined;
    traffic.count = emptyCount();
    expect(await namesIn(under.destination, '')).toEqual([]);
    await under.destination.publish(file, name);
    expect(traffic.count.sentBytes).toBeLessThanOrEqual(16 * MIB);
    expectBytes(await under.destination.get(name), large);
  });

  test.each([
    ['its beginning was cut', async (file: string) => await truncate(file, 3 * MIB)],
    ['its beginning is not the same any more', async (file: string) => await writeFile(file, random(20 * MIB))],
    ['its beginning was cleared', async (file: string) => await rm(file)],
    [
      'a link lies in the place of its beginning',
      async (file: string) => {
        await rename(file, `${file}-away`);
        await symlink(`${file}-away`, file);
      },
    ],
  ])('begins anew where %s', async (_what, spoil) => {
    const file = await spool(under.destination, large);
    await interrupt(file, 20 * MIB, () => {
      throw new Error('the power failed');
    });
    const [begun = ''] = await readdir(tmp());
    await spoil(path.join(tmp(), begun));
    await under.destination.publish(file, name);
    expect(traffic.count.sentBytes).toBe(large.length);
    expectBytes(await under.destination.get(name), large);
  });

  test('of a spool file that is another one now begins anew, and is refused for its hash', async () => {
    const file = await spool(under.destination, large);
    await interrupt(file, 20 * MIB, () => {
      throw new Error('the power failed');
    });
    expect(existsSync(`${file}.upload`)).toBe(true);
    await writeFile(file, random(large.length));
    await expectCode(under.destination.publish(file, name), 'object-damaged');
    expect(traffic.count.sentBytes).toBe(large.length);
    expect(await under.destination.stat(name)).toBeNull();
    expect([existsSync(file), existsSync(`${file}.upload`), await readdir(tmp())]).toEqual([true, false, []]);
  });

  test('whose state is nonsense, or another place’s, begins anew', async () => {
    const file = await spool(under.destination, large);
    const state = {
      target: 'x',
      temporary: `up-${'a'.repeat(24)}`,
      size: large.length,
      sent: 8,
      sha256: '0'.repeat(64),
    };
    for (const text of [
      '',
      '{',
      '[]',
      JSON.stringify(state),
      JSON.stringify({ ...state, temporary: '../../repo.json' }),
    ]) {
      await writeFile(`${file}.upload`, text);
      await under.destination.publish(file, name, { keep: true });
      await under.destination.remove(name);
    }
    expect(existsSync(file)).toBe(true);
  });

  test('of a file that serves several destinations is remembered for each', async () => {
    const other = await makeSftp(server);
    const file = await spool(under.destination, large);
    const cancel = new AbortController();
    traffic.beforeSending = (sent) => {
      if (sent >= 20 * MIB) cancel.abort();
    };
    await expect(under.destination.publish(file, name, { keep: true, signal: cancel.signal })).rejects.toThrow();
    await other.destination.publish(file, name, { keep: true });
    traffic.beforeSending = () => undefined;
    traffic.count = emptyCount();
    await under.destination.publish(file, name, { keep: true });
    expect(traffic.count.sentBytes).toBeLessThanOrEqual(16 * MIB);
    expect(await readdir(path.dirname(file))).toEqual([path.basename(file)]);
    expectBytes(await readFile(file), large);
    await other.dispose();
  });

  test('stops while it is held back, and goes on', async () => {
    const halted = deferred<undefined>();
    const go = deferred<undefined>();
    traffic.beforeSending = async (sent) => {
      if (sent < 4 * MIB) return;
      halted.resolve(undefined);
      await go.promise;
    };
    const publishing = under.destination.publish(await spool(under.destination, large), name);
    await halted.promise;
    const sent = traffic.count.sentBytes;
    expect(await under.destination.stat(name)).toBeNull(); // others still work
    expect(traffic.count.sentBytes).toBe(sent);
    go.resolve(undefined);
    await publishing;
    expect(traffic.count.sentBytes).toBe(large.length);
    expect(traffic.count.requests.create).toBeGreaterThan(0);
  });

  test('a distant server, 20 ms away each way, is kept busy', async () => {
    const relay = await CuttingTcp.before(server.port);
    relay.delayMs = 20;
    const far = await under.open({ port: relay.port }, { traffic: freeTraffic });
    await far.init();
    const bytes = large.subarray(0, 16 * MIB);
    const file = await spool(far, bytes);
    const start = performance.now();
    await far.publish(file, nameFor(bytes));
    const uploaded = performance.now();
    expectBytes(await far.get(nameFor(bytes)), bytes);
    const downloaded = performance.now();
    // One packet of 31 KiB after another would take 21 s each way; a machine that is busy otherwise is given time.
    expect(uploaded - start).toBeLessThan(6_000);
    expect(downloaded - uploaded).toBeLessThan(6_000);
    await far.close();
    await relay.stop();
  });
});

describe.skipIf(sshdMissing !== null)('the folder on the server', () => {
  let server: Sshd;
  let under: SftpUnderTest;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(async () => {
    under = await makeSftp(server);
    await under.destination.put('repo.json', numbered(1));
  });
  afterEach(async () => {
    await under.dispose();
  });

  const everyCall = (file: string): Record<string, () => Promise<unknown>> => ({
    init: async () => await under.destination.init(),
    put: async () => await under.destination.put(nameFor(numbered(1)), numbered(1)),
    publish: async () => await under.destination.publish(file, nameFor(numbered(2))),
    get: async () => await under.destination.get('repo.json'),
    stat: async () => await under.destination.stat('repo.json'),
    list: async () => await namesIn(under.destination, ''),
    remove: async () => await under.destination.remove('repo.json'),
    clearSpool: async () => await under.destination.clearSpool(CLIENT),
    space: async () => await under.destination.space(),
  });

  test('that is gone, or has an empty one in its place, is missing to every call; nobody makes it again', async () => {
    const file = await spool(under.destination, numbered(2));
    await rename(under.root, `${under.root}-away`);
    for (const empty of [false, true]) {
      if (empty) await mkdir(under.root);
      for (const [call, run] of Object.entries(everyCall(file))) {
        await expect(run(), call).rejects.toMatchObject({ code: 'destination-missing' });
        if (call === 'clearSpool') await spool(under.destination, numbered(2));
        expect([call, existsSync(under.root)]).toEqual([call, empty]);
        if (empty) expect([call, await readdir(under.root)]).toEqual([call, []]);
      }
    }
    await rm(under.root, { recursive: true });
    await rename(`${under.root}-away`, under.root);
    expectBytes(await under.destination.get('repo.json'), numbered(1));
  });

  test('links and strange files in it are reported, not followed, not entered', async () => {
    await mkdir(path.join(under.root, '..', 'private', 'ab'), { recursive: true });
    await symlink(path.join(under.root, '..', 'private'), path.join(under.root, 'c', CLIENT));
    await writeFile(path.join(under.root, 'letter.txt'), 'dear');
    await rm(path.join(under.root, 'repo.json'));
    await symlink('/etc/hostname', path.join(under.root, 'repo.json'));
    const strays: string[] = [];
    expect(await namesIn(under.destination, '', (stray) => strays.push(stray))).toEqual([]);
    expect(strays.sort()).toEqual([`c/${CLIENT}`, 'letter.txt', 'repo.json']);
    await expectCode(under.destination.get('repo.json'), 'object-damaged');
    await expectCode(under.destination.getRange('repo.json', 0, 1), 'object-damaged');
    expect(await under.destination.stat('repo.json')).toBeNull();
  });

  test('folders that somebody removed are made again', async () => {
    await rm(path.join(under.root, 'c'), { recursive: true });
    await rm(path.join(under.root, 'tmp'), { recursive: true });
    await under.destination.put(nameFor(numbered(1)), numbered(1));
    expectBytes(await under.destination.get(nameFor(numbered(1))), numbered(1));
  });
});

describe('bytes on their way', () => {
  test('widen while answers come soon, narrow where they are late, and wait their turn', async () => {
    let now = 0;
    const flow = new Flow(() => now);
    const small = flow.limit;
    for (let piece = 0; piece < 100; piece += 1) (await flow.take(128 * 1024))();
    const wide = flow.limit;
    expect(wide).toBe(8 * small);
    for (let piece = 0; piece < 100; piece += 1) {
      const answered = await flow.take(128 * 1024);
      now += 2_000;
      answered();
    }
    expect(flow.limit).toBe(small);

    const order: string[] = [];
    const first = await flow.take(small);
    const cancel = new AbortController();
    const given = flow.take(1, cancel.signal).then(
      () => order.push('cancelled'),
      () => order.push('rejected'),
    );
    const second = flow.take(small).then((answered) => {
      order.push('second');
      answered();
    });
    const third = flow.take(1).then(() => order.push('third'));
    cancel.abort();
    await given;
    first();
    await Promise.all([second, third]);
    expect(order).toEqual(['rejected', 'second', 'third']);
  });
});
