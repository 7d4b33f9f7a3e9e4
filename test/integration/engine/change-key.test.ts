/** The root key of a backup is changed because somebody saw its digits: the old or the new ones open it at every moment. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDestination } from '../../../main/destinations/open.ts';
import { changeKey, changeKeyIn } from '../../../main/engine/change-key.ts';
import { retire } from '../../../main/engine/computers.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { parseHeader } from '../../../main/engine/format/envelope.ts';
import { inspect } from '../../../main/engine/inspect.ts';
import { readRepoFile, Repository } from '../../../main/engine/repository/repository.ts';
import { rotate } from '../../../main/engine/rotate.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { verify } from '../../../main/engine/verify.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { noise } from '../../support/crash-world.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { filesIn, hashOf, World, type Computer } from '../../support/engine.ts';
import { compareTrees } from '../../support/tree.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';
const newKey = () => new Uint8Array(randomBytes(32));
const RESTORE = path.resolve(import.meta.dirname, '../../../dist/restore.mjs');

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'files/large.bin': noise('large', 600_000), 'files/a.txt': 'Anna\n', 'files/deep/b.txt': 'Bert\n' });
});
afterEach(() => world.dispose());

const change = (from: Uint8Array, to: Uint8Array, at = world.repo, stateFolder = world.computer.stateFolder) =>
  changeKey({ destination: { kind: 'local', path: at }, rootKey: from, newRootKey: to, vault: null, stateFolder });
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => toHoldfastError(error).code,
  );
const opens = async (rootKey: Uint8Array, at = world.repo): Promise<boolean> =>
  (await codeOf(unlock({ destination: { kind: 'local', path: at }, rootKey }))) === null;
async function renewed({ clientId, stateFolder }: Computer, rootKey: Uint8Array, at = world.repo): Promise<Computer> {
  const made = await enrol({ destination: { kind: 'local', path: at }, rootKey, clientId, stateFolder });
  const access = { kind: 'capability', ...made } as const;
  return { access, clientId, stateFolder };
}
const damageFor = async (rootKey: Uint8Array, at = world.repo) =>
  (
    await verify(
      { destination: { kind: 'local', path: at }, access: { kind: 'key', rootKey }, level: 3 },
      { control: new RunControl(), emit: () => undefined },
    )
  ).damage;

/** The second reader gives everything back with these digits. */
async function restoresAll(rootKey: Uint8Array, name: string): Promise<void> {
  writeFileSync(world.at('KEY.txt'), Buffer.from(rootKey).toString('hex'), { mode: 0o600 });
  const target = world.at(name);
  execFileSync(process.execPath, [
    RESTORE,
    '--repo',
    world.repo,
    '--key-file',
    world.at('KEY.txt'),
    '--target',
    target,
  ]);
  const different = await compareTrees(world.at('files'), path.join(target, world.at('files')));
  // It gives times back to the microsecond.
  expect(different.filter((line) => !/ mtime: /.test(line))).toEqual([]);
}

describe('a changed key', () => {
  it('opens everything, the old digits open nothing here any more, and nothing is stored again', async () => {
    await world.backup([world.at('files')]);
    const next = newKey();
    expect(await change(world.rootKey, next)).toMatchObject({ removedKeyrings: 1, repository: { generation: 2 } });
    expect(await opens(next)).toBe(true);
    const refused = await unlock({ destination: world.destination, rootKey: world.rootKey }).catch(toHoldfastError);
    expect(refused).toMatchObject({ code: 'wrong-key', message: expect.stringContaining('old 64 digits') as string });
    expect(await codeOf(world.backup([world.at('files')]))).toBe('locked');
    const computer = await renewed(world.computer, next);
    expect(await world.backup([world.at('files')], {}, computer)).toMatchObject({ newBytes: 0 });
    expect(await damageFor(next)).toEqual([]);
    await restoresAll(next, 'out');
    // Again, as after a lost answer: it is done already.
    expect(await change(world.rootKey, next)).toMatchObject({ removedKeyrings: 0, repository: { generation: 2 } });
    expect(await codeOf(change(newKey(), newKey()))).toBe('wrong-key');
    expect(await codeOf(change(next, next))).toBe('bad-input');
  });

  it('is not believed by another computer on the word of the storage', async () => {
    const second = await world.enrol('two');
    await world.backup([world.at('files')], {}, second);
    const next = newKey();
    await change(world.rootKey, next);
    const { stateFolder } = second;
    const seen = await inspect({ destination: world.destination, stateFolder }).catch(toHoldfastError);
    expect(seen).toMatchObject({
      code: 'repository-damaged',
      guidance: expect.stringContaining('new 64 digits') as string,
    });
    // The new digits prove it.
    await renewed(second, next);
    expect(await inspect({ destination: world.destination, stateFolder })).toMatchObject({ ownerKnown: true });
  });

  it('comes to each place by itself: one that was away needs the old digits until then', async () => {
    await world.backup([world.at('files')]);
    const away = world.at('away');
    cpSync(world.repo, away, { recursive: true });
    const next = newKey();
    await change(world.rootKey, next);
    expect([await opens(next, away), await opens(world.rootKey, away)]).toEqual([false, true]);
    const computer = await renewed(world.computer, next);
    const there = { destination: { kind: 'local' as const, path: away } };
    expect(await codeOf(world.backup([world.at('files')], there, computer))).toBe('locked');
    const changed = await change(world.rootKey, next, away);
    expect(changed.keyring).not.toBe('');
    // The same epoch at both: what the computer was given at one place counts at the other.
    const both = await renewed(computer, next, away);
    expect(await world.backup([world.at('files')], there, both)).toMatchObject({ newBytes: 0 });
    expect(await damageFor(next, away)).toEqual([]);
    const epochs = (folder: string): Set<number> =>
      new Set(filesIn(folder).map((file) => parseHeader(new Uint8Array(readFileSync(file)), file).epoch));
    expect(epochs(path.join(away, 'c')).size).toBe(2);
  });

  it('leaves a place that opens with the old or the new digits whichever call fails, and goes on from there', async () => {
    await world.backup([world.at('files')]);
    cpSync(world.repo, world.at('before'), { recursive: true });
    const ends = { old: 0, new: 0 };
    for (let call = 1; ; call += SOAK ? 1 : 3) {
      const next = newKey();
      rmSync(world.repo, { recursive: true });
      cpSync(world.at('before'), world.repo, { recursive: true });
      const inner = await openDestination(world.destination);
      const fault = call % 2 === 0 ? 'fail-before' : 'fail-after';
      const faulty = new FaultyDestination(inner, { rule: (c) => (c.number >= call ? fault : null) });
      const input = { destination: world.destination, rootKey: world.rootKey, newRootKey: next, vault: null };
      const failed = await codeOf(changeKeyIn(faulty, input));
      await inner.close();
      const found = [await opens(world.rootKey), await opens(next)];
      expect([call, found.some(Boolean)]).toEqual([call, true]);
      ends[found[1] === true ? 'new' : 'old']++;
      // The same keys again finish it.
      await change(world.rootKey, next, world.repo, world.at(`state-${call}`));
      expect([await opens(world.rootKey), await opens(next)]).toEqual([false, true]);
      if (SOAK || call % 15 === 1) {
        const computer = await renewed({ ...world.computer, stateFolder: world.at(`state-${call}`) }, next);
        expect(await world.backup([world.at('files')], {}, computer)).toMatchObject({ newBytes: 0 });
        expect(await damageFor(next)).toEqual([]);
      }
      if (failed === null) break;
    }
    expect(ends.old).toBeGreaterThan(2);
    expect(ends.new).toBeGreaterThan(2);
  });

  it('begins at a place that is not behind, and brings the next ones what was retired', async () => {
    const second = await world.enrol('two');
    await world.backup([world.at('files')], {}, second);
    const away = world.at('away');
    cpSync(world.repo, away, { recursive: true });
    const { destination, rootKey, computer } = world;
    await retire({ destination, rootKey, clientId: second.clientId });
    await renewed(computer, rootKey);
    const next = newKey();
    const before = hashOf(away);
    expect(await codeOf(change(rootKey, next, away))).toBe('bad-input');
    expect(hashOf(away)).toBe(before);
    await change(rootKey, next);
    await change(rootKey, next, away);
    const opened = await openDestination({ kind: 'local', path: away });
    expect((await readRepoFile(opened)).file.retired.map(toHex)).toEqual([second.clientId]);
    await opened.close();
  });

  it('takes over what another computer renewed by the old key in the same moment', async () => {
    await world.backup([world.at('files')]);
    const next = newKey();
    const inner = await openDestination(world.destination);
    let renewal: Promise<void> | null = null;
    let oldKnows: string[] = [];
    // The other one renews the keys, is unlocked and backs up while this one is about to write.
    const meanwhile = async (): Promise<void> => {
      await rotate({ destination: world.destination, rootKey: world.rootKey });
      const other = await enrol({ destination: world.destination, rootKey: world.rootKey });
      world.write({ 'files/meanwhile.bin': noise('meanwhile', 300_000) });
      const stateFolder = world.at('state-other');
      const access = { kind: 'capability', ...other } as const;
      const renewedThere = await openDestination(world.destination);
      const { epochs } = await Repository.open(renewedThere, { kind: 'key', rootKey: world.rootKey });
      oldKnows = epochs.map(({ id }) => toHex(id));
      await renewedThere.close();
      await world.backup([world.at('files')], {}, { access, clientId: other.clientId, stateFolder });
    };
    const slow = new FaultyDestination(inner, {});
    const put = slow.put.bind(slow);
    slow.put = async (name, bytes, options) => {
      if (name.startsWith('repo')) await (renewal ??= meanwhile());
      await put(name, bytes, options);
    };
    await changeKeyIn(slow, { destination: world.destination, rootKey: world.rootKey, newRootKey: next, vault: null });
    await inner.close();
    expect(renewal).not.toBeNull();
    expect(await opens(world.rootKey)).toBe(false);
    expect(await damageFor(next)).toEqual([]);
    await restoresAll(next, 'out');
    // What is written from now on belongs to an epoch that the old key never opened.
    const opened = await openDestination(world.destination);
    const repository = await Repository.open(opened, { kind: 'key', rootKey: next });
    const current = repository.currentEpoch();
    expect(current.ownerPublicKey).toEqual(repository.file.ownerPublicKey);
    expect(oldKnows).toHaveLength(2);
    expect(repository.epochs.map(({ id }) => toHex(id))).toEqual(expect.arrayContaining(oldKnows));
    expect(oldKnows).not.toContain(toHex(current.id));
    await opened.close();
  });

  it('keeps keyrings of other backups, and damaged ones', async () => {
    const other = await World.make();
    const [foreign] = filesIn(path.join(other.repo, 'k'));
    if (foreign === undefined) throw new Error('made with a keyring');
    const at = path.join(world.repo, 'k', path.relative(path.join(other.repo, 'k'), foreign));
    mkdirSync(path.dirname(at), { recursive: true });
    cpSync(foreign, at);
    other.dispose();
    await change(world.rootKey, newKey());
    expect(filesIn(path.join(world.repo, 'k'))).toContain(at);
    expect(filesIn(path.join(world.repo, 'k'))).toHaveLength(2);
  });

  it('twice, with keys renewed twice: the newest digits alone read all of it, on a computer that knows nothing', async () => {
    let key = world.rootKey;
    let computer = world.computer;
    const turn = () => rotate({ destination: world.destination, rootKey: key, stateFolder: computer.stateFolder });
    const first = new Set(filesIn(path.join(world.repo, 'c')));
    const rounds: (() => Promise<void>)[] = [
      async () => void (await turn()),
      async () => void (await change(key, (key = newKey()))),
      async () => void (await turn()),
      async () => {
        const before = key;
        await change(before, (key = newKey()));
      },
    ];
    await world.backup([world.at('files')]);
    for (const file of filesIn(path.join(world.repo, 'c'))) first.add(file);
    for (const [i, round] of rounds.entries()) {
      await round();
      computer = await renewed(computer, key);
      world.write({ [`files/round ${i}.bin`]: noise(`round ${i}`, 300_000) });
      await world.backup([world.at('files')], {}, computer);
    }
    expect(await damageFor(key)).toEqual([]);
    await restoresAll(key, 'all');
    // A computer that joins now stores all of it in its own domain; then everything of the first epoch is deleted.
    const late = world.at('state-late');
    const made = await enrol({ destination: world.destination, rootKey: key });
    const joined: Computer = { access: { kind: 'capability', ...made }, clientId: made.clientId, stateFolder: late };
    await world.backup([world.at('files')], {}, joined);
    for (const file of filesIn(path.join(world.repo, 'c'))) {
      if (parseHeader(new Uint8Array(readFileSync(file)), file).epoch === 0) rmSync(file);
    }
    expect([...first].some((file) => filesIn(world.repo).includes(file))).toBe(false);
    for (const name of ['state-one', 'state-late']) rmSync(world.at(name), { recursive: true, force: true });
    expect(await opens(key)).toBe(true);
    await restoresAll(key, 'alone');
    const out = await world.restore(world.at('last'), { access: { kind: 'key', rootKey: key } });
    expect(out.problems).toEqual([]);
    expect(await compareTrees(world.at('files'), path.join(world.at('last'), world.at('files')))).toEqual([]);
  });
});
