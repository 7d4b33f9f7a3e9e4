/** Uploads of large objects: in parts, going on where they stopped, appearing whole or not at all. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Destination } from '../../../main/destinations/s3/s3-destination.ts';
import { freeTraffic } from '../../../main/destinations/traffic.ts';
import { deferred } from '../../support/deferred.ts';
import { expectBytes, expectCode, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, random } from '../../support/destination-names.ts';
import { makeS3, type S3UnderTest } from '../../support/destination-s3.ts';
import { S3Error } from '../../support/fake-s3/errors.ts';
import { AMAZON, MINIMAL } from '../../support/fake-s3/operations.ts';
import { SLOW_DOWN, type FakeS3 } from '../../support/fake-s3/server.ts';

const MIB = 2 ** 20;
/** Three parts, the last one short. */
const large = random(40 * MIB);
const name = nameFor(large);

let under: S3UnderTest;
let server: FakeS3;
let destination: S3Destination;
beforeEach(async () => {
  under = await makeS3(AMAZON);
  ({ server, destination } = under);
});
afterEach(async () => {
  await under.dispose();
});

/** Parts that the server has of the only upload under way. */
function partsThere(): number {
  const [upload] = server.store.uploads.values();
  return upload?.parts.size ?? 0;
}

describe.each([
  ['with checksums', AMAZON],
  ['without checksums', MINIMAL],
])('resuming at a server %s', (_what, profile) => {
  beforeEach(async () => {
    await under.dispose();
    under = await makeS3(profile);
    ({ server, destination } = under);
  });

  test('another process sends only the parts that are missing', async () => {
    const file = await spool(destination, large);
    const two = deferred<void>();
    const run = server.operations.run.bind(server.operations);
    server.operations.run = (operation, request) => {
      const answer = run(operation, request);
      if (partsThere() === 2) two.resolve();
      return answer;
    };
    server.rule = async (seen) => {
      if (seen.query.get('partNumber') !== '3') return null;
      await two.promise;
      return 'cut';
    };
    await expectCode(destination.publish(file, name), 'destination-offline');
    expect(existsSync(`${file}.upload`)).toBe(true);
    expect(await destination.stat(name)).toBeNull();
    expect(partsThere()).toBe(2);

    server.rule = () => null;
    let sent = 0;
    const next = await under.open({}, { traffic: { ...freeTraffic, send: async (bytes) => void (sent += bytes) } });
    await next.publish(file, name);
    expect(sent).toBe(large.length - 2 * 16 * MIB);
    expect(server.count('CreateMultipartUpload')).toBeLessThanOrEqual(2); // the second where checksums were refused
    expectBytes(await next.get(name), large);
    expect(await under.leftovers()).toEqual([]);
  });

  test('a killed process whose last part was refused loses nothing but that part', async () => {
    const file = await spool(destination, large);
    server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? 'cut' : null);
    await expectCode(destination.publish(file, name), 'destination-offline');
    expect(partsThere()).toBe(3);
    server.rule = () => null;
    let sent = 0;
    const next = await under.open({}, { traffic: { ...freeTraffic, send: async (bytes) => void (sent += bytes) } });
    await next.publish(file, name);
    expect(sent).toBe(0);
    expectBytes(await next.get(name), large);
  });
});

test('parts of other bytes are not used', async () => {
  const file = await spool(destination, large);
  server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? 'cut' : null);
  await expectCode(destination.publish(file, name), 'destination-offline');
  server.rule = () => null;
  const [upload] = server.store.uploads.values();
  const part = upload?.parts.get(2);
  if (part === undefined) throw new Error('the part is not there');
  upload?.parts.set(2, { ...part, etag: '0'.repeat(32), sha256: 'AAAA' });
  await destination.publish(file, name);
  expect(server.seen.filter((seen) => seen.query.get('partNumber') === '2')).toHaveLength(2);
  expectBytes(await destination.get(name), large);
});

test('an upload that is gone, or a note that is torn, starts anew', async () => {
  const file = await spool(destination, large);
  server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? 'cut' : null);
  await expectCode(destination.publish(file, name), 'destination-offline');
  server.store.uploads.clear();
  await expectCode(destination.publish(file, name), 'destination-offline');
  await writeFile(`${file}.upload`, '{"version":1,"upl');
  server.rule = () => null;
  await destination.publish(file, name);
  expectBytes(await destination.get(name), large);
  await destination.clearSpool(CLIENT);
  expect(await under.leftovers()).toEqual([]);
});

test('the joining whose answer was lost is found done', async () => {
  const file = await spool(destination, large);
  server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? 'lost' : null);
  await expectCode(destination.publish(file, name), 'destination-offline');
  const requests = server.seen.length;
  await destination.publish(file, name);
  expect(server.seen.slice(requests).map((seen) => seen.operation)).toEqual(['HeadObject']);
  expect(existsSync(file)).toBe(false);
  expect(existsSync(`${file}.upload`)).toBe(false);
});

test('an error in an answer that began well is an error', async () => {
  const run = server.operations.run.bind(server.operations);
  server.operations.run = (operation, request) =>
    operation === 'CompleteMultipartUpload' ? { status: 200, body: SLOW_DOWN.toXml() } : run(operation, request);
  await expectCode(destination.put(name, large), 'destination-busy');
  expect(await destination.stat(name)).toBeNull();
});

test('what fails for good, and what was never to be resumed, leaves no parts', async () => {
  const file = await spool(destination, large);
  server.rule = (seen) =>
    seen.operation === 'UploadPart' && seen.query.get('partNumber') === '3'
      ? { before: new S3Error(403, 'QuotaExceeded', 'full') }
      : null;
  await expectCode(destination.publish(file, name), 'destination-full');
  expect(server.store.uploads.size).toBe(0);
  server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? { before: SLOW_DOWN } : null);
  await expectCode(destination.put(name, large), 'destination-busy');
  expect(server.store.uploads.size).toBe(0);
});

test('clearSpool removes unfinished uploads of its owner, and old ones of nobody', async () => {
  const { store } = server;
  const key = (logical: string): string => `${under.place.prefix}${logical}`;
  store.begin(key(nameFor(numbered(1))), false, 'STANDARD', null);
  store.begin(key(nameFor(numbered(2), 'p', OTHER_CLIENT)), false, 'STANDARD', null);
  store.begin(key(nameFor(numbered(3), 'k')), false, 'STANDARD', null);
  const old = store.begin(key(nameFor(numbered(4), 'k')), false, 'STANDARD', null);
  old.started -= 25 * 3_600_000;
  store.begin('elsewhere/of-another-program', false, 'STANDARD', null);
  server.operations.pageSize = 1;
  await destination.clearSpool(CLIENT);
  expect([...store.uploads.values()].map((upload) => upload.key).sort()).toEqual(
    [
      key(nameFor(numbered(2), 'p', OTHER_CLIENT)),
      key(nameFor(numbered(3), 'k')),
      'elsewhere/of-another-program',
    ].sort(),
  );
});

test('a key that may not list uploads clears its spool all the same', async () => {
  const file = await spool(destination, numbered(1));
  server.rule = (seen) =>
    seen.operation === 'ListMultipartUploads' ? { before: new S3Error(403, 'AccessDenied', 'no') } : null;
  await destination.clearSpool(CLIENT);
  expect(existsSync(file)).toBe(false);
});

test('a spool file that changed after it was sealed is never stored', async () => {
  for (const bytes of [random(100), large]) {
    const file = await spool(destination, bytes);
    await writeFile(file, random(bytes.length));
    await expectCode(destination.publish(file, nameFor(bytes)), 'object-damaged');
    expect(await destination.stat(nameFor(bytes))).toBeNull();
  }
  expect(server.store.uploads.size).toBe(0);
});

test('keep leaves the spool file, and takes only the note', async () => {
  const file = await spool(destination, numbered(1));
  await destination.publish(file, nameFor(numbered(1)), { keep: true });
  expect(existsSync(file)).toBe(true);
  await destination.publish(file, nameFor(numbered(1)));
  expect(existsSync(file)).toBe(false);
});

test('two writers of one object make one version of it', async () => {
  server.store.versioned = true;
  const [one, two] = [await spool(destination, numbered(1), 'one'), await spool(destination, numbered(1), 'two')];
  const both = deferred<void>();
  let heads = 0;
  const run = server.operations.run.bind(server.operations);
  server.operations.run = (operation, request) => {
    if (operation === 'HeadObject' && (heads += 1) === 2) both.resolve();
    return run(operation, request);
  };
  const other = await under.reopen();
  await Promise.all([
    destination.publish(one, nameFor(numbered(1))),
    other.publish(two, nameFor(numbered(1))),
    both.promise,
  ]);
  expect(server.store.versionsOf(`${under.place.prefix}${nameFor(numbered(1))}`)).toHaveLength(1);
  expect([existsSync(one), existsSync(two)]).toEqual([false, false]);
});

test('a cancelled upload ends within a second while the server is silent, and nothing appears', async () => {
  for (const bytes of [random(2 * MIB), large]) {
    const reached = deferred<void>();
    server.rule = (seen) => {
      if (!['PutObject', 'UploadPart'].includes(seen.operation)) return null;
      reached.resolve();
      return 'stall';
    };
    const cancel = new AbortController();
    const reason = new Error('enough');
    const putting = destination.put(nameFor(bytes), bytes, { signal: cancel.signal });
    await reached.promise;
    const start = performance.now();
    cancel.abort(reason);
    await expect(putting).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(1_000);
  }
  server.rule = () => null;
  expect(server.store.uploads.size).toBe(0);
  expect(await destination.stat(name)).toBeNull();
});

test('an answer before the whole body came ends the upload, and its connection does not linger', async () => {
  const bytes = random(8 * MIB);
  server.rule = (seen) => (seen.operation === 'PutObject' ? { early: new S3Error(403, 'AccessDenied', 'no') } : null);
  for (let time = 0; time < 5; time += 1)
    await expectCode(destination.put(nameFor(bytes), bytes), 'destination-denied');
  server.rule = () => null;
  await destination.put('repo.json', numbered(1));
  await vi.waitFor(async () => expect(await server.connections()).toBeLessThanOrEqual(2));
});
