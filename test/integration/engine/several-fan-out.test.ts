/** The fan-out by itself, over a leading destination that is no folder of this computer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Abilities, Destination } from '../../../main/destinations/destination.ts';
import { FanOut } from '../../../main/destinations/fan-out.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { RunControl, stopped } from '../../../main/engine/control.ts';
import { replaced } from '../../support/crash-faulty.ts';
import { deferred } from '../../support/deferred.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { CLIENT, nameFor, OTHER_CLIENT, random } from '../../support/destination-names.ts';
import { filesIn } from '../../support/engine.ts';

const SIZE = 100_000;

let folder: string;
let files = 0;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-fan-out-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function at(name: string): Promise<LocalDestination> {
  const destination = await LocalDestination.open(path.join(folder, name));
  await destination.init();
  return destination;
}

/** A leading destination whose objects are no files here: FaultyDestination passes no paths on. */
const remote = async (): Promise<FaultyDestination> => new FaultyDestination(await at('lead'));

async function publish(destination: Destination, letGo?: AbortSignal): Promise<string> {
  const bytes = random(SIZE);
  const file = path.join(await destination.spoolFolder(CLIENT), `${++files}`);
  writeFileSync(file, bytes);
  await destination.publish(file, nameFor(bytes), { letGo });
  return nameFor(bytes);
}

const spooled = (): string[] => filesIn(path.join(folder, 'lead', 'tmp'));

test('each follower gets what is published, in files of its own, and the spool is empty afterwards', async () => {
  const fanOut = new FanOut(await remote(), OTHER_CLIENT, new RunControl());
  const followers = [await at('one'), await at('two')];
  const joined = followers.map((follower) => fanOut.join(follower));
  const names = [await publish(fanOut), await publish(fanOut), await publish(fanOut)];
  await fanOut.drain();
  for (const follower of followers) {
    for (const name of names) expect((await follower.stat(name))?.size).toBe(SIZE);
  }
  expect(joined).toMatchObject([
    { storedBytes: 3 * SIZE, queuedBytes: 0, failure: null },
    { storedBytes: 3 * SIZE, queuedBytes: 0, failure: null },
  ]);
  expect(spooled()).toEqual([]);
});

test('the leading destination waits while too much lies in its spool, and no longer', async () => {
  const fanOut = new FanOut(await remote(), OTHER_CLIENT, new RunControl(), 2.5 * SIZE);
  const one = await at('one');
  const slow = deferred<void>();
  const follower = fanOut.join(
    replaced(one, 'publish', async (file, name, options) => {
      await slow.promise;
      await one.publish(file, name, options);
    }),
  );
  await publish(fanOut);
  await publish(fanOut);
  let third = false;
  const publishing = publish(fanOut).then(() => (third = true));
  // Its queue is full as soon as the third lies there.
  while (follower.queuedBytes < 3 * SIZE) await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
  expect(spooled().length).toBe(3);
  slow.resolve();
  await publishing;
  await fanOut.drain();
  expect(follower).toMatchObject({ storedBytes: 3 * SIZE, queuedBytes: 0 });
});

test('who waits for room is let go when the run is given up', async () => {
  const lead = await remote();
  const fanOut = new FanOut(lead, OTHER_CLIENT, new RunControl(), 0.5 * SIZE);
  const one = await at('one');
  const sending = deferred<void>();
  const follower = fanOut.join(
    replaced(one, 'publish', async (_file, _name, options) => {
      sending.resolve();
      await new Promise((_, reject) => options?.signal?.addEventListener('abort', () => reject(stopped())));
    }),
  );
  const run = new AbortController();
  const publishing = publish(fanOut, run.signal);
  await sending.promise;
  run.abort(stopped());
  // It is stored at the leading destination.
  expect((await lead.stat(await publishing))?.size).toBe(SIZE);
  await fanOut.abandon(stopped());
  expect(follower).toMatchObject({ storedBytes: 0, queuedBytes: 0, failure: { code: 'stopped' } });
  expect(spooled()).toEqual([]);
});

test('a follower that fails is dropped with its files, and the other goes on', async () => {
  const fanOut = new FanOut(await remote(), OTHER_CLIENT, new RunControl());
  const bad = fanOut.join(
    new FaultyDestination(await at('bad'), {
      rule: ({ operation }) => (operation === 'publish' ? 'fail-before' : null),
    }),
  );
  const good = fanOut.join(await at('good'));
  for (let i = 0; i < 4; i++) await publish(fanOut);
  await fanOut.drain();
  expect(bad.failure).toMatchObject({ code: 'destination-failed' });
  expect(bad).toMatchObject({ storedBytes: 0, queuedBytes: 0 });
  expect(good).toMatchObject({ storedBytes: 4 * SIZE, queuedBytes: 0, failure: null });
  expect(spooled()).toEqual([]);
});

test('what cannot be published at the leading destination goes to nobody', async () => {
  const lead = new FaultyDestination(await at('lead'), {
    rule: ({ operation }) => (operation === 'publish' ? 'fail-before' : null),
  });
  const fanOut = new FanOut(lead, OTHER_CLIENT, new RunControl());
  const follower = fanOut.join(await at('one'));
  await expect(publish(fanOut)).rejects.toMatchObject({ code: 'destination-failed' });
  await fanOut.drain();
  expect(follower).toMatchObject({ storedBytes: 0, queuedBytes: 0, failure: null });
  expect(spooled().filter((file) => file.endsWith('.also'))).toEqual([]);
});

test('an upload that can go on leaves its notes in the spool, never among the objects of a leading folder', async () => {
  const lead = await at('lead');
  const fanOut = new FanOut(lead, OTHER_CLIENT, new RunControl());
  const one = await at('one');
  const abilities: Abilities = {
    parallel: 1,
    checksums: false,
    undelete: false,
    lock: false,
    resume: true,
    largePacks: false,
  };
  const sent: string[] = [];
  const uploading = replaced(one, 'publish', async (file, name, options) => {
    sent.push(file);
    writeFileSync(`${file}.upload`, 'where it was');
    await one.publish(file, name, options);
  });
  fanOut.join(replaced(uploading, 'abilities', abilities));
  const name = await publish(fanOut);
  await fanOut.drain();
  expect(sent.length).toBe(1);
  expect(sent[0]).toContain(`/tmp/${OTHER_CLIENT}/`);
  expect((await one.stat(name))?.size).toBe(SIZE);
  const strays: string[] = [];
  for await (const info of lead.list('', { onStray: (stray) => strays.push(stray) })) expect(info.name).toBe(name);
  expect(strays).toEqual([]);
  expect(spooled()).toEqual([]);
});

test('a run that is stopped sends nothing more', async () => {
  const control = new RunControl();
  const fanOut = new FanOut(await remote(), OTHER_CLIENT, control);
  const follower = fanOut.join(await at('one'));
  control.stop();
  await publish(fanOut);
  await fanOut.drain();
  expect(follower.failure).toMatchObject({ code: 'stopped' });
  expect(follower.storedBytes).toBe(0);
});
