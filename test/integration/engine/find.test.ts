/** Search over all snapshots of a real repository, with its sealed index on the disk. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineEvent, FindInput } from '../../../main/engine/api.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { closeFind, find } from '../../../main/engine/find.ts';
import { entry, filesIn, flipFile, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => {
  closeFind();
  world.dispose();
});

const input = (query: string, more: Partial<FindInput> = {}): FindInput => ({
  destination: world.destination,
  access: world.computer.access,
  stateFolder: world.computer.stateFolder,
  query,
  ...more,
});
const indexes = (): string[] => filesIn(world.at('state-one', 'find'));

/** Entries that were read from trees to answer. */
async function read(search: FindInput): Promise<number> {
  const events: EngineEvent[] = [];
  await find(search, { control: new RunControl(), emit: (event) => void events.push(event) });
  return events.filter(({ type }) => type === 'phase').length;
}

it('finds what is and what was, with a locked computer’s capability', async () => {
  world.write({ 'src/Letter.docx': 'Dear Anna', 'src/sub/old letter': 'x' });
  const { snapshotId: one } = await world.backup([world.at('src')]);
  rmSync(world.at('src/sub'), { recursive: true });
  world.write({ 'src/Letter.docx': 'Dear Anna, ' });
  const { snapshotId: two } = await world.backup([world.at('src')]);
  const found = await find(input('letter'));
  expect(found).toMatchObject({ total: 2, snapshots: 2, incomplete: [] });
  expect(found.entries).toMatchObject([
    { path: world.at('src/Letter.docx'), kind: 'file', size: 11, snapshots: 2, newestSnapshotId: two },
    { path: world.at('src/sub/old letter'), size: 1, snapshots: 1, newestSnapshotId: one },
  ]);
  expect(found.entries[0]?.entry).toBe(entry(world.at('src/Letter.docx')));
  expect((await find(input('letter', { snapshotId: two }))).total).toBe(1);
  expect((await find(input('*.DOCX', { maxBytes: 10 }))).total).toBe(0);
  expect((await find(input('', { kinds: ['file'], offset: 1, limit: 1 }))).entries).toHaveLength(1);
  // The index is sealed: no name stands in it.
  const [file] = indexes();
  expect(readFileSync(file ?? '').includes('Letter')).toBe(false);
});

it('keeps its index, takes in what is new, and makes anew what does not open', async () => {
  world.write({ 'src/a': 'a' });
  await world.backup([world.at('src')]);
  expect(await read(input('a'))).toBe(1);
  closeFind();
  expect(await read(input('a'))).toBe(0);
  world.write({ 'src/added': 'a' });
  await world.backup([world.at('src')]);
  // Without a look at the storage it answers from what it knows.
  expect((await find(input('added', { look: false }))).total).toBe(0);
  expect((await find(input('added'))).total).toBe(1);
  for (const damage of [(file: string) => flipFile(file), (file: string) => writeFileSync(file, 'HOLDFAST')]) {
    for (const file of indexes()) damage(file);
    closeFind();
    expect(await read(input('added'))).toBe(1);
    expect((await find(input('added'))).total).toBe(1);
  }
  // Nor is it needed.
  closeFind();
  expect((await find(input('added', { stateFolder: undefined }))).total).toBe(1);
});

it('forgets what a removed snapshot alone had, and takes in one that comes back', async () => {
  world.write({ 'src/once': 'a' });
  await world.backup([world.at('src')]);
  const [gone] = world.objects('s');
  const bytes = readFileSync(gone ?? '');
  rmSync(world.at('src/once'));
  world.write({ 'src/still': 'a' });
  await world.backup([world.at('src')]);
  expect((await find(input('once'))).total).toBe(1);
  rmSync(gone ?? '');
  expect((await find(input('once'))).total).toBe(0);
  closeFind();
  rmSync(world.at('state-one', 'find'), { recursive: true });
  expect((await find(input('once'))).total).toBe(0);
  writeFileSync(gone ?? '', bytes);
  expect(await find(input('once'))).toMatchObject({ total: 1, snapshots: 2 });
});

it('searches all computers with the key, and one of them where it is told which', async () => {
  world.write({ 'src/file': 'a' });
  await world.backup([world.at('src')]);
  const two = await world.enrol('two');
  await world.backup([world.at('src')], { computerName: 'other' }, two);
  const all = await find(input('file', { access: world.key }));
  expect(all.entries.map(({ computerName }) => computerName).sort()).toEqual(['computer', 'other']);
  expect((await find(input('file', { access: world.key, clientId: two.clientId }))).total).toBe(1);
  await expect(find(input('file', { clientId: two.clientId }))).rejects.toMatchObject({ code: 'snapshot-not-found' });
});

it('says which snapshots it could not read whole, and keeps no such index', async () => {
  world.write({ 'src/file': 'a' });
  const { snapshotId } = await world.backup([world.at('src')]);
  for (const pack of world.objects('m')) flipFile(pack, 200);
  const found = await find(input('file'));
  expect(found).toMatchObject({ total: 0, incomplete: [snapshotId] });
  expect(indexes()).toEqual([]);
});

it('tells what is gone from the newest whole snapshot of its folders, and how many states it had', async () => {
  world.write({ 'src/kept': '1', 'src/gone': '1', 'other/kept': '1' });
  const { snapshotId: one } = await world.backup([world.at('src')]);
  rmSync(world.at('src/gone'));
  world.write({ 'src/kept': '22' });
  await world.backup([world.at('src')]);
  // A snapshot of other folders says nothing of these.
  await world.backup([world.at('other')]);
  const found = await find(input('', { kinds: ['file'] }));
  expect(found).toMatchObject({ total: 3, matched: 3, gone: 1 });
  const told = found.entries.map(({ path, gone, versions }) => [path.slice(world.folder.length + 1), gone, versions]);
  expect(told.sort()).toEqual([
    ['other/kept', false, 1],
    ['src/gone', true, 1],
    ['src/kept', false, 2],
  ]);
  expect(found.entries.find(({ path }) => path.endsWith('src/kept'))?.oldestSnapshotId).toBe(one);
  const gone = await find(input('', { kinds: ['file'], now: 'gone' }));
  expect(gone).toMatchObject({ total: 1, matched: 3, gone: 1, entries: [{ path: world.at('src/gone') }] });
  expect((await find(input('', { kinds: ['file'], now: 'there' }))).total).toBe(2);
  // Later it is taken in again, by a snapshot of more folders.
  world.write({ 'src/gone': '1' });
  await world.backup([world.at('src'), world.at('other')]);
  expect(await find(input('gone'))).toMatchObject({ gone: 0, entries: [{ gone: false, snapshots: 2 }] });
});
