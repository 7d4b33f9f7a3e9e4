/** Holds a connection for whoever needs one: made by the first call, shared by all, made anew when it was lost. */
import type { AnyAuthMethod } from 'ssh2';
import { HoldfastError } from '../../errors.ts';
import type { SftpPlace } from '../spec.ts';
import { Connection, type ConnectOptions } from './connection.ts';
import { unlessAborted } from '../waiting.ts';

/** The server would say the same again, and may lock out whoever asks it too often. */
const FINAL = new Set(['destination-sign-in', 'destination-denied']);

export class Link {
  readonly #options: ConnectOptions;
  #connection: Promise<Connection> | null = null;
  #refusal: HoldfastError | null = null;
  #closed = false;

  constructor(place: SftpPlace, methods: () => Promise<readonly AnyAuthMethod[]>, stallMs: number | undefined) {
    this.#options = { place, methods, stallMs };
  }

  /** A live connection. @throws HoldfastError `destination-*`; the signal's reason */
  async connection(signal: AbortSignal | undefined): Promise<Connection> {
    signal?.throwIfAborted();
    if (this.#refusal !== null) throw this.#refusal;
    const open = this.#connection;
    if (open !== null) {
      const known = await unlessAborted(open, signal);
      if (known.alive) return known;
      // Another caller may have begun a new one meanwhile.
      if (this.#connection === open) this.#connection = null;
    }
    if (this.#closed) throw new HoldfastError('internal', 'This destination is closed.', 'Nothing was changed.');
    this.#connection ??= this.#connect();
    return await unlessAborted(this.#connection, signal);
  }

  /** Ends the connection, one that is just being made too. */
  async close(): Promise<void> {
    this.#closed = true;
    const open = this.#connection;
    this.#connection = null;
    await open?.then(
      async (connection) => await connection.close(),
      () => undefined,
    );
  }

  async #connect(): Promise<Connection> {
    const connecting = Connection.open(this.#options);
    connecting.catch((error: unknown) => {
      this.#connection = null;
      if (error instanceof HoldfastError && FINAL.has(error.code)) this.#refusal = error;
    });
    return await connecting;
  }
}
