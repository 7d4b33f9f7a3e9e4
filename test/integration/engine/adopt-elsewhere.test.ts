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
