/** A proxy before a real HTTP server of this computer, which passes everything on, and fails on command at any request. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Passing {
  /** From 1, in the order of arrival. */
  number: number;
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  /** Bytes of the body that were passed on. */
  passed: number;
}

/**
 * `before`: nothing reaches the server. `cut`: half of the body does, then the connection ends. `lost`: it happens, and
 * the connection ends before the answer. `short`: half of the answer's body. `stall`: it happens, and no answer ever
 * comes. `stall-body`: half of the answer's body, then silence. `after`: it happens, and the answer says that the server
 * failed. A number: that status, and nothing reaches the server.
 */
export type Cut = 'before' | 'cut' | 'lost' | 'short' | 'stall' | 'stall-body' | 'after' | number;

export class CuttingProxy {
  readonly seen: Passing[] = [];
  /** What happens to each request; null for nothing. */
  rule: (passing: Passing) => Cut | null = () => null;
  /** Headers of the answers that `rule` makes up. */
  headers: Record<string, string> = {};
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((message, response) => void this.#pass(message, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async before(target: string): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(new URL(target));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The target's address, through the proxy. */
  get url(): string {
    const at = new URL(this.#target);
    at.port = String((this.#server.address() as AddressInfo).port);
    return at.href;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #pass(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket, method = '', url = '/', headers } = message;
    for (const side of [message, response]) side.on('error', () => undefined);
    const passing: Passing = { number: this.seen.length + 1, method, url, headers, passed: 0 };
    this.seen.push(passing);
    const cut = this.rule(passing);
    if (cut === 'before') return void socket.destroy();
    if (typeof cut === 'number') {
      message.resume();
      return void response.writeHead(cut, this.headers).end('<p>made up by the proxy</p>');
    }
    const upstream = request({ host: this.#target.hostname, port: this.#target.port, method, path: url, headers });
    upstream.on('error', () => socket.destroy());
    upstream.on('response', (answer) => void this.#answer(answer, response, cut, socket));
    const size = Number(headers['content-length'] ?? 0);
    const pass = (piece: Buffer): void => {
      passing.passed += piece.length;
      upstream.write(piece);
    };
    message.on('data', (piece: Buffer) => {
      if (cut !== 'cut') return pass(piece);
      pass(piece.subarray(0, Math.max(0, (size >> 1) - passing.passed)));
      if (passing.passed < size >> 1) return;
      upstream.destroy();
      socket.destroy();
    });
    message.on('end', () => {
      if (cut === 'cut') upstream.destroy();
      else upstream.end();
    });
    message.on('close', () => {
      if (!message.complete) upstream.destroy();
    });
  }

  async #answer(answer: IncomingMessage, response: ServerResponse, cut: Cut | null, socket: Socket): Promise<void> {
    answer.on('error', () => socket.destroy());
    const pieces: Buffer[] = [];
    for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
    if (cut === 'lost') return void socket.destroy();
    if (cut === 'stall') return;
    if (cut === 'after') return void response.writeHead(500, this.headers).end('<p>made up by the proxy</p>');
    const body = Buffer.concat(pieces);
    const headers = { ...answer.headers };
    delete headers['transfer-encoding'];
    // Only the length of an answer without a body is the server's own.
    if (body.length > 0) headers['content-length'] = String(body.length);
    response.writeHead(answer.statusCode ?? 0, headers);
    if (cut !== 'short' && cut !== 'stall-body') return void response.end(body);
    response.write(body.subarray(0, body.length >> 1), () => {
      if (cut === 'short') socket.destroy();
    });
  }
}
