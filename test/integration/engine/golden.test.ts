/** Repositories of earlier versions, as they were committed: opened, verified, restored, extended, and read by restore.mjs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Access } from '../../../main/engine/api.ts';
import { backup } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { decodeCapability, encodeCapability } from '../../../main/engine/format/capability.ts';
import { deriveKey, rootOf } from '../../../main/engine/format/keys.ts';
import { decodeRepoFile, encodeRepoFile, REPO_FILES } from '../../../main/engine/format/repo-file.ts';
import { repairRepoFileAt } from '../../../main/engine/repair-repo-file.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { restore } from '../../../main/engine/restore.ts';
import { snapshots } from '../../../main/engine/snapshots.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { verify } from '../../../main/engine/verify.ts';
import { everythingTo } from '../../support/restore-all.ts';
import { removeTree } from '../../support/tree.ts';

interface Entry {
  mode: number;
  mtimeNs: string;
  size?: number;
  sha256?: string;
  target?: string;
}
interface Expected {
  repoId: string;
  clientId: string;
  sources: string;
  snapshots: { id: string; entries: Record<string, Entry> }[];
}

const GOLDEN = path.resolve(import.meta.dirname, '../../golden');
const versions = readdirSync(GOLDEN).filter((name) => /^v\d+$/.test(name));
/** v2 names blobs by BLAKE3. */
const SUITES: Record<string, number> = { v1: 1, v2: 2 };
const context = { control: new RunControl(), emit: () => undefined };

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-golden-test-'));
});
afterEach(() => {
  void closeSnapshot();
  removeTree(folder);
});

/** @param microseconds times to the microsecond, as restore.mjs gives them back */
function entriesIn(base: string, microseconds = false): Record<string, Entry> {
  const found: Record<string, Entry> = {};
  const visit = (here: Buffer, shown: string): void => {
    for (const name of readdirSync(here, { encoding: 'buffer' })) {
      const file = Buffer.concat([here, Buffer.from('/'), name]);
      const key = `${shown}${shown === '' ? '' : '/'}${name.toString('latin1')}`;
      const stat = lstatSync(file, { bigint: true });
      const mtimeNs = microseconds ? (stat.mtimeNs / 1000n) * 1000n : stat.mtimeNs;
      const facts = { mode: Number(stat.mode), mtimeNs: mtimeNs.toString() };
      if (stat.isDirectory()) {
        found[key] = facts;
        visit(file, key);
      } else if (stat.isSymbolicLink()) found[key] = { ...facts, target: readlinkSync(file) };
      else {
        const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
        found[key] = { ...facts, size: Number(stat.size), sha256 };
      }
    }
  };
  visit(Buffer.from(base), '');
  return found;
}

it('there is one of each version', () => {
  expect(versions.sort()).toEqual(Object.keys(SUITES));
});

describe.each(versions)('the golden repository %s', (version) => {
  const expected = JSON.parse(readFileSync(path.join(GOLDEN, version, 'expected.json'), 'utf8')) as Expected;
  const digits = readFileSync(path.join(GOLDEN, version, 'KEY.txt'), 'utf8').replace(/\s/g, '');
  const rootKey = new Uint8Array(Buffer.from(digits, 'hex'));
  const access: Access = { kind: 'key', rootKey };
  const destination = () => ({ kind: 'local' as const, path: at('repo') });
  const settings = () => decodeRepoFile(new Uint8Array(readFileSync(at('repo/repo.json'))));

  /** Backs a new file up as the computer that made it. */
  async function extend(): Promise<void> {
    const made = await enrol({ destination: destination(), rootKey, clientId: expected.clientId });
    mkdirSync(at('files'));
    writeFileSync(at('files/new'), 'new');
    const writer = { kind: 'capability' as const, ...made };
    const input = { destination: destination(), access: writer, stateFolder: at('state'), sources: [at('files')] };
    await backup({ ...input, excludes: [], computerName: 'golden' }, context);
  }

  beforeEach(() => cpSync(path.join(GOLDEN, version, 'repo'), at('repo'), { recursive: true }));

  it('opens, is whole to the last byte, and gives back each snapshot', async () => {
    const facts = await unlock({ destination: destination(), rootKey });
    expect([facts.repoId, facts.clients]).toEqual([expected.repoId, [expected.clientId]]);
    const listed = await snapshots({ destination: destination(), access });
    expect(listed.map(({ id, damage }) => [id, damage])).toEqual(expected.snapshots.map(({ id }) => [id, null]));
    const verified = await verify({ destination: destination(), access, level: 3 }, context);
    expect(verified).toMatchObject({ damage: [], strays: [], contentsProven: true });
    for (const [i, { id, entries }] of expected.snapshots.entries()) {
      const restored = await restore(everythingTo(at(`out ${i}`), destination(), access, id), context);
      expect(restored.problems).toEqual([]);
      expect(entriesIn(at(`out ${i}`, path.basename(expected.sources)))).toEqual(entries);
    }
  });

  it('is extended by the same computer, and stays whole', async () => {
    const { clientId } = expected;
    await extend();
    const listed = await snapshots({ destination: destination(), access });
    expect(listed.map(({ clientId: id, sequence }) => [id, sequence])).toEqual([1, 2, 3].map((n) => [clientId, n]));
    const verified = await verify({ destination: destination(), access, level: 3 }, context);
    expect(verified).toMatchObject({ damage: [], contentsProven: true });
  });

  it('takes no capability of another suite', async () => {
    const made = await enrol({ destination: destination(), rootKey, clientId: expected.clientId });
    const mine = decodeCapability(made.capability);
    const capability = encodeCapability({ ...mine, suite: mine.suite === 1 ? 2 : 1 });
    const input = { destination: destination(), access: { kind: 'capability' as const, ...made, capability } };
    await expect(snapshots(input)).rejects.toMatchObject({ code: 'capability-damaged' });
  });

  // Anybody can put objects of another suite beside the others and have them listed first: so many that who looks at some
  // sees no other, and nothing that the key proves where the keyrings are gone too.
  it.each([
    [1, false],
    [9, true],
    [9, false],
  ])(
    'stays in the suite that it was made in, where %i others stand in front (keyrings: %s)',
    async (count, keyrings) => {
      const { suite } = settings();
      expect(suite).toBe(SUITES[version]);
      const rooms = ['s', 'i', 'm'].map((room) => at('repo/c', expected.clientId, room));
      for (const room of rooms) {
        const inRoom = readdirSync(room, { recursive: true, encoding: 'utf8' });
        const one = inRoom.map((name) => path.join(room, name)).find((file) => lstatSync(file).isFile());
        const planted = readFileSync(one ?? '');
        planted[9] = suite === 1 ? 2 : 1;
        mkdirSync(path.join(room, '00'));
        for (let i = 0; i < count; i++) writeFileSync(path.join(room, '00', `${i}`.padStart(64, '0')), planted);
      }
      for (const name of REPO_FILES) rmSync(at('repo', name));
      if (!keyrings) rmSync(at('repo/k'), { recursive: true });
      const repairing = { destination: destination(), rootKey, stateFolder: at('state'), dryRun: false };
      expect(await repairRepoFileAt(repairing, context)).toMatchObject({ how: 'made' });
      expect(settings().suite).toBe(suite);
      for (const room of rooms) rmSync(path.join(room, '00'), { recursive: true });
      const verified = await verify({ destination: destination(), access, level: 3 }, context);
      expect(verified).toMatchObject({ damage: [], contentsProven: true });
    },
  );

  it('is whole, restored and extended where repo.json was made again in another suite than its objects', async () => {
    const file = settings();
    const ownerSeed = deriveKey(rootOf(rootKey, file.repoId), 'repo-owner');
    const other = encodeRepoFile({ ...file, suite: file.suite === 1 ? 2 : 1 }, ownerSeed);
    for (const name of REPO_FILES) writeFileSync(at('repo', name), other);
    await extend();
    const verified = await verify({ destination: destination(), access, level: 3 }, context);
    expect(verified).toMatchObject({ damage: [], contentsProven: true });
    for (const [i, { id, entries }] of expected.snapshots.entries()) {
      const restored = await restore(everythingTo(at(`out ${i}`), destination(), access, id), context);
      expect(restored.problems).toEqual([]);
      expect(entriesIn(at(`out ${i}`, path.basename(expected.sources)))).toEqual(entries);
    }
  });

  it('is read by restore.mjs', async () => {
    const script = path.resolve(import.meta.dirname, '../../../dist/restore.mjs');
    const key = path.join(GOLDEN, version, 'KEY.txt');
    for (const [i, { id, entries }] of expected.snapshots.entries()) {
      const args = ['--repo', at('repo'), '--key-file', key, '--target', at(`out ${i}`), '--snapshot', id];
      const code = await new Promise((resolve) =>
        execFile(process.execPath, [script, ...args], (error) => resolve(error === null ? 0 : error.code)),
      );
      expect(code).toBe(0);
      expect(entriesIn(path.join(at(`out ${i}`), expected.sources), true)).toEqual(entries);
    }
  });
});
