/** A keyring that this computer has in its read cache is looked for in the storage all the same. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ReadCacheDestination } from '../../../main/destinations/decorators/read-cache.ts';
import type { Destination } from '../../../main/destinations/destination.ts';
import { LocalDestination } from '../../../main/destinations/local/local-destination.ts';
import { filesIn, flipFile } from '../../support/engine.ts';
import { Several } from '../../support/several.ts';

let world: Several;

beforeEach(async () => {
  world = await Several.make('a', 1);
});

afterEach(() => world.end());

const open = async (): Promise<Destination> =>
  new ReadCacheDestination(await LocalDestination.open(world.at('a')), { folder: world.at('cache') });

test.each([
  ['was removed', (file: string) => rmSync(file)],
  ['is rotten', flipFile],
])('one that %s is written again by the next backup, which says so', async (_, spoil) => {
  await world.backup('a', [], { open });
  // The cache has it: a reader asked for it once.
  const cached = await open();
  const [keyring = ''] = filesIn(world.at('a', 'k'));
  const name = `k/${keyring.slice(keyring.lastIndexOf('/') + 1)}`;
  await cached.get(name);
  const before = world.contents('a');
  spoil(keyring);
  const messages: string[] = [];
  await world.backup('a', [], { open, emit: (event) => void (event.type === 'message' && messages.push(event.text)) });
  expect(messages).toEqual(['The keyring was damaged or missing and has been written again.']);
  for (const [file, hash] of before) expect([file, world.contents('a').get(file)]).toEqual([file, hash]);
});
