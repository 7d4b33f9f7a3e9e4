/** A small pool of sessions with one token: PKCS#11 allows one operation at a time in each. */
import { sessionIsLost } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { HsmError } from './hsm.ts';

export class Sessions {
  readonly #openSession: () => Handle;
  readonly #closeSession: (session: Handle) => void;
  readonly #limit: number;
  #idle: Handle[] = [];
  #open = 0;
  #waiting: (() => void)[] = [];
  #closed = false;
  #allBack: (() => void) | null = null;

  /** @param limit sessions at most; more operations wait their turn */
  constructor(openSession: () => Handle, closeSession: (session: Handle) => void, limit: number) {
    this.#openSession = openSession;
    this.#closeSession = closeSession;
    this.#limit = limit;
  }

  /**
   * Lends a session to `work` alone. One that the module has dropped is forgotten, so that the next operation gets a
   * new one; the failed operation is not repeated here, because it may have been carried out.
   *
   * @throws HsmError `unavailable` after close(), and what `work` throws
   */
  async use<T>(work: (session: Handle) => Promise<T> | T): Promise<T> {
    while (!this.#closed && this.#idle.length === 0 && this.#open >= this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closed) throw new HsmError('unavailable', 'The module was closed.');
    const session = this.#idle.pop() ?? this.#openOne();
    let lost = false;
    try {
      return await work(session);
    } catch (error) {
      lost = sessionIsLost(error);
      throw error;
    } finally {
      this.#giveBack(session, lost);
    }
  }

  /** Waits for what is running, then closes every session; what waits for a session is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const wake of this.#waiting.splice(0)) wake();
    if (this.#open > this.#idle.length) await new Promise<void>((resolve) => (this.#allBack = resolve));
    for (const session of this.#idle.splice(0)) {
      this.#open--;
      this.#closeQuietly(session);
    }
  }

  #openOne(): Handle {
    const session = this.#openSession();
    this.#open++;
    return session;
  }

  #giveBack(session: Handle, lost: boolean): void {
    if (lost) {
      this.#open--;
      this.#closeQuietly(session);
    } else {
      this.#idle.push(session);
    }
    this.#waiting.shift()?.();
    if (this.#open === this.#idle.length) this.#allBack?.();
  }

  #closeQuietly(session: Handle): void {
    try {
      this.#closeSession(session);
    } catch {
      // It is gone already, which is what was wanted.
    }
  }
}
