/** What of the sources is taken: patterns, sizes, caches, and other disks. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { BackupInput } from '../../../main/engine/api.ts';
import { list } from '../../../main/engine/list.ts';
import { CACHEDIR_SIGNATURE, CACHEDIR_TAG } from '../../../main/engine/excludes.ts';
import { entry, World } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

/** Paths of the files and folders that a backup took, below the source. */
async function taken(choice: Partial<BackupInput>): Promise<string[]> {
  const out = await world.backup([world.at('src')], choice);
  expect(out.skipped).toEqual([]);
  return (await below(out.snapshotId, entry(world.at('src')), '')).sort();
}

async function below(snapshotId: string, folder: string, shown: string): Promise<string[]> {
  const { destination, key: access } = world;
  const entries = await list({ destination, access, snapshotId, path: folder });
  const paths = entries.map(async ({ id, name, kind }) => {
    const inside = kind === 'folder' ? await below(snapshotId, `${folder}/${id}`, `${shown}${name}/`) : [];
    return [`${shown}${name}`, ...inside];
  });
  return (await Promise.all(paths)).flat();
}

it('takes only files that an include matches, in folders that are all kept', async () => {
  world.write({ 'src/a.jpg': '1', 'src/b.txt': '2', 'src/docs/c.txt': '3', 'src/docs/d.jpg': '4', 'src/e/f.md': '5' });
  expect(await taken({ includes: ['docs/', '/b.txt'] })).toEqual(['b.txt', 'docs', 'docs/c.txt', 'docs/d.jpg', 'e']);
  const both = { includes: ['*.jpg', '*.txt'], excludes: ['docs/*', '!docs/d.jpg', 'e/'] };
  expect(await taken(both)).toEqual(['a.jpg', 'b.txt', 'docs', 'docs/d.jpg']);
  expect(await taken({})).toHaveLength(7);
});

it('leaves out files of more bytes than the limit, and takes them again without it', async () => {
  world.write({ 'src/at': 'x'.repeat(1000), 'src/over': 'x'.repeat(1001), 'src/folder/empty': '' });
  expect(await taken({ excludeLargerThan: 1000 })).toEqual(['at', 'folder', 'folder/empty']);
  expect(await taken({})).toEqual(['at', 'folder', 'folder/empty', 'over']);
});

it('takes caches where they are wanted', async () => {
  world.write({ [`src/cache/${CACHEDIR_TAG}`]: CACHEDIR_SIGNATURE, 'src/cache/a': 'x' });
  expect(await taken({ keepCaches: true })).toEqual(['cache', `cache/${CACHEDIR_TAG}`, 'cache/a']);
});

it('keeps the folder alone that another disk is mounted on', async ({ skip }) => {
  mkdirSync(world.at('src/disk/inner'), { recursive: true });
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'holdfast-test', world.at('src/disk')]);
  if (mounted.status !== 0) skip(); // It takes root, and rights that containers seldom have.
  try {
    world.write({ 'src/disk/elsewhere/file': 'x', 'src/here': 'y' });
    expect(await taken({ oneFileSystem: true })).toEqual(['disk', 'here']);
  } finally {
    execFileSync('umount', [world.at('src/disk')]);
  }
});
