/** A computer that was copied, or set back to an older state, is noticed; so is one that was retired. */
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDestination } from '../../../main/destinations/open.ts';
import { claim, listComputers, retire } from '../../../main/engine/computers.ts';
import { decodeCapability } from '../../../main/engine/format/capability.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { encodeMarker } from '../../../main/engine/format/marker.ts';
import { encodeRetired } from '../../../main/engine/format/owner-note.ts';
import { otherMarker } from '../../../main/engine/markers.ts';
import { listObjects } from '../../../main/engine/repository/objects.ts';
import { Repository } from '../../../main/engine/repository/repository.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { filesIn, World, type Computer } from '../../support/engine.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
  world.write({ 'files/a.txt': 'Anna\n' });
});
afterEach(() => world.dispose());

const run = (computer = world.computer) => world.backup([world.at('files')], {}, computer);
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => toHoldfastError(error).code,
  );
const markers = (): string[] => filesIn(path.join(world.repo, 'c', world.computer.clientId, 'x'));
const owner = () => ({ destination: world.destination, rootKey: world.rootKey });

/** As another instance of this computer would leave it. */
function strange(change: (marker: Uint8Array) => Uint8Array = (bytes) => bytes): string {
  const capability = decodeCapability(world.computer.access.capability);
  const instance = new Uint8Array(randomBytes(16));
  const marker = encodeMarker({ ...capability, instance, startedMs: 1_800_000_000_000 }, capability.keys.meta);
  const at = path.join(world.repo, 'c', world.computer.clientId, 'x', toHex(instance));
  mkdirSync(path.dirname(at), { recursive: true });
  writeFileSync(at, change(marker));
  return at;
}

/** The same computer's disk, copied now. */
function copyOf(computer: Computer): Computer {
  const stateFolder = `${computer.stateFolder}-copy`;
  cpSync(computer.stateFolder, stateFolder, { recursive: true });
  return { ...computer, stateFolder };
}

describe('a computer that backs up', () => {
  it('leaves its marker while it writes, and none after', async () => {
    let seen = 0;
    world.onEvent = () => void (seen += markers().length);
    await run();
    expect(seen).toBeGreaterThan(0);
    expect(markers()).toEqual([]);
  });

  it('stops where another instance of it is writing, and not for what anybody could put there', async () => {
    await run();
    const forged = strange((bytes) => bytes.with(80, (bytes[80] ?? 0) ^ 1));
    strange((bytes) => bytes.subarray(0, 40));
    await run();
    expect(existsSync(forged)).toBe(true);
    const other = strange();
    const before = (await world.snapshots()).length;
    expect(await codeOf(run())).toBe('cloned-computer');
    expect(await world.snapshots()).toHaveLength(before);
    expect(existsSync(other)).toBe(true);
    // The key says that there is no other one.
    const { clientId, stateFolder } = world.computer;
    expect(await claim({ ...owner(), clientId, stateFolder })).toMatchObject({ removedMarkers: 3 });
    await run();
  });

  it('reads nothing that is no marker or no keyring by its size', async () => {
    const at = strange((bytes) => new Uint8Array([...bytes, 0]));
    const keyring = '11'.repeat(32);
    mkdirSync(path.join(world.repo, 'k', '11'), { recursive: true });
    writeFileSync(path.join(world.repo, 'k', '11', keyring), new Uint8Array(1024 * 1024 + 1));
    const inner = await openDestination(world.destination);
    const read: string[] = [];
    const watched = new FaultyDestination(inner, {
      rule: ({ operation, name }) => {
        if (operation === 'get') read.push(name);
        return null;
      },
    });
    const capability = decodeCapability(world.computer.access.capability);
    const objects = await listObjects(watched, `c/${world.computer.clientId}/x/`);
    expect([...objects.keys()]).toEqual([`c/${world.computer.clientId}/x/${path.basename(at)}`]);
    expect(await otherMarker(watched, capability, objects, new Uint8Array(16))).toBeNull();
    expect(read).toEqual([]);
    await Repository.open(watched, { kind: 'key', rootKey: world.rootKey });
    expect(read.filter((name) => name.startsWith('k/'))).toEqual([]);
    await inner.close();
  });

  it('stops at its last look where the other one began meanwhile', async () => {
    await run();
    world.write({ 'files/b.txt': 'Bert\n' });
    let once = true;
    world.onEvent = (event) => {
      if (event.type !== 'phase' || event.phase !== 'upload' || !once) return;
      once = false;
      strange();
    };
    expect(await codeOf(run())).toBe('cloned-computer');
    expect(await world.snapshots()).toHaveLength(1);
  });

  it('notices that a copy of it has backed up, and that it was set back to an older state itself', async () => {
    await run();
    const copy = copyOf(world.computer);
    await run(copy);
    expect(await codeOf(run())).toBe('cloned-computer');
    // The copy may not know better: it made the newest one.
    await run(copy);
    const { clientId, stateFolder } = world.computer;
    await claim({ ...owner(), clientId, stateFolder });
    await run();
    expect(await codeOf(run(copy))).toBe('cloned-computer');
  });

  it('goes on where its state is lost', async () => {
    await run();
    await run({ ...world.computer, stateFolder: world.at('fresh') });
    expect(await world.verify(3)).toMatchObject({ damage: [], snapshots: 2 });
  });
});

describe('a retired computer', () => {
  it('stops for ever, also where it knows of it only by the note; its backups stay', async () => {
    const second = await world.enrol('two');
    await run(second);
    const { clientId } = second;
    expect(await listComputers(owner())).toMatchObject([{ clientId, snapshots: 1, retired: false, name: 'computer' }]);
    await retire({ ...owner(), clientId });
    expect(await codeOf(run(second))).toBe('locked');
    expect(await retire({ ...owner(), clientId })).toMatchObject({ repository: { generation: 2 } });
    expect(await listComputers(owner())).toMatchObject([{ clientId, retired: true }]);
    await run();
    expect((await world.snapshots()).map((one) => one.clientId)).toContain(clientId);
    expect(await world.verify(3)).toMatchObject({ damage: [] });
    expect(await codeOf(retire({ ...owner(), clientId: '00'.repeat(16) }))).toBe('bad-input');
  });

  it('is told by the owner only', async () => {
    await run();
    const { repoId, clientId } = decodeCapability(world.computer.access.capability);
    const note = path.join(world.repo, 'c', toHex(clientId), 'retired');
    writeFileSync(note, encodeRetired({ repoId, clientId, retiredMs: 1, writer: 0 }, new Uint8Array(randomBytes(32))));
    await run();
    writeFileSync(note, 'nonsense');
    await run();
  });
});
