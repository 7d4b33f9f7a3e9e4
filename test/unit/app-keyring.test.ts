/** The computers of a backup, as a screen asks for them by itself. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Keyring } from '../../main/app/keyring.ts';
import type { ComputerFacts } from '../../main/engine/api.ts';
import { chosenFolder } from '../support/chosen-place.ts';
import { FakeEngines, FakeKeys } from '../support/fake-engine.ts';
import { rowsOf } from '../support/key-rows.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';

let services: KeyServices;

beforeEach(async () => {
  services = await makeKeyServices();
  const { setUp } = services;
  setUp.newKey();
  const digits = setUp.reveal().groups;
  setUp.prove(rowsOf(digits, setUp.challenge()));
  await setUp.finish({ destinations: [chosenFolder('/backups')], sources: ['/d'], excludes: [], protection: 'key' });
  await services.runner.stopAll();
});
afterEach(() => services.end());

it('are asked for in the thread that locking ends, with a copy of the key that is wiped at once', async () => {
  const fact: ComputerFacts = {
    clientId: '0b'.repeat(16),
    name: 'attic',
    snapshots: 3,
    newestMs: 1_700_000_000_000,
    storedBytes: 5,
    retired: false,
    adopted: 0,
    elsewhere: false,
  };
  let answer = (_found: ComputerFacts[]): void => undefined;
  const asked = new Promise<ComputerFacts[]>((resolve) => (answer = resolve));
  const engines = new FakeEngines({ listComputers: async () => await asked });
  const reader = vi.spyOn(engines, 'reader');
  const keys = new FakeKeys();
  const { folder, store } = services;
  const keyring = new Keyring({
    ...services,
    engines,
    keys,
    enrolment: { engines, store, folder },
    stateFolder: `${folder}/engine`,
    changedRepoFile: async () => undefined,
    refresh: async () => undefined,
  });

  const computers = keyring.computers();
  // The storage has not answered yet; nothing of what was lent is left here.
  expect(reader).toHaveBeenCalledOnce();
  expect(keys.lent.map((key) => [...key])).toEqual([Array.from({ length: 32 }, () => 0)]);
  answer([fact]);
  expect(await computers).toMatchObject([{ name: 'attic', newestAt: fact.newestMs, takenOver: false }]);
});
