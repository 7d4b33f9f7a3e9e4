/** One request and its answer over HTTPS. No redirects, no cookies, bounded sizes and times. */
import type { Agent } from 'node:https';
import { request } from 'node:https';
import { NotAdmitted, peerOf, type Peer } from './tls.ts';

/** No answer of the protocol comes near it. */
const MAX_ANSWER_BYTES = 2 * 1024 * 1024;

export interface Answer {
  status: number;
  body: Uint8Array;
  peer: Peer;
}

/** Why there is no usable answer. */
export class ExchangeError extends Error {
  /** `not-admitted`: the other side did not prove to be the vault. `silent`: no whole answer. `garbled`: not one of ours. */
  readonly reason: 'not-admitted' | 'silent' | 'garbled';
  /** False where it is certain that nothing of the request left this computer. */
  readonly sent: boolean;

  constructor(reason: ExchangeError['reason'], sent: boolean, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ExchangeError';
    this.reason = reason;
    this.sent = sent;
  }
}

export interface ExchangeOptions {
  agent: Agent;
  /** ms from the start to the last byte of the answer. */
  deadlineMs: number;
}

/**
 * @param url origin of a site
 * @param body JSON for POST; null for GET
 * @throws ExchangeError
 */
export function exchange(url: string, path: string, body: object | null, options: ExchangeOptions): Promise<Answer> {
  const text = body === null ? null : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    let sent = false;
    let over = false;
    const end = (act: () => void): void => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      act();
    };
    const fail = (reason: ExchangeError['reason'], message: string, cause?: unknown): void =>
      end(() => {
        outgoing.destroy();
        reject(new ExchangeError(reason, sent, message, cause));
      });
    const outgoing = request(new URL(path, url), {
      method: text === null ? 'GET' : 'POST',
      agent: options.agent,
      headers: {
        accept: 'application/json, application/problem+json',
        ...(text === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }),
      },
    });
    const timer = setTimeout(() => fail('silent', 'no answer in time'), options.deadlineMs);
    // Emitted once the connection is there and admitted: from now on the request may have arrived.
    outgoing.once('socket', () => (sent = text !== null));
    outgoing.once('error', (error) =>
      error instanceof NotAdmitted ? fail('not-admitted', error.message, error) : fail('silent', error.message, error),
    );
    outgoing.once('response', (incoming) => {
      const peer = peerOf(incoming.socket);
      const chunks: Buffer[] = [];
      let length = 0;
      incoming.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER_BYTES) fail('garbled', 'the answer is too long');
        else chunks.push(chunk);
      });
      incoming.once('error', (error) => fail('silent', error.message, error));
      incoming.once('aborted', () => fail('silent', 'the answer was cut off'));
      incoming.once('end', () => {
        if (!incoming.complete || peer === null) return fail('silent', 'the answer was cut off');
        const answer = { status: incoming.statusCode ?? 0, body: new Uint8Array(Buffer.concat(chunks)), peer };
        end(() => resolve(answer));
      });
    });
    outgoing.end(text ?? undefined);
  });
}
