import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { faultyAt } from '../support/crash-faulty.ts';
import { MIB, noise, World } from '../support/crash-world.ts';

test('a file of three parts of 256 MiB: a failed run, then a whole one, and the same bytes back', async () => {
  const world = await World.make({ packBytes: MIB, bytes: MIB });
  try {
    const file = openSync(path.join(world.sources, 'huge.img'), 'w');
    ftruncateSync(file, 700 * MIB);
    for (const at of [0, 255, 256, 300, 511, 512, 699]) writeSync(file, noise(`at ${at}`, MIB), 0, MIB, at * MIB);
    closeSync(file);
    let published = 0;
    const destination = await faultyAt(world.repo, {
      rule: ({ operation }) => (operation === 'publish' && ++published === 4 ? 'fail-after' : null),
    });
    await expect(world.backup({ destination })).rejects.toMatchObject({ code: 'destination-failed' });
    expect(await world.damage()).toEqual([]);
    await world.backup();
    expect(await world.newestProblems()).toEqual([]);
    expect((await world.stored()).twice).toEqual([]);
    expect(await world.damage(3)).toEqual([]);
  } finally {
    world.end();
  }
});
