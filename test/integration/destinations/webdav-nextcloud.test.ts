/** What is particular to Nextcloud: its answers, quotas and checksums, and large objects in chunks. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeTraffic } from '../../../main/destinations/traffic.ts';
import type { WebDavDestination } from '../../../main/destinations/webdav/webdav-destination.ts';
import { everyCall, failureOf } from '../../support/destination-calls.ts';
import { all, expectBytes, expectCode, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, OTHER_CLIENT, random } from '../../support/destination-names.ts';
import { makeOnNextcloud, type NextcloudUnderTest } from '../../support/destination-webdav.ts';
import type { FakeNextcloud } from '../../support/fake-nextcloud.ts';

describe('Nextcloud', () => {
  let under: NextcloudUnderTest;
  let server: FakeNextcloud;
  let destination: WebDavDestination;
  beforeEach(async () => {
    under = await makeOnNextcloud();
    ({ server, destination } = under);
  });
  afterEach(async () => {
    await under.dispose();
  });

  const large = random(40 * 2 ** 20);
  const name = nameFor(large);

  test.each([
    [{ status: 401 }, 'destination-sign-in', undefined],
    [{ status: 403 }, 'destination-denied', undefined],
    [{ status: 423 }, 'destination-busy', { afterMs: null }],
    [{ status: 429, headers: { 'retry-after': '30' } }, 'destination-busy', { afterMs: 30_000 }],
    [{ status: 503, headers: { 'retry-after': '120' } }, 'destination-busy', { afterMs: 120_000 }],
    [{ status: 500 }, 'destination-failed', { afterMs: null }],
    [{ status: 504 }, 'destination-offline', { afterMs: null }],
    [{ status: 507 }, 'destination-full', undefined],
    [{ status: 413 }, 'destination-full', undefined],
  ] as const)('%j', async (fault, code, retry) => {
    await destination.put('repo.json', numbered(1));
    server.rule = () => fault;
    for (const [call, run] of Object.entries(await everyCall(destination, true))) {
      const error = await failureOf(run());
      expect([call, error.code, error.retry]).toEqual([call, code, retry]);
    }
    server.rule = () => null;
    expectBytes(await destination.get('repo.json'), numbered(1));
  });

  test('no password is in any error, label or file, also where the server echoes it', async () => {
    const basic = Buffer.from(`${server.user}:${server.password}`).toString('base64');
    const told = [destination.label];
    for (const status of [400, 401, 403, 409, 423, 500, 507]) {
      server.rule = () => ({ status, message: `${server.password} ${basic}` });
      for (const run of Object.values(await everyCall(destination, true))) {
        const error = await failureOf(run());
        told.push(JSON.stringify(error.toInfo()), String(error.stack), String(error.cause));
      }
    }
    expect(told.length).toBeGreaterThan(100);
    for (const text of told) {
      expect(text).not.toContain(server.password);
      expect(text).not.toContain(basic);
    }
  });

  test('quota: known, and unlimited is unknown', async () => {
    expect(await destination.space()).toEqual({ freeBytes: null, totalBytes: null });
    server.quota = 1_000;
    await destination.put('repo.json', numbered(1));
    expect(await destination.space()).toEqual({ freeBytes: 984, totalBytes: 1_000 });
  });

  test('checksums are given on where the server has them', async () => {
    await destination.put('repo.json', numbered(1));
    expect((await destination.stat('repo.json'))?.checksum).toBeUndefined();
    server.checksums = () => `SHA1:${'1'.repeat(40)} MD5:${'A'.repeat(32)} ADLER32:12345678`;
    expect((await destination.stat('repo.json'))?.checksum).toEqual({ algorithm: 'md5', hex: 'a'.repeat(32) });
    server.checksums = () => `SHA256:${'b'.repeat(64)}`;
    expect((await all(destination, ''))[0]?.checksum).toEqual({ algorithm: 'sha256', hex: 'b'.repeat(64) });
  });

  test('large objects go in chunks, and go on where they stopped in another process', async () => {
    const file = await spool(destination, large);
    server.rule = (seen) => (seen.path.endsWith('/00003') ? 'before' : null);
    await expectCode(destination.publish(file, name), 'destination-offline');
    expect(await destination.stat(name)).toBeNull();
    expect(existsSync(`${file}.upload`)).toBe(true);
    server.rule = () => null;
    let sent = 0;
    const next = await under.open({}, { traffic: { ...freeTraffic, send: async (bytes) => void (sent += bytes) } });
    await next.publish(file, name);
    expect(sent).toBeLessThan(8 * 2 ** 20 + 10_000);
    expectBytes(await next.get(name), large);
    expect(await under.leftovers()).toEqual([]);
    expect(existsSync(`${file}.upload`)).toBe(false);
  });

  test('the joining whose answer was lost is found done', async () => {
    const file = await spool(destination, large);
    server.rule = (seen) => (seen.method === 'MOVE' ? 'lost' : null);
    await expectCode(destination.publish(file, name), 'destination-offline');
    const before = server.seen.length;
    await destination.publish(file, name);
    expect(server.seen.slice(before).map((seen) => seen.method)).toEqual(['PROPFIND']);
    expect(existsSync(`${file}.upload`)).toBe(false);
  });

  test('chunks that the server has dropped are sent anew; what fails for good leaves none', async () => {
    const file = await spool(destination, large);
    server.rule = (seen) => (seen.method === 'MOVE' ? 'before' : null);
    await expectCode(destination.publish(file, name), 'destination-offline');
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toHaveLength(3);
    await destination.clearSpool(OTHER_CLIENT);
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toHaveLength(3);
    server.rule = (seen) => (seen.method === 'MOVE' ? { status: 507 } : null);
    await expectCode(destination.publish(file, name), 'destination-full');
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toEqual([]);
    server.rule = () => null;
    await destination.publish(file, name);
    expectBytes(await destination.get(name), large);
  });

  test('clearSpool removes unfinished chunks of its owner, and old ones of nobody', async () => {
    const file = await spool(destination, large);
    server.rule = (seen) => (seen.method === 'MOVE' ? 'before' : null);
    await expectCode(destination.publish(file, name), 'destination-offline');
    const shared = random(17 * 2 ** 20);
    await expectCode(
      destination.publish(await spool(destination, shared, 's'), nameFor(shared, 'k')),
      'destination-offline',
    );
    server.rule = () => null;
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toHaveLength(5);
    await destination.clearSpool(CLIENT);
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toHaveLength(2);
    server.age(25 * 3_600_000);
    await destination.clearSpool(CLIENT);
    expect(server.files().filter((at) => at.startsWith('uploads/'))).toEqual([]);
  });

  test('other servers get large objects in one piece', async () => {
    const at = await under.open({ url: under.place.url });
    expect(at.abilities).toMatchObject({ resume: true, undelete: true });
    const elsewhere = await under.open({ url: 'https://host/dav/' });
    expect(elsewhere.abilities).toMatchObject({ resume: false, undelete: false });
  });
});
