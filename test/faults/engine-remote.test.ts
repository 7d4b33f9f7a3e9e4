/** A backup to S3 that is killed in the middle of an object: the next run goes on there. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Access, BackupInput, BackupOutput } from '../../main/engine/api.ts';
import { backup } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { restore } from '../../main/engine/restore.ts';
import { runVerb } from '../support/crash-child.ts';
import { MIB, noise } from '../support/crash-world.ts';
import { RemoteS3 } from '../support/remote-s3.ts';
import { compareTrees } from '../support/tree.ts';
import { everythingTo } from '../support/restore-all.ts';

let folder: string;
let storage: RemoteS3;
let access: Extract<Access, { kind: 'capability' }>;
const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
const key: Access = { kind: 'key', rootKey };

const context = () => ({ control: new RunControl(), emit: (): void => undefined });

const input = (sources: string, packBytes: number): BackupInput => ({
  destination: storage.spec,
  access,
  stateFolder: path.join(folder, 'state'),
  sources: [sources],
  excludes: [],
  computerName: 'test',
  packBytes,
});

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-remote-faults-'));
  storage = await RemoteS3.start();
  await create({ destination: storage.spec, rootKey });
  const made = await enrol({ destination: storage.spec, rootKey });
  access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
}, 60_000);

afterAll(async () => {
  await closeSnapshot();
  await storage.stop();
  rmSync(folder, { recursive: true, force: true });
});

const spool = (): string[] => {
  const at = path.join(storage.scratch, 'spool');
  return readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
};

async function restored(target: string): Promise<string[]> {
  await closeSnapshot();
  const output = await restore(everythingTo(target, storage.spec, key), context());
  return output.problems.map(({ path: at, message }) => `${at}: ${message}`);
}

test('killed in the middle of an upload, the next run goes on in the middle of the object', async () => {
  const big = path.join(folder, 'big');
  mkdirSync(big);
  writeFileSync(path.join(big, 'big.bin'), noise('big', 60 * MIB));
  const run = input(big, 56 * MIB);
  // The first two parts arrive, of the others never more than a half.
  await storage.trouble({ matches: '^UploadPart ', after: 2, times: 1_000, kind: 'cut' });
  const killed = await runVerb('backup', run, { kind: 'when', reached: storage.partsArrived(2) });
  expect(killed.killed).toBe(true);
  const parts = (await storage.count()).requests['UploadPart'] ?? 0;
  expect(parts).toBeGreaterThan(2);
  const finished = spool().filter((name) => /^[0-9a-f]{64}[.]p$/.test(name));
  expect(finished.length).toBeGreaterThan(0);
  expect(spool()).toContain(`${finished[0]}.upload`);

  await storage.trouble(null);
  await storage.reset();
  const output: BackupOutput = await backup(run, context());
  // What was sealed is not sealed again: only what had not come into a finished pack is new.
  expect(output.newBytes).toBeLessThan(20 * MIB);
  const { requests } = await storage.count();
  expect(requests['UploadPart']).toBeGreaterThan(0);
  // The pack has four parts.
  expect(requests['UploadPart']).toBeLessThan(4);
  expect(spool()).toEqual([]);
  const target = path.join(folder, 'big back');
  expect(await restored(target)).toEqual([]);
  expect(await compareTrees(big, path.join(target, 'big'))).toEqual([]);
}, 60_000);
