/** A further plan: enrolled with the key, sealed beside the first one's capability, and gone without a trace. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientFolder } from '../../main/app/enrolment.ts';
import { Plans } from '../../main/app/plans.ts';
import { FIRST_PLAN } from '../../main/jobs/plans.ts';
import { DEFAULT_WHEN } from '../../main/jobs/schedule/when.ts';
import { chosenFolder } from '../support/chosen-place.ts';
import { rowsOf } from '../support/key-rows.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';

let services: KeyServices;
let plans: Plans;
let digits: string[];

const PHOTOS = {
  name: ' Photos ',
  sources: ['/p', '/p/2024'],
  excludes: ['*.xmp', ' '],
  where: null,
  when: DEFAULT_WHEN,
};

beforeEach(async () => {
  services = await makeKeyServices();
  const { setUp, engines, store, folder } = services;
  setUp.newKey();
  digits = setUp.reveal().groups;
  setUp.prove(rowsOf(digits, setUp.challenge()));
  await setUp.finish({ destinations: [chosenFolder('/backups')], sources: ['/d'], excludes: [], protection: 'key' });
  await services.runner.stopAll();
  plans = new Plans({
    ...services,
    enrolment: { engines, store, folder },
    stateFolder: `${folder}/engine`,
    changed: async () => undefined,
  });
});
afterEach(() => services.end());

const clientOf = (id: string): string => plans.all().find((plan) => plan.id === id)?.clientId ?? '';

describe('a further plan', () => {
  it('gets a client and a capability of its own, without touching the first one’s', async () => {
    const before = await services.access.writeAccess();
    const { id } = await plans.add(PHOTOS);
    expect(plans.all().map(({ name, sources, excludes }) => [name, sources, excludes])).toEqual([
      [FIRST_PLAN.name, ['/d'], []],
      ['Photos', ['/p'], ['*.xmp']],
    ]);
    const client = clientOf(id);
    expect(client).toMatch(/^[0-9a-f]{32}$/);
    expect(client).not.toBe(clientOf(FIRST_PLAN.id));
    expect(await services.access.capabilityState(client)).toBe('kept');
    expect(await services.access.writeAccess()).toEqual(before);
    expect(await services.access.writeAccess(clientOf(FIRST_PLAN.id))).toEqual(before);
    // What is another's is not taken for it.
    await expect(services.access.writeAccess('ef'.repeat(16))).rejects.toMatchObject({ code: 'capability-missing' });
  });

  it('takes the key, a name of its own, and a place', async () => {
    await plans.add(PHOTOS);
    const kept = services.store.entries.size;
    await expect(plans.add(PHOTOS)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(plans.add({ ...PHOTOS, name: 'Music', where: ['none'] })).rejects.toMatchObject({ code: 'bad-input' });
    await services.session.lock('user');
    await expect(plans.add({ ...PHOTOS, name: 'Music' })).rejects.toMatchObject({ code: 'locked' });
    expect([plans.all().length, services.store.entries.size]).toEqual([2, kept]);
  });

  it('loses what let it back up when it is removed, and only that', async () => {
    const { id } = await plans.add(PHOTOS);
    const client = clientOf(id);
    const entries = services.store.entries.size;
    await plans.remove(id);
    expect(existsSync(clientFolder(services.folder, client))).toBe(false);
    expect(services.store.entries.size).toBe(entries - 1);
    expect(await services.access.capabilityState(clientOf(FIRST_PLAN.id))).toBe('kept');
    await expect(plans.remove(FIRST_PLAN.id)).rejects.toMatchObject({ code: 'bad-input' });
  });

  it('goes on where the first one is removed, and is enrolled again by the next unlocking where its capability is lost', async () => {
    const { id } = await plans.add(PHOTOS);
    await plans.remove(FIRST_PLAN.id);
    expect(services.config.value.plan?.clientId).toBe(clientOf(id));
    expect(existsSync(path.join(services.folder, 'capability'))).toBe(true);
    await plans.add({ ...PHOTOS, name: 'Music' });
    services.store.entries.clear();
    expect(await services.access.capabilityState(clientOf(id))).toBe('missing');
    await services.session.lock('user');
    expect((await services.unlocking.unlock(digits)).ok).toBe(true);
    const states = plans.all().map(async ({ clientId }) => await services.access.capabilityState(clientId));
    expect(await Promise.all(states)).toEqual(['kept', 'kept']);
  });
});
