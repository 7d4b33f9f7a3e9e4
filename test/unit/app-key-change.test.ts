/** Another key, as the app goes about it: what is kept, what is tried again, and what waits meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyChanges } from '../../main/app/key-change.ts';
import { HoldfastError } from '../../main/errors.ts';
import type { Config } from '../../main/jobs/config.ts';
import { chosenFolder, plannedFolder } from '../support/chosen-place.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';
import { rowsOf } from '../support/key-rows.ts';

const PASSWORD = 'seven tall pines by the mill';
const NEW_PASSWORD = 'nine small boats on the lake';
const gone = new HoldfastError('destination-missing', 'It is not there.', 'Connect it.');

let services: KeyServices;
let changes: KeyChanges;
let renewed: (() => Promise<void>) | null;

beforeEach(async () => {
  services = await makeKeyServices();
  const { owner, folder, store, engines } = services;
  renewed = null;
  changes = new KeyChanges({
    ...services,
    engines: Object.assign(engines, { endReader: async () => undefined }),
    enrolment: { engines, store, folder },
    vault: owner,
    vaultKeys: services.vault,
    care: { renewedKey: async () => await renewed?.() },
    stateFolder: `${folder}/engine`,
    refresh: async () => undefined,
  });
});
afterEach(() => services.end());

/** Types the asked rows of the key that is shown back. @returns its digits */
function proven(): string[] {
  const { groups } = services.setUp.reveal();
  expect(services.setUp.prove(rowsOf(groups, services.setUp.challenge())).ok).toBe(true);
  return groups;
}

async function choose(password: string): Promise<void> {
  await services.owner.password.prove({ kind: 'own', address: 'https://vault.example', fingerprint: 'ab'.repeat(32) });
  services.owner.password.choose(password, undefined);
  services.owner.password.repeat(password);
}

async function setUp(protection: 'key' | 'password'): Promise<string[]> {
  services.setUp.newKey();
  const groups = proven();
  if (protection === 'password') await choose(PASSWORD);
  await services.setUp.finish({
    destinations: [chosenFolder('/backups')],
    sources: ['/home/ada'],
    excludes: [],
    protection,
  });
  await services.runner.stopAll();
  await services.owner.keeper.settled();
  return groups;
}

const pending = (): NonNullable<Config['plan']>['keyChange'] => services.config.value.plan?.keyChange ?? null;
const answer = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'done',
    (error: unknown) => (error instanceof HoldfastError ? error.code : String(error)),
  );

describe('another key', () => {
  it('opens in the place of the old one, and nothing is left to do', async () => {
    const old = await setUp('key');
    changes.begin();
    await expect(changes.change(false)).rejects.toMatchObject({ code: 'bad-input' }); // not proven
    const next = proven();
    expect(await changes.change(false)).toEqual({ kept: [], oldRecord: null });
    expect(pending()).toBeNull();
    await services.session.lock('user');
    expect((await services.unlocking.unlock(old)).ok).toBe(false);
    expect((await services.unlocking.unlock(next)).ok).toBe(true);
  });

  it('is neither kept nor registered where the place is not there: nothing was begun', async () => {
    await setUp('password');
    changes.begin();
    proven();
    await choose(NEW_PASSWORD);
    const { unlock } = services.repository.verbs;
    services.repository.verbs.unlock = async () => {
      throw gone;
    };
    expect(await answer(changes.change(true))).toBe('destination-missing');
    expect([pending(), services.vault.records.size]).toEqual([null, 1]);
    if (unlock !== undefined) services.repository.verbs.unlock = unlock;
    expect(await changes.change(true)).toEqual({ kept: [], oldRecord: null });
    expect([...services.vault.records.values()].map(({ destroyed }) => destroyed)).toEqual(['owner', 'no']);
  });

  it('lets nothing run meanwhile, and no second change', async () => {
    await setUp('key');
    changes.begin();
    proven();
    const { changeKey } = services.repository.verbs;
    const seen: string[] = [];
    services.repository.verbs.changeKey = async (input, context) => {
      seen.push(await answer(changes.change(false)));
      try {
        services.runner.start({ kind: 'verify', destination: '', execute: async () => ({}) });
      } catch (error) {
        seen.push(error instanceof HoldfastError ? error.code : String(error));
      }
      if (changeKey === undefined) throw new Error('no changeKey');
      return await changeKey(input, context);
    };
    await changes.change(false);
    expect(seen).toEqual(['busy', 'busy']);
    await services.runner.start({ kind: 'verify', destination: '', execute: async () => ({}) }).finished;
    expect(services.runner.reserved).toBe(false);
  });

  it('tried again after it stuck at its end still knows the vault’s copy of the old key', async () => {
    const old = await setUp('password');
    changes.begin();
    const next = proven();
    await choose(NEW_PASSWORD);
    renewed = () => Promise.reject(new HoldfastError('internal', 'No room.', 'Make room.'));
    expect(await answer(changes.change(true))).toBe('internal');
    renewed = null;
    // The session has the new key by now: that the two are one is no reason to forget what is left.
    expect(await answer(changes.change(true))).toBe('bad-input');
    expect(pending()).toMatchObject({ places: [], before: { recordId: [...services.vault.records.keys()][0] } });
    // Nor is the new one, typed again, the old one.
    expect((await changes.finish(next)).ok).toBe(false);
    expect(pending()).not.toBeNull();
    expect((await changes.finish(old)).ok).toBe(true);
    expect([...services.vault.records.values()].map(({ destroyed }) => destroyed)).toEqual(['owner', 'no']);
    expect(pending()).toBeNull();
  });

  it('cut off at once is not forgotten where the new digits are typed twice', async () => {
    const old = await setUp('key');
    changes.begin();
    const next = proven();
    const { enrol } = services.repository.verbs;
    services.repository.verbs.enrol = async () => {
      throw gone;
    };
    expect(await answer(changes.change(false))).toBe('destination-missing');
    const { plan } = services.config.value;
    // As a crash leaves it right after the place was changed.
    if (plan?.keyChange != null) {
      const places = plan.destinations.map(({ id }) => id);
      await services.config.update({ plan: { ...plan, keyChange: { ...plan.keyChange, places } } });
    }
    if (enrol !== undefined) services.repository.verbs.enrol = enrol;
    expect((await services.unlocking.unlock(next)).ok).toBe(true);
    expect((await changes.finish(next)).ok).toBe(false);
    expect(pending()?.places).toHaveLength(1);
    expect((await changes.finish(old)).ok).toBe(true);
    expect(pending()).toBeNull();
  });

  it('can be made again where the vault of the last one is gone for good', async () => {
    await setUp('password');
    services.vault.failing.set('turnOff', new HoldfastError('vault-unreachable', 'Gone.', 'Try again.'));
    changes.begin();
    proven();
    expect((await changes.change(false)).oldRecord).toMatchObject({ code: 'vault-unreachable' });
    expect(pending()).toMatchObject({ places: [] });
    changes.begin();
    proven();
    expect(await changes.change(false)).toEqual({ kept: [], oldRecord: null });
    expect(pending()).toBeNull();
  });

  it('can be finished after the place that was left is out of the plan', async () => {
    const old = await setUp('key');
    const { config, repository, destinations } = services;
    const other = { ...plannedFolder('/other'), id: 'other' };
    const { plan } = config.value;
    if (plan === null) throw new Error('no plan');
    await config.update({ plan: { ...plan, destinations: [...plan.destinations, other] } });
    const [first] = plan.destinations;
    await destinations.states.update(first?.id ?? '', { behind: false, completeMs: 1 });
    destinations.found(first?.id ?? '', { presence: 'present', error: null });
    changes.begin();
    proven();
    const { changeKey } = repository.verbs;
    repository.verbs.changeKey = async (input, context) => {
      if ('path' in input.destination && input.destination.path === '/other') throw gone;
      if (changeKey === undefined) throw new Error('no changeKey');
      return await changeKey(input, context);
    };
    expect((await changes.change(false)).kept).toHaveLength(1);
    expect(pending()?.places).toEqual(['other']);
    // Read from is what opens with the key of now, though the other place would be the better one.
    await destinations.states.update(first?.id ?? '', { behind: true });
    await destinations.states.update('other', { behind: false, completeMs: 1 });
    expect(services.connection.require().destination).toMatchObject({ path: '/backups' });
    const now = config.value.plan;
    if (now === null) throw new Error('no plan');
    await config.update({ plan: { ...now, destinations: plan.destinations } });
    expect((await changes.finish(old)).ok).toBe(true);
    expect(pending()).toBeNull();
  });
});
