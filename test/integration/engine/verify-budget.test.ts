/** Level 2: a budget of bytes goes to the packs that were verified longest ago. */
import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RunControl } from '../../../main/engine/control.ts';
import { verify } from '../../../main/engine/verify.ts';
import { chooseByBudget, VerifyRecord } from '../../../main/engine/verify-record.ts';
import { flipFile, World } from '../../support/engine.ts';
import { randomData } from '../../support/made-data.ts';

let world: World;
beforeEach(async () => {
  world = await World.make();
  for (let i = 0; i < 3; i++) world.write({ [`src/${i}`]: randomData(300_000, i) });
  await world.backup([world.at('src')], { packBytes: 100_000 });
});
afterEach(() => {
  vi.useRealTimers();
  world.dispose();
});

const check = async (budget: number) => {
  // A day later.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_000 });
  const { destination, key: access, computer } = world;
  return await verify(
    { destination, access, level: 2, stateFolder: computer.stateFolder, budget },
    { control: new RunControl(), emit: () => undefined },
  );
};

it('reads every pack once before any is read again, whatever the budget, and finds damage in one that has its turn', async () => {
  const packs = [...world.objects('p'), ...world.objects('m')];
  expect(packs.length).toBeGreaterThanOrEqual(3);
  const total = packs.reduce((sum, file) => sum + statSync(file).size, 0);
  let read = 0;
  for (let runs = 0; runs < packs.length; runs++) {
    const { bytesRead, damage } = await check(1);
    expect([damage, bytesRead > 0]).toEqual([[], true]);
    read += bytesRead;
  }
  expect(read).toBe(total);
  flipFile(packs[0] ?? '');
  let found = 0;
  for (let runs = 0; runs < packs.length && found === 0; runs++) found += (await check(1)).damage.length;
  expect(found).toBeGreaterThan(0);
  // It is not taken for verified: the next run reads it again, before all others.
  expect((await check(1)).damage.length).toBeGreaterThan(0);
});

it('chooses within the budget, one pack at least', async () => {
  const record = await VerifyRecord.read(undefined, new Uint8Array(16), '', world.destination);
  const packs = Array.from({ length: 10 }, (_, i) => ({ name: `p/${`${i}`.padEnd(64, '0')}`, size: 10 + i }));
  const names = (budget?: number) => chooseByBudget(packs, record, budget).map(({ name }) => name);
  expect(names(0)).toHaveLength(1);
  expect(names(1000)).toHaveLength(10);
  const sizes = chooseByBudget(packs, record, 50).reduce((sum, { size }) => sum + size, 0);
  expect(sizes).toBeGreaterThan(30);
  expect(sizes).toBeLessThanOrEqual(50);
  // A tenth of all where nothing is said.
  expect(names()).toHaveLength(1);
  const [first = ''] = names(0);
  record.note(first);
  expect(names(0)).not.toContain(first);
});
