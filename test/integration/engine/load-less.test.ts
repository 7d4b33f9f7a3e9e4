/** What readers leave out of a domain's index, because they need less than all of it. */
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RunControl } from '../../../main/engine/control.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { Kind } from '../../../main/engine/format/envelope.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { PackTable } from '../../../main/engine/format/pack.ts';
import { encodeSegment } from '../../../main/engine/format/segment.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { loadDomain, type Domain, type LoadOptions } from '../../../main/engine/repository/domain.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { IdWords, type BlobPlace } from '../../../main/engine/repository/shared-index.ts';
import { filesIn, World } from '../../support/engine.ts';

let world: World;
beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/a': 'one', 'src/sub/b': 'two', 'src/sub/c': 'three' });
  await world.backup([world.at('src')]);
});
afterAll(() => world.dispose());

async function load(options?: LoadOptions, read: string[] = []): Promise<Domain> {
  const destination = await LocalDestination.open(world.repo);
  const getRange = destination.getRange.bind(destination);
  destination.getRange = async (name, ...rest) => {
    read.push(name);
    return await getRange(name, ...rest);
  };
  return await loadDomain(await Repository.open(destination, world.key), world.computer.clientId, options);
}
const tablesOf = ({ packs }: Domain): PackTable[] =>
  packs.map(({ table, size, header, name }) => new PackTable(table, size, header.length, name));
/** Of each blob in a whole domain where `domain` says that it is. */
function placesIn(domain: Domain, whole: Domain): (Partial<BlobPlace> & { room: string })[] {
  const words = new IdWords();
  return tablesOf(whole).flatMap((table) =>
    Array.from({ length: table.blobCount }, (_, i) => {
      const entry = words.load(table.bytes, table.idAt(i)).findIn(domain.index);
      if (entry < 0) return { room: 'nowhere' };
      const place = domain.index.place(entry);
      return { room: domain.packs[place.pack]?.name.split('/')[2] ?? '', ...place };
    }),
  );
}
const roomOfEach = ({ packs }: Domain): string[] => packs.map(({ name }) => name.split('/')[2] ?? '');
const roomsOf = (domain: Domain): string[] => roomOfEach(domain).sort();

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
    expect(placesIn(bare, whole)).toEqual(placesIn(whole, whole));
    const blocks = (table: PackTable) => Array.from({ length: table.blockCount }, (_, i) => table.block(i));
    expect(tablesOf(bare).map(blocks)).toEqual(tablesOf(whole).map(blocks));
    expect(tablesOf(bare).every(({ blobCount }) => blobCount === 0)).toBe(true);
  });

  it('trees alone: every blob is found in the same pack, and trees in the same place', async () => {
    const [whole, bare] = [await load(), await load({ treesOnly: true })];
    expect(bare.packs.map(({ name, size }) => [name, size])).toEqual(whole.packs.map(({ name, size }) => [name, size]));
    expect(bare.index.entries).toBe(whole.index.entries);
    const known = placesIn(whole, whole).map((place) =>
      place.room === 'm' ? place : { room: 'p', pack: place.pack, block: 0, offset: 0, length: 0 },
    );
    expect(new Set(known.map(({ room }) => room))).toEqual(new Set(['m', 'p']));
    expect(placesIn(bare, whole)).toEqual(known);
    expect(bare.packs.map(({ table }) => table.length > 0)).toEqual(roomOfEach(bare).map((room) => room === 'm'));
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

describe.each([{}, { blocksOnly: true }, { treesOnly: true }])('%j', (options: LoadOptions) => {
  const segments: string[] = [];
  afterEach(async () => {
    const destination = await LocalDestination.open(world.repo);
    for (const name of segments.splice(0)) await destination.remove(name);
  });

  /** Adds a segment that says something else of each pack. */
  async function lie(spoil: (table: Uint8Array) => void): Promise<Domain> {
    const whole = await load();
    const adds = whole.packs.map(({ name, size, header, table }) => {
      const wrong = table.slice();
      spoil(wrong);
      const room = name.includes('/m/') ? ('m' as const) : ('p' as const);
      return { name: new Uint8Array(Buffer.from(name.slice(-64), 'hex')), room, size, header, table: wrong };
    });
    const destination = await LocalDestination.open(world.repo);
    const capability = decodeCapability(world.computer.access.capability);
    const publisher = new Publisher(destination, capability, new RunControl());
    const hash = await publisher.putObject('i', Kind.indexSegment, encodeSegment({ adds }));
    segments.push(`c/${world.computer.clientId}/i/${Buffer.from(hash).toString('hex')}`);
    return whole;
  }

  it.each([
    ['other blobs', (table: Uint8Array) => table.set([1, 2, 3], 8 + 12 * Buffer.from(table).readUInt32BE(0))],
    ['no table at all', (table: Uint8Array) => table.set([255, 255, 255, 255], 0)],
  ])('segments that say different things of a pack: it tells itself (%s)', async (_what, spoil) => {
    // The truth lies in a segment too.
    await world.backup([world.at('src')]);
    const whole = await lie(spoil);
    const read: string[] = [];
    const known = await load(options, read);
    expect([...new Set(read)].sort()).toEqual(whole.packs.map(({ name }) => name).sort());
    expect(known.damage).toEqual([]);
    expect(known.index.entries).toBe(whole.index.entries);
    expect(placesIn(known, whole).filter(({ room }) => room === 'nowhere')).toEqual([]);
  });
});
