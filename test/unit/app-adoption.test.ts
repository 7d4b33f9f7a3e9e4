/** Another computer's backups taken over by this one, as the app goes about it, and this one's by another. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Adoption } from '../../main/app/adoption.ts';
import { CAPABILITY_FILE } from '../../main/keys/capability-file.ts';
import { keyGroups } from '../../main/keys/digits.ts';
import { HoldfastError } from '../../main/errors.ts';
import type { Verbs } from '../../main/engine/api.ts';
import { RunControl } from '../../main/engine/control.ts';
import { chosenFolder } from '../support/chosen-place.ts';
import { rowsOf } from '../support/key-rows.ts';
import { type KeyServices, makeKeyServices } from '../support/key-services.ts';

const THEIRS = 'ab'.repeat(16);
const takenOver = new HoldfastError('taken-over', 'Another one goes on with them.', 'Start anew.');

let services: KeyServices;
let adoption: Adoption;
let asked: Verbs['adopt']['input'][];
let answer: (input: Verbs['adopt']['input']) => Promise<Verbs['adopt']['output']>;

beforeEach(async () => {
  services = await makeKeyServices();
  const { folder, store, engines, changedAt, repository } = services;
  asked = [];
  const enrolled = repository.verbs.enrol;
  answer = async (input) => {
    const made = await enrolled?.(input, { control: new RunControl(), emit: () => undefined });
    if (made === undefined) throw new Error('the repository enrols computers');
    return { ...made, writer: 1, name: 'old', snapshots: 3, newestMs: 1, leftOut: [] };
  };
  Object.assign(repository.verbs, {
    adopt: async (input: Verbs['adopt']['input']) => {
      asked.push(input);
      return await answer(input);
    },
  });
  adoption = new Adoption({
    ...services,
    enrolment: { engines, store, folder },
    stateFolder: `${folder}/engine`,
    changedRepoFile: async () => void changedAt.push('changed'),
    refresh: async () => undefined,
  });
  services.setUp.newKey();
  const { groups } = services.setUp.reveal();
  services.setUp.prove(rowsOf(groups, services.setUp.challenge()));
  const destinations = [chosenFolder('/backups'), chosenFolder('/disk')];
  await services.setUp.finish({ destinations, sources: ['/home/ada'], excludes: [], protection: 'key' });
  await services.runner.stopAll();
});
afterEach(() => services.end());

const own = (): string => services.config.value.plan?.clientId ?? '';

describe('taking over', () => {
  it('is done at each place, and this computer then backs up as that one', async () => {
    await adoption.adopt(THEIRS);
    expect(asked.map(({ clientId, destination }) => [clientId, destination])).toMatchObject([
      [THEIRS, { path: '/backups' }],
      [THEIRS, { path: '/disk' }],
    ]);
    expect(own()).toBe(THEIRS);
    expect(await services.access.capabilityState(THEIRS)).toBe('kept');
    expect(services.changedAt).toEqual(['changed']);
  });

  it.each([
    ['is kept as it became able to at the first place', [1, 1], false],
    ['is sealed anew where it became the next one at a further place', [1, 2], true],
  ])('what it backs up with %s', async (_, numbers, isAnew) => {
    const sealed = (): Buffer => readFileSync(path.join(services.folder, CAPABILITY_FILE));
    const there = answer;
    let atFirst = sealed();
    answer = async (input) => {
      atFirst = sealed();
      return { ...(await there(input)), writer: numbers[asked.length - 1] ?? 0 };
    };
    await adoption.adopt(THEIRS);
    expect(asked).toHaveLength(2);
    expect(sealed().equals(atFirst)).toBe(!isAnew);
  });

  it('leaves a place that is away to its next backup', async () => {
    const there = answer;
    const gone = new HoldfastError('destination-missing', 'It is not there.', 'Connect it.');
    answer = async (input) => {
      if (input.destination.kind === 'local' && input.destination.path === '/disk') throw gone;
      return await there(input);
    };
    await adoption.adopt(THEIRS);
    expect(own()).toBe(THEIRS);
  });

  it('that fails at the first place changes nothing, and may be tried again', async () => {
    const before = own();
    const there = answer;
    answer = async () => await Promise.reject(new HoldfastError('busy', 'Another one was quicker.', 'Try again.'));
    await expect(adoption.adopt(THEIRS)).rejects.toMatchObject({ code: 'busy' });
    expect(own()).toBe(before);
    expect(await services.access.capabilityState(before)).toBe('kept');
    answer = there;
    await adoption.adopt(THEIRS);
    expect(own()).toBe(THEIRS);
  });

  it('waits for nobody: not while a run goes on', async () => {
    const release = services.runner.reserve();
    await expect(adoption.adopt(THEIRS)).rejects.toMatchObject({ code: 'busy' });
    release();
    expect(asked).toEqual([]);
  });
});

describe('a computer whose backups were taken over', () => {
  it('is unlocked as ever, and begins anew where that is asked for', async () => {
    const before = own();
    const { enrol } = services.repository.verbs;
    const groups = keyGroups(services.session.rootKey);
    await services.session.lock('user');
    services.repository.verbs.enrol = async () => await Promise.reject(takenOver);
    await services.store.delete(`capability:${services.config.value.plan?.repoId ?? ''}:${before}`);
    expect(await services.unlocking.unlock(groups)).toMatchObject({ ok: true });
    expect(own()).toBe(before);
    Object.assign(services.repository.verbs, { enrol });
    await adoption.startAnew(before);
    expect(own()).toMatch(/^[0-9a-f]{32}$/);
    expect(own()).not.toBe(before);
    expect(await services.access.capabilityState(own())).toBe('kept');
  });

  it('begins anew only with backups of its own', async () => {
    await expect(adoption.startAnew(THEIRS)).rejects.toMatchObject({ code: 'bad-input' });
  });
});
