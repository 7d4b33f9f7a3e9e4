/** A new computer takes over the backups of an old one: it goes on with the history, and the old one stops. */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Destination } from '../../../main/destinations/destination.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { adopt, adoptIn } from '../../../main/engine/adopt.ts';
import { backupTo } from '../../../main/engine/backup.ts';
import { changeKey } from '../../../main/engine/change-key.ts';
import { listComputers, retire } from '../../../main/engine/computers.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { forget, forgetAt } from '../../../main/engine/forget.ts';
import { Kind } from '../../../main/engine/format/envelope.ts';
import { PackTable } from '../../../main/engine/format/pack.ts';
import { decodeRepoFile, REPO_FILES } from '../../../main/engine/format/repo-file.ts';
import { encodeSnapshot } from '../../../main/engine/format/snapshot.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { prune, pruneAt } from '../../../main/engine/prune.ts';
import { repair } from '../../../main/engine/repair.ts';
import { loadDomain } from '../../../main/engine/repository/domain.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { rotate } from '../../../main/engine/rotate.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { noise } from '../../support/crash-world.ts';
import { FaultyDestination, type Fault } from '../../support/destination-faulty.ts';
import { filesIn, World, type Computer } from '../../support/engine.ts';

const RESTORE = path.resolve(import.meta.dirname, '../../../build/restore.mjs');

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'files/a.bin': noise('a', 300_000), 'files/b.txt': 'Berta\n' });
  await world.backup([world.at('files')], { computerName: 'old' });
});
afterEach(() => world.dispose());

const context = () => ({ control: new RunControl(), emit: () => undefined });
const owner = () => ({ destination: world.destination, rootKey: world.rootKey });
const run = (computer: Computer) => world.backup([world.at('files')], { computerName: 'new' }, computer);
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => toHoldfastError(error).code,
  );
const old = (): Computer => world.computer;
const inputOf = (computer: Computer) => ({
  destination: world.destination,
  access: computer.access,
  stateFolder: computer.stateFolder,
});
const forgetBy = (computer: Computer, ids: string[]) =>
  forget({ ...inputOf(computer), ids, policy: null, dryRun: false }, context());
const pruneBy = (computer: Computer) => prune({ ...inputOf(computer), dryRun: false, graceHours: 0 }, context());
const settings = () => decodeRepoFile(new Uint8Array(readFileSync(world.at('repo', 'repo.json'))));

async function adopter(name: string, from: Destination | null = null): Promise<Computer> {
  const stateFolder = world.at(`state-${name}`);
  const input = { ...owner(), clientId: old().clientId, stateFolder };
  const made = await (from === null ? adopt(input) : adoptIn(from, input));
  return {
    access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
    clientId: made.clientId,
    stateFolder,
  };
}

/** Puts what lies in a copy of the backup into it, but for what the owner signed. */
function bring(from: string): void {
  cpSync(path.join(from, 'c'), world.at('repo', 'c'), {
    recursive: true,
    filter: (file) => !/\/(domain|retired)$/.test(file),
  });
}

/** Changes one byte of a file. @param where in it, of its length */
function spoil(file: string, where: (length: number) => number): void {
  const bytes = readFileSync(file);
  const at = where(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

/** What the former computer, or who has its capability, can do to a backup that knows nothing of the adoption. */
async function attack(place: string, thief: Computer): Promise<void> {
  const destination = { kind: 'local' as const, path: place };
  world.write({ 'loot/a.bin': noise('a', 300_000), 'loot/c.bin': noise('c', 300_000) });
  await world.backup([world.at('loot')], { destination, computerName: 'thief' }, thief);
  const ids = (await world.snapshots()).filter(({ sequence }) => sequence === 1).map(({ id }) => id);
  await forget({ ...inputOf(thief), destination, ids, policy: null, dryRun: false }, context());
  await prune({ ...inputOf(thief), destination, dryRun: false, graceHours: 0 }, context());
}

/** Puts a snapshot that takes sealed contents, which nothing else needs, for its top folder. */
async function forge(place: string, thief: Computer): Promise<void> {
  const destination = { kind: 'local' as const, path: place };
  const opened = await LocalDestination.open(place);
  const repository = await Repository.open(opened, thief.access);
  const before = new Set((await loadDomain(repository, thief.clientId)).packs.map(({ name }) => name));
  world.write({ 'loot/d.bin': noise('only the thief has it', 300_000) });
  const { snapshotId } = await world.backup([world.at('loot')], { destination, computerName: 'thief' }, thief);
  const { packs, snapshots } = await loadDomain(repository, thief.clientId);
  const snapshot = snapshots.find(({ id }) => id === snapshotId)?.snapshot;
  const pack = packs.find(({ name }) => name.includes('/p/') && !before.has(name));
  if (snapshot === undefined || pack === undefined || repository.capability === null)
    throw new Error('nothing to forge');
  const table = new PackTable(pack.table, pack.size, pack.header.length, pack.name);
  const publisher = new Publisher(opened, repository.capability, new RunControl());
  // Before the one that it is made of.
  const forged = { ...snapshot, sequence: 1, root: table.blob(0).id.slice() };
  await publisher.putObject('s', Kind.snapshot, encodeSnapshot(forged));
}

/** A destination on which another computer is done with taking over just before this put, as in the folder `other`. */
function overtaken(inner: Destination, at: number): FaultyDestination {
  let puts = 0;
  return new FaultyDestination(inner, {
    rule: ({ operation }) => {
      if (operation === 'put' && ++puts === at) {
        for (const name of REPO_FILES) cpSync(world.at('other', name), world.at('repo', name));
        const note = path.join('c', old().clientId, 'domain');
        cpSync(world.at('other', note), world.at('repo', note));
      }
      return null;
    },
  });
}

/** Takes over in a copy of the backup, the folder `other`. */
async function adoptElsewhere(): Promise<Computer> {
  cpSync(world.repo, world.at('other'), { recursive: true });
  const stateFolder = world.at('state-first');
  const destination = { kind: 'local' as const, path: world.at('other') };
  const made = await adopt({ ...owner(), destination, clientId: old().clientId, stateFolder });
  return {
    access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
    clientId: made.clientId,
    stateFolder,
  };
}

describe('a computer that has taken over', () => {
  it('goes on with the history and stores nothing anew; the old one is told, and stops', async () => {
    const fresh = await adopter('new');
    expect(fresh.clientId).toBe(old().clientId);
    for (const work of [() => run(old()), () => forgetBy(old(), []), () => pruneBy(old())]) {
      expect(await codeOf(work())).toBe('taken-over');
    }
    const renew = { ...owner(), clientId: old().clientId, stateFolder: old().stateFolder };
    expect(await codeOf(enrol(renew))).toBe('taken-over');
    expect(await run(fresh)).toMatchObject({ files: 2, newBytes: 0 });
    world.write({ 'files/c.txt': 'Clara\n' });
    await run(fresh);
    const found = await world.snapshots();
    expect(found.map(({ sequence, computerName }) => [sequence, computerName]).sort()).toEqual([
      [1, 'old'],
      [2, 'new'],
      [3, 'new'],
    ]);
    expect(new Set(found.map(({ clientId }) => clientId)).size).toBe(1);
    // The old one still sees what it made, and nothing of it looks damaged.
    expect(await world.snapshots(old().access)).toMatchObject([{ sequence: 1, damage: null }]);
    expect(await world.snapshots(fresh.access)).toHaveLength(3);
    const target = world.at('out');
    expect(await world.restore(target)).toMatchObject({ restoredFiles: 3, problems: [] });
    expect(await world.verify(3)).toMatchObject({ damage: [], strays: [], snapshots: 3 });
    const [listed] = await listComputers({ ...owner(), stateFolder: old().stateFolder });
    expect(listed).toMatchObject({ snapshots: 3, adopted: 1, elsewhere: true });
    expect(await listComputers({ ...owner(), stateFolder: fresh.stateFolder })).toMatchObject([{ elsewhere: false }]);
  });

  it('forgets, cleans up and repairs what the old one made, and goes on after new keys', async () => {
    const fresh = await adopter('new');
    world.write({ 'files/a.bin': noise('other', 300_000) });
    await run(fresh);
    await rotate({ ...owner(), stateFolder: fresh.stateFolder });
    expect(await codeOf(run(fresh))).toBe('locked');
    const renewed = await enrol({ ...owner(), clientId: fresh.clientId, stateFolder: fresh.stateFolder });
    const next: Computer = {
      ...fresh,
      access: { kind: 'capability', capability: renewed.capability, readerPublicKey: renewed.readerPublicKey },
    };
    world.write({ 'files/d.txt': 'Dora\n' });
    expect(await run(next)).toMatchObject({ newFiles: 1 });
    const first = (await world.snapshots()).find(({ sequence }) => sequence === 1)?.id ?? '';
    await forgetBy(next, [first]);
    const { removed } = await pruneBy(next);
    expect(removed.length).toBeGreaterThan(0);
    expect(await codeOf(run(old()))).toBe('taken-over');
    const mend = { ...inputOf(next), dryRun: false, level: 1 as const };
    expect(await repair(mend, context())).toMatchObject({ lost: [], healed: [] });
    expect(await world.verify(3)).toMatchObject({ damage: [], strays: [], snapshots: 2 });
  });

  it('goes on after a change of the key, by which the note is signed anew', async () => {
    const fresh = await adopter('new');
    await run(fresh);
    const newRootKey = new Uint8Array(randomBytes(32));
    await changeKey({ ...owner(), newRootKey, vault: null });
    expect(await codeOf(run(fresh))).toBe('locked');
    const key = { destination: world.destination, rootKey: newRootKey };
    // What the old owner has signed, and this computer kept, is not put where there is none by the new one.
    const note = world.at('repo', 'c', old().clientId, 'domain');
    const signed = readFileSync(note);
    rmSync(note);
    const early = await enrol({ ...key, clientId: fresh.clientId, identityFolder: fresh.stateFolder });
    expect(await codeOf(run({ ...fresh, access: { kind: 'capability', ...early } }))).toBe('locked');
    expect(existsSync(note)).toBe(false);
    writeFileSync(note, signed);
    const made = await enrol({ ...key, clientId: fresh.clientId, stateFolder: fresh.stateFolder });
    const access = { kind: 'capability' as const, ...made };
    expect(await run({ ...fresh, access })).toMatchObject({ newBytes: 0 });
    const opened = { kind: 'key' as const, rootKey: newRootKey };
    expect(await world.verify(3, opened)).toMatchObject({ damage: [], snapshots: 3 });
    // And from what it has kept, where it is lost.
    rmSync(world.at('repo', 'c', old().clientId, 'domain'));
    await run({ ...fresh, access });
    expect(await world.verify(1, opened)).toMatchObject({ damage: [], snapshots: 4 });
  });

  it('can be taken back by the old one, and then it is the one that stops', async () => {
    const fresh = await adopter('new');
    await run(fresh);
    const made = await adopt({ ...owner(), clientId: old().clientId, stateFolder: old().stateFolder });
    const again: Computer = {
      ...old(),
      access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
    };
    expect(made).toMatchObject({ writer: 2, snapshots: 2, name: 'new' });
    expect(await run(again)).toMatchObject({ newBytes: 0 });
    expect(await codeOf(run(fresh))).toBe('taken-over');
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 3 });
  });

  it('takes over from one that was retired, and can be retired itself', async () => {
    const { clientId } = old();
    await retire({ ...owner(), clientId, stateFolder: old().stateFolder });
    const fresh = await adopter('new');
    await run(fresh);
    expect(await listComputers(owner())).toMatchObject([{ retired: false }]);
    await retire({ ...owner(), clientId, stateFolder: fresh.stateFolder });
    expect(await codeOf(run(fresh))).toBe('locked');
    // Once more: what retired it does not stop who comes after it.
    await run(await adopter('third'));
  });
});

describe('who has stolen the capability of the former computer', () => {
  it('forges and poisons nothing from then on: what it puts there counts for nobody', async () => {
    cpSync(world.repo, world.at('before'), { recursive: true });
    const fresh = await adopter('new');
    await run(fresh);
    await attack(world.at('before'), old());
    await forge(world.at('before'), old());
    bring(world.at('before'));
    const names = (): string[] => filesIn(world.at('repo', 'c', old().clientId)).map((file) => path.basename(file));
    const before = names().length;
    const whole = { sequence: 1, computerName: 'old', damage: null };
    for (const access of [world.key, fresh.access]) {
      const found = (await world.snapshots(access)).sort((a, b) => a.sequence - b.sequence);
      expect(found).toMatchObject([whole, { sequence: 2, computerName: 'new' }]);
    }
    // What it has stored is not relied upon.
    world.write({ 'files/c.bin': noise('c', 300_000) });
    expect(await run(fresh)).toMatchObject({ newFiles: 1, newBytes: 300_000 });
    expect((await pruneBy(fresh)).removed).toEqual([]);
    expect(names().length).toBeGreaterThan(before);
    expect(await world.restore(world.at('out'))).toMatchObject({ restoredFiles: 3, problems: [] });
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 3 });
    const said = world.events.flatMap((event) => (event.type === 'message' ? [event.text] : []));
    expect(said.join()).toMatch(/objects in c\/.* that the former computer stored/);
    // Nor for who has the digits and nothing of Holdfast.
    writeFileSync(world.at('key'), Buffer.from(world.rootKey).toString('hex'));
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [RESTORE, '--repo', world.repo, '--key-file', world.at('key'), '--target', world.at('bare')],
      { encoding: 'utf8' },
    );
    expect(stderr).toMatch(/^Restored 3 of 3 files, .* All is well/);
    expect(stdout).not.toContain('thief');
    // And who loses the note is told, while nothing is hidden from him.
    rmSync(world.at('repo', 'c', old().clientId, 'domain'));
    const lost = await world.verify(1);
    expect(lost.damage.map(({ object }) => object)).toContain(`c/${old().clientId}/domain`);
    expect((await world.snapshots()).map(({ computerName }) => computerName)).toContain('thief');
    await run(fresh);
    expect((await world.snapshots()).map(({ computerName }) => computerName)).not.toContain('thief');
  });

  it('alarms nobody by what is damaged of it, while what counts is told as ever', async () => {
    cpSync(world.repo, world.at('before'), { recursive: true });
    const fresh = await adopter('new');
    await run(fresh);
    await attack(world.at('before'), old());
    const own = filesIn(world.repo);
    bring(world.at('before'));
    const brought = filesIn(world.repo).filter((file) => !own.includes(file) && /\/[pmis]\/../.test(file));
    expect(new Set(brought.map((file) => /\/([pmis])\/../.exec(file)?.[1])).size).toBe(4);
    let snapshots = 1;
    for (const where of [(length: number) => length >> 1, (length: number) => length - 1]) {
      for (const file of brought) spoil(file, where);
      expect(await world.verify(3)).toMatchObject({ damage: [], contentsProven: true, snapshots: ++snapshots });
      world.events.length = 0;
      await run(fresh);
      expect(world.events.filter(({ type }) => type === 'message')).toEqual([]);
    }
    const pack = own.find((file) => /\/p\/../.test(file)) ?? '';
    spoil(pack, (length) => length >> 1);
    const { damage } = await world.verify(3);
    expect(new Set(damage.map(({ object }) => path.basename(object)))).toEqual(new Set([path.basename(pack)]));
  });

  it('gains nothing by setting the storage back', async () => {
    cpSync(world.repo, world.at('before'), { recursive: true });
    const fresh = await adopter('new');
    expect(await codeOf(run(old()))).toBe('taken-over');
    rmSync(world.repo, { recursive: true });
    cpSync(world.at('before'), world.repo, { recursive: true });
    // Neither goes on there: both have seen that it was otherwise.
    expect(await codeOf(run(fresh))).toBe('repository-rolled-back');
    expect(await codeOf(pruneBy(fresh))).toBe('repository-rolled-back');
    expect(await codeOf(run(old()))).toBe('repository-rolled-back');
  });

  it('gains nothing by removing repo.json: made anew, it says who writes, by the note', async () => {
    const fresh = await adopter('new');
    for (const name of REPO_FILES) rmSync(world.at('repo', name));
    const key = { ...inputOf(fresh), stateFolder: world.at('nobody'), rootKey: world.rootKey };
    await repair({ ...key, dryRun: false, level: 1 }, context()).catch(() => undefined);
    expect(settings().writers).toMatchObject([{ number: 1 }]);
    expect(await codeOf(run(old()))).toBe('taken-over');
  });
});

describe('two computers that take over in the same moment', () => {
  // Before its first copy of repo.json, and before the note.
  it.each([
    [1, 'taken-over'],
    [4, 'not adopted'],
  ])('exactly one of them writes (overtaken before put %i)', async (at, end) => {
    const one = await adoptElsewhere();
    const two = await adopter('second', overtaken(await LocalDestination.open(world.repo), at)).catch(
      (error: unknown) => {
        expect(toHoldfastError(error)).toMatchObject({ code: 'busy' });
        return null;
      },
    );
    const codes = [await codeOf(run(one)), two === null ? 'not adopted' : await codeOf(run(two))];
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code !== null)).toEqual([end]);
    expect(await codeOf(run(old()))).toBe('taken-over');
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 2 });
  });

  it('one that is overtaken between its looks at who writes and at the note leaves the note of the other', async () => {
    const fresh = await adopter('new');
    await adoptElsewhere();
    const name = `c/${old().clientId}/domain`;
    const note = () => readFileSync(world.at('repo', name));
    let isDone = false;
    const destination = new FaultyDestination(await LocalDestination.open(world.repo), {
      rule: (call) => {
        if (isDone || call.operation !== 'stat' || call.name !== name) return null;
        isDone = true;
        for (const file of [...REPO_FILES, name]) cpSync(world.at('other', file), world.at('repo', file));
        return null;
      },
    });
    const input = { ...inputOf(fresh), sources: [world.at('files')], excludes: [], computerName: 'new' };
    expect(await codeOf(backupTo(destination, input, context()))).toBe('taken-over');
    expect(isDone).toBe(true);
    expect(note()).toEqual(readFileSync(world.at('other', name)));
  });

  it('each at another place, nothing is lost: the one that is told so takes over once more', async () => {
    const one = await adoptElsewhere();
    const two = await adopter('second');
    const at = (name: string) => ({ kind: 'local' as const, path: world.at(name) });
    await world.backup([world.at('files')], { destination: at('other'), computerName: 'one' }, one);
    await world.backup([world.at('files')], { computerName: 'two' }, two);
    const { copy } = await import('../../../main/engine/copy.ts');
    const bring = async (from: string, to: string) =>
      await copy({ from: [at(from)], to: at(to), clients: 'all' }, context());
    await bring('other', 'repo');
    await bring('repo', 'other');
    // Whose repo.json counts is a matter of its hash.
    const codes = [await codeOf(run(one)), await codeOf(run(two))];
    expect([...codes].sort()).toEqual(['cloned-computer', 'taken-over']);
    const [winner, other] = codes[0] === 'taken-over' ? [two, one] : [one, two];
    const { clientId, stateFolder } = winner;
    for (const place of ['repo', 'other']) {
      const made = await adopt({ ...owner(), destination: at(place), clientId, stateFolder });
      expect(made).toMatchObject({ writer: 2, leftOut: [] });
      const { capability, readerPublicKey } = made;
      winner.access = { kind: 'capability', capability, readerPublicKey };
    }
    expect(await run(winner)).toMatchObject({ newBytes: 0 });
    await pruneBy(winner);
    const names = (await world.snapshots()).map(({ computerName }) => computerName);
    expect(names.sort()).toEqual(['new', 'old', 'one', 'two']);
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 4 });
    for (const former of [old(), other]) expect(await codeOf(run(former))).toBe('taken-over');
  });
});

it('interrupted at any request, it is begun or not, and the same call again ends it', async () => {
  cpSync(world.repo, world.at('before'), { recursive: true });
  const counted = new FaultyDestination(await LocalDestination.open(world.repo));
  await adopter('counting', counted);
  const ends = new Set<string | null>();
  for (const { number, operation } of counted.calls) {
    const writes = operation === 'put' || operation === 'remove' || operation === 'clearSpool';
    // Of the reads, some: one that fails changes nothing.
    if (!writes && number % 5 !== 0) continue;
    for (const fault of (writes ? ['fail-before', 'fail-after'] : ['fail-before']) satisfies Fault[]) {
      const what = `${fault} ${number}`;
      rmSync(world.repo, { recursive: true });
      cpSync(world.at('before'), world.repo, { recursive: true });
      const faulty = new FaultyDestination(await LocalDestination.open(world.repo), {
        rule: (call) => (call.number === number ? fault : null),
      });
      await adopter(what, faulty).catch(() => undefined);
      const { writers } = settings();
      ends.add(writers.length === 0 ? 'not begun' : 'begun');
      const fresh = await adopter(what);
      expect(settings().writers, what).toMatchObject([{ number: 1 }]);
      if (operation !== 'put' || fault === 'fail-after') continue;
      expect(await codeOf(run(old())), what).toBe('taken-over');
      expect(await run(fresh), what).toMatchObject({ newBytes: 0 });
      expect(await world.verify(1), what).toMatchObject({ damage: [], snapshots: 2 });
    }
  }
  expect([...ends].sort()).toEqual(['begun', 'not begun']);
});

describe('a former computer that is in the middle of something', () => {
  it('removes nothing for what it says when it is no writer any more', async () => {
    world.write({ 'files/a.bin': noise('changed', 300_000) });
    await world.backup([world.at('files')], { computerName: 'old' });
    const [first] = (await world.snapshots()).filter(({ sequence }) => sequence === 1);
    const fresh = await adoptElsewhere();
    const late = async () => overtaken(await LocalDestination.open(world.repo), 1);
    const forgets = { ...inputOf(old()), ids: [first?.id ?? ''], policy: null, dryRun: false };
    expect(await codeOf(forgetAt(await late(), forgets, context()))).toBe('taken-over');
    expect(await world.snapshots(fresh.access)).toHaveLength(2);
    expect(await run(fresh)).toMatchObject({ newBytes: 0 });
    expect((await pruneBy(fresh)).removed).toEqual([]);
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 3 });
  });

  it('removes no pack that it has said to be removed, while the new one did not hear it', async () => {
    world.write({ 'files/a.bin': noise('changed', 300_000) });
    const ids = (await world.snapshots()).map(({ id }) => id);
    await world.backup([world.at('files')], { computerName: 'old' });
    await forgetBy(old(), ids);
    const clean = { ...inputOf(old()), dryRun: false, graceHours: 72 };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 100 * 3_600_000 });
    expect((await prune(clean, context())).doomed.length).toBeGreaterThan(0);
    vi.useRealTimers();
    const fresh = await adoptElsewhere();
    const packs = (): string[] => [...world.objects('p'), ...world.objects('m')];
    const before = packs();
    const destination = overtaken(await LocalDestination.open(world.repo), 1);
    expect(await codeOf(pruneAt(destination, clean, context()))).toBe('taken-over');
    expect(packs()).toEqual(before);
    world.write({ 'files/e.bin': noise('e', 300_000) });
    expect(await run(fresh)).toMatchObject({ newFiles: 3 });
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 2 });
  });
});

it('what a former computer says meanwhile is about to go ends no backup of the one that took over', async () => {
  const ids = (await world.snapshots()).map(({ id }) => id);
  world.write({ 'files/a.bin': noise('changed', 300_000), 'files/b.txt': 'Bertram\n' });
  await world.backup([world.at('files')], { computerName: 'old' });
  cpSync(world.repo, world.at('before'), { recursive: true });
  const fresh = await adopter('new');
  const elsewhere = { ...inputOf(old()), destination: { kind: 'local' as const, path: world.at('before') } };
  await forget({ ...elsewhere, ids, policy: null, dryRun: false }, context());
  const { doomed } = await prune({ ...elsewhere, dryRun: false, graceHours: 72 }, context());
  expect(doomed.length).toBeGreaterThan(0);
  // What it wants to go is wanted again.
  world.write({ 'files/a.bin': noise('a', 300_000) });
  let lists = 0;
  const destination = new FaultyDestination(await LocalDestination.open(world.repo), {
    rule: ({ operation, name }) => {
      // The second one of its domain is the last look.
      if (operation === 'list' && name.length > 2 && name.startsWith('c/') && ++lists === 2) bring(world.at('before'));
      return null;
    },
  });
  const input = { ...inputOf(fresh), sources: [world.at('files')], excludes: [], computerName: 'new' };
  expect(await backupTo(destination, input, context())).toMatchObject({ newBytes: 0 });
  expect(lists).toBeGreaterThan(1);
  expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 3 });
});

describe('at several places', () => {
  const place = (name: string) => ({ kind: 'local' as const, path: world.at(name) });
  const backUp = (computer: Computer, to: string, also: string[] = []) =>
    world.backup(
      [world.at('files')],
      { destination: place(to), also: also.map((name) => place(name)), computerName: to },
      computer,
    );
  const listed = async (name: string): Promise<(number | string)[][]> => {
    const { snapshots } = await import('../../../main/engine/snapshots.ts');
    const found = await snapshots({ destination: place(name), access: world.key });
    return found.map(({ sequence, computerName }) => [sequence, computerName]).sort();
  };
  const adoptAt = async (name: string): Promise<Computer> => {
    const stateFolder = world.at('state-new');
    const made = await adopt({ ...owner(), destination: place(name), clientId: old().clientId, stateFolder });
    return {
      access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
      clientId: made.clientId,
      stateFolder,
    };
  };
  beforeEach(async () => {
    mkdirSync(world.at('disk'));
    await backUp(old(), 'repo', ['disk']);
    world.write({ 'files/only-there.txt': 'x' });
    // The disk alone has this one.
    await backUp(old(), 'disk');
  });

  it('adopted at each, the history of all of them goes on', async () => {
    await adoptAt('repo');
    const note = (name: string) => readFileSync(world.at(name, 'c', old().clientId, 'domain'));
    const first = note('repo');
    const fresh = await adoptAt('disk');
    // What names more is what counts, wherever this computer writes next, and whoever puts an earlier one back.
    await backUp(fresh, 'repo');
    expect(note('repo')).toEqual(note('disk'));
    writeFileSync(world.at('disk', 'c', old().clientId, 'domain'), first);
    expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
    for (const name of ['repo', 'disk']) {
      expect(await listed(name)).toEqual([
        [1, 'old'],
        [2, 'repo'],
        [3, 'disk'],
        [4, 'repo'],
        [5, 'repo'],
      ]);
      expect(note(name)).not.toEqual(first);
      expect(await codeOf(backUp(old(), name))).toBe('taken-over');
    }
  });

  it('a place that was away learns of it with the first backup there; what only it had does not count', async () => {
    const fresh = await adoptAt('repo');
    await backUp(fresh, 'repo');
    // Nobody has told the disk: the old one goes on there.
    await backUp(old(), 'disk');
    expect(await backUp(fresh, 'disk')).toMatchObject({ newFiles: 0 });
    expect(await codeOf(backUp(old(), 'disk'))).toBe('taken-over');
    expect(await listed('disk')).toEqual([
      [1, 'old'],
      [2, 'repo'],
      [4, 'disk'],
    ]);
    expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
    expect((await listed('disk')).map(([sequence]) => sequence)).toEqual([1, 2, 3, 4, 5]);
    // By the key, what it had from before is taken in where no number of it was given again.
    await adoptAt('disk');
    expect((await listed('disk')).map(([sequence]) => sequence)).toEqual([1, 2, 3, 4, 5]);
    const { verify } = await import('../../../main/engine/verify.ts');
    expect(await verify({ destination: place('disk'), access: world.key, level: 3 }, context())).toMatchObject({
      damage: [],
    });
  });

  it('a place beside another learns of it at the end of the first backup', async () => {
    const fresh = await adoptAt('repo');
    expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
    for (const name of ['repo', 'disk']) {
      expect(await listed(name)).toEqual([
        [1, 'old'],
        [2, 'repo'],
        [3, 'repo'],
      ]);
      expect(await codeOf(backUp(old(), name))).toBe('taken-over');
    }
  });

  it('a copy takes the newer note, and a note that the owner did not sign is replaced', async () => {
    const { copy } = await import('../../../main/engine/copy.ts');
    await adoptAt('repo');
    const note = path.join('c', old().clientId, 'domain');
    const bring = () => copy({ from: [place('repo')], to: place('disk'), clients: 'all' }, context());
    writeFileSync(world.at('disk', note), 'nonsense');
    await bring();
    const first = readFileSync(world.at('disk', note));
    expect(first).toEqual(readFileSync(world.at('repo', note)));
    await adopt({ ...owner(), clientId: old().clientId, stateFolder: world.at('state-third') });
    await bring();
    expect(readFileSync(world.at('disk', note))).toEqual(readFileSync(world.at('repo', note)));
    // And never the older one.
    writeFileSync(world.at('repo', note), first);
    await bring();
    expect(readFileSync(world.at('disk', note))).not.toEqual(first);
  });
});
