/** A place that missed changes of repo.json: what is set there next must not bring its old settings back as the newest. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { VaultLocator } from '../../../main/engine/api.ts';
import { retire } from '../../../main/engine/computers.ts';
import { toHex } from '../../../main/engine/format/bytes.ts';
import { decodeRepoFile, REPO_FILES, type ReadRepoFile } from '../../../main/engine/format/repo-file.ts';
import { rotate } from '../../../main/engine/rotate.ts';
import { setVault } from '../../../main/engine/set-vault.ts';
import { hashOf } from '../../support/engine.ts';
import { expectCode } from '../../support/destination-helpers.ts';
import { Several } from '../../support/several.ts';

const hex = (size: number): string => randomBytes(size).toString('hex');
const madeVault = (): VaultLocator => ({
  vaultId: hex(16),
  recordId: hex(32),
  urls: ['https://vault.example'],
  fingerprint: hex(32),
});

let world: Several;
beforeEach(async () => {
  world = await Several.make('a', 1);
  world.empty('b');
  await world.backup('a', ['b']);
});
afterEach(() => world.end());

const inputAt = (place: string) => ({
  destination: world.spec(place),
  rootKey: world.rootKey,
  stateFolder: world.state,
});
const settingsAt = (place: string): ReadRepoFile =>
  decodeRepoFile(new Uint8Array(readFileSync(world.at(place, 'repo.json'))));

it('a vault that is named at the place that is behind leaves retired what was retired at the other', async () => {
  await retire({ ...inputAt('b'), clientId: world.clientId });
  expect(settingsAt('a').retired).toEqual([]);
  const vault = madeVault();
  const facts = await setVault({ ...inputAt('a'), vault });
  expect(facts.generation).toBeGreaterThan(settingsAt('b').generation);
  expect(settingsAt('a').retired.map(toHex)).toEqual([world.clientId]);
  expect(toHex(settingsAt('a').vault?.recordId ?? new Uint8Array())).toBe(vault.recordId);
});

it('a computer that is retired at the place that is behind leaves the vault as it was named at the other', async () => {
  const vault = madeVault();
  await setVault({ ...inputAt('b'), vault });
  const { repository } = await retire({ ...inputAt('a'), clientId: world.clientId });
  expect(repository).toMatchObject({ vault, generation: settingsAt('b').generation + 1 });
  expect(settingsAt('a').retired.map(toHex)).toEqual([world.clientId]);
  // And what comes to the other place by a copy is the newest of both.
  await world.copy(['a'], 'b');
  expect(readFileSync(world.at('b', 'repo.json'))).toEqual(readFileSync(world.at('a', 'repo.json')));
});

it('a keyring that was renewed at the other place stays the current one', async () => {
  await rotate(inputAt('b'));
  await retire({ ...inputAt('a'), clientId: world.clientId });
  expect(settingsAt('a').keyring).toEqual(settingsAt('b').keyring);
});

it('where the newer settings themselves are not known here, nothing is changed', async () => {
  await setVault({ ...inputAt('b'), vault: madeVault() });
  const file = path.join(world.state, 'known', `${toHex(settingsAt('a').repoId)}.json`);
  const { newest: _, ...older } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const before = hashOf(world.at('a'));
  for (const kept of [older, { ...older, newest: 'AAAA' }]) {
    writeFileSync(file, JSON.stringify(kept));
    await expectCode(retire({ ...inputAt('a'), clientId: world.clientId }), 'bad-input');
    await expectCode(setVault({ ...inputAt('a'), vault: null }), 'bad-input');
    expect(hashOf(world.at('a'))).toBe(before);
  }
  for (const name of REPO_FILES) expect(decodeRepoFile(readFileSync(world.at('a', name))).generation).toBe(1);
});
