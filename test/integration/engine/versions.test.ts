/** Versions of one path over all snapshots. */
import { chmodSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { VersionsInput } from '../../../main/engine/api.ts';
import { versions } from '../../../main/engine/versions.ts';
import { entry, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const of = (name: string, more: Partial<VersionsInput> = {}) =>
  versions({ destination: world.destination, access: world.computer.access, path: entry(world.at(name)), ...more });

/** Writes the file with a time of its own and backs up; gives the snapshot's id. */
async function backUp(text: string | null, seconds: number): Promise<string> {
  rmSync(world.at('src/file'), { recursive: true, force: true });
  if (text !== null) {
    world.write({ 'src/file': text });
    utimesSync(world.at('src/file'), seconds, seconds);
  }
  return (await world.backup([world.at('src')])).snapshotId;
}

it('tells each distinct state once, with the snapshots that have it, newest first', async () => {
  world.write({ 'src/other': 'x' });
  const one = await backUp('first', 1000);
  const same = await backUp('first', 1000);
  const two = await backUp('second', 2000);
  await backUp(null, 0);
  const again = await backUp('first', 1000);
  chmodSync(world.at('src/file'), 0o600);
  const mode = (await world.backup([world.at('src')])).snapshotId;
  const found = await of('src/file');
  expect(found.snapshots).toBe(6);
  expect(found.unread).toEqual([]);
  expect(found.versions.map(({ snapshotIds, size, changed }) => ({ snapshotIds, size, changed }))).toEqual([
    { snapshotIds: [mode], size: 5, changed: ['mode'] },
    { snapshotIds: [one, same, again], size: 5, changed: [] },
    { snapshotIds: [two], size: 6, changed: ['content', 'times'] },
  ]);
  expect(found.versions[1]).toMatchObject({ name: 'file', kind: 'file', mtimeNs: '1000000000000' });
});

it('tells that a file became a folder, and folders by their own metadata', async () => {
  await backUp('text', 1000);
  rmSync(world.at('src/file'));
  mkdirSync(world.at('src/file'));
  await world.backup([world.at('src')]);
  const found = await of('src/file');
  expect(found.versions.map(({ kind, changed }) => ({ kind, changed }))).toEqual([
    { kind: 'folder', changed: ['kind'] },
    { kind: 'file', changed: [] },
  ]);
});

it('keeps computers apart, and a capability to its own', async () => {
  await backUp('text', 1000);
  const two = await world.enrol('two');
  await world.backup([world.at('src')], { computerName: 'other' }, two);
  const all = await of('src/file', { access: world.key });
  expect(all.versions.map(({ clientId }) => clientId).sort()).toEqual([world.computer.clientId, two.clientId].sort());
  const own = await of('src/file');
  expect(own.versions.map(({ clientId }) => clientId)).toEqual([world.computer.clientId]);
  const other = await of('src/file', { access: world.key, clientId: two.clientId });
  expect(other.versions.map(({ computerName }) => computerName)).toEqual(['other']);
  await expect(of('src/file', { clientId: two.clientId })).rejects.toMatchObject({ code: 'snapshot-not-found' });
});

it('says where no snapshot has the path', async () => {
  await backUp('text', 1000);
  await expect(of('src/nothing')).rejects.toMatchObject({ code: 'path-not-found' });
  await expect(of('src/file/below')).rejects.toMatchObject({ code: 'path-not-found' });
  await expect(of('', { path: '' })).rejects.toMatchObject({ code: 'path-not-found' });
});
