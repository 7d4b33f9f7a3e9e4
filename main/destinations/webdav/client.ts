/** Requests to one WebDAV server: signed in, reported to the traffic, their bodies passed through it. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { HoldfastError } from '../../errors.ts';
import { Exchange, type RunningRequest } from '../remote/exchange.ts';
import type { RequestClass, Traffic } from '../traffic.ts';
import { Authenticator } from './auth.ts';
import { CONNECT_MS, PinnedAgent } from './certificate.ts';
import { DavFailure, strange, toDavError } from './errors.ts';
import { parseMultistatus, PROPFIND_BODY, type Entry } from './multistatus.ts';

/** Connections kept open at a time. */
const SOCKETS = 8;
/** Largest list of one folder, in bytes of XML: some 100,000 entries. */
const MAX_LIST = 64 * 2 ** 20;

export interface DavOptions {
  traffic: Traffic;
  stallMs?: number | undefined;
}

export interface DavRequest {
  headers?: Record<string, string>;
  /** What is sent; asked for again where the server wants another proof of who we are. */
  body?: { size: number; pieces(): AsyncIterable<Uint8Array> };
  signal: AbortSignal | undefined;
}

export class DavClient {
  /** The folder, with a slash at its end. */
  readonly base: URL;
  readonly host: string;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #auth: Authenticator;
  readonly #exchange: Exchange;
  readonly #explain: (error: unknown) => HoldfastError;
  /** Ms that the server's clock is ahead. */
  #ahead = 0;

  constructor(base: URL, user: string, password: string, certificate: string | null, options: DavOptions) {
    this.base = base;
    this.host = base.host;
    const settings = { keepAlive: true, maxSockets: SOCKETS };
    if (base.protocol === 'http:') this.#agent = new HttpAgent(settings);
    else this.#agent = certificate === null ? new HttpsAgent(settings) : new PinnedAgent(certificate, settings);
    this.#auth = new Authenticator(user, password);
    const secrets = [password, Buffer.from(`${user}:${password}`).toString('base64')].filter((text) => text !== '');
    const scrub = (text: string): string => secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);
    this.#explain = (error) => toDavError(error, this.host, scrub);
    this.#exchange = new Exchange({ ...options, host: this.host, explain: this.#explain });
  }

  /** Ms since the epoch as the server counts them. */
  now(): number {
    return Date.now() + this.#ahead;
  }

  /** Address of the object or folder at these segments below the base. */
  urlOf(segments: readonly string[], folder = false): URL {
    const path = segments.map(encodeURIComponent).join('/');
    return new URL(`${path}${folder && path !== '' ? '/' : ''}`, this.base);
  }

  /**
   * Sends one request and hands its answer to `read`, which takes the body or leaves it.
   * @throws HoldfastError; the signal's reason
   */
  async send<T>(
    what: RequestClass,
    method: string,
    url: URL,
    options: DavRequest,
    read: (answer: IncomingMessage, request: RunningRequest) => Promise<T>,
  ): Promise<T> {
    if (!this.#auth.ready) await this.#greet(options.signal);
    for (let tries = 1; ; tries += 1) {
      const done = await this.#exchange.run(what, options.signal, async (request) => {
        const sent = this.#auth.header(method, `${url.pathname}${url.search}`);
        const answer = await this.#once(method, url, options, sent, request);
        if (answer.statusCode === 401 && this.#auth.learn(answer.headers['www-authenticate'], sent) && tries < 3) {
          answer.resume();
          return null;
        }
        return { value: await read(answer, request) };
      });
      if (done !== null) return done.value;
    }
  }

  /** Sends a request whose answer's status says all. Gives back one of `expected`. @throws HoldfastError */
  async status(
    what: RequestClass,
    method: string,
    url: URL,
    expected: readonly number[],
    options: DavRequest,
  ): Promise<number> {
    return await this.send(what, method, url, options, async (answer, request) => {
      const said = await sayingOf(answer, request);
      const status = answer.statusCode ?? 0;
      if (!expected.includes(status)) throw new DavFailure(method, status, answer.headers, said);
      return status;
    });
  }

  /** The entry of one object or folder; null if there is none. @throws HoldfastError; the signal's reason */
  async find(url: URL, signal: AbortSignal | undefined, body = PROPFIND_BODY): Promise<Entry | null> {
    const entries = await this.#propfind(url, '0', body, signal);
    if (entries === null) return null;
    const [entry] = entries;
    if (entry === undefined || entries.length !== 1) throw strange(this.host, `${entries.length} entries for one`);
    return entry;
  }

  /** What lies in a folder, by name; null if there is none. Never asks for more than one level. @throws HoldfastError */
  async children(url: URL, signal: AbortSignal | undefined): Promise<(Entry & { name: string })[] | null> {
    const entries = await this.#propfind(url, '1', PROPFIND_BODY, signal);
    if (entries === null) return null;
    // A server behind another one may know itself by another path: the folder is the entry above all others.
    const shortest = entries.reduce((best, entry) => Math.min(best, entry.path.length), Number.POSITIVE_INFINITY);
    const [self, ...more] = entries.filter((entry) => entry.path.length === shortest && entry.folder);
    if (self === undefined || more.length > 0) throw strange(this.host, 'a list without its folder');
    return entries
      .filter((entry) => entry !== self)
      .map((entry) => {
        const name = entry.path.slice(self.path.length + 1);
        if (!entry.path.startsWith(`${self.path}/`) || name === '' || name.includes('/')) {
          throw strange(this.host, `an entry outside of the folder: ${entry.path.slice(0, 200)}`);
        }
        return { ...entry, name };
      });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #propfind(url: URL, depth: '0' | '1', body: Buffer, signal: AbortSignal | undefined): Promise<Entry[] | null> {
    const headers = { depth, 'content-type': 'application/xml; charset=utf-8' };
    const sent = { size: body.length, pieces: async function* () { yield body; } }; // prettier-ignore
    const what = depth === '0' ? 'stat' : 'list';
    return await this.send(what, 'PROPFIND', url, { headers, body: sent, signal }, async (answer, request) => {
      const status = answer.statusCode ?? 0;
      if (status === 404) {
        answer.resume();
        return null;
      }
      if (status !== 207) {
        const said = await sayingOf(answer, request);
        if (status >= 200 && status < 300) throw strange(this.host, `PROPFIND: HTTP ${status}`);
        throw new DavFailure('PROPFIND', status, answer.headers, said);
      }
      const text = Buffer.from(await request.collect(answer, url.pathname, MAX_LIST)).toString('utf8');
      try {
        return await parseMultistatus(text);
      } catch (error) {
        throw strange(this.host, String(error));
      }
    });
  }

  /** Lets the server say how it wants to be told who we are; a request without a body, so that none is sent twice. */
  async #greet(signal: AbortSignal | undefined): Promise<void> {
    await this.#exchange.run('other', signal, async (request) => {
      const options = { headers: { depth: '0' }, signal };
      const answer = await this.#once('PROPFIND', this.base, options, null, request);
      if (answer.statusCode === 401) this.#auth.learn(answer.headers['www-authenticate'], null);
      answer.resume();
    });
  }

  async #once(
    method: string,
    url: URL,
    options: DavRequest,
    authorization: string | null,
    request: RunningRequest,
  ): Promise<IncomingMessage> {
    const { body } = options;
    const stream = body === undefined ? null : request.sending(body.pieces());
    const send = url.protocol === 'http:' ? httpRequest : httpsRequest;
    try {
      return await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = send(url, {
          method,
          agent: this.#agent,
          signal: request.signal,
          headers: {
            'user-agent': 'Holdfast',
            accept: '*/*',
            ...options.headers,
            ...(authorization === null ? {} : { authorization }),
            ...(body === undefined ? {} : { 'content-length': String(body.size) }),
          },
        });
        sent.on('response', (answer) => {
          request.progress();
          this.#noteTime(answer.headers.date);
          resolve(answer);
        });
        sent.on('error', reject);
        sent.on('socket', (socket) => {
          if (!socket.connecting) return;
          socket.setTimeout(CONNECT_MS, () => sent.destroy(Object.assign(new Error('connect'), { code: 'ETIMEDOUT' })));
          socket.once(url.protocol === 'http:' ? 'connect' : 'secureConnect', () => socket.setTimeout(0));
        });
        if (stream === null) sent.end();
        else stream.pipe(sent);
      });
    } finally {
      stream?.unpipe();
      stream?.destroy();
    }
  }

  #noteTime(date: string | undefined): void {
    const at = Date.parse(date ?? '');
    if (!Number.isNaN(at)) this.#ahead = at - Date.now();
  }
}

/** The beginning of what a server says in the body of an answer, for the log. */
async function sayingOf(answer: IncomingMessage, request: RunningRequest): Promise<string> {
  const body = await request.collect(answer, '', 2 ** 20, 2_000);
  const text = Buffer.from(body).toString('utf8');
  const message = /<(?:s:)?message>([^<]*)</.exec(text)?.[1];
  return message ?? text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').trim().slice(0, 200); // prettier-ignore
}
