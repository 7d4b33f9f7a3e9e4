/**
 * Storage that shows an older repo.json, or one of somebody else's beside the owner's copies: what the command line does
 * with the key goes to the vault that the owner has signed, or nowhere. Both vaults are over SoftHSM2 and SQLite.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { create } from '../../../main/engine/create.ts';
import { ed25519PublicKey } from '../../../main/engine/format/keys.ts';
import { decodeRepoFile, encodeRepoFile, REPO_FILES, type RepoFile } from '../../../main/engine/format/repo-file.ts';
import { setVault } from '../../../main/engine/set-vault.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { stateFolder } from '../../../main/cli/access.ts';
import type { Run } from '../../../main/cli/commands.ts';
import { Output } from '../../../main/cli/output.ts';
import {
  clearCommand,
  freezeCommand,
  passwordCommand,
  revokeCommand,
  sessionsCommand,
  statusCommand,
  turnOffCommand,
  unfreezeCommand,
  type VaultOptions,
} from '../../../main/cli/vault-commands.ts';
import { createKeyFile } from '../../../main/keys/key-file.ts';
import { RootKey } from '../../../main/keys/secret.ts';
import type { VaultRecord, VaultStatus } from '../../../main/keys/vault/api.ts';
import { ClientWorld, type Computer } from '../../support/vault/client-world.ts';
import { SoftSite } from '../../support/vault/service.ts';

const PASSWORD = 'correct horse battery staple';

let folder: string;
let site: SoftSite;
let own: ClientWorld;
let foreign: ClientWorld;
let computer: Computer;
let rootKey: RootKey;
let record: VaultRecord;
let homeBefore: string | undefined;
/** repo.json as the owner has signed it, and the forger's record. */
let genuine: Uint8Array;
let theirs: VaultRecord;
const at = (name: string): string => path.join(folder, name);
const destination = () => ({ kind: 'local', path: at('repo') }) as const;
const run = (): Run => ({ output: new Output(true), control: {} as Run['control'] });
const options = (): VaultOptions => ({ repo: at('repo'), keyFile: at('key') });

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'holdfast-vault-forged-')));
  homeBefore = process.env['HOLDFAST_HOME'];
  process.env['HOLDFAST_HOME'] = at('home');
  site = await SoftSite.make();
  own = await ClientWorld.make({ site });
  foreign = await ClientWorld.make({ site });
  computer = await own.computer();
  rootKey = RootKey.generate();
  record = await computer.keys.register(own.place, { password: PASSWORD, rootKey });
  await create({ destination: destination(), rootKey: rootKey.copy() });
  await setVault({ destination: destination(), rootKey: rootKey.copy(), vault: record });
  await createKeyFile(at('key'), rootKey);
  writeFileSync(at('new'), 'a quite different phrase');
  genuine = new Uint8Array(readFileSync(at('repo/repo.json')));
  const thief = await foreign.computer();
  theirs = await thief.keys.register(foreign.place, { password: PASSWORD, rootKey: RootKey.generate() });
});
beforeEach(() => {
  rmSync(at('home'), { recursive: true, force: true });
  writeFileSync(at('repo/repo.json'), genuine);
  own.relay.calls.length = 0;
  foreign.relay.calls.length = 0;
});
afterAll(async () => {
  if (homeBefore === undefined) delete process.env['HOLDFAST_HOME'];
  else process.env['HOLDFAST_HOME'] = homeBefore;
  await own.close();
  await foreign.close();
  await site.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** repo.json alone is replaced, signed by a key of whoever can write to the storage. */
function forge(change: Partial<RepoFile> = {}): void {
  const { hash: _, ...file } = decodeRepoFile(genuine);
  const seed = new Uint8Array(randomBytes(32));
  const bytes = encodeRepoFile(
    {
      ...file,
      repoId: new Uint8Array(randomBytes(16)),
      generation: file.generation + 1000,
      ownerPublicKey: ed25519PublicKey(seed),
      // The owner's key does not open it, and so it finds the owner's copies.
      keyring: new Uint8Array(randomBytes(file.keyring.length)),
      vault: {
        vaultId: new Uint8Array(Buffer.from(theirs.vaultId, 'hex')),
        recordId: new Uint8Array(Buffer.from(theirs.recordId, 'hex')),
        urls: theirs.urls,
        fingerprint: new Uint8Array(Buffer.from(theirs.fingerprint, 'hex')),
      },
      ...change,
    },
    seed,
  );
  writeFileSync(at('repo/repo.json'), bytes);
}

const COMMANDS: [string, () => Promise<number>][] = [
  ['password', () => passwordCommand({ ...options(), newPasswordFile: at('new') }, run())],
  ['turn-off', () => turnOffCommand(options(), run())],
  ['status', () => statusCommand(options(), run())],
  ['sessions', () => sessionsCommand(options(), run())],
  ['revoke', () => revokeCommand('00'.repeat(16), options(), run())],
  ['freeze', () => freezeCommand({ ...options(), days: 2 }, run())],
  ['unfreeze', () => unfreezeCommand(options(), run())],
  ['clear', () => clearCommand(options(), run())],
];

describe.each([true, false])(
  'attack 20: a repo.json of somebody else’s, on a computer that knows the backup: %s',
  (known) => {
    it.each(COMMANDS)('%s: nothing goes to the vault that it names, and nothing is changed', async (_, command) => {
      if (known) await unlock({ destination: destination(), rootKey: rootKey.copy(), stateFolder: stateFolder() });
      forge();
      const before = readFileSync(at('repo/repo.1.json'));
      await expect(command()).rejects.toMatchObject({ code: 'repository-damaged' });
      expect([foreign.relay.calls, own.relay.calls]).toEqual([[], []]);
      expect(readFileSync(at('repo/repo.1.json'))).toEqual(before);
      expect((await computer.keys.unlock(record, PASSWORD)).ok).toBe(true);
    });
  },
);

describe('attack 20: an older repo.json of the owner’s own, on a computer that has seen a newer one', () => {
  it.each(COMMANDS)('%s: nothing goes to the vault that it names, and nothing is changed', async (_, command) => {
    // The vault has another address since.
    const moved = { ...record, urls: [...record.urls, 'https://127.0.0.1:9'] };
    await setVault({ destination: destination(), rootKey: rootKey.copy(), vault: moved });
    await unlock({ destination: destination(), rootKey: rootKey.copy(), stateFolder: stateFolder() });
    for (const name of REPO_FILES) writeFileSync(at(`repo/${name}`), genuine);
    await expect(command()).rejects.toMatchObject({ code: 'repository-rolled-back' });
    expect([own.relay.calls, foreign.relay.calls]).toEqual([[], []]);
    expect(REPO_FILES.map((name) => readFileSync(at(`repo/${name}`)).equals(genuine))).toEqual([true, true, true]);
    expect((await computer.keys.unlock(record, PASSWORD)).ok).toBe(true);
  });
});

describe('attack 20: a repo.json of somebody else’s', () => {
  it('that names no vault does not lead to a second record', async () => {
    forge({ vault: null });
    const { url: vault } = own.relay;
    const again = { ...options(), newPasswordFile: at('new'), vault, vaultFingerprint: own.place.fingerprint };
    await expect(passwordCommand(again, run())).rejects.toMatchObject({ code: 'repository-damaged' });
    expect(own.relay.calls).toEqual([]);
  });

  it('without the key leads nowhere', async () => {
    forge();
    const keyless = { repo: at('repo') };
    for (const command of [statusCommand, sessionsCommand]) {
      await expect(command(keyless, run())).rejects.toMatchObject({ code: 'locked' });
    }
    await expect(freezeCommand({ ...keyless, days: 2 }, run())).rejects.toMatchObject({ code: 'locked' });
    expect(foreign.relay.calls).toEqual([]);
  });
});

describe('the owner’s own repo.json', () => {
  it('leads to what others have set: told until the owner has cleared it', async () => {
    const told = async (): Promise<unknown> => {
      const results: { status: VaultStatus }[] = [];
      const output = Object.assign(new Output(true), { result: (value: never) => void results.push(value) });
      await statusCommand(options(), { ...run(), output });
      return results[0]?.status.unknownRegistrations;
    };
    expect(await told()).toBe(0);
    await computer.keys.changePassword(record, { password: PASSWORD, rootKey });
    expect([await told(), await told()]).toEqual([1, 1]);
    await clearCommand(options(), run());
    expect(await told()).toBe(0);
  });

  it('is freed of a vault that does not answer, where that is asked for', async () => {
    own.relay.rule = () => 'request';
    await expect(turnOffCommand(options(), run())).rejects.toMatchObject({ code: 'vault-unreachable' });
    expect(readFileSync(at('repo/repo.json'))).toEqual(Buffer.from(genuine));
    expect(await turnOffCommand({ ...options(), withoutVault: true }, run())).toBe(0);
    own.relay.rule = () => null;
    expect(decodeRepoFile(new Uint8Array(readFileSync(at('repo/repo.json')))).vault).toBeNull();
    expect((await computer.keys.unlock(record, PASSWORD)).ok).toBe(true);
    await setVault({ destination: destination(), rootKey: rootKey.copy(), vault: record });
    genuine = new Uint8Array(readFileSync(at('repo/repo.json')));
  });

  it('leads to the vault that it names', async () => {
    expect(await turnOffCommand(options(), run())).toBe(0);
    expect(await computer.keys.unlock(record, PASSWORD)).toMatchObject({ refusal: { kind: 'destroyed' } });
  });
});
