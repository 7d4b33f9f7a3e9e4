/** A scrub of storage that tells checksums in its lists: rot is found, and nothing is downloaded. */
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RunControl } from '../../../main/engine/control.ts';
import { scrubIn } from '../../../main/engine/scrub.ts';
import { KIB, MIB, World } from '../../support/crash-world.ts';
import { filesIn, flipFile } from '../../support/engine.ts';
import { RemoteFolder } from '../../support/remote-folder.ts';

let world: World;
beforeAll(async () => {
  world = await World.make({ packBytes: 256 * KIB, bytes: MIB });
  await world.backup();
});
afterAll(() => world.end());

const context = { control: new RunControl(), emit: (): void => undefined };

test('every object is proven by its SHA-256, and repo.json alone is read', async () => {
  const remote = await RemoteFolder.open(world.repo, { checksums: 'sha256' });
  const output = await scrubIn(remote, world.access, context);
  expect(output).toMatchObject({ proven: output.objects, unproven: 0, damaged: [], strays: [] });
  expect(output.objects).toBeGreaterThan(5);
  expect(remote.calls.get('getRange')).toBeUndefined();
  expect(remote.receivedBytes).toBeLessThan(20 * KIB);
});

test('a bit that has turned over is found, and named', async () => {
  const [pack = ''] = filesIn(path.join(world.repo, 'c')).filter((file) => file.includes(`${path.sep}p${path.sep}`));
  flipFile(pack);
  try {
    const remote = await RemoteFolder.open(world.repo, { checksums: 'sha256' });
    const output = await scrubIn(remote, undefined, context);
    expect(output.damaged.map(({ object }) => path.basename(object))).toEqual([path.basename(pack)]);
    expect(output.proven).toBe(output.objects - 1);
  } finally {
    flipFile(pack);
  }
});

test.each(['md5', undefined] as const)('checksums that are none of the name’s prove nothing: %s', async (checksums) => {
  const remote = await RemoteFolder.open(world.repo, checksums === undefined ? {} : { checksums });
  const output = await scrubIn(remote, undefined, context);
  expect(output).toMatchObject({ proven: 3, unproven: output.objects - 3, damaged: [] });
});

test('a copy of repo.json whose signature does not hold is damaged', async () => {
  flipFile(path.join(world.repo, 'repo.1.json'));
  const remote = await RemoteFolder.open(world.repo, { checksums: 'sha256' });
  const output = await scrubIn(remote, world.access, context);
  expect(output.damaged.map(({ object }) => object)).toEqual(['repo.1.json']);
});
