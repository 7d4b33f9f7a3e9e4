import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { keychainFailed } from '../../main/keys/keychain-errors.ts';
import { Secret } from '../../main/keys/secret.ts';
import {
  MAX_SECRET_BYTES,
  openSecretStore,
  openSystemStore,
  SERVICE,
  type Keychain,
  type SecretStore,
} from '../../main/keys/store.ts';

/** A keychain in memory with the limit of Windows' Credential Manager, and faults to order. */
class FakeKeychain implements Keychain {
  readonly entries = new Map<string, string>();
  fail: Error | null = null;
  silent = false;
  deaf = false;

  async getPassword(service: string, account: string): Promise<string | null> {
    return this.#answer(() => this.entries.get(`${service}/${account}`) ?? null);
  }

  async setPassword(service: string, account: string, password: string): Promise<void> {
    return this.#answer(() => {
      if (Buffer.byteLength(password) > 2560) throw new Error('The stub received bad data');
      if (!this.deaf) this.entries.set(`${service}/${account}`, password);
    });
  }

  async deletePassword(service: string, account: string): Promise<boolean> {
    return this.#answer(() => this.entries.delete(`${service}/${account}`));
  }

  async #answer<T>(action: () => T): Promise<T> {
    if (this.silent) return new Promise<T>(() => {});
    if (this.fail !== null) throw this.fail;
    return action();
  }
}

const withFake = (keychain: FakeKeychain): Promise<SecretStore> => openSystemStore({ load: async () => keychain });

async function rejection(promise: Promise<unknown>): Promise<HoldfastError> {
  const error: unknown = await promise.then(
    () => new Error('no error was thrown'),
    (reason: unknown) => reason,
  );
  if (error instanceof HoldfastError) return error;
  throw error;
}

const anySecret = fc.uint8Array({ minLength: 1, maxLength: MAX_SECRET_BYTES });

describe.each([
  ['system', () => withFake(new FakeKeychain())],
  ['memory', () => openSecretStore({ load: () => Promise.reject(new Error('Cannot autolaunch D-Bus')) })],
] as const)('a %s store', (kind, open) => {
  test('gives back any secret up to its limit, replaces it and forgets it', async () => {
    const store = await open();
    expect(store.kind).toBe(kind);
    await fc.assert(
      fc.asyncProperty(anySecret, anySecret, async (first, second) => {
        await store.set('a', new Secret(first));
        expect((await store.get('a'))?.copy()).toEqual(first);
        await store.set('a', new Secret(second));
        expect((await store.get('a'))?.copy()).toEqual(second);
        expect(await store.get('b')).toBeNull();
        expect(await store.delete('a')).toBe(true);
        expect(await store.delete('a')).toBe(false);
        expect(await store.get('a')).toBeNull();
      }),
    );
  });

  test('keeps its own copy: wiping what was given or got does not change it', async () => {
    const store = await open();
    const given = new Secret(Uint8Array.of(1, 2, 3));
    await store.set('a', given);
    given.wipe();
    const got = await store.get('a');
    got?.wipe();
    expect((await store.get('a'))?.copy()).toEqual(Uint8Array.of(1, 2, 3));
  });

  test('refuses what would not fit an entry of Windows', async () => {
    const store = await open();
    await store.set('a', new Secret(new Uint8Array(MAX_SECRET_BYTES)));
    for (const size of [0, MAX_SECRET_BYTES + 1]) {
      expect((await rejection(store.set('a', new Secret(new Uint8Array(size))))).code).toBe('internal');
    }
  });
});

describe('opening', () => {
  test('the self-test leaves nothing behind', async () => {
    const keychain = new FakeKeychain();
    const store = await withFake(keychain);
    expect(keychain.entries.size).toBe(0);
    expect(store).toMatchObject({ problem: null, message: null });
    await store.set('capability:x', new Secret(Uint8Array.of(9)));
    expect([...keychain.entries.keys()]).toEqual([`${SERVICE}/capability:x`]);
  });

  test('a keychain that forgets at once is no keychain', async () => {
    const keychain = new FakeKeychain();
    keychain.deaf = true;
    expect((await rejection(withFake(keychain))).code).toBe('keychain-unavailable');
  });

  test('a keychain that never answers is given up', async () => {
    const keychain = new FakeKeychain();
    keychain.silent = true;
    const error = await rejection(openSystemStore({ load: async () => keychain, timeoutMs: 5 }));
    expect(error.code).toBe('keychain-unavailable');
    expect(error.message).toBe('Your keychain does not answer.');
  });

  test('without a keychain secrets are in memory, and the user is told what that means', async () => {
    const store = await openSecretStore({
      load: () => Promise.reject(new Error('Cannot autolaunch D-Bus without X11')),
    });
    expect(store.kind).toBe('memory');
    expect(store.message).toBe(
      'At risk: backups stop when you quit. There is no desktop session with a keychain here.',
    );
    expect(store.problem?.code).toBe('keychain-unavailable');
    await store.set('a', new Secret(Uint8Array.of(7)));
    const other = await openSecretStore({ load: () => Promise.reject(new Error('Cannot autolaunch D-Bus')) });
    expect(await other.get('a')).toBeNull();
  });

  test('a keychain that fails later says so; it does not turn into an empty one', async () => {
    const keychain = new FakeKeychain();
    const store = await withFake(keychain);
    keychain.fail = new Error('Object does not exist at path “/org/freedesktop/secrets/collection/login”');
    for (const call of [store.get('a'), store.set('a', new Secret(Uint8Array.of(1))), store.delete('a')]) {
      const error = await rejection(call);
      expect([error.code, error.message]).toEqual(['keychain-unavailable', 'Your keychain is locked.']);
    }
  });

  test('an entry that Holdfast did not write counts as none', async () => {
    const keychain = new FakeKeychain();
    const store = await withFake(keychain);
    for (const text of ['', 'not base64!', 'AAA']) {
      keychain.entries.set(`${SERVICE}/a`, text);
      expect(await store.get('a')).toBeNull();
    }
  });
});

test.each([
  [
    'Cannot find package ’keytar’ imported from x.js',
    'The part of Holdfast that talks to the keychain is not installed',
  ],
  ['libsecret-1.so.0: cannot open shared object file: No such file or directory', 'The keychain library libsecret'],
  ['Cannot autolaunch D-Bus without X11 $DISPLAY', 'There is no desktop session with a keychain here.'],
  ['Cannot spawn a message bus when setuid', 'There is no desktop session with a keychain here.'],
  ['The name org.freedesktop.secrets was not provided by any .service files', 'No keychain service is running'],
  ['Object does not exist at path “/org/freedesktop/secrets/collection/login”', 'Your keychain is locked.'],
  ['Cannot create an item in a locked collection', 'Your keychain is locked.'],
  ['User interaction is not allowed.', 'Your keychain is locked.'],
  ['The user name or passphrase you entered is not correct.', 'Your keychain is locked.'],
  ['something quite new', 'The keychain of this computer gave an error.'],
])('“%s” becomes a sentence', (raw, sentence) => {
  const error = keychainFailed(new Error(raw));
  expect(error.code).toBe('keychain-unavailable');
  expect(error.message).toContain(sentence);
  expect(error.guidance).toContain('Backups already stored are not affected.');
  expect(error.detail).toBe(raw);
});
