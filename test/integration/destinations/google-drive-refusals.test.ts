/** What Google refuses, and what is then told; the end of a sign-in in the middle of a run; shared drives; prices. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Destination } from '../../../main/destinations/destination.ts';
import { emptyCount, freeTraffic, type Traffic, type TrafficCount } from '../../../main/destinations/traffic.ts';
import { HoldfastError, type ErrorCode } from '../../../main/errors.ts';
import { makeDrive, type DriveUnderTest } from '../../support/destination-drive.ts';
import { all, expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { CLIENT, nameFor, numbered, random } from '../../support/destination-names.ts';
import type { FakeFault } from '../../support/fake-google/fake-google.ts';
import { ApiError } from '../../support/fake-google/replies.ts';

let under: DriveUnderTest;
beforeEach(async () => {
  under = await makeDrive();
});
afterEach(async () => {
  await under.dispose();
});

async function failureOf(call: Promise<unknown>): Promise<HoldfastError> {
  const failure: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof HoldfastError)) throw new Error(`not refused: ${String(failure)}`);
  return failure;
}

/** What each call tells apart: the code, the wait where there is one, and a word of the sentence. */
const REFUSALS: [number, string, string, number | undefined, ErrorCode, number | null | undefined, RegExp][] = [
  [403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', undefined, 'destination-busy', null, /pause/],
  [403, 'userRateLimitExceeded', 'User rate limit exceeded.', undefined, 'destination-busy', 86_400_000, /750 GB/],
  [403, 'rateLimitExceeded', 'Rate Limit Exceeded', 7, 'destination-busy', 7_000, /pause/],
  [429, 'rateLimitExceeded', 'Rate Limit Exceeded', 90, 'destination-busy', 90_000, /pause/],
  [403, 'uploadLimitExceeded', 'x', undefined, 'destination-busy', 86_400_000, /750 GB/],
  [403, 'downloadQuotaExceeded', 'x', undefined, 'destination-busy', 86_400_000, /downloaded/],
  [403, 'storageQuotaExceeded', 'x', undefined, 'destination-full', undefined, /no storage left/],
  [403, 'teamDriveFileLimitExceeded', 'x', undefined, 'destination-full', undefined, /shared drive/],
  [403, 'numChildrenInNonRootLimitExceeded', 'x', undefined, 'destination-full', undefined, /as many files/],
  [403, 'insufficientFilePermissions', 'x', undefined, 'destination-denied', undefined, /not let this account/],
  [403, 'insufficientPermissions', 'x', undefined, 'destination-sign-in', undefined, /does not allow/],
  [403, 'accessNotConfigured', 'x', undefined, 'destination-denied', undefined, /switched on/],
  [403, 'domainPolicy', 'x', undefined, 'destination-denied', undefined, /not let this account/],
  [401, 'authError', 'x', undefined, 'destination-sign-in', undefined, /ended this sign-in/],
  [408, 'timeout', 'x', undefined, 'destination-offline', null, /in time/],
  [500, 'internalError', 'x', undefined, 'destination-failed', null, /could not/],
  [503, 'backendError', 'x', 3, 'destination-failed', 3_000, /could not/],
  [400, 'invalid', 'x', undefined, 'destination-failed', undefined, /could not/],
];

describe('a refusal', () => {
  test.each(REFUSALS)('%i %s (%s, retry after %s): %s', async (status, reason, text, after, code, waitMs, words) => {
    const fault = new ApiError(status, reason, text, after);
    const file = await spool(under.destination, numbered(1));
    under.google.fault = ({ where }) => (where === 'files.begin' || where === 'about.get' ? fault : null);
    const publish = async (): Promise<void> => await under.destination.publish(file, nameFor(numbered(1)));
    for (const call of [publish, async () => await under.destination.space()]) {
      const failure = await failureOf(call());
      expect([failure.code, failure.retry?.afterMs]).toEqual([code, waitMs]);
      expect(failure.message).toMatch(words);
      expect(failure.guidance).toMatch(/\S \S/);
      if (status !== 401) expect(failure.detail).toContain(`HTTP ${status}`);
    }
    under.google.fault = () => null;
    await under.destination.publish(file, nameFor(numbered(1)));
  });

  test('the daily limit ends at midnight in California', async () => {
    const fault = new ApiError(403, 'dailyLimitExceeded', 'Daily Limit Exceeded');
    under.google.fault = () => fault;
    const failure = await failureOf(under.destination.space());
    expect(failure.code).toBe('destination-busy');
    expect(failure.retry?.afterMs).toBeGreaterThanOrEqual(60_000);
    expect(failure.retry?.afterMs).toBeLessThanOrEqual(24 * 3_600_000);
  });

  test('a file that Google takes for malware comes all the same, as its owner asks for it', async () => {
    const bytes = random(5_000);
    await under.destination.put(nameFor(bytes), bytes);
    under.fileOf(nameFor(bytes)).abusive = true;
    expectBytes(await under.destination.get(nameFor(bytes)), bytes);
    expectBytes(await under.destination.getRange(nameFor(bytes), 100, 7), bytes.subarray(100, 107));
    const fault = new ApiError(403, 'cannotDownloadAbusiveFile', 'x');
    under.google.fault = ({ where }) => (where === 'files.download' ? fault : null);
    const failure = await failureOf(under.destination.get(nameFor(bytes)));
    expect(failure).toMatchObject({ code: 'destination-denied' });
    expect(failure.message).toMatch(/harmful/);
  });

  test('too many quota units in a minute: busy, as Google says', async () => {
    await under.destination.put('repo.json', numbered(1));
    under.google.use(under.spec.account, 325_000);
    const failure = await failureOf(under.destination.get('repo.json'));
    expect(failure).toMatchObject({ code: 'destination-busy', retry: { afterMs: null } });
  });
});

describe('the end of a sign-in', () => {
  test('in the middle of a run: told once and plainly; after a new one the upload goes on', async () => {
    const bytes = random(5 * 256 * 1024);
    const destination = await under.again({ pieceBytes: 256 * 1024 });
    const file = await spool(destination, bytes);
    let pieces = 0;
    under.google.fault = ({ where }) => {
      if (where === 'upload.piece' && (pieces += 1) === 3) under.google.accounts.withdraw(under.spec.account);
      return null;
    };
    const failure = await failureOf(destination.publish(file, nameFor(bytes)));
    expect(failure).toMatchObject({ code: 'destination-sign-in', retry: undefined });
    expect(failure.guidance).toMatch(/Nothing was lost\. Sign in to Google again/);
    await expectCode(destination.stat('repo.json'), 'destination-sign-in');
    const credentials = under.google.signedIn(under.spec.account);
    const { DriveDestination } = await import('../../../main/destinations/google-drive/drive-destination.ts');
    const options = { traffic: freeTraffic, endpoints: under.google.endpoints };
    const again = await DriveDestination.open({ ...under.spec, credentials }, options);
    await again.publish(file, nameFor(bytes));
    expect(under.fileOf(nameFor(bytes)).content?.equals(bytes)).toBe(true);
    await again.close();
  });

  test('only the access token ended: it is renewed, and nobody notices', async () => {
    await under.destination.put('repo.json', numbered(1));
    under.google.accounts.expireAccess();
    const from = under.google.calls.length;
    await under.destination.put('repo.json', numbered(2));
    expect(under.google.count(from).token).toBe(1);
    expectBytes(await under.destination.get('repo.json'), numbered(2));
  });

  test('many calls at a time renew it once', async () => {
    const destination = await under.again();
    const from = under.google.calls.length;
    await Promise.all(Array.from({ length: 8 }, async () => await destination.stat('repo.json')));
    expect(under.google.count(from).token).toBe(1);
  });

  test('the OAuth client was deleted', async () => {
    under.google.accounts.removeClient(
      under.spec.credentials?.kind === 'google-drive' ? under.spec.credentials.clientId : '',
    );
    const failure = await failureOf((await under.again()).stat('repo.json'));
    expect(failure.code).toBe('destination-sign-in');
    expect(failure.message).toMatch(/OAuth client/);
  });
});

describe('secrets', () => {
  test('none in the scratch folder, in errors, in the label', async () => {
    const bytes = random(700_000);
    const destination = await under.again({ pieceBytes: 256 * 1024 });
    const file = await spool(destination, bytes);
    await destination.put('repo.json', numbered(1));
    const told: string[] = [destination.label, JSON.stringify(destination)];
    const faults: FakeFault[] = [
      'before',
      'cut',
      'short',
      new ApiError(403, 'domainPolicy', 'x'),
      new ApiError(400, 'x', 'x'),
    ];
    for (const fault of faults) {
      for (const where of [
        'token',
        'upload.piece',
        'files.begin',
        'files.get',
        'files.download',
        'changes.list',
      ] as const) {
        under.google.accounts.expireAccess();
        under.google.fault = (call) => (call.where === where ? fault : null);
        const calls = [destination.publish(file, nameFor(bytes)), destination.get('repo.json'), all(destination, '')];
        for (const result of await Promise.allSettled(calls)) {
          if (result.status === 'fulfilled') continue;
          const error = result.reason as HoldfastError;
          told.push(JSON.stringify(error.toInfo()), String(error.stack), JSON.stringify(error.cause ?? null));
        }
      }
    }
    await destination.close();
    expect(told.length).toBeGreaterThan(20);
    const secrets = [...under.google.accounts.secrets(), ...under.google.uploads.sessions.keys(), 'GOCSPX-test-secret'];
    expect(secrets.length).toBeGreaterThan(3);
    const scratch = under.spec.scratch ?? '';
    for (const entry of await readdir(scratch, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) told.push((await readFile(path.join(entry.parentPath, entry.name))).toString('latin1'));
    }
    for (const secret of secrets) for (const text of told) expect(text.includes(secret)).toBe(false);
  });
});

describe('a shared drive', () => {
  test('takes a backup like any other place', async () => {
    const shared = await makeDrive({ shared: true });
    try {
      const bytes = random(600_000);
      await shared.destination.publish(await spool(shared.destination, bytes), nameFor(bytes));
      await shared.destination.put('repo.json', numbered(1));
      const other = await shared.reopen();
      expect(await namesIn(other, '')).toEqual([nameFor(bytes), 'repo.json'].sort());
      expectBytes(await other.get(nameFor(bytes)), bytes);
      await other.remove(nameFor(bytes));
      expect(await namesIn(shared.destination, '')).toEqual(['repo.json']);
      expect(shared.fileOf('repo.json').driveId).toBe('0AShared');
      expect(await shared.destination.space()).toEqual({ freeBytes: null, totalBytes: null });
    } finally {
      await shared.dispose();
    }
  });
});

test('space: what is free, and how much of the rest lies in the trash', async () => {
  under.drive.limitBytes = 1_000_000;
  await under.destination.put(nameFor(numbered(1)), numbered(1, 1_000));
  await under.destination.put(nameFor(numbered(2)), numbered(2, 300));
  await under.destination.remove(nameFor(numbered(2)));
  expect(await under.destination.space()).toEqual({ freeBytes: 998_700, totalBytes: 1_000_000, trashBytes: 300 });
});

describe('prices', () => {
  function counting(): { traffic: Traffic; count: TrafficCount } {
    const count = emptyCount();
    const traffic: Traffic = {
      request: async (what, { units = 0 } = {}) => {
        count.requests[what] += 1;
        count.units += units;
      },
      send: async (bytes) => void (count.sentBytes += bytes),
      receive: async (bytes) => void (count.receivedBytes += bytes),
    };
    return { traffic, count };
  }

  async function scrub(destination: Destination): Promise<number> {
    let right = 0;
    for (const { name, checksum } of await all(destination, `c/${CLIENT}/p/`)) {
      if (checksum?.algorithm === 'sha256' && name.endsWith(checksum.hex)) right += 1;
    }
    return right;
  }

  test('a pack of 64 MiB', async () => {
    const { traffic, count } = counting();
    const destination = await under.again({ traffic });
    await destination.put(nameFor(numbered(1)), numbered(1)); // folders, ids and the mirror are there now
    const bytes = random(64 * 2 ** 20);
    const file = await spool(destination, bytes);
    const from = under.google.calls.length;
    const before = structuredClone(count);
    await destination.publish(file, nameFor(bytes));
    expect(under.google.count(from)).toEqual({ 'files.begin': 1, 'upload.piece': 4 });
    expect(count.units - before.units).toBe(70);
    expect(count.units - before.units).toBe(under.google.units(from));
    expect(count.requests.create - before.requests.create).toBe(1);
    expect(count.sentBytes - before.sentBytes).toBe(bytes.length);
    expect(count.receivedBytes).toBe(0);
  });

  test('a list and a scrub of 1,000 packs: two requests each, nothing downloaded', { timeout: 60_000 }, async () => {
    const numbers = Array.from({ length: 1_000 }, (_, number) => number);
    const work = async (): Promise<void> => {
      for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
        await under.destination.put(nameFor(numbered(number)), numbered(number));
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    await namesIn(under.destination, '');
    await under.destination.close();
    const { traffic, count } = counting();
    const destination = await under.again({ traffic });
    expect(await scrub(destination)).toBe(1_000);
    expect(count).toMatchObject({ requests: { list: 1, stat: 1, read: 0 }, units: 105, receivedBytes: 0 });
    // A computer that has never seen them: a page of a list for each thousand.
    const fresh = counting();
    const { DriveDestination } = await import('../../../main/destinations/google-drive/drive-destination.ts');
    const { scratch: _, ...spec } = under.spec;
    const other = await DriveDestination.open(spec, { traffic: fresh.traffic, endpoints: under.google.endpoints });
    expect(await scrub(other)).toBe(1_000);
    expect(fresh.count).toMatchObject({ requests: { list: 2, stat: 1, read: 0 }, units: 210, receivedBytes: 0 });
    await other.close();
    // One of them rots.
    await under.truncate(nameFor(numbered(5)), 3);
    expect(await scrub(destination)).toBe(999);
  });
});
