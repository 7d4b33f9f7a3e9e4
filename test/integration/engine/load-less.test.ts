/** What readers leave out of a domain's index, because they need less than all of it. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { PackTable } from '../../../main/engine/format/pack.ts';
import { loadDomain, type Domain, type LoadOptions } from '../../../main/engine/repository/domain.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { filesIn, World } from '../../support/engine.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/a': 'one', 'src/sub/b': 'two', 'src/sub/c': 'three' });
  await world.backup([world.at('src')]);
});
afterAll(() => world.dispose());

async function load(options?: LoadOptions): Promise<Domain> {
  const destination = await LocalDestination.open(world.repo);
  return await loadDomain(await Repository.open(destination, world.key), world.computer.clientId, options);
}
const tablesOf = ({ packs }: Domain): PackTable[] =>
  packs.map(({ table, size, header, name }) => new PackTable(table, size, header.length, name));
const roomsOf = ({ packs }: Domain): string[] => packs.map(({ name }) => name.split('/')[2] ?? '').sort();

describe.each(['with the index in the storage', 'with packs that no segment names'])('%s', (which) => {
  beforeAll(() => {
    if (which.includes('no segment')) {
      for (const file of filesIn(world.repo)) if (/\/i\/[^/]*\/?[^/]*$/.test(file)) rmSync(file);
    }
  });

  it('blocks alone: every blob is found in the same place', async () => {
    const [whole, bare] = [await load(), await load({ blocksOnly: true })];
    expect(whole.segments.length === 0).toBe(which.includes('no segment'));
    expect(bare.packs.map(({ name }) => name)).toEqual(whole.packs.map(({ name }) => name));
    expect(bare.index.entries).toBe(whole.index.entries);
    expect(whole.index.entries).toBeGreaterThan(3);
    const blocks = (table: PackTable) => Array.from({ length: table.blockCount }, (_, i) => table.block(i));
    expect(tablesOf(bare).map(blocks)).toEqual(tablesOf(whole).map(blocks));
    expect(tablesOf(bare).every(({ blobCount }) => blobCount === 0)).toBe(true);
  });

  it('metadata alone: as if there were no packs of contents, and nothing of that is damage', async () => {
    const [whole, metadata] = [await load(), await load({ metadataOnly: true })];
    expect(new Set(roomsOf(whole))).toEqual(new Set(['m', 'p']));
    expect(roomsOf(metadata)).toEqual(roomsOf(whole).filter((room) => room === 'm'));
    expect(metadata.index.entries).toBeLessThan(whole.index.entries);
    expect([metadata.damage, metadata.missing]).toEqual([[], []]);
    expect(metadata.snapshots).toHaveLength(1);
  });
});
