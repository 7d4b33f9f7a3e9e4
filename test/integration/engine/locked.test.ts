/** What a computer that holds only its write capability can and cannot do: the cryptography decides, not a check. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeCapability, type Capability } from '../../../main/engine/format/capability.ts';
import {
  HEADER_BYTES,
  openHeader,
  parseHeader,
  SEALED_HEADER_BYTES,
  tableKey,
} from '../../../main/engine/format/envelope.ts';
import { openKeyring } from '../../../main/engine/format/keyring.ts';
import { open, positionNonce } from '../../../main/engine/format/gcm.ts';
import { openTable, openTrailer, PackTable, TRAILER_BYTES } from '../../../main/engine/format/pack.ts';
import { readerKeyPair } from '../../../main/engine/format/reader-key.ts';
import { list } from '../../../main/engine/list.ts';
import { BlockReader, objectKeyOf, type ReadKeys } from '../../../main/engine/repository/block-reader.ts';
import { loadDomain } from '../../../main/engine/repository/domain.ts';
import { closeSnapshot } from '../../../main/engine/repository/open-trees.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { entry, filesIn, World } from '../../support/engine.ts';
import { codeOf } from '../../support/format.ts';
import { randomData } from '../../support/made-data.ts';

const SECRET = 'The quick brown fox keeps a secret here. ';
let world: World;
let capability: Capability;

beforeAll(async () => {
  world = await World.make();
  world.write({ 'src/letter': SECRET.repeat(200), 'src/large': randomData(700_000, 1), 'src/sub/note': SECRET });
  await world.backup([world.at('src')]);
  capability = decodeCapability(world.computer.access.capability);
});
afterAll(() => world.dispose());

describe('with the capability alone', () => {
  it('a computer backs up, lists and verifies structure and stored bytes', async () => {
    const { access } = world.computer;
    expect((await world.snapshots(access)).length).toBe(1);
    closeSnapshot();
    const { destination } = world;
    const path = entry(world.at('src'));
    const names = (await list({ destination, access, snapshotId: 'latest', path })).map((e) => e.name).sort();
    expect(names).toEqual(['large', 'letter', 'sub']);
    for (const level of [0, 1, 2, 3] as const) {
      expect(await world.verify(level, access)).toMatchObject({ damage: [], strays: [], contentsProven: false });
    }
  });

  it('restoring contents is refused as locked, and leaves no file', async () => {
    await expectCode(world.restore(world.at('to'), { access: world.computer.access }), 'locked');
    expect(filesIn(world.at('to'))).toEqual([]);
  });

  it('no data pack opens with any key that it holds, or that can be made from those', () => {
    const c = capability;
    const held = [...Object.values(c.keys), c.readerKeyHash, c.ownerPublicKey, c.keyring, new Uint8Array(32)];
    held.push(world.computer.access.readerPublicKey.slice(0, 32), world.computer.access.readerPublicKey.slice(-32));
    held.push(...held.map((key) => new Uint8Array(createHash('sha256').update(key).digest())));
    const packs = world.objects('p');
    expect(packs.length).toBeGreaterThan(0);
    for (const file of packs) {
      const bytes = new Uint8Array(readFileSync(file));
      const header = parseHeader(bytes, file);
      expect(header.sealed).toBe(true);
      const aad = new Uint8Array(createHash('sha256').update(header.bytes).digest());
      // What it may open: the table, which says where the blocks are.
      const tables = tableKey(header, aad, c.keys.meta);
      const trailer = openTrailer(tables, aad, bytes.subarray(-TRAILER_BYTES), bytes.length, file);
      const sealed = bytes.subarray(trailer.tableOffset, trailer.tableOffset + trailer.tableLength);
      const table = new PackTable(openTable(tables, aad, sealed, file), bytes.length, SEALED_HEADER_BYTES, file);
      const block = table.block(0);
      const stored = bytes.subarray(block.offset, block.offset + block.stored);
      const last = table.blockCount === 1;
      for (const key of [...held, tables]) {
        // As the reader's seed, as a key that is not sealed to the reader, and as the bulk key itself.
        expect(openHeader(header, key)).toBeNull();
        expect(openHeader({ ...header, sealed: false }, key)).toBeNull();
        expect(openHeader({ ...header, sealed: false, bytes: header.bytes.slice(0, HEADER_BYTES) }, key)).toBeNull();
        expect(codeOf(() => open(key, positionNonce(0, last), aad, stored, file))).toBe('object-damaged');
      }
    }
  });

  it('the engine’s own reading functions find no key, whatever they are given of it', async () => {
    const destination = await LocalDestination.open(world.repo);
    const repository = await Repository.open(destination, world.computer.access);
    const domain = await loadDomain(repository, world.computer.clientId);
    expect(domain.keys.read.readerSecrets).toEqual([]);
    const data = domain.packs
      .map((pack, ordinal) => ({ pack, ordinal }))
      .filter(({ pack }) => pack.name.includes('/p/'));
    expect(data.length).toBeGreaterThan(0);
    const everyKey = Object.values(capability.keys);
    const guesses: ReadKeys[] = [
      domain.keys.read,
      { meta: everyKey.map((key) => ({ epoch: 0, key })), readerSecrets: everyKey },
      { meta: [], readerSecrets: everyKey.map((key) => readerKeyPair(key).secretKey) },
    ];
    for (const { pack, ordinal } of data) {
      guesses.forEach((keys, i) => {
        const code = codeOf(() => new BlockReader(domain.packs, keys).block(ordinal, 0));
        expect(code).toBe(i === 0 ? 'locked' : 'object-damaged');
        expect(codeOf(() => objectKeyOf(pack.header, pack.name, keys))).toBe(i === 0 ? 'locked' : 'object-damaged');
      });
    }
    // With the root key the very same calls give the contents.
    const unlocked = await loadDomain(await Repository.open(destination, world.key), world.computer.clientId);
    const reader = new BlockReader(unlocked.packs, unlocked.keys.read);
    const texts = data.flatMap(({ ordinal }) =>
      Array.from({ length: reader.table(ordinal).blockCount }, (_, i) =>
        Buffer.from(reader.block(ordinal, i)).toString('latin1'),
      ),
    );
    reader.close();
    expect(texts.some((text) => text.includes(SECRET))).toBe(true);
    // Nor does it open the keyring, which holds the reader's seed.
    for (const key of everyKey) expect(openKeyring(key, repository.file.keyring)).toBeNull();
  });

  it('another computer’s domain is out of reach', async () => {
    const other = await world.enrol('two');
    await world.backup([world.at('src')], { computerName: 'two' }, other);
    expect((await world.snapshots(other.access)).map((s) => s.clientId)).toEqual([other.clientId]);
    expect((await world.snapshots(world.computer.access)).every((s) => s.clientId === world.computer.clientId)).toBe(
      true,
    );
    const destination = await LocalDestination.open(world.repo);
    const repository = await Repository.open(destination, other.access);
    await expectCode(loadDomain(repository, world.computer.clientId), 'object-damaged');
    const theirs = world.objects('m')[0] ?? '';
    const header = parseHeader(new Uint8Array(readFileSync(theirs)), theirs);
    expect(openHeader(header, decodeCapability(other.access.capability).keys.meta)).toBeNull();
    expect(openHeader(header, capability.keys.meta)).not.toBeNull();
  });
});

describe('two computers in one repository', () => {
  it('have their own snapshots, and "latest" is the newest of any that the key opens', async () => {
    const two = await world.enrol('three');
    world.write({ 'src/sub/later': 'later' });
    const out = await world.backup([world.at('src')], { computerName: 'three' }, two);
    const all = await world.snapshots();
    expect(new Set(all.map((s) => s.clientId)).size).toBeGreaterThan(1);
    expect(all.at(-1)).toMatchObject({ id: out.snapshotId, computerName: 'three', sequence: 1 });
    await world.restore(world.at('latest'), { layout: 'selection' });
    expect(readFileSync(world.at('latest/src/sub/later'), 'utf8')).toBe('later');
    // Nothing of one is deduplicated against the other: neither can poison or read the other's.
    expect(out.newBytes).toBeGreaterThan(700_000);
    expect((await world.verify(3)).damage).toEqual([]);
  });
});
