/** Several computers in one repository: at the same time, without a lock between them, and one of them a thief's. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDestination } from '../../../main/destinations/open.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { fromHex } from '../../../main/engine/format/bytes.ts';
import { openHeader, parseHeader } from '../../../main/engine/format/envelope.ts';
import { encodeMarker } from '../../../main/engine/format/marker.ts';
import { encodeRetired } from '../../../main/engine/format/owner-note.ts';
import { decodeRepoFile, encodeRepoFile, REPO_FILES } from '../../../main/engine/format/repo-file.ts';
import { ed25519PublicKey } from '../../../main/engine/format/keys.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { noise } from '../../support/crash-world.ts';
import { filesIn, World, type Computer } from '../../support/engine.ts';

const ROUNDS = process.env['HOLDFAST_SOAK'] === '1' ? 5 : 1;

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(file));

describe('four computers', () => {
  it('back up into one repository at the same time; each has what is its own, and all of it is whole', async () => {
    const computers = [
      world.computer,
      ...(await Promise.all(['two', 'three', 'four'].map((name) => world.enrol(name)))),
    ];
    const folder = (i: number): string => world.at(`files ${i}`);
    for (let round = 0; round < ROUNDS; round++) {
      computers.forEach((_, i) => {
        // The same file on all of them, and one of each one's own.
        world.write({ [`files ${i}/same.bin`]: noise('same', 400_000) });
        world.write({ [`files ${i}/round ${round}.bin`]: noise(`computer ${i} round ${round}`, 300_000) });
      });
      const outputs = await Promise.all(computers.map((one, i) => world.backup([folder(i)], {}, one)));
      expect(outputs.map(({ newFiles }) => newFiles)).toEqual(computers.map(() => (round === 0 ? 2 : 1)));
    }
    expect(await world.verify(3)).toMatchObject({
      damage: [],
      strays: [],
      snapshots: 4 * ROUNDS,
      contentsProven: true,
    });
    for (const one of computers) {
      const own = await world.snapshots(one.access);
      expect(own.map(({ clientId, sequence }) => [clientId, sequence])).toEqual(
        Array.from({ length: ROUNDS }, (_, round) => [one.clientId, round + 1]),
      );
    }
    const newest = (await world.snapshots()).filter(({ sequence }) => sequence === ROUNDS);
    for (const [i, one] of computers.entries()) {
      const id = newest.find(({ clientId }) => clientId === one.clientId)?.id ?? '';
      const target = world.at(`out ${i}`);
      expect(await world.restore(target, { snapshotId: id })).toMatchObject({
        restoredFiles: ROUNDS + 1,
        problems: [],
      });
      expect(bytesOf(path.join(target, folder(i), 'round 0.bin'))).toEqual(
        new Uint8Array(noise(`computer ${i} round 0`, 300_000)),
      );
    }
  });
});

describe('who has stolen the capability of one computer', () => {
  let victim: Computer;
  let thief: Computer;
  beforeEach(async () => {
    victim = world.computer;
    thief = await world.enrol('thief');
    world.write({ 'diary/today.txt': 'Dear diary', 'loot/x.bin': noise('loot', 300_000) });
    await world.backup([world.at('diary')], {}, victim);
    await world.backup([world.at('loot')], {}, thief);
  });
  const at = (computer: Computer, ...names: string[]): string =>
    path.join(world.repo, 'c', computer.clientId, ...names);

  it('reads nothing of another, names included, and no contents of its own', async () => {
    const stolen = decodeCapability(thief.access.capability);
    const secrets = [...Object.values(stolen.keys), stolen.ownerPublicKey, stolen.readerKeyHash];
    for (const file of filesIn(at(victim))) {
      const header = parseHeader(bytesOf(file), file);
      expect(secrets.map((secret) => openHeader(header, secret))).toEqual(secrets.map(() => null));
    }
    for (const file of filesIn(at(thief, 'p'))) {
      const header = parseHeader(bytesOf(file), file);
      expect(secrets.map((secret) => openHeader(header, secret))).toEqual(secrets.map(() => null));
    }
    const destination = await openDestination(world.destination);
    const repository = await Repository.open(destination, thief.access);
    expect(repository.keysOf(fromHex(victim.clientId) ?? new Uint8Array())).toBeNull();
    await destination.close();
    expect((await world.snapshots(thief.access)).every(({ clientId }) => clientId === thief.clientId)).toBe(true);
  });

  it('forges nothing: what it puts into the domain of another is not believed, and does not stop it', async () => {
    const put = (bytes: Uint8Array, ...names: string[]): void => {
      const hash = createHash('sha256').update(bytes).digest('hex');
      const file = at(victim, ...names, ...(names.length > 1 ? [] : [hash.slice(0, 2), hash]));
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    };
    for (const room of ['s', 'i', 'm', 'p'] as const) {
      for (const file of filesIn(at(thief, room))) {
        const own = bytesOf(file);
        // With the victim's id in the header too.
        const renamed = own.slice();
        renamed.set(fromHex(victim.clientId) ?? [], 32);
        put(own, room);
        put(renamed, room);
      }
    }
    const stolen = decodeCapability(thief.access.capability);
    const clientId = fromHex(victim.clientId, 16) ?? new Uint8Array(16);
    const instance = new Uint8Array(randomBytes(16));
    put(encodeMarker({ ...stolen, clientId, instance, startedMs: Date.now() }, stolen.keys.meta), 'x', 'ab'.repeat(16));
    writeFileSync(
      at(victim, 'retired'),
      encodeRetired({ repoId: stolen.repoId, clientId, retiredMs: 1, writer: 0 }, stolen.keys.meta),
    );
    world.write({ 'diary/more.txt': 'It goes on' });
    const output = await world.backup([world.at('diary')], {}, victim);
    expect(output).toMatchObject({ newFiles: 1, skipped: [] });
    const whole = (await world.snapshots()).filter(({ damage }) => damage === null);
    const of = (computer: Computer): number => whole.filter(({ clientId: id }) => id === computer.clientId).length;
    expect([of(thief), of(victim)]).toEqual([1, 2]);
    expect(await world.restore(world.at('out'), { snapshotId: output.snapshotId })).toMatchObject({
      restoredFiles: 2,
      problems: [],
    });
  });

  it('poisons nothing: its repo.json is not the owner’s, for who backs up and for who has the key', async () => {
    const seed = new Uint8Array(randomBytes(32));
    const file = decodeRepoFile(bytesOf(path.join(world.repo, 'repo.json')));
    const forged = encodeRepoFile({ ...file, generation: 99, ownerPublicKey: ed25519PublicKey(seed) }, seed);
    for (const name of REPO_FILES) writeFileSync(path.join(world.repo, name), forged);
    const codes = await Promise.all(
      [world.backup([world.at('diary')], {}, victim), world.snapshots()].map((work) =>
        (work as Promise<unknown>).then(
          () => null,
          (error: unknown) => toHoldfastError(error).code,
        ),
      ),
    );
    expect(codes).toEqual(['locked', 'repository-damaged']);
  });
});
