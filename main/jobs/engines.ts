/** The engine threads of the app: short-lived ones for each run, and the reader's, which lives while unlocked. */
import type { EngineClient } from '../engine/api.ts';
import { EngineThread } from '../engine/client.ts';
import { HoldfastError } from '../errors.ts';
import type { Engines } from './ports.ts';

export class EngineThreads implements Engines {
  readonly #hostPath: string;
  readonly #unlocked: () => boolean;
  #reader: EngineClient | null = null;

  /**
   * @param hostPath the built script of the engine's worker thread
   * @param unlocked whether the root key is in memory
   */
  constructor(hostPath: string, unlocked: () => boolean) {
    this.#hostPath = hostPath;
    this.#unlocked = unlocked;
  }

  fresh(): EngineClient {
    return new EngineThread(this.#hostPath);
  }

  reader(): EngineClient {
    if (!this.#unlocked()) {
      throw new HoldfastError(
        'locked',
        'Your backup is locked.',
        'Enter your 64-digit key to look inside or restore. Backups go on meanwhile.',
        { severity: 'notice' },
      );
    }
    return (this.#reader ??= this.fresh());
  }

  /** Ends the thread that was given the root key, and with it everything it had decrypted. */
  async endReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = null;
    await reader?.end();
  }
}
