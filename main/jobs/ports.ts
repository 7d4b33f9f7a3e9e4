/** What the jobs need from the rest of the main process, so that they run without Electron and without a keychain. */
import type { Access, EngineClient } from '../engine/api.ts';

export type { EngineClient };

export type { DestinationSpec, RepositoryFacts, VaultLocator, Verb, Verbs } from '../engine/api.ts';
/** What is asked of a server or a provider before a place can be named, for the handlers. */
export {
  findMovedDisk,
  googleFolders,
  type GoogleSignIn,
  makeGoogleFolder,
  sftpHostKey,
  webDavCertificate,
} from '../destinations/connect.ts';

/** Where keys and engine threads come from. */
export interface Engines {
  /** A thread of its own for one run or question, ended by whoever asked for it. Backups get only the capability. */
  fresh(): EngineClient;
  /**
   * The engine thread that is given the root key. It lives until the session is locked, which ends it.
   * @throws HoldfastError `locked`
   */
  reader(): EngineClient;
}

export interface Keys {
  /**
   * This computer's write capability, unsealed, and the reader's public key.
   * @param clientId of which plan (hex); the one that the set-up made where it is not given
   * @throws HoldfastError `capability-missing`, `capability-damaged`, `keychain-unavailable`
   */
  writeAccess(clientId?: string): Promise<Extract<Access, { kind: 'capability' }>>;
  /**
   * A copy of the root key for one call; the caller wipes it as soon as the call is made.
   * @throws HoldfastError `locked`
   */
  readAccess(): Extract<Access, { kind: 'key' }>;
}

/** Time and timers, replaced in tests. */
export interface Clock {
  now(): number;
  /** Calls `callback` once after `ms`; the function returned cancels it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
