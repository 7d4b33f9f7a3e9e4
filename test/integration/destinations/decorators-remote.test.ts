/** What verbs are given of a real server: limits, counts, pause and stop in the middle of an object, read cache. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Limits } from '../../../main/destinations/limits.ts';
import type { EngineEvent } from '../../../main/engine/api.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { openFor } from '../../../main/engine/open.ts';
import { expectBytes, expectCode, spool } from '../../support/destination-helpers.ts';
import { nameFor, numbered, random } from '../../support/destination-names.ts';
import { makeSftp, type SftpUnderTest } from '../../support/destination-sftp.ts';
import { sshdMissing, startSshd, type Sshd } from '../../support/sshd.ts';

describe.skipIf(sshdMissing !== null)('an SFTP server, opened for a verb', () => {
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
  });
  afterEach(async () => {
    await under.dispose();
  });

  function verb(): { control: RunControl; events: EngineEvent[]; emit: (event: EngineEvent) => void } {
    const events: EngineEvent[] = [];
    return { control: new RunControl(), events, emit: (event) => events.push(event) };
  }

  /** 8 MB at 400 kB a second: some twenty seconds, were it not cut short. */
  async function slow(): Promise<{ limits: Limits; bytes: Uint8Array; name: string }> {
    const limits = new Limits();
    limits.set({ sendBytes: 400_000, receiveBytes: 400_000, requests: 2 });
    const bytes = random(8_000_000);
    return { limits, bytes, name: nameFor(bytes) };
  }

  test('counts, caches, and tells at the end', async () => {
    const one = verb();
    const destination = await openFor(under.place, one);
    const bytes = random(100_000);
    await destination.publish(await spool(destination, bytes), nameFor(bytes));
    await under.destination.put(nameFor(numbered(1), 'i'), numbered(1));
    for (let time = 0; time < 3; time += 1) await destination.get(nameFor(numbered(1), 'i'));
    expectBytes(await destination.getRange(nameFor(bytes), 10, 1_000), bytes.subarray(10, 1_010));
    await destination.close();
    const traffic = one.events.filter((event) => event.type === 'traffic');
    expect(traffic.length).toBe(1);
    const count = traffic[0]?.count;
    expect(count?.sentBytes).toBe(100_000);
    expect(count?.receivedBytes).toBe(1_016);
    expect(count?.requests.create).toBeGreaterThan(0);
    expect((await readdir(path.join(under.place.scratch ?? '', 'objects'))).length).toBe(1);
  });

  test('a stop ends an upload in the middle, within a second, and leaves no object', async () => {
    const { limits, bytes, name } = await slow();
    const one = verb();
    const destination = await openFor({ ...under.place, limits: limits.shared }, one);
    const publishing = destination.publish(await spool(destination, bytes), name);
    const failed = expectCode(publishing, 'stopped');
    while ((await under.leftovers()).length < 2) await new Promise((resolve) => setImmediate(resolve));
    const start = performance.now();
    one.control.stop();
    await failed;
    expect(performance.now() - start).toBeLessThan(1_000);
    await destination.close();
    expect(await under.destination.stat(name)).toBeNull();
  });

  test('limits that are lifted act in the middle of an object', async () => {
    const { limits, bytes, name } = await slow();
    const destination = await openFor({ ...under.place, limits: limits.shared }, verb());
    const publishing = destination.publish(await spool(destination, bytes), name);
    while ((await under.leftovers()).length < 2) await new Promise((resolve) => setImmediate(resolve));
    const start = performance.now();
    limits.set({ sendBytes: null, receiveBytes: null, requests: null });
    await publishing;
    expect(performance.now() - start).toBeLessThan(5_000);
    expectBytes(await destination.get(name), bytes);
    await destination.close();
  });

  test('a server that cannot be reached is said, not waited for, where there is no patience', async () => {
    const patience = { busyMs: 0, offlineMs: 0 };
    const nowhere = await openFor({ ...under.place, port: 1 }, verb(), { patience });
    const start = performance.now();
    await expectCode(nowhere.stat('repo.json'), 'destination-offline');
    expect(performance.now() - start).toBeLessThan(1_000);
    await nowhere.close();
  });
});
