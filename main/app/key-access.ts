/** Where the jobs get their keys: the session for reading, the sealed capability for writing. */
import { openCapability } from '../keys/capability-file.ts';
import type { KeySession } from '../keys/session.ts';
import type { SecretStore } from '../keys/store.ts';
import { toHoldfastError } from '../errors.ts';
import type { Keys } from '../jobs/ports.ts';

/** What lets this computer back up: kept by the system, in memory until the app quits, or not there. */
export type CapabilityState = 'kept' | 'memory' | 'missing';

export class KeyAccess implements Keys {
  readonly #session: KeySession;
  readonly #store: SecretStore;
  readonly #folder: string;

  constructor(session: KeySession, store: SecretStore, folder: string) {
    this.#session = session;
    this.#store = store;
    this.#folder = folder;
  }

  async writeAccess(): ReturnType<Keys['writeAccess']> {
    const opened = await openCapability(this.#folder, { kind: 'keychain', store: this.#store });
    return { kind: 'capability', capability: opened.capability, readerPublicKey: opened.readerPublicKey };
  }

  readAccess(): ReturnType<Keys['readAccess']> {
    return { kind: 'key', rootKey: this.#session.rootKey.copy() };
  }

  /** Tries to open the capability and forgets it again. */
  async capabilityState(): Promise<CapabilityState> {
    try {
      const access = await this.writeAccess();
      access.capability.fill(0);
      return this.#store.kind === 'system' ? 'kept' : 'memory';
    } catch (thrown) {
      const { code } = toHoldfastError(thrown);
      // A keychain that does not answer now may answer at the next run, which will say so if it does not.
      return code === 'keychain-unavailable' ? 'kept' : 'missing';
    }
  }
}
