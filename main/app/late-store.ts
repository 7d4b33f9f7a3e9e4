/** The secret store while it is being opened: every call waits for it. */
import type { Secret } from '../keys/secret.ts';
import { memoryOnly, type SecretStore } from '../keys/store.ts';
import { say } from '../words/say.ts';

export class LateStore implements SecretStore {
  /** Resolves when it is known what kind of store this computer has. */
  readonly opened: Promise<SecretStore>;
  #store: SecretStore | null = null;

  /** @param opening must not reject: a computer without a keychain has a store in memory */
  constructor(opening: Promise<SecretStore>) {
    this.opened = opening.then((store) => (this.#store = store));
  }

  /** Taken for a keychain until it is known better, so that nobody is alarmed for the length of a password prompt. */
  get kind(): SecretStore['kind'] {
    return this.#store?.kind ?? 'system';
  }

  get problem(): SecretStore['problem'] {
    return this.#store?.problem ?? null;
  }

  get message(): string | null {
    if (this.#store === null) return say('Waiting for this computer’s keychain.');
    return this.#store.problem === null ? this.#store.message : say(memoryOnly(this.#store.problem));
  }

  async get(account: string): Promise<Secret | null> {
    return await (await this.opened).get(account);
  }

  async set(account: string, secret: Secret): Promise<void> {
    await (await this.opened).set(account, secret);
  }

  async delete(account: string): Promise<boolean> {
    return await (await this.opened).delete(account);
  }
}
