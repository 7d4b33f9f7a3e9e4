/**
 * Repair on every member of the zoo of damaged repositories: each ends with a repository that verifies and with losses that
 * are told exactly, or is refused with nothing changed. What is told is compared with what restores really give back.
 */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import type { RepairInput, RepairOutput } from '../../../main/engine/api.ts';
import { retire } from '../../../main/engine/computers.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { fromHex, toHex } from '../../../main/engine/format/bytes.ts';
import { Kind } from '../../../main/engine/format/envelope.ts';
import { deriveKey, rootOf } from '../../../main/engine/format/keys.ts';
import { decodeRepoFile, encodeRepoFile, REPO_FILES, type RepoFile } from '../../../main/engine/format/repo-file.ts';
import { encodeSegment } from '../../../main/engine/format/segment.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { repair } from '../../../main/engine/repair.ts';
import { repairRepoFileAt } from '../../../main/engine/repair-repo-file.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { toHoldfastError, type ErrorCode } from '../../../main/errors.ts';
import { filesIn, flipFile, hashOf, World, type WriteAccess } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

let world: World;
let other: World;
let first: string;
let second: string;

beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/big': randomData(600_000, 1), 'src/sub/small': 'small', 'src/sub/deep/other': 'other' });
  first = (await backup()).snapshotId;
  world.write({ 'src/sub/later': randomData(300_000, 2) });
  second = (await backup()).snapshotId;
  cpSync(world.repo, world.at('template'), { recursive: true });
  cpSync(world.computer.stateFolder, world.at('state template'), { recursive: true });
  other = await World.make();
  other.write({ 'src/theirs': 'theirs' });
  await other.backup([other.at('src')]);
});
afterEach(async () => {
  vi.useRealTimers();
  await closeSnapshot();
  rmSync(world.repo, { recursive: true, force: true });
  cpSync(world.at('template'), world.repo, { recursive: true });
  rmSync(world.computer.stateFolder, { recursive: true, force: true });
  cpSync(world.at('state template'), world.computer.stateFolder, { recursive: true });
});
afterAll(() => {
  world.dispose();
  other.dispose();
});

function backup() {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
  return world.backup([world.at('src')]);
}

const context = { control: new RunControl(), emit: () => undefined };
const input = (more: Partial<RepairInput> = {}): RepairInput => ({
  destination: world.destination,
  access: world.computer.access,
  rootKey: world.rootKey,
  stateFolder: world.computer.stateFolder,
  level: 3,
  dryRun: false,
  ...more,
});

/** A place in an object, as a share of it or from its ends. */
const flip = (file: string, at?: number): void => flipFile(file, at);
const cut = (file: string): void => truncateSync(file, readFileSync(file).length >> 1);
const empty = (file: string): void => truncateSync(file, 0);
const gone = (file: string): void => unlinkSync(file);
const all = (room: 'p' | 'm' | 'i' | 's', hurt: (file: string) => void) => (): void =>
  world.objects(room).forEach(hurt);
const snapshotFile = (id: string): string => world.objects('s').find((file) => file.endsWith(id)) ?? 'no such snapshot';
const copies =
  (hurt: (file: string) => void, names: readonly string[] = REPO_FILES) =>
  (): void =>
    names.forEach((name) => hurt(world.at('repo', name)));
const keyring = (hurt: (file: string) => void) => (): void => filesIn(world.at('repo/k')).forEach(hurt);
const forgetState = (): void => rmSync(world.computer.stateFolder, { recursive: true, force: true });
const largest = (room: 'p' | 'm'): string =>
  world.objects(room).reduce((a, b) => (readFileSync(a).length >= readFileSync(b).length ? a : b));

/** repo.json with another word in it, signed by the owner. */
function resign(change: Partial<RepoFile>, names: readonly string[]): void {
  const file = decodeRepoFile(new Uint8Array(readFileSync(world.at('repo/repo.json'))));
  const seed = deriveKey(rootOf(world.rootKey, file.repoId), 'repo-owner');
  const bytes = encodeRepoFile({ ...file, ...change }, seed);
  for (const name of names) writeFileSync(world.at('repo', name), bytes);
}

async function putNewer(room: 'i' | 's'): Promise<void> {
  const destination = await LocalDestination.open(world.repo);
  const { capability } = await Repository.open(destination, world.computer.access);
  if (capability === null) throw new Error('opened with a capability');
  const bytes = encodeSegment({});
  // What comes before the version in a map of one small key.
  bytes[2] = 2;
  const kind = room === 'i' ? Kind.indexSegment : Kind.snapshot;
  await new Publisher(destination, capability, new RunControl()).putObject(room, kind, bytes);
}

interface Member {
  name: string;
  hurt: () => void | Promise<void>;
  /** Numbers of what is written again, named anew, lost, and left; and the snapshots that are not whole. */
  healed?: number;
  indexed?: number;
  lost?: number;
  left?: number;
  notWhole?: ('first' | 'second')[];
  /** Snapshots that do not open any more. */
  unread?: ('first' | 'second')[];
  /** Part of `npm test`, and not of the long runs alone. */
  fast?: true;
}

const BOTH = ['first', 'second'] as const;

const REPAIRED: Member[] = [
  { name: 'one copy of repo.json with a bit turned over', hurt: copies(flip, ['repo.json']), healed: 1 },
  { name: 'one copy of repo.json that is empty', hurt: copies(empty, ['repo.1.json']), healed: 1 },
  { name: 'one copy of repo.json that is missing', hurt: copies(gone, ['repo.2.json']), healed: 1 },
  { name: 'two copies of repo.json cut short', hurt: copies(cut, ['repo.json', 'repo.2.json']), healed: 2 },
  {
    name: 'copies that an interrupted change left behind',
    hurt: () => resign({ generation: 2 }, ['repo.1.json']),
    healed: 2,
  },
  {
    name: 'a copy of repo.json of another backup',
    hurt: () => cpSync(`${other.repo}/repo.json`, world.at('repo/repo.json')),
    left: 1,
  },
  { name: 'all copies of repo.json missing', hurt: copies(gone), healed: 3, fast: true },
  { name: 'all copies of repo.json with a bit turned over', hurt: copies(flip), healed: 3 },
  { name: 'the keyring missing', hurt: keyring(gone), healed: 1 },
  { name: 'the keyring with a bit turned over', hurt: keyring(flip), healed: 1 },
  {
    name: 'repo.json and the keyring missing together',
    hurt: () => {
      copies(gone)();
      keyring(gone)();
    },
    healed: 4,
    fast: true,
  },
  { name: 'index segments with a bit turned over', hurt: all('i', flip), indexed: 4, lost: 2 },
  { name: 'index segments cut short', hurt: all('i', cut), indexed: 4, lost: 2 },
  { name: 'empty index segments', hurt: all('i', empty), indexed: 4, lost: 2 },
  { name: 'index segments missing', hurt: all('i', gone), indexed: 4 },
  { name: 'a snapshot with a bit turned over', hurt: () => flip(snapshotFile(first)), lost: 1, unread: ['first'] },
  { name: 'a snapshot cut short', hurt: () => cut(snapshotFile(first)), lost: 1, unread: ['first'] },
  { name: 'an empty snapshot', hurt: () => empty(snapshotFile(first)), lost: 1, unread: ['first'] },
  {
    name: 'a snapshot missing that a later one names',
    hurt: () => gone(snapshotFile(first)),
    lost: 1,
    unread: ['first'],
  },
  {
    name: 'the newest snapshot missing, which only this computer knows of',
    hurt: () => gone(snapshotFile(second)),
    lost: 1,
    unread: ['second'],
    fast: true,
  },
  { name: 'all snapshots missing', hurt: all('s', gone), lost: 1, unread: [...BOTH] },
  { name: 'data packs missing', hurt: all('p', gone), lost: 2, notWhole: [...BOTH] },
  { name: 'data packs cut short', hurt: all('p', cut), lost: 2, notWhole: [...BOTH] },
  { name: 'empty data packs', hurt: all('p', empty), lost: 2, notWhole: [...BOTH] },
  {
    name: 'a block of a data pack with a bit turned over',
    hurt: () => flip(largest('p'), 200_000),
    lost: 1,
    notWhole: [...BOTH],
    fast: true,
  },
  {
    name: 'headers of data packs with a bit turned over',
    hurt: all('p', (file) => flip(file, 60)),
    lost: 2,
  },
  {
    name: 'ciphertexts of the keys of data packs with a bit turned over',
    hurt: all('p', (file) => flip(file, 600)),
    lost: 2,
  },
  {
    name: 'trailers of data packs with a bit turned over',
    hurt: all('p', (file) => flip(file, readFileSync(file).length - 5)),
    lost: 2,
  },
  {
    name: 'padding of data packs with a bit turned over',
    hurt: all('p', (file) => flip(file, readFileSync(file).length - 1500)),
    lost: 2,
  },
  { name: 'metadata packs missing', hurt: all('m', gone), lost: 2, notWhole: [...BOTH] },
  { name: 'metadata packs cut short', hurt: all('m', cut), lost: 2, notWhole: [...BOTH] },
  {
    name: 'metadata packs with a bit turned over',
    hurt: all('m', (file) => flip(file, 200)),
    lost: 2,
    notWhole: [...BOTH],
  },
  {
    name: 'index and data packs missing together',
    hurt: () => {
      all('i', gone)();
      all('p', gone)();
    },
    indexed: 2,
    notWhole: [...BOTH],
    fast: true,
  },
  {
    name: 'index and trailers of data packs damaged together',
    hurt: () => {
      all('i', flip)();
      all('p', (file) => flip(file, readFileSync(file).length - 5))();
    },
    indexed: 2,
    lost: 4,
    notWhole: [...BOTH],
  },
  {
    name: 'rubbish under the names of objects',
    hurt: () => {
      for (const [room, name] of Object.entries({ p: 'a1', m: 'a2', i: 'a3', s: 'a4' }))
        world.write({
          [`repo/c/${world.computer.clientId}/${room}/${name}/${name.repeat(32)}`]: randomData(70_000, 1),
        });
    },
    lost: 4,
    fast: true,
  },
  {
    name: 'all of it at once',
    hurt: () => {
      copies(gone)();
      keyring(flip)();
      all('i', cut)();
      gone(snapshotFile(first));
      flip(largest('p'), 200_000);
    },
    healed: 4,
    indexed: 4,
    lost: 4,
    notWhole: ['second'],
    unread: ['first'],
  },
];

/** What is told of each snapshot is what a restore of it does not give back, and nothing else. */
async function expectHonest(done: RepairOutput, { unread = [] }: Member): Promise<void> {
  for (const which of BOTH) {
    const id = which === 'first' ? first : second;
    const told = done.snapshots.find((one) => one.id === id);
    const target = world.at(`restored-${randomBytes(4).toString('hex')}`);
    const result = await world.restore(target, { snapshotId: id, layout: 'selection' }).catch(toHoldfastError);
    if (unread.includes(which)) {
      expect(result).toMatchObject({ code: 'snapshot-not-found' });
      continue;
    }
    if (result instanceof Error) {
      expect(told?.folders, result.message).toBeGreaterThan(0);
      continue;
    }
    const lacking = result.problems.map((problem) => path.relative(target, problem.path)).sort();
    expect((told?.paths ?? []).map((one) => path.relative(world.folder, one)).sort()).toEqual(lacking);
    expect(told?.files ?? 0).toBe(lacking.length);
  }
}

describe('repair makes right', () => {
  it.each(REPAIRED.filter(({ fast }) => SOAK || fast === true))('$name', async (member) => {
    await member.hurt();
    const hurt = hashOf(world.repo);
    const planned = await repair(input({ dryRun: true }), context);
    expect(hashOf(world.repo)).toBe(hurt);
    const done = await repair(input(), context);
    const { healed = 0, indexed = 0, lost = 0, left = 0, notWhole = [] } = member;
    const numbers = (out: RepairOutput) => [out.healed, out.indexed, out.lost, out.left].map((list) => list.length);
    expect(numbers(done)).toEqual([healed, indexed, lost, left]);
    expect(done.snapshots.map(({ id }) => (id === first ? 'first' : 'second'))).toEqual(notWhole);
    // Where repo.json itself is gone, the rest is seen only when it is there.
    if (healed < 3) expect({ ...planned, dryRun: false }).toEqual(done);
    else expect(planned.healed).toEqual(REPO_FILES);
    const damage = (await world.verify(3)).damage.map(({ object }) => object);
    expect(damage).toEqual(done.left.map(({ object }) => object));
    await expectHonest(done, member);
    const repaired = hashOf(world.repo);
    expect(await repair(input(), context)).toMatchObject({ healed: [], indexed: [], lost: [] });
    expect(hashOf(world.repo)).toBe(repaired);
    // And the next backup goes on.
    expect((await backup()).files).toBe(4);
    const newest = await world.restore(world.at(`newest-${randomBytes(4).toString('hex')}`));
    expect(newest).toMatchObject({ problems: [], restoredFiles: 4 });
  });
});

describe('repair refuses, and changes nothing', () => {
  const refused: {
    name: string;
    code: ErrorCode;
    hurt: () => void | Promise<void>;
    more?: () => Partial<RepairInput>;
  }[] = [
    {
      name: 'a folder that is not there',
      code: 'destination-missing',
      hurt: () => rmSync(world.repo, { recursive: true }),
    },
    {
      name: 'a folder that holds no backup',
      code: 'not-a-repository',
      hurt: () => {
        rmSync(world.repo, { recursive: true });
        world.write({ 'repo/letter.txt': 'Dear Anna' });
      },
    },
    {
      name: 'another backup',
      code: 'not-a-repository',
      hurt: () => {
        rmSync(world.repo, { recursive: true });
        cpSync(other.repo, world.repo, { recursive: true });
      },
    },
    { name: 'an index segment of a newer version', code: 'newer-format', hurt: async () => await putNewer('i') },
    { name: 'a snapshot of a newer version', code: 'newer-format', hurt: async () => await putNewer('s') },
    {
      name: 'a repo.json of a newer version, beside two that are damaged',
      code: 'newer-format',
      hurt: () => {
        resign({ writeFeatures: ['object-lock'] }, ['repo.2.json']);
        copies(flip, ['repo.json', 'repo.1.json'])();
      },
    },
    {
      name: 'an older state than the place has shown',
      code: 'repository-rolled-back',
      hurt: async () => {
        const before = REPO_FILES.map((name) => readFileSync(world.at('repo', name)));
        await retire({
          destination: world.destination,
          rootKey: world.rootKey,
          clientId: world.computer.clientId,
          stateFolder: world.computer.stateFolder,
        });
        REPO_FILES.forEach((name, i) => writeFileSync(world.at('repo', name), before[i] ?? ''));
      },
    },
    {
      name: 'a repo.json that somebody else signed',
      code: 'locked',
      hurt: () => {
        const file = decodeRepoFile(new Uint8Array(readFileSync(world.at('repo/repo.json'))));
        const theirs = decodeRepoFile(new Uint8Array(readFileSync(`${other.repo}/repo.json`)));
        const root = rootOf(other.rootKey, theirs.repoId);
        const bytes = encodeRepoFile(
          { ...file, generation: 9, ownerPublicKey: theirs.ownerPublicKey },
          deriveKey(root, 'repo-owner'),
        );
        for (const name of REPO_FILES) writeFileSync(world.at('repo', name), bytes);
      },
    },
    {
      name: 'all copies gone, where this computer has kept none and no key is given',
      code: 'repository-damaged',
      hurt: () => {
        copies(gone)();
        forgetState();
      },
      more: () => ({ rootKey: undefined }),
    },
    {
      name: 'all copies gone, and the key of another backup',
      code: 'wrong-key',
      hurt: () => {
        copies(gone)();
        forgetState();
      },
      more: () => ({ rootKey: other.rootKey }),
    },
    {
      name: 'all copies and all keyrings gone, and the key of another backup',
      code: 'repository-damaged',
      hurt: () => {
        copies(gone)();
        keyring(gone)();
        forgetState();
      },
      more: () => ({ rootKey: other.rootKey }),
    },
  ];
  it.each(refused)('$name', async ({ code, hurt, more }) => {
    await hurt();
    const before = hashOf(world.repo);
    await expect(repair(input(more?.()), context)).rejects.toMatchObject({ code });
    expect(hashOf(world.repo)).toBe(before);
  });
});

describe('repo.json that nobody has kept is made anew from the key', () => {
  const bring = async (dryRun = false) =>
    await repairRepoFileAt(
      { destination: world.destination, rootKey: world.rootKey, stateFolder: world.computer.stateFolder, dryRun },
      context,
    );
  const settings = (): RepoFile => decodeRepoFile(new Uint8Array(readFileSync(world.at('repo/repo.json'))));
  async function enrolledAgain(): Promise<WriteAccess> {
    const { clientId, stateFolder } = world.computer;
    const made = await enrol({ destination: world.destination, rootKey: world.rootKey, clientId, stateFolder });
    return { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey };
  }

  it('with new keys, ahead of every generation, and with the computers whose notes say that they are retired', async () => {
    const second2 = await world.enrol('two');
    await world.backup([world.at('src/sub')], {}, second2);
    const { destination, rootKey } = world;
    await retire({ destination, rootKey, clientId: second2.clientId });
    const { generation, retired } = settings();
    copies(gone)();
    forgetState();
    const before = hashOf(world.repo);
    expect(await bring(true)).toEqual({ healed: [...REPO_FILES], how: 'made' });
    expect(hashOf(world.repo)).toBe(before);
    expect(await bring()).toMatchObject({ how: 'made' });
    expect(settings()).toMatchObject({ retired, vault: null });
    expect(settings().generation).toBeGreaterThan(generation + 1000);
    expect(await bring()).toEqual({ healed: [], how: null });
    // New keys: who was enrolled before writes nothing until it is unlocked.
    await expect(world.backup([world.at('src')])).rejects.toMatchObject({ code: 'locked' });
    const access = await enrolledAgain();
    expect(await repair(input({ access }), context)).toMatchObject({ healed: [], lost: [], snapshots: [] });
    expect(await world.verify(3)).toMatchObject({ damage: [], contentsProven: true });
    expect((await world.restore(world.at('again'), { snapshotId: second })).problems).toEqual([]);
    // A retired computer stays so.
    await expect(world.backup([world.at('src/sub')], {}, second2)).rejects.toMatchObject({ code: 'locked' });
  });

  it('also where every keyring is gone, as far as the first epoch goes', async () => {
    copies(flip)();
    keyring(gone)();
    forgetState();
    expect(await bring()).toMatchObject({ how: 'made' });
    const access = await enrolledAgain();
    await repair(input({ access }), context);
    expect(await world.verify(3)).toMatchObject({ damage: [], contentsProven: true });
    const output = await world.backup([world.at('src')], {}, { ...world.computer, access });
    expect(output.newBytes).toBe(0);
  });

  it('with an old keyring in the place of the newest, nothing new is sealed to what that knows', async () => {
    const reader = (await enrolledAgain()).readerPublicKey;
    copies(gone)();
    forgetState();
    await bring();
    expect(toHex((await enrolledAgain()).readerPublicKey)).not.toBe(toHex(reader));
  });

  it('a folder of another backup beside it changes nothing of whose it is', async () => {
    const { clientId } = other.computer;
    renameSync(`${other.repo}/c/${clientId}`, `${world.repo}/c/${clientId}`);
    mkdirSync(world.at('repo/k/00'), { recursive: true });
    const theirs = filesIn(`${other.repo}/k`)[0] ?? '';
    cpSync(theirs, world.at('repo/k', path.basename(theirs).slice(0, 2), path.basename(theirs)));
    copies(gone)();
    forgetState();
    expect(await bring()).toMatchObject({ how: 'made' });
    expect(toHex(settings().repoId)).toBe(world.repoId);
    expect(fromHex(world.repoId, 16)).toEqual(settings().repoId);
    cpSync(`${world.repo}/c/${clientId}`, `${other.repo}/c/${clientId}`, { recursive: true });
    expect(createHash('sha256').update(readFileSync(theirs)).digest('hex')).toBe(path.basename(theirs));
  });
});
