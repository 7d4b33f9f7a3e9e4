/** A computer is taken over at one place of several: what the other places have of its history is whole afterwards too. */
import { mkdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Destination } from '../../../main/destinations/destination.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { adopt } from '../../../main/engine/adopt.ts';
import { backupTo } from '../../../main/engine/backup.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { forget, forgetAt } from '../../../main/engine/forget.ts';
import { prune, pruneAt } from '../../../main/engine/prune.ts';
import { snapshots } from '../../../main/engine/snapshots.ts';
import { verify } from '../../../main/engine/verify.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { noise } from '../../support/crash-world.ts';
import { World, type Computer } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
  mkdirSync(world.at('disk'));
});
afterEach(() => world.dispose());

const context = () => ({ control: new RunControl(), emit: () => undefined });
const place = (name: string) => ({ kind: 'local' as const, path: world.at(name) });
const backUp = (computer: Computer, to: string, also: string[] = []) =>
  world.backup(
    [world.at('files')],
    { destination: place(to), computerName: to, ...(also.length === 0 ? {} : { also: also.map(place) }) },
    computer,
  );
const damageAt = async (name: string) => {
  const { damage, snapshots } = await verify({ destination: place(name), access: world.key, level: 3 }, context());
  return { damage, snapshots };
};

async function adoptAt(name: string): Promise<Computer> {
  const stateFolder = world.at('state-new');
  const input = { destination: place(name), rootKey: world.rootKey, clientId: world.computer.clientId, stateFolder };
  const made = await adopt(input);
  return {
    access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
    clientId: made.clientId,
    stateFolder,
  };
}

it('what one place has lost by then counts where another has it, and heals', async () => {
  world.write({ 'files/a.bin': noise('a', 300_000), 'files/b.txt': 'Berta\n' });
  await backUp(world.computer, 'repo', ['disk']);
  const first = world.objects('s');
  world.write({ 'files/b.txt': 'Bertram\n' });
  await backUp(world.computer, 'repo', ['disk']);
  // Only the first snapshot needs what is lost.
  world.write({ 'files/a.bin': noise('other', 300_000) });
  for (const lost of [...world.objects('p'), ...first]) rmSync(lost);
  const fresh = await adoptAt('repo');
  expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
  for (const name of ['repo', 'disk']) expect(await damageAt(name)).toEqual({ damage: [], snapshots: 3 });
});

it('what another place has cleaned up by itself is brought there again where it is needed', async () => {
  world.write({ 'files/a.bin': noise('a', 300_000), 'files/b.txt': 'Berta\n' });
  const first = await backUp(world.computer, 'repo', ['disk']);
  rmSync(world.at('files/a.bin'));
  await backUp(world.computer, 'repo', ['disk']);
  const { access, stateFolder } = world.computer;
  const input = { destination: place('disk'), access, stateFolder };
  await forget({ ...input, ids: [first.snapshotId], policy: null, dryRun: false }, context());
  // What stays of the packs is written anew there.
  const cleaned = await prune(
    { ...input, rootKey: world.rootKey, maxUnused: 0, dryRun: false, graceHours: 0 },
    context(),
  );
  expect(cleaned.removed).not.toEqual([]);
  rmSync(world.at('files/b.txt'));
  const fresh = await adoptAt('repo');
  expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
  for (const name of ['repo', 'disk']) expect((await damageAt(name)).damage).toEqual([]);
});

/** A place whose listings are late: the note is not shown, however often it is written. */
async function withoutNote(name: string): Promise<Destination> {
  return new Proxy<Destination>(await LocalDestination.open(world.at(name)), {
    get(target, property) {
      if (property === 'stat') {
        return async (object: string) => (object.endsWith('/domain') ? null : await target.stat(object));
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

it('a place that is behind takes nothing of the history out', async () => {
  world.write({ 'files/a.bin': noise('a', 10_000) });
  await backUp(world.computer, 'repo', ['disk']);
  await backUp(world.computer, 'repo');
  await adoptAt('repo');
  const fresh = await adoptAt('disk');
  await backUp(fresh, 'repo');
  const again = { destination: place('repo'), rootKey: world.rootKey, clientId: fresh.clientId };
  expect(await adopt({ ...again, stateFolder: fresh.stateFolder })).toMatchObject({ snapshots: 3 });
});

it('what only a place has that was away, the newest backup too, is told, and counts by the word of whoever has the key', async () => {
  const says = () => world.events.flatMap((event) => (event.type === 'message' ? [event.text] : []));
  const numbers = async (name: string) =>
    (await snapshots({ destination: place(name), access: world.key })).map(({ sequence, computerName }) => [
      sequence,
      computerName,
    ]);
  world.write({ 'files/a.bin': noise('a', 100_000) });
  await backUp(world.computer, 'repo', ['disk']);
  world.write({ 'files/b.bin': noise('only there', 100_000) });
  const first = await backUp(world.computer, 'disk');
  const there = await backUp(world.computer, 'disk');
  const fresh = await adoptAt('repo');
  rmSync(world.at('files/b.bin'));
  // Its number is given again, and the disk is back with the next one.
  await backUp(fresh, 'repo');
  await backUp(fresh, 'repo', ['disk']);
  world.events.length = 0;
  await backUp(fresh, 'repo', ['disk']);
  expect(says().filter((words) => words.includes('2 backups of the former computer'))).toHaveLength(1);
  world.events.length = 0;
  await backUp(fresh, 'repo', ['disk']);
  expect(says().join()).not.toContain('former computer');
  const own = { access: fresh.access, stateFolder: fresh.stateFolder };
  // What it shares with others that are forgotten stays for it too.
  rmSync(world.at('files/a.bin'));
  world.write({ 'files/c.txt': 'Caesar' });
  await backUp(fresh, 'repo', ['disk']);
  const [newest] = await snapshots({ destination: place('disk'), access: world.key }).then((all) => all.reverse());
  const ids = await snapshots({ destination: place('disk'), access: world.key }).then((all) =>
    all.map(({ id }) => id).filter((id) => id !== newest?.id),
  );
  for (const name of ['repo', 'disk']) {
    const at = { ...own, destination: place(name), dryRun: false };
    await forget({ ...at, ids, policy: null }, context());
    await prune({ ...at, graceHours: 0, fewestSmall: 2 }, context());
  }

  // The same words again take in nothing that is not named: somebody may have stolen the capability of then.
  const input = {
    destination: place('disk'),
    rootKey: world.rootKey,
    clientId: fresh.clientId,
    stateFolder: fresh.stateFolder,
  };
  expect((await adopt(input)).leftOut).toMatchObject([
    { id: first.snapshotId, sequence: 2, computerName: 'disk' },
    { id: there.snapshotId, sequence: 3, computerName: 'disk' },
  ]);
  expect(await numbers('disk')).not.toContainEqual([3, 'disk']);
  const unknown = await adopt({ ...input, takeIn: ['0000'] }).catch((error: unknown) => toHoldfastError(error));
  expect(unknown).toMatchObject({ code: 'snapshot-not-found' });
  const whole = { leftOut: [{ id: first.snapshotId }], writer: 1, snapshots: 2 };
  expect(await adopt({ ...input, takeIn: [there.snapshotId.slice(0, 8)] })).toMatchObject(whole);
  expect(await adopt(input)).toMatchObject(whole);

  // From now on it is one of the history at both, and stays one when the computer is taken over once more.
  expect(await backUp(fresh, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
  expect(await adopt({ ...input, stateFolder: world.at('state-third') })).toMatchObject({ snapshots: 3 });
  const third = await adopt({ ...input, destination: place('repo'), stateFolder: world.at('state-third') });
  const access = {
    kind: 'capability' as const,
    capability: third.capability,
    readerPublicKey: third.readerPublicKey,
  };
  const last = { access, clientId: fresh.clientId, stateFolder: world.at('state-third') };
  expect(await backUp(last, 'repo', ['disk'])).toMatchObject({ also: [{ error: null }] });
  for (const name of ['repo', 'disk']) {
    expect(await numbers(name)).toContainEqual([3, 'disk']);
    const cleaned = { access, stateFolder: last.stateFolder, destination: place(name), dryRun: false, graceHours: 0 };
    await prune({ ...cleaned, fewestSmall: 2 }, context());
    expect(await damageAt(name)).toEqual({ damage: [], snapshots: 4 });
  }
  expect(await world.restore(world.at('out'), { snapshotId: there.snapshotId })).toMatchObject({
    problems: [],
    restoredFiles: 2,
  });
});

it('a snapshot that was taken in brings no other one with it, wherever the backups are adopted again', async () => {
  world.write({ 'files/a.bin': noise('a', 10_000) });
  await backUp(world.computer, 'repo', ['disk']);
  const first = await backUp(world.computer, 'disk');
  const second = await backUp(world.computer, 'disk');
  const { access, clientId, stateFolder } = await adoptAt('repo');
  await backUp({ access, clientId, stateFolder }, 'repo');
  await backUp({ access, clientId, stateFolder }, 'repo', ['disk']);
  const at = (name: string) => ({ destination: place(name), rootKey: world.rootKey, clientId, stateFolder });
  await adopt({ ...at('disk'), takeIn: [second.snapshotId] });
  // It names the first one, which the other place has not any more.
  for (const file of world.objects('s')) if (file.endsWith(first.snapshotId)) rmSync(file);
  for (let i = 0; i < 2; i++) expect(await adopt(at('repo'))).toMatchObject({ leftOut: [] });
  await adopt(at('disk'));
  expect((await adopt(at('disk'))).leftOut.map(({ id }) => id)).toEqual([first.snapshotId]);
});

it('where the note is not shown, nothing is built upon what the former one may have stored since', async () => {
  world.write({ 'files/a.bin': noise('a', 100_000) });
  await backUp(world.computer, 'repo');
  const { access, stateFolder } = await adoptAt('repo');
  const input = { destination: place('repo'), access, stateFolder };
  const backup = { ...input, sources: [world.at('files')], excludes: [], computerName: 'new' };
  const before = [...world.objects('s'), ...world.objects('i')];
  for (const work of [
    async (to: Destination) => await backupTo(to, backup, context()),
    async (to: Destination) => await forgetAt(to, { ...input, ids: [], policy: null, dryRun: false }, context()),
    async (to: Destination) => await pruneAt(to, { ...input, dryRun: false, graceHours: 0 }, context()),
  ]) {
    const failure = await work(await withoutNote('repo')).catch((error: unknown) => toHoldfastError(error));
    expect(failure).toMatchObject({ code: 'object-missing' });
  }
  expect([...world.objects('s'), ...world.objects('i')]).toEqual(before);
  expect(await backUp({ access, stateFolder, clientId: world.computer.clientId }, 'repo')).toMatchObject({ files: 1 });
});
