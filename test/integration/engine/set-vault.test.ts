/** The vault's place in repo.json: written by the owner, in three copies, and not to be redirected by the storage. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { VaultLocator } from '../../../main/engine/api.ts';
import { toHoldfastError } from '../../../main/errors.ts';
import { decodeCbor, encodeCbor, type Cbor } from '../../../main/engine/format/cbor.ts';
import { ed25519PublicKey, ed25519Sign } from '../../../main/engine/format/keys.ts';
import { REPO_FILES } from '../../../main/engine/format/repo-file.ts';
import { inspect } from '../../../main/engine/inspect.ts';
import { setVault, setVaultIn } from '../../../main/engine/set-vault.ts';
import { unlock } from '../../../main/engine/unlock.ts';
import { openDestination } from '../../../main/destinations/open.ts';
import { FaultyDestination } from '../../support/destination-faulty.ts';
import { World } from '../../support/engine.ts';

const hex = (size: number): string => randomBytes(size).toString('hex');
const made = (): VaultLocator => ({
  vaultId: hex(16),
  recordId: hex(32),
  urls: ['https://vault.example', 'https://127.0.0.1:8443'],
  fingerprint: hex(32),
});

let world: World;
beforeEach(async () => {
  world = await World.make();
});
afterEach(() => world.dispose());

const copies = (): Buffer[] => REPO_FILES.map((name) => readFileSync(world.at('repo', name)));
const put = (bytes: Uint8Array[]): void =>
  REPO_FILES.forEach((name, i) => writeFileSync(world.at('repo', name), bytes[i] ?? Buffer.alloc(0)));
const set = (vault: VaultLocator | null, stateFolder?: string) =>
  setVault({ destination: world.destination, rootKey: world.rootKey, vault, stateFolder });
const look = (stateFolder?: string) => inspect({ destination: world.destination, stateFolder });
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => toHoldfastError(error).code,
  );

/** repo.json as somebody without the owner's key would write it: all fields theirs, signed with a key of their own. */
function forged(change: Record<string, Cbor>): Buffer {
  const seed = new Uint8Array(randomBytes(32));
  const outer = JSON.parse(copies()[0]?.toString() ?? '') as { payload: string };
  const map = decodeCbor(new Uint8Array(Buffer.from(outer.payload, 'base64')), 'It') as Map<string, Cbor>;
  map.set('owner', ed25519PublicKey(seed));
  for (const [name, value] of Object.entries(change)) map.set(name, value);
  const payload = encodeCbor(map);
  const signature = ed25519Sign(seed, Buffer.concat([Buffer.from('holdfast/v1/repo\0'), payload]));
  return Buffer.from(
    JSON.stringify({
      payload: Buffer.from(payload).toString('base64'),
      signature: Buffer.from(signature).toString('base64'),
    }),
  );
}

describe('the vault in repo.json', () => {
  it('is what was set, in all three copies, and gone when it is taken out', async () => {
    expect((await look()).vault).toBeNull();
    const vault = made();
    expect(await set(vault)).toMatchObject({ vault, generation: 2, ownerKnown: true });
    const [a, b, c] = copies();
    expect([b?.equals(a ?? b), c?.equals(a ?? c)]).toEqual([true, true]);
    expect(await look()).toMatchObject({ vault, generation: 2, ownerKnown: false });
    expect(await unlock({ destination: world.destination, rootKey: world.rootKey })).toMatchObject({ vault });
    expect(await set(vault)).toMatchObject({ generation: 2 });
    expect(await set(null)).toMatchObject({ vault: null, generation: 3 });
    expect((await look()).vault).toBeNull();
  });

  it('takes the root key, and an address that is one', async () => {
    const other = new Uint8Array(randomBytes(32));
    expect(await codeOf(setVault({ destination: world.destination, rootKey: other, vault: made() }))).toBe('wrong-key');
    for (const urls of [
      [],
      ['http://a.example'],
      ['https://u:p@a.example'],
      ['https://a.example/x'],
      ['a'],
      ['https://'],
    ]) {
      expect([urls, await codeOf(set({ ...made(), urls }))]).toEqual([urls, 'bad-input']);
    }
    expect(await codeOf(set({ ...made(), recordId: hex(31) }))).toBe('bad-input');
    expect((await look()).generation).toBe(1);
  });

  it('is the old or the new one after any call of the storage has failed, and a second try finishes it', async () => {
    const vault = made();
    const before = copies();
    for (let call = 1; ; call++) {
      put(before);
      const inner = await openDestination(world.destination);
      const faulty = new FaultyDestination(inner, { rule: (c) => (c.number === call ? 'fail-after' : null) });
      const failed = await codeOf(
        setVaultIn(faulty, { destination: world.destination, rootKey: world.rootKey, vault }),
      );
      await inner.close();
      if (failed === null) {
        expect(call).toBeGreaterThan(6);
        break;
      }
      expect([null, vault.recordId]).toContain((await look()).vault?.recordId ?? null);
      expect(await set(vault)).toMatchObject({ vault });
      expect(new Set(copies().map((bytes) => bytes.toString())).size).toBe(1);
    }
  });

  it('a copy that a crash left behind is written again by the next backup, without a word', async () => {
    const old = copies();
    await set(made());
    const fresh = copies();
    put([old[0] ?? Buffer.alloc(0), old[1] ?? Buffer.alloc(0), fresh[2] ?? Buffer.alloc(0)]);
    expect((await look()).generation).toBe(2);
    writeFileSync(world.at('letter'), 'Dear Anna');
    await world.backup([world.at('letter')]);
    expect(copies().every((bytes) => bytes.equals(fresh[0] ?? Buffer.alloc(0)))).toBe(true);
    expect(world.events.filter((event) => event.type === 'message')).toEqual([]);
  });

  it('of two computers that change it at once both finish, and all copies agree', async () => {
    const [a, b] = [made(), made()];
    const ended = await Promise.all([set(a), set(b)].map(codeOf));
    expect(ended.every((code) => code === null || code === 'busy')).toBe(true);
    await set(a);
    expect((await look()).vault).toEqual(a);
    expect(new Set(copies().map((bytes) => bytes.toString())).size).toBe(1);
  });
});

describe('attack 20: a storage that serves another repo.json', () => {
  it('of an older generation than this computer has seen is refused', async () => {
    const state = world.at('seen');
    await set(made(), state);
    const first = copies();
    await set(made(), state);
    expect(await look(state)).toMatchObject({ ownerKnown: true });
    put(first);
    expect(await codeOf(look(state))).toBe('repository-rolled-back');
    expect(await codeOf(set(made(), state))).toBe('repository-rolled-back');
    expect(copies()).toEqual(first);
  });

  it('signed by a stranger is refused where the owner was seen, and not called known where it was not', async () => {
    const state = world.at('seen');
    await set(made(), state);
    const theirs = new Map<string, Cbor>([
      ['id', new Uint8Array(16)],
      ['record', new Uint8Array(32)],
      ['urls', ['https://evil.example']],
      ['fingerprint', new Uint8Array(32)],
    ]);
    put(Array.from({ length: 3 }, () => forged({ vault: theirs, generation: 99 })));
    expect(await codeOf(look(state))).toBe('repository-damaged');
    expect(await look(world.at('new'))).toMatchObject({ ownerKnown: false, vault: { urls: ['https://evil.example'] } });
    put(Array.from({ length: 3 }, () => forged({ vault: theirs, repoId: new Uint8Array(16) })));
    expect(await look(state)).toMatchObject({ ownerKnown: false });
  });

  it('what only a locked look has seen is not remembered as the owner’s', async () => {
    const state = world.at('seen');
    await set(made());
    await look(state);
    expect(await look(state)).toMatchObject({ ownerKnown: false });
    await unlock({ destination: world.destination, rootKey: world.rootKey, stateFolder: state });
    expect(await look(state)).toMatchObject({ ownerKnown: true });
  });
});
