import { afterEach, beforeEach, expect, test } from 'vitest';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { RunControl } from '../../../main/engine/control.ts';
import { BlobIds, BlobKind } from '../../../main/engine/format/blob.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { blobIdKeyOf, decodeCapability } from '../../../main/engine/format/capability.ts';
import { metadataWriter } from '../../../main/engine/pipeline/own-writer.ts';
import { Publisher } from '../../../main/engine/pipeline/publisher.ts';
import { LiveSet } from '../../../main/engine/prune-mark.ts';
import { repack } from '../../../main/engine/prune-repack.ts';
import { loadDomain, type Domain } from '../../../main/engine/repository/domain.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { TreeReader } from '../../../main/engine/repository/tree-reader.ts';
import { MIB, noise, World } from '../../support/crash-world.ts';

let world: World;

beforeEach(async () => {
  world = await World.make({ bytes: 0 });
});
afterEach(() => world.end());

test('of packs in which little is needed all of it is carried over, whatever is read between', async () => {
  const destination = await LocalDestination.open(world.repo);
  const capability = decodeCapability(world.access.capability);
  const repository = await Repository.open(destination, world.access);
  const spoolFolder = await destination.spoolFolder('0'.repeat(32));
  const ids = new BlobIds(blobIdKeyOf(capability));
  const load = async (): Promise<Domain> => await loadDomain(repository, toHex(capability.clientId));

  // Far more than what a reader keeps: 40 blocks of 1 MiB, of each of which a hundred bytes are needed.
  const needed: Uint8Array[] = [];
  const before = await load();
  const publisher = new Publisher(destination, capability, new RunControl());
  const writer = metadataWriter({ capability, index: before.index, publisher, spoolFolder });
  for (let i = 0; i < 40; i++) {
    const block = new Uint8Array(MIB).fill(i + 1);
    block.set(noise(`${i}`, 100));
    const few = { id: ids.of(BlobKind.tree, block.subarray(0, 100)), kind: BlobKind.tree, offset: 0, length: 100 };
    const rest = { ...few, id: ids.of(BlobKind.tree, block.subarray(100)), offset: 100, length: MIB - 100 };
    writer.addBlock(block, [few, rest]);
    needed.push(few.id);
  }
  writer.close();
  await publisher.finish();

  const domain = await load();
  const live = new LiveSet(domain.index);
  for (const id of needed) expect(live.add(id)).toBe('new');
  const again = new Publisher(destination, capability, new RunControl());
  const old = domain.packs.map((_, ordinal) => ordinal);
  const damaged: string[] = [];
  const options = {
    domain,
    live,
    capability,
    readerPublicKey: repository.readerPublicKey(),
    keys: domain.keys.read,
    publisher: again,
    control: new RunControl(),
    spoolFolder,
    packBytes: MIB,
    source: null,
    onDamaged: (name: string) => void damaged.push(name),
  };
  // A pack that the disk does not give ends nothing: it is told of, and stays.
  const unreadable = { ...domain, packs: domain.packs.map((pack) => ({ ...pack, path: world.repo })) };
  expect(await repack(old.slice(0, 1), { ...options, domain: unreadable })).toEqual([]);
  expect(damaged.splice(0)).toEqual([domain.packs[0]?.name]);

  const done = await repack(old, options);
  await again.finish();
  expect([done, damaged]).toEqual([old, []]);
  for (const { name } of domain.packs) await destination.remove(name);

  const trees = new TreeReader(await load(), blobIdKeyOf(capability));
  // Errors: object-damaged where its id is not that of its bytes.
  for (const id of needed) expect(trees.blob(id, BlobKind.tree).length).toBe(100);
  trees.close();
}, 60_000);
