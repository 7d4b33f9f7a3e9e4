/** Where the jobs get their keys: the session for reading, the sealed capability for writing. */
import { hasCapability, openCapability } from '../keys/capability-file.ts';
import { wipe } from '../keys/secret.ts';
import type { KeySession } from '../keys/session.ts';
import type { SecretStore } from '../keys/store.ts';
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { Keys } from '../jobs/ports.ts';
import { clientFolder } from './enrolment.ts';

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

  async writeAccess(clientId?: string): ReturnType<Keys['writeAccess']> {
    const opened = await openCapability(await this.#folderOf(clientId), { kind: 'keychain', store: this.#store });
    if (clientId !== undefined && opened.clientId !== clientId) {
      wipe(opened.capability);
      throw ofAnother();
    }
    return { kind: 'capability', capability: opened.capability, readerPublicKey: opened.readerPublicKey };
  }

  readAccess(): ReturnType<Keys['readAccess']> {
    return { kind: 'key', rootKey: this.#session.rootKey.copy() };
  }

  /** A plan beside the first has a folder of its own for it. */
  async #folderOf(clientId: string | undefined): Promise<string> {
    if (clientId === undefined) return this.#folder;
    const own = clientFolder(this.#folder, clientId);
    return (await hasCapability(own)) ? own : this.#folder;
  }

  /** Tries to open the capability and forgets it again. */
  async capabilityState(clientId?: string): Promise<CapabilityState> {
    try {
      const access = await this.writeAccess(clientId);
      access.capability.fill(0);
      return this.#store.kind === 'system' ? 'kept' : 'memory';
    } catch (thrown) {
      const { code } = toHoldfastError(thrown);
      // A keychain that does not answer now may answer at the next run, which will say so if it does not.
      return code === 'keychain-unavailable' ? 'kept' : 'missing';
    }
  }
}

const ofAnother = (): HoldfastError =>
  new HoldfastError(
    'capability-missing',
    'What lets this plan back up is not on this computer.',
    'Unlock once, and its backups go on. What is stored is safe.',
  );
