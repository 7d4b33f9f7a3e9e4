/** Whole verbs on Google Drive: a backup that is stopped in the middle of an object and goes on there, and a scrub. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Access } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { scrub } from '../../../main/engine/scrub.ts';
import { makeFolder } from '../../../main/destinations/google-drive/folders.ts';
import type { DestinationSpec } from '../../../main/destinations/spec.ts';
import { MIB, noise } from '../../support/crash-world.ts';
import { FakeGoogle } from '../../support/fake-google/fake-google.ts';

const ACCOUNT = 'anna@example.com';
const PACK = 24 * MIB;
const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());

let folder: string;
let sources: string;
let google: FakeGoogle;
let spec: DestinationSpec;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-drive-engine-'));
  sources = path.join(folder, 'sources');
  mkdirSync(sources);
  for (let number = 0; number < 5; number += 1)
    writeFileSync(path.join(sources, `${number}`), noise(String(number), 10 * MIB));
  google = await FakeGoogle.start({ writesPerSecond: 3 });
  google.addAccount(ACCOUNT, 1e9);
  vi.stubEnv('HOLDFAST_GOOGLE_ENDPOINT', google.origin);
  const credentials = google.signedIn(ACCOUNT);
  const place = await makeFolder(credentials, ACCOUNT, 'Holdfast', null);
  spec = { ...place, credentials, scratch: path.join(folder, 'scratch') };
});
afterEach(async () => {
  await google.close();
  rmSync(folder, { recursive: true });
});

test(
  'stopped in the middle of a pack, it goes on there; a scrub downloads nothing of it',
  { timeout: 120_000 },
  async () => {
    await create({ destination: spec, rootKey });
    const made = await enrol({ destination: spec, rootKey });
    const access: Access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
    const back = async (control: RunControl): Promise<unknown> =>
      await backup(
        {
          ...{ destination: spec, access, stateFolder: path.join(folder, 'state'), sources: [sources], excludes: [] },
          ...{ computerName: 'test', packBytes: PACK },
        },
        { control, emit: () => undefined },
      );
    const control = new RunControl();
    let pieces = 0;
    google.fault = ({ where }) => {
      if (where !== 'upload.piece' || (pieces += 1) !== 2) return null;
      control.stop();
      return 'stall';
    };
    await expect(back(control)).rejects.toMatchObject({ code: 'stopped' });
    google.fault = () => null;
    const sent = google.uploadedBytes;
    const from = google.calls.length;
    await back(new RunControl());
    expect(google.count(from)['upload.status']).toBeGreaterThan(0);
    // Nothing but the piece on its way was sent twice.
    const stored = [...google.drive(ACCOUNT).files.values()].reduce(
      (sum, file) => sum + (file.content?.length ?? 0),
      0,
    );
    expect(sent).toBeGreaterThan(0);
    expect(google.uploadedBytes).toBeLessThan(stored + 17 * MIB);

    const before = google.calls.length;
    const scrubbed = await scrub({ destination: spec }, { control: new RunControl(), emit: () => undefined });
    expect(scrubbed).toMatchObject({ unproven: 0, damaged: [], strays: [] });
    expect(scrubbed.proven).toBe(scrubbed.objects);
    expect(google.count(before)['files.download'] ?? 0).toBeLessThanOrEqual(3); // repo.json and its copies
  },
);
