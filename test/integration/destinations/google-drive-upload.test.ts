/** Large objects on their way to Drive: interrupted, taken up again, paused, spoiled on the way. */
import { existsSync } from 'node:fs';
import { readFile, stat, truncate } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freeTraffic, type Traffic } from '../../../main/destinations/traffic.ts';
import { makeDrive, type DriveUnderTest } from '../../support/destination-drive.ts';
import { expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { nameFor, numbered, random } from '../../support/destination-names.ts';
import { FakeGoogle } from '../../support/fake-google/fake-google.ts';
import { ApiError } from '../../support/fake-google/replies.ts';

const PIECE = 1024 * 1024;
const BYTES = random(5 * PIECE + 12_345);
const NAME = nameFor(BYTES);

let nowMs: number;
let under: DriveUnderTest;
let file: string;
beforeEach(async () => {
  nowMs = Date.UTC(2026, 10, 1);
  under = await makeDrive({ now: () => nowMs, pieceBytes: PIECE });
  file = await spool(under.destination, BYTES);
});
afterEach(async () => {
  await under.dispose();
});

/** Publishes until the connection breaks at the `nth` piece, which may have come half. */
async function breakOff(nth: number, how: 'cut' | 'short' = 'cut'): Promise<void> {
  let pieces = 0;
  under.google.fault = (call) => (call.where === 'upload.piece' && (pieces += 1) === nth ? how : null);
  await expectCode(under.destination.publish(file, NAME), 'destination-offline');
  under.google.fault = () => null;
}

async function expectStored(): Promise<void> {
  expect(under.fileOf(NAME).content?.equals(BYTES)).toBe(true);
  expect([existsSync(file), existsSync(`${file}.upload`)]).toEqual([false, false]);
}

describe('an interrupted upload', () => {
  test.each(['the same run', 'a later run'])('goes on in the middle: %s', async (who) => {
    await breakOff(4);
    const sent = under.google.uploadedBytes;
    expect(sent).toBe(3 * PIECE);
    const from = under.google.calls.length;
    await (who === 'the same run' ? under.destination : await under.again()).publish(file, NAME);
    expect(under.google.uploadedBytes).toBe(BYTES.length);
    expect(under.google.count(from)).toMatchObject({ 'upload.status': 1, 'upload.piece': 3 });
    expect(under.google.count(from)['files.begin']).toBeUndefined();
    await expectStored();
  });

  test('goes on in the middle of a piece that came half', async () => {
    await breakOff(2, 'short');
    await (await under.again()).publish(file, NAME);
    expect(under.google.uploadedBytes).toBeLessThan(BYTES.length + PIECE);
    expect(under.google.uploadedBytes).toBeGreaterThanOrEqual(BYTES.length);
    await expectStored();
  });

  test('was whole, and only the last answer was lost: nothing is sent again', async () => {
    let pieces = 0;
    under.google.fault = (call) => (call.where === 'upload.piece' && (pieces += 1) === 6 ? 'lost' : null);
    await expectCode(under.destination.publish(file, NAME), 'destination-offline');
    under.google.fault = () => null;
    await (await under.again()).publish(file, NAME);
    expect(under.google.uploadedBytes).toBe(BYTES.length);
    await expectStored();
  });

  test('begins anew when Google has forgotten it: after a week, or before', async () => {
    await breakOff(3);
    nowMs += 8 * 24 * 3_600_000;
    await (await under.again()).publish(file, NAME);
    await expectStored();
    const other = random(3 * PIECE);
    file = await spool(under.destination, other);
    let pieces = 0;
    under.google.fault = (call) => (call.where === 'upload.piece' && (pieces += 1) === 2 ? 'cut' : null);
    await expectCode(under.destination.publish(file, nameFor(other)), 'destination-offline');
    under.google.fault = () => null;
    under.google.uploads.sessions.clear();
    await under.destination.publish(file, nameFor(other));
    expect(under.fileOf(nameFor(other)).content?.equals(other)).toBe(true);
  });

  test.each([
    [400, 'badRequest'],
    [409, 'conflict'],
    [412, 'conditionNotMet'],
    [403, 'forbidden'],
  ])('whose session is refused with %i begins anew, instead of asking it for a week', async (status, reason) => {
    await breakOff(3);
    let refused = 0;
    under.google.fault = (call) =>
      call.where === 'upload.status' && (refused += 1) > 0 ? new ApiError(status, reason, 'no') : null;
    const from = under.google.calls.length;
    await (await under.again()).publish(file, NAME);
    expect([refused, under.google.count(from)['files.begin']]).toEqual([1, 1]);
    await expectStored();
  });

  test('that every session refuses is told as it is, and leaves no session for the next run', async () => {
    under.google.fault = (call) => (call.where === 'upload.piece' ? new ApiError(400, 'badRequest', 'no') : null);
    const failure: unknown = await under.destination.publish(file, NAME).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'destination-failed', detail: 'upload.piece: HTTP 400 badRequest' });
    expect(under.google.count()).toMatchObject({ 'files.begin': 2, 'upload.piece': 2 });
    expect([existsSync(file), existsSync(`${file}.upload`)]).toEqual([true, false]);
    under.google.fault = () => null;
    await under.destination.publish(file, NAME);
    await expectStored();
  });

  test.each([
    [401, 'authError', 'destination-sign-in'],
    [408, 'timeout', 'destination-offline'],
    [429, 'rateLimitExceeded', 'destination-busy'],
    [403, 'userRateLimitExceeded', 'destination-busy'],
    [403, 'dailyLimitExceeded', 'destination-busy'],
    [403, 'uploadLimitExceeded', 'destination-busy'],
    [403, 'storageQuotaExceeded', 'destination-full'],
  ] as const)('goes on in the middle after %i %s', async (status, reason, code) => {
    await breakOff(3);
    under.google.fault = (call) => (call.where === 'upload.status' ? new ApiError(status, reason, 'no') : null);
    await expectCode((await under.again()).publish(file, NAME), code);
    under.google.fault = () => null;
    await (await under.again()).publish(file, NAME);
    expect(under.google.uploadedBytes).toBe(BYTES.length);
    await expectStored();
  });

  test('lies sealed beside the spool file, for nobody else and no other sign-in', async () => {
    await breakOff(3);
    const sealed = await readFile(`${file}.upload`);
    if (process.platform !== 'win32') expect((await stat(`${file}.upload`)).mode & 0o777).toBe(0o600);
    for (const word of ['http', 'upload_id', ...under.google.uploads.sessions.keys()]) {
      expect(sealed.includes(word)).toBe(false);
    }
    const { DriveDestination } = await import('../../../main/destinations/google-drive/drive-destination.ts');
    const credentials = under.google.signedIn(under.spec.account);
    const options = { traffic: freeTraffic, endpoints: under.google.endpoints, now: () => nowMs, pieceBytes: PIECE };
    const from = under.google.calls.length;
    await (await DriveDestination.open({ ...under.spec, credentials }, options)).publish(file, NAME);
    expect(under.google.count(from)).toMatchObject({ 'files.begin': 1 });
    await expectStored();
  });

  test('of another object under the same spool name begins anew', async () => {
    await breakOff(3);
    const other = random(BYTES.length);
    const again = await spool(under.destination, other);
    expect(again).toBe(file);
    await under.destination.publish(file, nameFor(other));
    expect(under.fileOf(nameFor(other)).content?.equals(other)).toBe(true);
    expect(under.filesOf(NAME)).toEqual([]);
  });

  test('does not go to another server than the one it began at', async () => {
    await breakOff(3);
    const other = await FakeGoogle.start();
    const drive = other.addAccount(under.spec.account);
    expect(drive.files.size).toBe(0);
    const elsewhere = await under.again({ endpoints: other.endpoints });
    await expectCode(elsewhere.publish(file, NAME), 'destination-sign-in');
    expect(other.count()).toEqual({ token: 1 });
    await other.close();
  });
});

describe('what arrives', () => {
  test('other than it was sent is taken away, told as temporary, and sent again', async () => {
    const sends: [string, () => Promise<void>][] = [
      [NAME, async () => await under.destination.publish(file, NAME)],
      [nameFor(numbered(3)), async () => await under.destination.put(nameFor(numbered(3)), numbered(3))],
    ];
    for (const [name, send] of sends) {
      under.drive.moods.spoils = 1;
      await expect(send()).rejects.toMatchObject({ code: 'destination-failed', retry: { afterMs: null } });
      expect(await namesIn(under.destination, '')).not.toContain(name);
      await send();
    }
    await expectStored();
    expect(under.fileOf(nameFor(numbered(3))).content?.equals(numbered(3))).toBe(true);
  });

  test('is compared by MD5 where Drive tells no SHA-256, and by size where it tells neither', async () => {
    under.drive.moods.checksums = 'md5';
    under.drive.moods.spoils = 1;
    await expectCode(under.destination.publish(file, NAME), 'destination-failed');
    await under.destination.publish(file, NAME);
    expect(await under.destination.stat(NAME)).toMatchObject({ checksum: { algorithm: 'md5' } });
    under.drive.moods.checksums = 'none';
    await under.destination.put(nameFor(numbered(1)), numbered(1));
    expect(await under.destination.stat(nameFor(numbered(1)))).not.toHaveProperty('checksum');
  });

  test('replaces a damaged object of the same size', async () => {
    await under.destination.put(NAME, random(BYTES.length));
    await under.destination.publish(file, NAME);
    await expectStored();
  });

  test('a spool file that is not what its name says is not sent', async () => {
    await truncate(file, 1_000);
    await expectCode(under.destination.publish(file, NAME), 'object-damaged');
    expect(under.google.uploadedBytes).toBe(0);
    expect(existsSync(file)).toBe(true);
  });

  test('a file that others need too is left where it is, and nothing beside it', async () => {
    const kept = await spool(await under.reopen(), BYTES, 'shared');
    let pieces = 0;
    under.google.fault = (call) => (call.where === 'upload.piece' && (pieces += 1) === 3 ? 'cut' : null);
    await expectCode(under.destination.publish(kept, NAME, { keep: true }), 'destination-offline');
    expect([existsSync(kept), existsSync(`${kept}.upload`)]).toEqual([true, false]);
    under.google.fault = () => null;
    await under.destination.publish(kept, NAME, { keep: true });
    expect(under.google.uploadedBytes).toBe(BYTES.length);
    expect(existsSync(kept)).toBe(true);
    expect(await under.leftovers()).toEqual(['object']); // the file that this test did not use
  });
});

describe('a pause', () => {
  /** Lets `bytes` pass, then holds everything back until `go`. */
  function holdingBack(bytes: number): { traffic: Traffic; held: Promise<void>; go: () => void } {
    let left = bytes;
    let go = (): void => undefined;
    let tell = (): void => undefined;
    const released = new Promise<void>((resolve) => (go = resolve));
    const held = new Promise<void>((resolve) => (tell = resolve));
    const send = async (sent: number, signal?: AbortSignal): Promise<void> => {
      left -= sent;
      if (left >= 0) return;
      tell();
      await Promise.race([
        released,
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
      ]);
    };
    return { traffic: { ...freeTraffic, send }, held, go };
  }

  test('stops the bytes in the middle of a piece, and lets them go on', async () => {
    const { traffic, held, go } = holdingBack(PIECE + PIECE / 2);
    const slow = await under.again({ traffic });
    const publishing = slow.publish(file, NAME);
    await held;
    expect(under.google.uploadedBytes).toBeLessThanOrEqual(PIECE + PIECE / 2);
    expect(under.filesOf(NAME)).toEqual([]);
    go();
    await publishing;
    await expectStored();
  });

  test('can be ended by cancelling: nothing is stored, and the next try goes on', async () => {
    const { traffic, held } = holdingBack(3 * PIECE + 1000);
    const cancel = new AbortController();
    const publishing = (await under.again({ traffic })).publish(file, NAME, { signal: cancel.signal });
    await held;
    const reason = new Error('enough');
    cancel.abort(reason);
    await expect(publishing).rejects.toBe(reason);
    expect(under.filesOf(NAME)).toEqual([]);
    await under.destination.publish(file, NAME);
    expect(under.google.uploadedBytes).toBeLessThan(BYTES.length + PIECE);
    await expectStored();
  });
});

test('a call that waits for another of the same name ends at once when it is cancelled', async () => {
  under.google.fault = ({ where }) => (where === 'files.begin' ? 'stall' : null);
  const first = new AbortController();
  const second = new AbortController();
  const publishing = under.destination.publish(file, NAME, { signal: first.signal });
  const waiting = under.destination.put(NAME, BYTES, { signal: second.signal });
  second.abort(new Error('second'));
  await expect(waiting).rejects.toThrow('second');
  first.abort(new Error('first'));
  await expect(publishing).rejects.toThrow('first');
  under.google.fault = () => null;
  await under.destination.publish(file, NAME);
  await expectStored();
});

test('reads are held back too, and count what they bring', async () => {
  await under.destination.publish(file, NAME);
  let received = 0;
  const traffic: Traffic = { ...freeTraffic, receive: async (bytes) => void (received += bytes) };
  expectBytes(await (await under.again({ traffic })).get(NAME), BYTES);
  expect(received).toBe(BYTES.length);
});
