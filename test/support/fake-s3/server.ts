/**
 * An S3 server in this process, strict where others of its kind look away: wrong secrets, foreign regions, unsigned
 * headers, checksums and conditions are refused as Amazon refuses them. It fails on command, request by request.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Error } from './errors.ts';
import {
  AMAZON,
  isWrite,
  operationOf,
  Operations,
  type OperationName,
  type Profile,
  type S3Answer,
  type S3Request,
} from './operations.ts';
import { payloadOf, verifySignature, type Keys } from './signature.ts';
import { Store } from './store.ts';

export interface Seen {
  /** From 1, in the order of arrival. */
  number: number;
  operation: OperationName;
  key: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  /** Bytes of the body that arrived. */
  received: number;
}

/**
 * `cut`: the connection ends while the body arrives, nothing happens. `lost`: it happens, and the connection ends before
 * the answer. `short`: half of the answer's body. `stall`: it happens, and no answer ever comes; `stall-body`: half of
 * the answer's body, then silence. An error is answered instead: before the body was read, before anything happens, or
 * after it.
 */
export type Fault =
  'cut' | 'lost' | 'short' | 'stall' | 'stall-body' | { early: S3Error } | { before: S3Error } | { after: S3Error };

export const SLOW_DOWN = new S3Error(503, 'SlowDown', 'Please reduce your request rate.');
export const INTERNAL = new S3Error(500, 'InternalError', 'We encountered an internal error. Please try again.');

export class FakeS3 {
  readonly store = new Store();
  readonly operations: Operations;
  readonly seen: Seen[] = [];
  readonly bucket = 'backups';
  region = 'eu-central-1';
  keys: Keys = { accessKeyId: 'AKIAFAKEFAKEFAKEFAKE', secretAccessKey: 'canary/SecretAccessKey+of+the+fake+server00' };
  /** What happens to each request; null for nothing special. May be waited for. */
  rule: (seen: Seen) => Fault | null | Promise<Fault | null> = () => null;
  readOnly = false;
  gone = false;
  readonly #server: Server;
  port = 0;

  private constructor(profile: Profile) {
    this.operations = new Operations(this.store, profile);
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(profile: Profile = AMAZON): Promise<FakeS3> {
    const fake = new FakeS3(profile);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.port = (fake.#server.address() as AddressInfo).port;
    return fake;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How often an operation was asked for. */
  count(operation: OperationName): number {
    return this.seen.filter((seen) => seen.operation === operation).length;
  }

  /** Connections that are open now. */
  async connections(): Promise<number> {
    return await new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    message.on('error', () => undefined);
    response.on('error', () => undefined);
    const { socket } = message;
    const head = this.#headOf(message);
    let fault: Fault | null = null;
    let answer: S3Answer;
    try {
      const operation = operationOf(head);
      const { key, query, headers } = head;
      const seen: Seen = { number: this.seen.length + 1, operation, key, query, headers, received: 0 };
      this.seen.push(seen);
      fault = await this.rule(seen);
      if (fault !== null && typeof fault === 'object' && 'early' in fault) throw fault.early;
      const body = await this.#receive(message, seen, fault === 'cut');
      if (body === null) return void socket.destroy();
      if (fault !== null && typeof fault === 'object' && 'before' in fault) throw fault.before;
      answer = this.#run(message, operation, head, body);
      if (fault !== null && typeof fault === 'object' && 'after' in fault) throw fault.after;
    } catch (error) {
      answer = toAnswer(error, message.method === 'HEAD');
    }
    if (fault === 'lost') return void socket.destroy();
    if (fault === 'stall') return;
    this.#send(response, answer, fault, message.method === 'HEAD');
  }

  #run(message: IncomingMessage, operation: OperationName, head: S3Request, body: Buffer): S3Answer {
    const signed = { method: head.method, url: message.url ?? '/', headers: message.headers };
    verifySignature(signed, this.keys, this.region, this.store.now());
    if (this.gone || this.#bucketOf(message) !== this.bucket) {
      throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: this.bucket });
    }
    if (this.readOnly && isWrite(operation)) throw new S3Error(403, 'AccessDenied', 'Access Denied');
    const { bytes, trailers } = payloadOf(signed, body);
    return this.operations.run(operation, { ...head, headers: { ...head.headers, ...trailers }, body: bytes });
  }

  #headOf(message: IncomingMessage): S3Request {
    const url = new URL(message.url ?? '/', 'http://fake');
    const path = decodeURIComponent(url.pathname).replace(/^\//, '');
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(message.headers)) headers[name] = String(value);
    return {
      method: message.method ?? '',
      key: this.#isVirtual(message) ? path : path.slice(path.indexOf('/') < 0 ? path.length : path.indexOf('/') + 1),
      query: url.searchParams,
      headers,
      body: Buffer.alloc(0),
    };
  }

  /** Bucket in the host name: `backups.localhost:port`. */
  #isVirtual(message: IncomingMessage): boolean {
    return /^[^.]+\.localhost(?::|$)/.test(message.headers.host ?? '');
  }

  #bucketOf(message: IncomingMessage): string {
    if (this.#isVirtual(message)) return (message.headers.host ?? '').split('.')[0] ?? '';
    return decodeURIComponent((message.url ?? '/').split('?')[0] ?? '').split('/')[1] ?? '';
  }

  async #receive(message: IncomingMessage, seen: Seen, cut: boolean): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    const size = Number(message.headers['content-length'] ?? 0);
    if (cut && size < 2) return null;
    try {
      for await (const piece of message as AsyncIterable<Buffer>) {
        pieces.push(piece);
        seen.received += piece.length;
        if (cut && seen.received * 2 >= size) return null;
      }
    } catch {
      return null;
    }
    return message.complete ? Buffer.concat(pieces) : null;
  }

  #send(response: ServerResponse, answer: S3Answer, fault: Fault | null, head: boolean): void {
    const body = Buffer.from(answer.body ?? '');
    const length = answer.headers?.['content-length'] ?? String(body.length);
    response.writeHead(answer.status, {
      date: new Date(this.store.now()).toUTCString(),
      'x-amz-request-id': 'FAKE0000000000001',
      ...(typeof answer.body === 'string' && answer.body !== '' ? { 'content-type': 'application/xml' } : {}),
      ...answer.headers,
      ...(answer.status === 204 ? {} : { 'content-length': length }),
    });
    if (head) return void response.end();
    if (fault === 'short' || fault === 'stall-body') {
      response.write(body.subarray(0, body.length >> 1), () => {
        if (fault === 'short') response.socket?.destroy();
      });
      return;
    }
    response.end(body);
  }
}

function toAnswer(error: unknown, head: boolean): S3Answer {
  if (!(error instanceof S3Error)) return toAnswer(new S3Error(500, 'InternalError', String(error)), head);
  return { status: error.status, headers: error.headers, body: head ? '' : error.toXml() };
}
