/** The same whole verbs on every kind of storage that is not a folder, each at its real counterpart. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Access, DestinationSpec, EngineEvent } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { create } from '../../../main/engine/create.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { entryPathOf } from '../../../main/engine/entry-path.ts';
import { list } from '../../../main/engine/list.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { restore } from '../../../main/engine/restore.ts';
import { scrub } from '../../../main/engine/scrub.ts';
import { snapshots } from '../../../main/engine/snapshots.ts';
import { verify } from '../../../main/engine/verify.ts';
import { apacheMissing, PASSWORD, startApache, USER } from '../../support/apache-dav.ts';
import { MIB, noise } from '../../support/crash-world.ts';
import { placeAt } from '../../support/destination-sftp.ts';
import { RemoteS3 } from '../../support/remote-s3.ts';
import { sshdMissing, startSshd } from '../../support/sshd.ts';
import { compareTrees } from '../../support/tree.ts';

interface Kind {
  name: string;
  /** Why it cannot be had here. */
  missing: string | null;
  /** Starts what serves it. */
  start(folder: string): Promise<{ spec: DestinationSpec; stop(): Promise<void> }>;
}

const KINDS: Kind[] = [
  {
    name: 'SFTP',
    missing: sshdMissing,
    async start(folder) {
      const server = await startSshd();
      const spec = await placeAt(server, path.join(folder, 'repository'));
      return { spec: { ...spec, scratch: path.join(folder, 'scratch') }, stop: async () => await server.stop() };
    },
  },
  {
    name: 'WebDAV',
    missing: apacheMissing(),
    async start(folder) {
      const server = await startApache();
      await server.makeFolder('verbs');
      const spec: DestinationSpec = {
        kind: 'webdav',
        url: server.url('basic/verbs/repository/'),
        user: USER,
        certificate: null,
        credentials: { kind: 'webdav', password: PASSWORD },
        scratch: path.join(folder, 'scratch'),
      };
      return { spec, stop: async () => await server.stop() };
    },
  },
  {
    name: 'S3',
    missing: null,
    async start() {
      const storage = await RemoteS3.start();
      return { spec: storage.spec, stop: async () => await storage.stop() };
    },
  },
];

let folder: string;
let sources: string;
let stop: (() => Promise<void>) | null = null;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-kinds-'));
  sources = path.join(folder, 'files');
  mkdirSync(path.join(sources, 'deep'), { recursive: true });
  writeFileSync(path.join(sources, 'large.bin'), noise('large', 9 * MIB));
  for (let i = 0; i < 40; i++) writeFileSync(path.join(sources, `deep/${i}.bin`), noise(`small ${i}`, i * 9_000));
});

afterEach(async () => {
  await closeSnapshot();
  await stop?.();
  stop = null;
  rmSync(folder, { recursive: true, force: true });
});

afterAll(() => closeSnapshot());

const context = (emit: (event: EngineEvent) => void = () => undefined) => ({ control: new RunControl(), emit });

describe.each(KINDS)('$name', ({ missing, start }) => {
  test.skipIf(missing !== null)(
    'backs up, lists, verifies at every level, restores all and parts',
    async () => {
      const started = await start(folder);
      stop = started.stop;
      const destination = started.spec;
      const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
      const key: Access = { kind: 'key', rootKey };
      await create({ destination, rootKey });
      const made = await enrol({ destination, rootKey });
      const access = {
        kind: 'capability' as const,
        capability: made.capability,
        readerPublicKey: made.readerPublicKey,
      };
      const backUp = async () =>
        await backup(
          {
            destination,
            access,
            stateFolder: path.join(folder, 'state'),
            sources: [sources],
            excludes: [],
            computerName: 'test',
            packBytes: 2 * MIB,
          },
          context(),
        );
      expect(await backUp()).toMatchObject({ files: 41, skipped: [] });
      writeFileSync(path.join(sources, 'deep/new.bin'), noise('new', MIB));
      expect(await backUp()).toMatchObject({ files: 42, newFiles: 1, skipped: [] });
      expect((await snapshots({ destination, access: key })).map(({ files }) => files)).toEqual([41, 42]);

      const at = { destination, access: key, snapshotId: 'latest', path: entryPathOf(`${sources}/deep`) };
      expect((await list(at)).length).toBe(41);
      for (const level of [0, 1, 2, 3] as const) {
        const output = await verify({ destination, access: key, level }, context());
        expect([level, output.damage, output.strays, output.contentsProven]).toEqual([level, [], [], level === 3]);
      }
      const scrubbed = await scrub({ destination }, context());
      expect([scrubbed.damaged, scrubbed.proven + scrubbed.unproven]).toEqual([[], scrubbed.objects]);

      const whole = {
        destination,
        access: key,
        snapshotId: 'latest',
        layout: 'selection',
        conflict: 'keep-both',
      } as const;
      let received = 0;
      const everything = await restore(
        { ...whole, paths: [], target: { kind: 'folder', path: path.join(folder, 'all') }, dryRun: false },
        context((event) => (received += event.type === 'traffic' ? event.count.receivedBytes : 0)),
      );
      expect(everything.problems).toEqual([]);
      expect(await compareTrees(sources, path.join(folder, 'all/files'))).toEqual([]);
      // Told by the thread that fetches, before the verb is over; rounding and headers leave it near the data.
      expect(received).toBeGreaterThan(everything.bytes * 0.9);
      expect(received).toBeLessThan(everything.bytes * 1.6 + 4 * MIB);
      const part = await restore(
        {
          ...whole,
          paths: [entryPathOf(`${sources}/deep`)],
          target: { kind: 'folder', path: path.join(folder, 'part') },
          dryRun: false,
        },
        context(),
      );
      expect([part.problems, part.restoredFiles]).toEqual([[], 41]);
      expect(await compareTrees(path.join(sources, 'deep'), path.join(folder, 'part/deep'))).toEqual([]);
    },
    120_000,
  );
});
