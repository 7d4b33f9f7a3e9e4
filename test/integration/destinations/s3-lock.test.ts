/** Buckets that protect objects from deletion, on a clock of the tests' own. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HoldfastError } from '../../../main/errors.ts';
import type { S3Destination } from '../../../main/destinations/s3/s3-destination.ts';
import { expectBytes, expectCode, namesIn, spool } from '../../support/destination-helpers.ts';
import { nameFor, numbered, random } from '../../support/destination-names.ts';
import { makeS3, type S3UnderTest } from '../../support/destination-s3.ts';
import { AMAZON, MINIMAL, type Profile } from '../../support/fake-s3/operations.ts';

const DAY = 24 * 3_600_000;
const LOCK = { mode: 'compliance' as const, days: 30 };
const made: S3UnderTest[] = [];

async function locked(profile: Profile = AMAZON): Promise<S3UnderTest & { at: S3Destination }> {
  const under = await makeS3(profile);
  made.push(under);
  under.server.store.versioned = true;
  under.server.store.objectLock = true;
  return { ...under, at: await under.open({ lock: LOCK }) };
}

let under: S3UnderTest & { at: S3Destination };
beforeEach(async () => {
  under = await locked();
});
afterEach(async () => {
  for (const each of made.splice(0)) await each.dispose();
});

test('removal is refused until the day that is told, and works after it', async () => {
  const { at, server } = under;
  const name = nameFor(numbered(1));
  await at.publish(await spool(at, numbered(1)), name);
  const error = await at.remove(name).catch((thrown: unknown) => thrown);
  if (!(error instanceof HoldfastError)) throw new Error('it was removed');
  const until = new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10);
  expect([error.code, error.message]).toEqual(['destination-denied', expect.stringContaining(`until ${until}`)]);
  expect(error.retry).toBeUndefined();
  expect(await namesIn(at, '')).toEqual([name]);
  expect(server.count('DeleteObject')).toBe(0);

  server.store.now = () => Date.now() + 31 * DAY;
  await at.put('repo.json', numbered(1)).catch(() => undefined); // learns the server's time
  await at.remove(name);
  expect(server.store.versionsOf(`holdfast/${name}`)).toEqual([]);
});

test('whoever has the keys and passes by Holdfast cannot remove it either, and an overwrite keeps the old bytes', async () => {
  const { at, server } = under;
  const name = nameFor(numbered(1));
  await at.publish(await spool(at, numbered(1)), name);
  const key = `holdfast/${name}`;
  const [first] = server.store.versionsOf(key);
  expect(() => server.store.remove(key, first?.id)).toThrow('object lock');
  await at.put(name, random(100));
  expect(server.store.versionsOf(key)).toHaveLength(2);
  expectBytes(server.store.find(key, first?.id)?.bytes ?? new Uint8Array(), numbered(1));
});

test('a server that refuses by itself is told in the same words', async () => {
  const { at, server, open } = under;
  const name = nameFor(numbered(1));
  await at.put(name, numbered(1));
  const id = server.store.versionsOf(`holdfast/${name}`)[0]?.id;
  const run = server.operations.run.bind(server.operations);
  server.operations.run = (operation, request) => {
    if (operation === 'DeleteObject' && id !== undefined) request.query.set('versionId', id);
    return run(operation, request);
  };
  const plain = await open();
  const error = await plain.remove(name).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'destination-denied', message: expect.stringMatching(/until \d{4}-/) as string });
});

test('large objects are locked too; what is no hash is not', async () => {
  const { at, server } = under;
  const large = random(17 * 2 ** 20);
  await at.publish(await spool(at, large), nameFor(large));
  expect(server.store.find(`holdfast/${nameFor(large)}`)?.lock?.mode).toBe('COMPLIANCE');
  await at.put('repo.json', numbered(1));
  await at.put('repo.json', numbered(2));
  expect(server.store.find('holdfast/repo.json')?.lock).toBeNull();
  await at.remove('repo.json');
  expect(server.store.versionsOf('holdfast/repo.json')).toEqual([]);
});

test('a server without checksums gets MD5 sums, which a lock asks for', async () => {
  const minimal = await locked(MINIMAL);
  const large = random(17 * 2 ** 20);
  for (const bytes of [numbered(1), large]) {
    await minimal.at.publish(await spool(minimal.at, bytes), nameFor(bytes));
    expect(minimal.server.store.find(`holdfast/${nameFor(bytes)}`)?.lock).not.toBeNull();
  }
});

test('abilities say what the bucket can do', async () => {
  const { at, open, server } = under;
  await at.init();
  expect(at.abilities).toMatchObject({ lock: true, undelete: true, resume: true });
  server.store.versioned = false;
  server.store.objectLock = false;
  const plain = await open();
  await plain.init();
  expect(plain.abilities).toMatchObject({ lock: false, undelete: false });
});

test('a lock that the bucket cannot give is an error at once, and nothing is stored unprotected', async () => {
  const { server, open } = under;
  server.store.objectLock = false;
  const at = await open({ lock: LOCK });
  await expectCode(at.init(), 'bad-input');
  await expectCode(at.put(nameFor(numbered(1)), numbered(1)), 'bad-input');
  const large = random(17 * 2 ** 20);
  await expectCode(at.put(nameFor(large), large), 'bad-input');
  expect(server.store.keys()).toEqual([]);
  expect(await under.leftovers()).toEqual([]);
});
