/** Who may enter a bucket: keys, their end, and that no secret is told anywhere. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { S3Destination } from '../../../main/destinations/s3/s3-destination.ts';
import { everyCall, failureOf } from '../../support/destination-calls.ts';
import { expectCode, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import { makeS3, type S3UnderTest } from '../../support/destination-s3.ts';
import { S3Error } from '../../support/fake-s3/errors.ts';
import { AMAZON } from '../../support/fake-s3/operations.ts';
import { SLOW_DOWN, type FakeS3 } from '../../support/fake-s3/server.ts';

let under: S3UnderTest;
let server: FakeS3;
beforeEach(async () => {
  under = await makeS3(AMAZON);
  ({ server } = under);
});
afterEach(async () => {
  await under.dispose();
});

describe('who may enter', () => {
  test.each([
    ['a wrong secret', { secretAccessKey: 'wrong' }],
    ['an unknown key', { accessKeyId: 'AKIANOBODY' }],
  ])('%s is refused by every call with “sign in again”', async (_what, wrong) => {
    const at = await under.open({ credentials: { kind: 's3', ...server.keys, ...wrong } });
    for (const [call, run] of Object.entries(await everyCall(at, true))) {
      const error = await failureOf(run());
      expect([call, error.code, error.retry]).toEqual([call, 'destination-sign-in', undefined]);
    }
    expect(server.store.keys()).toEqual([]);
  });

  test('temporary keys are sent with their token, and an ended one is told', async () => {
    server.keys = { ...server.keys, sessionToken: 'canary-session-token' };
    const at = await under.open({ credentials: { kind: 's3', ...server.keys } });
    await at.put('repo.json', numbered(1));
    server.keys = { ...server.keys, sessionToken: 'another' };
    const error = await failureOf(at.get('repo.json'));
    expect(error.code).toBe('destination-sign-in');
    expect(error.message).toContain('expired');
  });

  test('without keys, or with those of another kind, nothing is opened', async () => {
    const open = async (credentials: undefined | { kind: 'webdav'; password: string }): Promise<S3Destination> =>
      await under.open({ credentials });
    await expectCode(open(undefined), 'bad-input');
    await expectCode(open({ kind: 'webdav', password: 'x' }), 'bad-input');
    await expectCode(under.open({ credentials: { kind: 's3', accessKeyId: '', secretAccessKey: '' } }), 'bad-input');
  });

  test('keys, region and address of this computer’s AWS settings are not looked at', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAOTHER');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'other');
    vi.stubEnv('AWS_SESSION_TOKEN', 'other');
    vi.stubEnv('AWS_REGION', 'us-west-2');
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_REQUEST_CHECKSUM_CALCULATION', 'when_supported');
    vi.stubEnv('AWS_MAX_ATTEMPTS', '7');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    const at = await under.open();
    await at.put('repo.json', numbered(1));
    expect(Object.keys(server.seen.at(-1)?.headers ?? {}).filter((name) => name.includes('crc32'))).toEqual([]);
    const before = server.seen.length;
    server.rule = () => ({ before: SLOW_DOWN });
    await expectCode(at.get('repo.json'), 'destination-busy');
    expect(server.seen.length - before).toBe(1);
  });

  test('no secret is in any error, label or file', async () => {
    const secret = server.keys.secretAccessKey;
    const token = 'canary-session-token';
    const credentials = { kind: 's3' as const, ...server.keys, sessionToken: token };
    const at = await under.open({ credentials });
    const echo = `You sent ${secret} and ${token}`;
    const told: string[] = [at.label];
    for (const [status, code] of [
      [400, 'Odd'],
      [403, 'SignatureDoesNotMatch'],
      [403, 'AccessDenied'],
      [500, 'InternalError'],
      [503, 'SlowDown'],
    ] as const) {
      server.rule = () => ({ before: new S3Error(status, code, echo) });
      // A key without the right to list uploads may still clear its spool.
      const { clearSpool: _, ...calls } = await everyCall(at, true);
      for (const run of Object.values(calls)) {
        const error = await failureOf(run());
        expect(error.cause).toBeUndefined();
        told.push(JSON.stringify(error.toInfo()), String(error.stack));
      }
    }
    server.rule = () => null;
    const bytes = random(17 * 2 ** 20);
    server.rule = (seen) => (seen.operation === 'CompleteMultipartUpload' ? { before: SLOW_DOWN } : null);
    await expectCode(at.publish(await spool(at, bytes, 'large'), nameFor(bytes)), 'destination-busy');
    const folder = await at.spoolFolder(CLIENT);
    const note = await readFile(path.join(folder, 'large.upload'), 'utf8');
    expect(note).toContain('uploadId');
    told.push(note, (await readdir(folder)).join(' '));
    expect(told.length).toBeGreaterThan(40);
    for (const text of told) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(token);
    }
  });
});
