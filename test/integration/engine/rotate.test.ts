/** The keys of a backup are renewed: nothing is stored again, what is there stays readable, and nobody writes on with old keys. */
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDestination } from '../../../main/destinations/open.ts';
import { retire } from '../../../main/engine/computers.ts';
import { copy } from '../../../main/engine/copy.ts';
import { enrol } from '../../../main/engine/enrol.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { parseHeader } from '../../../main/engine/format/envelope.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { readRepoFile } from '../../../main/engine/repository/repository.ts';
import { rotate, rotateIn } from '../../../main/engine/rotate.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { verify } from '../../../main/engine/verify.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { filesIn, hashOf, World, type Computer } from '../../support/engine.ts';
import { noise } from '../../support/crash-world.ts';

const SOAK = process.env['HOLDFAST_SOAK'] === '1';

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'files/large.bin': noise('large', 3_000_000), 'files/a.txt': 'Anna\n', 'files/deep/b.txt': 'Bert\n' });
});
afterEach(() => world.dispose());

const turn = () =>
  rotate({ destination: world.destination, rootKey: world.rootKey, stateFolder: world.computer.stateFolder });
/** What `unlock this computer once` does. */
async function renewed({ clientId, stateFolder }: Computer): Promise<Computer> {
  const made = await enrol({ destination: world.destination, rootKey: world.rootKey, clientId, stateFolder });
  expect(made.clientId).toBe(clientId);
  return {
    access: { kind: 'capability', capability: made.capability, readerPublicKey: made.readerPublicKey },
    clientId,
    stateFolder,
  };
}
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => toHoldfastError(error).code,
  );
const epochsIn = (folder: string): Set<number> =>
  new Set(filesIn(folder).map((file) => parseHeader(new Uint8Array(readFileSync(file)), file).epoch));

describe('renewed keys', () => {
  it('store nothing again and read nothing again, and what was there is read as before', async () => {
    // Long after the files were changed: they are trusted by their times.
    const now = Date.now;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
    await world.backup([world.at('files')]);
    clock.mockRestore();
    expect(await turn()).toMatchObject({ epochs: 2, repository: { generation: 2 } });
    const computer = await renewed(world.computer);
    const packs = world.objects('p').length;
    const unchanged = await world.backup([world.at('files')], {}, computer);
    expect(unchanged).toMatchObject({ newBytes: 0, readBytes: 0, newFiles: 0, changedFiles: 0 });
    // Without the cache every file is read, and every blob is known by its name.
    rmSync(computer.stateFolder, { recursive: true });
    expect(await world.backup([world.at('files')], {}, computer)).toMatchObject({ newBytes: 0 });
    expect(world.objects('p').length).toBe(packs);
    world.write({ 'files/new.txt': 'new\n' });
    await world.backup([world.at('files')], {}, computer);
    expect(epochsIn(world.at('repo/c', computer.clientId, 'p')).size).toBe(2);
    expect(await world.verify(3)).toMatchObject({ damage: [], contentsProven: true, snapshots: 4 });
    expect(await world.verify(1, computer.access)).toMatchObject({ damage: [] });
    expect((await world.snapshots(computer.access)).length).toBe(4);
    expect((await world.restore(world.at('out'))).problems).toEqual([]);
    expect(readFileSync(world.at(`out${world.at('files/large.bin')}`)).equals(noise('large', 3_000_000))).toBe(true);
  });

  it('stop a computer that has not been unlocked since, before it stores anything', async () => {
    const second = await world.enrol('two');
    await world.backup([world.at('files')], {}, second);
    await turn();
    const before = filesIn(world.repo);
    expect(await codeOf(world.backup([world.at('files')], {}, second))).toBe('locked');
    expect(filesIn(world.repo)).toEqual(before);
    const unlocked = await renewed(second);
    expect(await world.backup([world.at('files')], {}, unlocked)).toMatchObject({ newBytes: 0 });
  });

  it('leave names and cut points as they are in the epoch that a computer joined in, also after a second time', async () => {
    await world.backup([world.at('files')]);
    const first = decodeCapability(world.computer.access.capability);
    await turn();
    await renewed(world.computer);
    const late = await world.enrol('late');
    await turn();
    const again = decodeCapability((await renewed(world.computer)).access.capability);
    expect(again.keys.blobId).toEqual(first.keys.blobId);
    expect(again.keys.chunker).toEqual(first.keys.chunker);
    expect(again.domainEpoch).toBe(0);
    expect(again.keys.meta).not.toEqual(first.keys.meta);
    expect(again.older.map(({ meta }) => meta)).toContainEqual(first.keys.meta);
    expect(again.older).toHaveLength(2);
    // One that joined later knows nothing of before.
    await world.backup([world.at('files')], {}, await renewed(late));
    const joined = decodeCapability((await renewed(late)).access.capability);
    expect(joined.domainEpoch).toBeGreaterThan(again.older[1]?.epoch ?? 0);
    expect(joined.older).toEqual([]);
  });

  it('are the old or the new ones after any call of the storage has failed', async () => {
    await world.backup([world.at('files')]);
    cpSync(world.repo, world.at('before'), { recursive: true });
    for (let call = 1; ; call += SOAK ? 1 : 3) {
      rmSync(world.repo, { recursive: true });
      cpSync(world.at('before'), world.repo, { recursive: true });
      const inner = await openDestination(world.destination);
      const faulty = new FaultyDestination(inner, { rule: (c) => (c.number === call ? 'fail-after' : null) });
      const failed = await codeOf(rotateIn(faulty, { destination: world.destination, rootKey: world.rootKey }));
      await inner.close();
      // Whatever came of it: the key opens it, and an unlocked computer goes on.
      const computer = await renewed({ ...world.computer, stateFolder: world.at(`state-${call}`) });
      if (call % 9 === 1) expect(await world.backup([world.at('files')], {}, computer)).toMatchObject({ newBytes: 0 });
      if (failed === null) {
        expect(call).toBeGreaterThan(8);
        break;
      }
    }
    expect(await world.verify(3)).toMatchObject({ damage: [] });
  });

  it('of two places at the same time are both known where the two meet', async () => {
    await world.backup([world.at('files')]);
    cpSync(world.repo, world.at('other'), { recursive: true });
    const other = { kind: 'local' as const, path: world.at('other') };
    // Somebody else had renewed them there, and a computer has stored something since.
    await rotate({ destination: other, rootKey: world.rootKey });
    const there = await enrol({ destination: other, rootKey: world.rootKey, clientId: world.computer.clientId });
    await turn();
    const here = await renewed(world.computer);
    for (const file of filesIn(world.at('other/k'))) {
      const at = world.at('repo/k', path.relative(world.at('other/k'), file));
      mkdirSync(path.dirname(at), { recursive: true });
      cpSync(file, at);
    }
    const both = decodeCapability((await renewed(here)).access.capability);
    expect(both.older.map(({ epoch }) => epoch)).toContain(
      Math.min(decodeCapability(there.capability).epoch, decodeCapability(here.access.capability).epoch),
    );
    expect(both.older).toHaveLength(2);
    expect(filesIn(world.at('repo/k'))).toHaveLength(4);
    expect((await renewed(here)).access.capability).toEqual((await renewed(here)).access.capability);
    expect(filesIn(world.at('repo/k'))).toHaveLength(4);
  });

  it('are not made at a place that is behind: its old settings would become the newest', async () => {
    const away = { kind: 'local' as const, path: world.at('away') };
    cpSync(world.repo, away.path, { recursive: true });
    const second = await world.enrol('two');
    await world.backup([world.at('files')], {}, second);
    await retire({ destination: world.destination, rootKey: world.rootKey, clientId: second.clientId });
    const { stateFolder } = world.computer;
    await turn();
    const here = await renewed(world.computer);
    const before = hashOf(away.path);
    const { rootKey } = world;
    expect(await codeOf(rotate({ destination: away, rootKey, stateFolder }))).toBe('bad-input');
    expect(hashOf(away.path)).toBe(before);
    // Enrolled there it has the keys of both, and repo.json stays as it is, for the copy to renew.
    const { clientId } = here;
    const made = await enrol({ destination: away, rootKey, clientId, stateFolder });
    const there: Computer = { access: { kind: 'capability', ...made }, clientId, stateFolder };
    expect((await unlock({ destination: away, rootKey })).generation).toBe(1);
    await world.backup([world.at('files')], { destination: away }, there);
    await world.backup([world.at('files')], {}, there);
    const context = { control: new RunControl(), emit: () => undefined };
    await copy({ from: [world.destination], to: away, clients: 'all', stateFolder }, context);
    const file = await rotate({ destination: away, rootKey, stateFolder });
    expect(file).toMatchObject({ epochs: 3, repository: { generation: 4 } });
    const opened = await openDestination(away);
    const { retired } = (await readRepoFile(opened)).file;
    await opened.close();
    expect(retired.map(toHex)).toEqual([second.clientId]);
    expect(await verify({ destination: away, access: world.key, level: 3 }, context)).toMatchObject({ damage: [] });
  });

  it('are not made, and nothing is written, where the storage was rolled back', async () => {
    const { stateFolder } = world.computer;
    await renewed(world.computer);
    cpSync(world.repo, world.at('old'), { recursive: true });
    await turn();
    await renewed(world.computer);
    rmSync(world.repo, { recursive: true });
    cpSync(world.at('old'), world.repo, { recursive: true });
    const before = hashOf(world.repo);
    expect(await codeOf(turn())).toBe('repository-rolled-back');
    const { destination, rootKey } = world;
    expect(await codeOf(enrol({ destination, rootKey, stateFolder }))).toBe('repository-rolled-back');
    expect(hashOf(world.repo)).toBe(before);
  });

  it('reach a place that was away: the writer brings its keyring there, without the key', async () => {
    cpSync(world.repo, world.at('away'), { recursive: true });
    await turn();
    const computer = await renewed(world.computer);
    const away = { kind: 'local' as const, path: world.at('away') };
    await world.backup([world.at('files')], { destination: away }, computer);
    expect(epochsIn(world.at('away/c')).has(0)).toBe(false);
    const context = { control: new RunControl(), emit: () => undefined };
    expect(await verify({ destination: away, access: world.key, level: 3 }, context)).toMatchObject({
      damage: [],
      contentsProven: true,
    });
  });
});
