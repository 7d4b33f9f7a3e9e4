/**
 * Where small secrets (the key of the capability file, session tokens) outlive the process: the operating system's
 * keychain, or, where there is none, this process's memory. Never in the clear on disk.
 */
import { randomBytes } from 'node:crypto';
import { happened, type HoldfastError } from '../errors.ts';
import { phrase, sentence, text, type Text } from '../text.ts';
import { keychainFailed, keychainSilent, secretTooLong } from './keychain-errors.ts';
import { Secret, wipe } from './secret.ts';

/** The name under which every entry stands in the keychain. */
export const SERVICE = 'Holdfast';

/**
 * Largest secret in bytes: 2,500 once it is base64, below the 2,560 bytes that an entry of Windows' Credential Manager
 * holds.
 */
export const MAX_SECRET_BYTES = 1_875;

/** A place for small secrets, by account name. */
export interface SecretStore {
  /** `system`: survives a restart. `memory`: gone when the process ends. */
  readonly kind: 'system' | 'memory';
  /** Why there is no keychain; null for `system`. */
  readonly problem: HoldfastError | null;
  /** What to tell the user about this store; null when all is well. */
  readonly message: string | null;

  /** The secret of `account`, which the caller owns and wipes, or null. @throws HoldfastError `keychain-unavailable` */
  get(account: string): Promise<Secret | null>;

  /** Stores 1 to MAX_SECRET_BYTES bytes, replacing what was there. @throws HoldfastError `keychain-unavailable` */
  set(account: string, secret: Secret): Promise<void>;

  /** Removes the entry; false if there was none. @throws HoldfastError `keychain-unavailable` */
  delete(account: string): Promise<boolean>;
}

/** The calls of keytar that are used. */
export interface Keychain {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export interface OpenOptions {
  /** Longest wait for one answer of the keychain in ms; people may be asked for their keyring's password meanwhile. */
  timeoutMs?: number;
  /** Loads the keychain's binding; keytar unless a test brings another. */
  load?: () => Promise<Keychain>;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** What the user reads while secrets are in memory only. */
const MEMORY_ONLY = phrase('At risk: backups stop when you quit');

export const memoryOnly = (problem: HoldfastError): Text => text`${sentence(MEMORY_ONLY)}. ${happened(problem)}`;

/**
 * Opens the system's keychain after a self-test: an entry is written, read back, compared and removed, each within the
 * timeout.
 *
 * @throws HoldfastError `keychain-unavailable`, saying what is missing
 */
export async function openSystemStore(options: OpenOptions = {}): Promise<SecretStore> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  let keychain: Keychain;
  try {
    keychain = await (options.load ?? loadKeytar)();
  } catch (error) {
    throw keychainFailed(error);
  }
  const store = new SystemStore(keychain, timeoutMs);
  await selfTest(store);
  return store;
}

/** The system's keychain, or this process's memory where there is none (see `problem` and `message`). Never throws. */
export async function openSecretStore(options: OpenOptions = {}): Promise<SecretStore> {
  try {
    return await openSystemStore(options);
  } catch (error) {
    return new MemoryStore(keychainFailed(error));
  }
}

async function loadKeytar(): Promise<Keychain> {
  const loaded: Keychain & { default?: Keychain } = await import('keytar');
  return loaded.default ?? loaded;
}

async function selfTest(store: SecretStore): Promise<void> {
  const account = `self-test:${randomBytes(8).toString('hex')}`;
  const expected = new Secret(randomBytes(32));
  await store.set(account, expected);
  try {
    const found = await store.get(account);
    if (found === null || !found.equals(expected)) throw keychainFailed(new Error('the entry was not read back'));
  } finally {
    await store.delete(account);
  }
}

class SystemStore implements SecretStore {
  readonly kind = 'system';
  readonly problem = null;
  readonly message = null;
  readonly #keychain: Keychain;
  readonly #timeoutMs: number;

  constructor(keychain: Keychain, timeoutMs: number) {
    this.#keychain = keychain;
    this.#timeoutMs = timeoutMs;
  }

  async get(account: string): Promise<Secret | null> {
    const text = await this.#call(() => this.#keychain.getPassword(SERVICE, account));
    if (text === null) return null;
    const bytes = Buffer.from(text, 'base64');
    // Something else under our name holds nothing for us; the next set() replaces it.
    if (bytes.length === 0 || bytes.toString('base64') !== text) return null;
    const secret = new Secret(bytes);
    wipe(bytes);
    return secret;
  }

  async set(account: string, secret: Secret): Promise<void> {
    checkLength(secret);
    const text = secret.read((bytes) => Buffer.from(bytes).toString('base64'));
    await this.#call(() => this.#keychain.setPassword(SERVICE, account, text));
  }

  async delete(account: string): Promise<boolean> {
    return this.#call(() => this.#keychain.deletePassword(SERVICE, account));
  }

  /** A keychain that asks its user for a password, or hangs, never answers: give up then, and say so. */
  async #call<T>(call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(keychainSilent(this.#timeoutMs)), this.#timeoutMs);
    });
    try {
      return await Promise.race([call(), silence]);
    } catch (error) {
      throw keychainFailed(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

class MemoryStore implements SecretStore {
  readonly kind = 'memory';
  readonly problem: HoldfastError;
  readonly message: string;
  readonly #secrets = new Map<string, Secret>();

  constructor(problem: HoldfastError) {
    this.problem = problem;
    this.message = memoryOnly(problem).english;
  }

  async get(account: string): Promise<Secret | null> {
    const secret = this.#secrets.get(account);
    return secret === undefined ? null : secret.read((bytes) => new Secret(bytes));
  }

  async set(account: string, secret: Secret): Promise<void> {
    checkLength(secret);
    const copy = secret.read((bytes) => new Secret(bytes));
    this.#secrets.get(account)?.wipe();
    this.#secrets.set(account, copy);
  }

  async delete(account: string): Promise<boolean> {
    this.#secrets.get(account)?.wipe();
    return this.#secrets.delete(account);
  }
}

function checkLength(secret: Secret): void {
  if (secret.wiped || secret.length === 0 || secret.length > MAX_SECRET_BYTES) throw secretTooLong(secret.length);
}
