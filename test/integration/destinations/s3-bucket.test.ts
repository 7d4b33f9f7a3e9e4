/** What is particular to buckets: regions, answers, classes, checksums, lists of what is not ours. */
import dns from 'node:dns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PRESETS } from '../../../main/destinations/s3/presets.ts';
import { S3Destination } from '../../../main/destinations/s3/s3-destination.ts';
import { freeTraffic } from '../../../main/destinations/traffic.ts';
import { deferred } from '../../support/deferred.ts';
import { everyCall, failureOf } from '../../support/destination-calls.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import { makeS3, type S3UnderTest } from '../../support/destination-s3.ts';
import { S3Error } from '../../support/fake-s3/errors.ts';
import { AMAZON } from '../../support/fake-s3/operations.ts';
import { INTERNAL, type FakeS3 } from '../../support/fake-s3/server.ts';

let under: S3UnderTest;
let server: FakeS3;
let destination: S3Destination;
beforeEach(async () => {
  under = await makeS3(AMAZON);
  ({ server, destination } = under);
});
afterEach(async () => {
  vi.useRealTimers();
  await under.dispose();
});

describe('where the bucket is', () => {
  test('another region is named', async () => {
    const at = await under.open({ region: 'us-east-1' });
    const error = await failureOf(at.init());
    expect([error.code, error.message]).toEqual([
      'bad-input',
      'The bucket backups is in another region: eu-central-1.',
    ]);
    const elsewhere = { 'x-amz-bucket-region': 'eu-west-3' };
    server.rule = () => ({ before: new S3Error(301, 'PermanentRedirect', 'Use another endpoint', {}, elsewhere) });
    expect((await failureOf(destination.stat('repo.json'))).guidance).toContain('eu-west-3');
    expect((await failureOf(destination.get('repo.json'))).guidance).toContain('eu-west-3');
  });

  test('a bucket that is not there is a missing destination, never an empty one', async () => {
    await destination.put('repo.json', numbered(1));
    server.gone = true;
    for (const [call, run] of Object.entries(await everyCall(destination, true))) {
      expect([call, (await failureOf(run())).code]).toEqual([call, 'destination-missing']);
    }
  });

  test('the bucket may stand in the host name', async () => {
    // Not every system resolves names below localhost.
    const lookup = dns.lookup.bind(dns);
    vi.spyOn(dns, 'lookup').mockImplementation(((_name: string, ...rest: [never, never]) =>
      lookup('localhost', ...rest)) as typeof dns.lookup);
    const at = await under.open({ endpoint: `http://localhost:${server.port}`, pathStyle: false });
    await at.put('repo.json', numbered(1));
    expect(server.seen.at(-1)?.headers['host']).toBe(`backups.localhost:${server.port}`);
    expectBytes(await destination.get('repo.json'), numbered(1));
  });

  test('a server that is not there is offline', async () => {
    const at = await under.open({ endpoint: 'http://127.0.0.1:1' });
    const error = await failureOf(at.get('repo.json'));
    expect([error.code, error.retry]).toEqual(['destination-offline', { afterMs: null }]);
  });

  test('the label is what the place is known by, whatever the connection', async () => {
    const far = await under.open({ endpoint: 'http://nas.example:9000' });
    expect(far.label).toBe('backups/holdfast/ (http://nas.example:9000)');
  });

  test.each([
    ['address', { endpoint: 'ftp://host' }],
    ['address with a password', { endpoint: 'https://user:secret@host' }],
    ['region', { region: 'eu central' }],
    ['bucket', { bucket: 'a/b' }],
    ['folder', { prefix: 'a/../b/' }],
    ['folder without its end', { prefix: 'a' }],
    ['lock', { lock: { mode: 'governance' as const, days: 0 } }],
  ])('a wrong %s is refused before anything is sent', async (_what, place) => {
    const before = server.seen.length;
    const error = await failureOf(under.open(place));
    expect(error.code).toBe('bad-input');
    expect(JSON.stringify(error.toInfo())).not.toContain('secret@');
    expect(server.seen.length).toBe(before);
  });

  test('every preset gives an address that can be opened', async () => {
    for (const { id, endpoint, regions, pathStyle } of PRESETS) {
      const region = regions[0] ?? 'us-east-1';
      const at = endpoint === '' ? 'https://host.example' : (endpoint?.replace('{region}', region) ?? null);
      const opened = await under.open({ endpoint: at, region, pathStyle });
      expect([id, opened.kind]).toEqual([id, 's3']);
    }
    expect(new Set(PRESETS.map((preset) => preset.id)).size).toBe(PRESETS.length);
  });
});

describe('what servers answer', () => {
  test.each([
    [new S3Error(503, 'SlowDown', 'slow', {}, { 'retry-after': '7' }), 'destination-busy', { afterMs: 7_000 }],
    [new S3Error(429, 'TooManyRequests', 'slow'), 'destination-busy', { afterMs: null }],
    [new S3Error(400, 'RequestTimeout', 'idle'), 'destination-busy', { afterMs: null }],
    [INTERNAL, 'destination-failed', { afterMs: null }],
    [new S3Error(403, 'AccessDenied', 'no'), 'destination-denied', undefined],
    [new S3Error(403, 'QuotaExceeded', 'full'), 'destination-full', undefined],
    [new S3Error(507, 'XMinioStorageFull', 'full'), 'destination-full', undefined],
    [new S3Error(403, 'InvalidObjectState', 'in Glacier'), 'destination-denied', undefined],
    [new S3Error(400, 'BadDigest', 'bits'), 'destination-failed', { afterMs: null }],
    [new S3Error(404, 'SomethingElse', 'what'), 'destination-failed', undefined],
  ] as const)('%s', async (answer, code, retry) => {
    server.rule = () => ({ before: answer });
    for (const call of [async () => await destination.get('repo.json'), async () => await all(destination, 'k/')]) {
      const error = await failureOf(call());
      expect([error.code, error.retry]).toEqual([code, retry]);
      expect(error.guidance).toMatch(/\. ?|$/);
    }
    const put = await failureOf(destination.put('repo.json', numbered(1)));
    expect([put.code, put.retry]).toEqual([code, retry]);
  });

  test('a clock that is wrong is told, and the next try takes the server’s time', async () => {
    server.store.now = () => Date.now() + 3_600_000;
    const error = await failureOf(destination.put('repo.json', numbered(1)));
    expect([error.code, error.guidance]).toEqual(['destination-busy', expect.stringContaining('date and time')]);
    expect(error.retry).toEqual({ afterMs: null });
    await destination.put('repo.json', numbered(1));
  });

  test('bytes that change on the way are refused by the server', async () => {
    await destination.put('repo.json', numbered(1));
    const headers = server.seen.at(-1)?.headers ?? {};
    expect(headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    expect(headers['x-amz-checksum-sha256']).toMatch(/=$/);
    expect(headers['authorization']).toContain('x-amz-content-sha256');
  });

  test('a page that is not S3 at all is an error, not an empty list', async () => {
    server.operations.run = () => ({ status: 200, body: '<html><body>Welcome to the hotel</body></html>' });
    await expectCode(all(destination, 'k/'), 'destination-failed');
    await expectCode(destination.init(), 'destination-failed');
  });
});

describe('what lies in the bucket', () => {
  test('strangers are reported once, not entered, and folder marks of consoles are nothing', async () => {
    const at = await under.open({ prefix: '' });
    await at.put('repo.json', numbered(1));
    await at.put(nameFor(numbered(2)), numbered(2));
    const strangers = ['holiday.jpg', 'photos/a.jpg', 'photos/b.jpg', 'k/strange', `c/${CLIENT}/q/one`];
    for (const key of [...strangers, `c/${CLIENT}/q/two`, 'c/me/p/x', 'k/', `c/${CLIENT}/`]) {
      server.store.put(key, Buffer.from('x'), { sha256: undefined, storageClass: '', lock: null, ifNoneMatch: false });
    }
    const strays: string[] = [];
    expect(await namesIn(at, '', (stray) => strays.push(stray))).toEqual([nameFor(numbered(2)), 'repo.json']);
    expect(strays.sort()).toEqual([`c/${CLIENT}/q`, 'c/me', 'holiday.jpg', 'k/strange', 'photos']);
  });

  test('lists of many pages are whole', async () => {
    server.operations.pageSize = 3;
    for (let number = 0; number < 20; number += 1) await destination.put(nameFor(numbered(number)), numbered(number));
    expect(await all(destination, '')).toHaveLength(20);
    expect(await all(destination, `c/${CLIENT}/p/`)).toHaveLength(20);
  });

  test('a page that promises more and does not say where is an error', async () => {
    await destination.put(nameFor(numbered(1)), numbered(1));
    const run = server.operations.run.bind(server.operations);
    server.operations.run = (operation, request) => {
      const answer = run(operation, request);
      return { ...answer, body: String(answer.body).replace('>false<', '>true<') };
    };
    await expectCode(all(destination, 'c/'), 'destination-failed');
  });

  test('the storage class is for data packs only', async () => {
    const at = await under.open({ storageClass: 'STANDARD_IA' });
    for (const kind of ['p', 'm', 'i', 's', 'k'] as const) await at.put(nameFor(numbered(1), kind), numbered(1));
    await at.put('repo.json', numbered(1));
    const large = random(17 * 2 ** 20);
    await at.put(nameFor(large), large);
    const classes = server.store.keys().map((key) => [key.split('/').at(-2), server.store.find(key)?.storageClass]);
    expect(classes.filter(([, name]) => name === 'STANDARD_IA').map(([kind]) => kind)).toEqual(['p', 'p']);
    expect(classes).toHaveLength(7);
  });

  test('checksums: MD5 in lists where it is one, SHA-256 for one object', async () => {
    const bytes = random(1_000);
    const large = random(17 * 2 ** 20);
    await destination.put(nameFor(bytes), bytes);
    await destination.put(nameFor(large), large);
    const stat = await destination.stat(nameFor(bytes));
    expect(stat?.checksum).toEqual({ algorithm: 'sha256', hex: nameFor(bytes).slice(-64) });
    expect((await destination.stat(nameFor(large)))?.checksum).toBeUndefined();
    const listed = async (): Promise<(string | undefined)[]> =>
      (await all(await under.open(), 'c/')).sort((a, b) => a.size - b.size).map((info) => info.checksum?.algorithm);
    expect(await listed()).toEqual(['md5', undefined]);
    const run = server.operations.run.bind(server.operations);
    server.operations.run = (operation, request) => {
      const answer = run(operation, request);
      return { ...answer, headers: { ...answer.headers, 'x-amz-server-side-encryption': 'aws:kms' } };
    };
    expect(await listed()).toEqual([undefined, undefined]);
  });
});

describe('what passes is reported', () => {
  test('requests by class and bytes of bodies', async () => {
    const count = { requests: [] as string[], sent: 0, received: 0, largest: 0 };
    const at = await under.open(
      {},
      {
        traffic: {
          request: async (what) => void count.requests.push(what),
          send: async (bytes) => {
            count.sent += bytes;
            count.largest = Math.max(count.largest, bytes);
          },
          receive: async (bytes) => void (count.received += bytes),
        },
      },
    );
    const bytes = random(17 * 2 ** 20);
    await at.publish(await spool(at, bytes), nameFor(bytes));
    expect(count.requests).toEqual(['stat', 'create', 'create', 'create', 'create']);
    expect([count.sent, count.received]).toEqual([bytes.length, 0]);
    expect(count.largest).toBeLessThanOrEqual(256 * 1024);
    await at.getRange(nameFor(bytes), 5, 3 * 2 ** 20);
    await all(at, 'k/');
    await at.remove(nameFor(bytes));
    // S3 tells no sizes; the question shows whether the keys still open the bucket, and costs one list.
    expect(await at.space()).toEqual({ freeBytes: null, totalBytes: null });
    expect(count.requests.slice(5)).toEqual(['read', 'list', 'remove', 'list']);
    expect(count.received).toBe(3 * 2 ** 20);
  });

  test('a pause holds bytes back in the middle of an object, and is no stall', async () => {
    const held = deferred<void>();
    const reached = deferred<void>();
    let sent = 0;
    const at = await under.open(
      {},
      {
        traffic: {
          ...freeTraffic,
          async send(bytes) {
            sent += bytes;
            if (sent <= 2 ** 20) return;
            reached.resolve();
            await held.promise;
          },
        },
      },
    );
    const bytes = random(4 * 2 ** 20);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const storing = at.put(nameFor(bytes), bytes);
    await reached.promise;
    const seen = server.seen.at(-1);
    vi.advanceTimersByTime(3_600_000);
    expect(seen?.received).toBeLessThanOrEqual(2 ** 20);
    held.resolve();
    await storing;
    expectBytes(await destination.get(nameFor(bytes)), bytes);
  });

  test('a server that falls silent is given up after two minutes', async () => {
    await destination.put('repo.json', random(200_000));
    for (const fault of ['stall', 'stall-body'] as const) {
      const reached = deferred<void>();
      server.rule = () => {
        reached.resolve();
        return fault;
      };
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const reading = failureOf(destination.get('repo.json'));
      await reached.promise;
      let done = false;
      const ended = reading.finally(() => (done = true));
      for (let tick = 0; !done; tick += 1) {
        expect(tick).toBeLessThan(1_000);
        vi.advanceTimersByTime(10_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect([(await ended).code, (await ended).retry]).toEqual(['destination-offline', { afterMs: null }]);
      vi.useRealTimers();
    }
  });
});
