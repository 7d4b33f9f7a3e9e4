/**
 * One SSH connection with one SFTP session on it. Whoever waits for an answer when it ends is told so: ssh2 itself would
 * keep a request waiting for ever that is made a moment too late.
 */
import { setMaxListeners } from 'node:events';
import ssh2, { type AnyAuthMethod, type Client, type ServerHostKeyAlgorithm, type SFTPWrapper } from 'ssh2';
import type { SftpPlace } from '../spec.ts';
import { ConnectionLost, connectFailed, hostKeyChanged, noFileTransfer, Unsupported } from './errors.ts';
import { Flow } from './flow.ts';
import { fingerprintOf } from './host-key.ts';
import { inTurn } from './login.ts';
import { CONNECT_MS, socketTo } from './socket.ts';

/** A server that is silent for three of these is gone. ms */
const KEEPALIVE_MS = 15_000;
/** So many ms without any answer, the first one included, while one is awaited: SSH may live, the file transfer does not. */
const STALL_MS = 120_000;
/** What ssh2 tells each request that waits when the session ends; that it has ended comes after that. */
const NO_ANSWER = 'No response from server';

/** Kinds of host keys, asked for one by one where the first that a server shows is not the accepted one. */
const KEY_KINDS: readonly (readonly ServerHostKeyAlgorithm[])[] = [
  ['ssh-ed25519'],
  ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
  ['rsa-sha2-512', 'rsa-sha2-256'],
];

export interface ConnectOptions {
  place: SftpPlace;
  methods(): Promise<readonly AnyAuthMethod[]>;
  /** Tests pass shorter ones. */
  stallMs?: number | undefined;
}

/** How ssh2 answers: an error, or nothing and perhaps a value. */
export type Answer<T> = (error: Error | null | undefined, value?: T) => void;

export class Connection {
  readonly sending = new Flow();
  readonly receiving = new Flow();
  readonly #client: Client;
  readonly #sftp: SFTPWrapper;
  readonly #stallMs: number;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #closed: Promise<void>;
  #end: ConnectionLost | null = null;
  #stall: NodeJS.Timeout | null = null;

  private constructor(client: Client, sftp: SFTPWrapper, stallMs: number) {
    this.#client = client;
    this.#sftp = sftp;
    this.#stallMs = stallMs;
    client.on('error', (error) => this.#lose(error.message, error));
    sftp.on('error', (error: Error) => this.#lose(error.message, error));
    // The session alone can end too: the server's part of it crashed or was killed.
    for (const event of ['end', 'close']) sftp.on(event, () => this.#lose('the server ended the file transfer'));
    this.#closed = new Promise((resolve) => {
      client.on('close', () => {
        this.#lose('the connection was closed');
        resolve();
      });
    });
  }

  /**
   * Connects, proves the server's identity, signs in, starts the file transfer.
   * @throws HoldfastError `destination-offline`, `-denied` (another host key), `-sign-in`, `-busy`, `-failed`
   */
  static async open(options: ConnectOptions): Promise<Connection> {
    const { host, hostKey } = options.place;
    const shown = new Set<string>();
    for (const kinds of [undefined, ...KEY_KINDS]) {
      try {
        const { client, sftp } = await attempt(options, kinds, (fingerprint) => shown.add(fingerprint));
        return new Connection(client, sftp, options.stallMs ?? STALL_MS);
      } catch (error) {
        // Of several keys a server shows the one that both prefer; the accepted one may be another of them.
        if (shown.size === 0 || shown.has(hostKey)) throw connectFailed(error, host, options.place.login);
      }
    }
    throw hostKeyChanged(host, hostKey, [...shown]);
  }

  /** True as long as requests can be made. */
  get alive(): boolean {
    return this.#end === null;
  }

  /**
   * Makes a request and waits for its answer.
   * @param late gets an answer that came after the caller had given up
   * @throws ConnectionLost; Unsupported; ssh2's errors, whose `code` is the server's status; the signal's reason
   */
  async request<T>(
    send: (sftp: SFTPWrapper, answer: Answer<T>) => void,
    signal?: AbortSignal,
    late?: (value: T) => void,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (this.#end !== null) throw this.#end;
    // Many requests at a time may hang on one signal; that is no leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    return await new Promise<T>((resolve, reject) => {
      let settled = false;
      const settle = (error: unknown, value?: T): void => {
        if (settled) return;
        settled = true;
        signal?.removeEventListener('abort', abort);
        if (error === undefined || error === null) resolve(value as T);
        else reject(error);
      };
      const fail = (error: Error): void => settle(error);
      const abort = (): void => settle(signal?.reason ?? new Error('aborted'));
      signal?.addEventListener('abort', abort, { once: true });
      this.#waiting.add(fail);
      this.#watch();
      try {
        send(this.#sftp, (error, value) => {
          if (error?.message === NO_ANSWER) this.#lose('the server ended the file transfer', error);
          this.#waiting.delete(fail);
          this.#watch();
          if (settled && !error && late !== undefined) late(value as T);
          settle(error, value);
        });
      } catch (error) {
        // ssh2 throws at once where the server did not announce an extension.
        this.#waiting.delete(fail);
        this.#watch();
        settle(error instanceof Error && /not support/.test(error.message) ? new Unsupported('this request') : error);
      }
    });
  }

  /** Says goodbye and waits until the connection is closed, a second at most. */
  async close(): Promise<void> {
    this.#lose('this side closed the connection');
    const patience = setTimeout(() => this.#client.destroy(), 1_000);
    await this.#closed;
    clearTimeout(patience);
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#end !== null) return;
    this.#end = new ConnectionLost(why, cause === undefined ? {} : { cause });
    for (const fail of this.#waiting) fail(this.#end);
    this.#waiting.clear();
    this.#watch();
    this.#client.end();
  }

  /** (Re)starts the wait for an answer, as long as one is due. */
  #watch(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
    if (this.#waiting.size === 0) return;
    this.#stall = setTimeout(() => {
      this.#lose('the server has stopped answering');
      this.#client.destroy();
    }, this.#stallMs);
  }
}

async function attempt(
  { place, methods, stallMs }: ConnectOptions,
  kinds: readonly ServerHostKeyAlgorithm[] | undefined,
  note: (fingerprint: string) => void,
): Promise<{ client: Client; sftp: SFTPWrapper }> {
  const allowed = await methods();
  const client = new ssh2.Client();
  const socket = socketTo(place.host, place.port);
  let patience: NodeJS.Timeout | undefined;
  try {
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) => {
      let agentError: Error | null = null;
      client.on('error', (error) => {
        // An agent that does not answer is one way of several; what ends the attempt comes afterwards.
        if (error.level === 'agent') agentError = error;
        else reject(error.level === 'client-authentication' ? (agentError ?? error) : error);
      });
      client.on('close', () => reject(new Error('the server closed the connection')));
      client.on('ready', () => {
        // ssh2 waits for the server's version for ever.
        patience = setTimeout(
          () => reject(new Error('the server does not begin the file transfer')),
          stallMs ?? STALL_MS,
        );
        client.sftp((error, session) => {
          if (error === undefined || error === null) resolve(session);
          else reject(/subsystem|open failure/i.test(error.message) ? noFileTransfer(place.host, error) : error);
        });
      });
      client.connect({
        sock: socket,
        username: place.user,
        readyTimeout: CONNECT_MS,
        keepaliveInterval: KEEPALIVE_MS,
        keepaliveCountMax: 3,
        authHandler: inTurn(place.user, allowed),
        hostVerifier: (key: Buffer) => {
          const fingerprint = fingerprintOf(key);
          note(fingerprint);
          return fingerprint === place.hostKey;
        },
        ...(kinds === undefined ? {} : { algorithms: { serverHostKey: [...kinds] } }),
      });
    });
    return { client, sftp };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(patience);
  }
}
