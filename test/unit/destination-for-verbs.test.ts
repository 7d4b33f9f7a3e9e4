import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { DestinationSpec } from '../../main/destinations/spec.ts';
import { CancelDestination } from '../../main/destinations/decorators/cancel.ts';
import type { EngineEvent } from '../../main/engine/api.ts';
import { Attendants } from '../../main/engine/attendants.ts';
import { RunControl } from '../../main/engine/control.ts';
import { openFor, openKept } from '../../main/engine/open.ts';
import { waitText } from '../../main/engine/wait-words.ts';
import { HoldfastError } from '../../main/errors.ts';
import { expectCode } from '../support/destination-helpers.ts';
import { makeLocal } from '../support/destination-local.ts';
import { numbered } from '../support/destination-names.ts';

const SPEC: DestinationSpec = {
  kind: 'google-drive',
  folderId: 'f',
  folderName: 'Backups',
  driveId: null,
  account: 'person@example.org',
  clientId: null,
  credentials: { kind: 'google-drive', refreshToken: 'canary-token', clientId: 'c', clientSecret: 'canary-secret' },
};

function verb(): { control: RunControl; events: EngineEvent[]; emit: (event: EngineEvent) => void } {
  const events: EngineEvent[] = [];
  return { control: new RunControl(), events, emit: (event) => events.push(event) };
}

const busy = new HoldfastError('destination-busy', 'Too many requests.', 'Nothing was lost.', {
  retry: { afterMs: 40_000 },
});

describe('a destination that verbs use', () => {
  it('tells each verb what passed while it used it', async () => {
    const attendants = new Attendants(SPEC);
    const [first, second] = [verb(), verb()];
    const leaveFirst = attendants.attend(first);
    await attendants.meter.request('create', { units: 10 });
    const leaveSecond = attendants.attend(second);
    await attendants.meter.send(5_000);
    leaveFirst();
    await attendants.meter.receive(7);
    leaveSecond();
    leaveSecond();
    const destination = 'Backups (Google Drive, person@example.org)';
    expect(first.events).toMatchObject([
      {
        type: 'traffic',
        destination,
        count: { sentBytes: 5_000, receivedBytes: 0, units: 10, requests: { create: 1 } },
      },
    ]);
    expect(second.events).toMatchObject([
      {
        type: 'traffic',
        destination,
        count: { sentBytes: 5_000, receivedBytes: 7, units: 0, requests: { create: 0 } },
      },
    ]);
    expect(JSON.stringify([...first.events, ...second.events])).not.toContain('canary');
  });

  it('stands still while all of them are paused, and only then', async () => {
    const attendants = new Attendants(SPEC);
    const [first, second] = [verb(), verb()];
    for (const each of [first, second]) attendants.attend(each);
    first.control.pause();
    await attendants.meter.request('read');
    second.control.pause();
    let passed = false;
    const request = attendants.meter.request('read').then(() => (passed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    first.control.resume();
    await request;
  });

  it('ends calls that are on their way once all are stopped, and serves the next verb', async () => {
    const attendants = new Attendants(SPEC);
    const { destination, dispose } = await makeLocal();
    const cancelled = new CancelDestination(destination, attendants.signal);
    await cancelled.put('repo.json', numbered(1));
    const [first, second] = [verb(), verb()];
    const leave = [first, second].map((each) => attendants.attend(each));
    const { signal } = { signal: attendants.signal() };
    first.control.stop();
    await attendants.check();
    expect(signal.aborted).toBe(false);
    second.control.stop();
    await once(signal, 'abort');
    await expectCode(cancelled.get('repo.json'), 'stopped');
    await expectCode(attendants.check(), 'stopped');
    for (const each of leave) each();
    attendants.attend(verb());
    expect(await cancelled.get('repo.json')).toEqual(numbered(1));
    await dispose();
  });

  it('says long waits, and each of them once', () => {
    const attendants = new Attendants(SPEC);
    const one = verb();
    attendants.attend(one);
    attendants.onWait({ operation: 'publish', error: busy, delayMs: 4_000 });
    expect(one.events).toEqual([]);
    for (let call = 0; call < 4; call += 1) {
      attendants.onWait({ operation: 'publish', error: busy, delayMs: 40_000 + call });
    }
    expect(one.events).toMatchObject([
      { type: 'message', level: 'info', text: 'Google Drive asks for a pause; going on in 40 seconds.' },
    ]);
    expect(waitText('sftp', 'nas', 'destination-offline', 12_400).english).toBe(
      'nas cannot be reached; trying again in 12 seconds.',
    );
    expect(waitText('webdav', 'nas', 'destination-busy', 300_000).english).toBe(
      'nas asks for a pause; going on in 5 minutes.',
    );
  });

  it('a synchronised folder comes with its retries, and tells no traffic', async () => {
    const { root, dispose } = await makeLocal();
    const one = verb();
    const spec = { kind: 'synced', path: root, service: 'icloud' } as const;
    const destination = await openFor(spec, one);
    await destination.put('repo.json', numbered(1));
    expect(destination.localPath?.('repo.json')).toBeNull();
    expect(destination.abilities?.largePacks).toBe(true);
    const attendants = new Attendants(spec);
    attendants.attend(one);
    attendants.onWait({ operation: 'get', error: busy, delayMs: 5_200 });
    expect(one.events).toMatchObject([
      {
        type: 'message',
        level: 'info',
        text: 'iCloud Drive is still bringing back a file; looking again in 5 seconds.',
      },
    ]);
    await destination.close();
    one.control.stop();
    await expectCode(openFor(spec, one), 'stopped');
    expect(one.events.length).toBe(1);
    await dispose();
  });

  it('a folder on a disk is opened as it is, and tells no traffic', async () => {
    const { root, dispose } = await makeLocal();
    const one = verb();
    const destination = await openFor({ kind: 'local', path: root }, one);
    const kept = await openKept({ kind: 'local', path: root });
    const leave = kept.attend(one);
    await destination.put('repo.json', numbered(1));
    expect(destination.localPath?.('repo.json')).toBe(`${root}/repo.json`);
    expect(await kept.destination.get('repo.json')).toEqual(numbered(1));
    leave();
    await destination.close();
    await kept.close();
    expect(one.events).toEqual([]);
    await dispose();
  });
});
