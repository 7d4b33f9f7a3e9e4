/** A bad sector in one pack: what lies elsewhere is restored, and nobody calls the rest lost. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Verbs } from '../../../main/engine/api.ts';
import { runVerb } from '../../support/crash-child.ts';
import { filesIn, hashOf, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';
import { everythingTo } from '../../support/restore-all.ts';

const PRELOAD = fileURLToPath(new URL('../../support/folder-fault.cjs', import.meta.url));
const SECTOR = 'The disk does not give a part of the backup.';

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => {
  vi.unstubAllEnvs();
  world.dispose();
});

async function run<V extends 'restore' | 'verify' | 'repair'>(verb: V, input: Verbs[V]['input']) {
  const { lines } = await runVerb(verb, input, { kind: 'never' });
  return lines.at(-1);
}

test('a bad sector in one pack', async () => {
  world.write({ 'src/one': randomData(300_000, 1) });
  await world.backup([world.at('src')]);
  const [pack = ''] = filesIn(world.repo).filter((file) => /\/p\/../.test(file));
  world.write({ 'src/two': randomData(300_000, 2) });
  await world.backup([world.at('src')]);
  const before = hashOf(world.repo);
  vi.stubEnv('FOLDER_FAULT', JSON.stringify({ folder: pack, trouble: 'sector' }));
  vi.stubEnv('NODE_OPTIONS', `--require ${PRELOAD}`);

  const { destination, rootKey } = world;
  const key = { kind: 'key', rootKey } as const;
  expect(await run('restore', everythingTo(world.at('target'), destination, key))).toMatchObject({
    type: 'result',
    problems: [{ path: expect.stringMatching(/one$/) as string, message: SECTOR }],
  });
  expect(readFileSync(world.at('target/src/two')).equals(readFileSync(world.at('src/two')))).toBe(true);

  expect(await run('verify', { destination, access: key, level: 3 })).toMatchObject({
    type: 'result',
    damage: [
      {
        object: expect.stringMatching(/\/p\//) as string,
        message: expect.stringMatching(/^the disk does not give it: .*EIO/i) as string,
      },
    ],
  });

  const { access, stateFolder } = world.computer;
  const repair = { destination, access, rootKey, stateFolder, level: 3, dryRun: false } as const;
  expect(await run('repair', repair)).toMatchObject({ type: 'error', code: 'object-unreadable' });
  expect(hashOf(world.repo)).toBe(before);
});
