/** Whole runs on S3 whose requests fail, one after another: whatever happens, nothing is lost and the next run goes on. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Access, BackupInput, BackupOutput } from '../../main/engine/api.ts';
import { backup } from '../../main/engine/backup.ts';
import { RunControl } from '../../main/engine/control.ts';
import { create } from '../../main/engine/create.ts';
import { enrol } from '../../main/engine/enrol.ts';
import { closeSnapshot } from '../../main/engine/repository/open-trees.ts';
import { restore } from '../../main/engine/restore.ts';
import { verify } from '../../main/engine/verify.ts';
import { HoldfastError } from '../../main/errors.ts';
import { runVerb } from '../support/crash-child.ts';
import { KIB, MIB, noise } from '../support/crash-world.ts';
import { RemoteS3, type Trouble } from '../support/remote-s3.ts';
import { compareTrees } from '../support/tree.ts';
import { everythingTo } from '../support/restore-all.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

let folder: string;
let sources: string;
let storage: RemoteS3;
let access: Extract<Access, { kind: 'capability' }>;
const rootKey = new Uint8Array(createHash('sha256').update('a root key').digest());
const key: Access = { kind: 'key', rootKey };

const context = () => ({ control: new RunControl(), emit: (): void => undefined });

const input = (more: Partial<BackupInput> = {}): BackupInput => ({
  destination: storage.spec,
  access,
  stateFolder: path.join(folder, 'state'),
  sources: [sources],
  excludes: [],
  computerName: 'test',
  packBytes: 256 * KIB,
  ...more,
});

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-remote-faults-'));
  sources = path.join(folder, 'files');
  mkdirSync(path.join(sources, 'deep'), { recursive: true });
  for (let i = 0; i < 6; i++) writeFileSync(path.join(sources, `${i}.bin`), noise(`first ${i}`, 200 * KIB));
  for (let i = 0; i < 30; i++) writeFileSync(path.join(sources, `deep/${i}.txt`), `file ${i}\n`.repeat(i * 10));
  storage = await RemoteS3.start();
  await create({ destination: storage.spec, rootKey });
  const made = await enrol({ destination: storage.spec, rootKey });
  access = { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
  await backup(input(), context());
}, 60_000);

afterAll(async () => {
  await closeSnapshot();
  await storage.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await closeSnapshot();
  await storage.trouble(null);
  await storage.reset();
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

async function damage(): Promise<string[]> {
  const found = await verify({ destination: storage.spec, access: key, level: 1 }, context());
  return [...found.damage.map(({ object, message }) => `${object}: ${message}`), ...found.strays];
}

const STEP = SOAK ? 1 : 11;

test.each([
  ['denied', 1],
  ['lost', 3],
  ['cut', 5],
] as const satisfies [Trouble['kind'], number][])(
  'a backup one of whose requests fails (%s), each once',
  async (kind, first) => {
    let cases = 0;
    for (let after = first; ; after += STEP) {
      const what = `${kind} after ${after} requests`;
      for (let i = 0; i < 3; i++) writeFileSync(path.join(sources, `${i}.bin`), noise(`${what} ${i}`, 300 * KIB));
      await storage.trouble({ matches: '', after, times: 1, kind });
      await storage.reset();
      let error: unknown = null;
      await backup(input(), context()).catch((thrown: unknown) => (error = thrown));
      const { troubled } = await storage.count();
      await storage.trouble(null);
      if (error !== null) {
        expect(error, what).toBeInstanceOf(HoldfastError);
        expect(error, what).toMatchObject({ code: expect.not.stringMatching(/^internal$/) as string });
      }
      // What is temporary is waited out.
      if (kind !== 'denied') expect(error, what).toBeNull();
      expect(await damage(), what).toEqual([]);
      await backup(input(), context());
      expect(spool(), what).toEqual([]);
      const target = path.join(folder, `after ${what}`);
      expect(await restored(target), what).toEqual([]);
      expect(await compareTrees(sources, path.join(target, 'files')), what).toEqual([]);
      if (troubled === 0) break;
      cases++;
    }
    expect(cases * STEP).toBeGreaterThan(20);
  },
  300_000,
);

test.each([
  ['denied', 1],
  ['lost', 4],
  ['short', 7],
] as const satisfies [Trouble['kind'], number][])(
  'a restore one of whose requests fails (%s), each once',
  async (kind, first) => {
    let cases = 0;
    for (let after = first; ; after += SOAK ? 1 : 8) {
      const what = `${kind} after ${after} requests`;
      await closeSnapshot();
      rmSync(path.join(storage.scratch, 'packs'), { recursive: true, force: true });
      rmSync(path.join(storage.scratch, 'objects'), { recursive: true, force: true });
      await storage.trouble({ matches: '', after, times: 1, kind });
      await storage.reset();
      const target = path.join(folder, `restored ${what}`);
      mkdirSync(target);
      let error: unknown = null;
      const problems = await restored(target).catch((thrown: unknown) => {
        error = thrown;
        return [];
      });
      const { troubled } = await storage.count();
      await storage.trouble(null);
      if (error === null) {
        expect(problems, what).toEqual([]);
        expect(await compareTrees(sources, path.join(target, 'files')), what).toEqual([]);
      } else {
        // Never "damaged", never "missing": what was not read is not known to be bad.
        expect(error, what).toMatchObject({ code: 'destination-denied' });
        const names = readdirSync(target, { recursive: true, encoding: 'utf8' });
        expect(
          names.filter((name) => name.includes('.holdfast-')),
          what,
        ).toEqual([]);
      }
      if (kind !== 'denied') expect(error, what).toBeNull();
      if (troubled === 0) break;
      cases++;
    }
    expect(cases).toBeGreaterThan(1);
  },
  300_000,
);

test('killed in the middle of an upload, the next run goes on in the middle of the object', async () => {
  const big = path.join(folder, 'big');
  mkdirSync(big);
  writeFileSync(path.join(big, 'big.bin'), noise('big', 60 * MIB));
  const more = { sources: [big], packBytes: 56 * MIB };
  // The first two parts arrive, of the others never more than a half.
  await storage.trouble({ matches: '^UploadPart ', after: 2, times: 1_000, kind: 'cut' });
  const killed = await runVerb('backup', input(more), { kind: 'when', reached: storage.partsArrived(2) });
  expect(killed.killed).toBe(true);
  const parts = (await storage.count()).requests['UploadPart'] ?? 0;
  expect(parts).toBeGreaterThan(2);
  const finished = spool().filter((name) => /^[0-9a-f]{64}[.]p$/.test(name));
  expect(finished.length).toBeGreaterThan(0);
  expect(spool()).toContain(`${finished[0]}.upload`);

  await storage.trouble(null);
  await storage.reset();
  const output: BackupOutput = await backup(input(more), context());
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
