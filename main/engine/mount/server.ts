/** A read-only WebDAV server (RFC 4918, class 1) on this computer's loopback. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HoldfastError, toHoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import { display } from '../format/byte-path.ts';
import { Contents } from './contents.ts';
import { decodeName, encodeName, Guard, type Verdict } from './guard.ts';
import type { FileItem, FolderItem, Item } from './items.ts';
import {
  askedOf,
  clampMs,
  escapeXml,
  MAX_BODY_BYTES,
  MULTISTATUS_BEGIN,
  MULTISTATUS_END,
  responseXml,
  type Asked,
} from './propfind.ts';
import { isKnown, rangeOf } from './ranges.ts';

const ALLOW = 'OPTIONS, GET, HEAD, PROPFIND';

/**
 * Of every answer. A backup holds web pages of strangers: opened in a browser from here they must run nothing, and read
 * nothing else from here.
 */
const HEADERS = {
  'Cache-Control': 'private, no-store',
  'Content-Security-Policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

export interface DavOptions {
  top: FolderItem;
  secret: string;
  /** 0: any that is free. */
  port: number;
  /** What went wrong with one request, for whoever watches. */
  warn: (text: string) => void;
}

type Allowed = Extract<Verdict, { allowed: true }>;

export class DavServer {
  readonly #top: FolderItem;
  readonly #warn: (text: string) => void;
  readonly #contents = new Contents();
  readonly #server: Server;
  #guard: Guard | null = null;

  private constructor({ top, warn }: DavOptions) {
    this.#top = top;
    this.#warn = warn;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Errors: bad-input, where the port is taken. */
  static async start(options: DavOptions): Promise<DavServer> {
    const dav = new DavServer(options);
    dav.#server.listen(options.port, '127.0.0.1');
    try {
      await once(dav.#server, 'listening');
    } catch (error) {
      throw new HoldfastError(
        'bad-input',
        text`Port ${options.port} of this computer cannot be used: another program has it, or it is reserved.`,
        'Name another port, or none to have a free one chosen. Nothing was changed.',
        { cause: error, detail: String(error) },
      );
    }
    dav.#guard = new Guard(options.secret, dav.port);
    return dav;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    this.#contents.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    try {
      const verdict = this.#guard?.judge(request);
      if (verdict === undefined) return;
      if (verdict.allowed) await this.#answer(request, response, verdict);
      else {
        if (verdict.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="Holdfast", charset="UTF-8"');
        sendText(request, response, verdict.status, verdict.text);
      }
    } catch (error) {
      this.#fail(request, response, error);
    }
  }

  #fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const known = toHoldfastError(error);
    // Who hung up is told nothing.
    if (response.destroyed || response.writableEnded) return;
    this.#warn(`${known.message} ${known.guidance}`);
    // Half an answer must not be taken for a whole one.
    if (response.headersSent) response.destroy();
    else
      sendText(
        request,
        response,
        known.code.startsWith('destination-') ? 503 : 500,
        `${known.message}\n${known.guidance}`,
      );
  }

  async #answer(request: IncomingMessage, response: ServerResponse, verdict: Allowed): Promise<void> {
    const { method = '' } = request;
    if (method === 'OPTIONS') {
      response.writeHead(200, { Allow: ALLOW, DAV: '1', 'MS-Author-Via': 'DAV', 'Content-Length': 0 }).end();
      return;
    }
    if (method !== 'GET' && method !== 'HEAD' && method !== 'PROPFIND') {
      response.setHeader('Allow', ALLOW);
      // What is sent along is not read.
      response.setHeader('Connection', 'close');
      sendText(request, response, 405, 'This is a read-only view of a backup: nothing in it can be changed or locked.');
      return;
    }
    const item = await this.#find(verdict.segments);
    if (item === null) sendText(request, response, 404, 'This is not in the backup.');
    else if (method === 'PROPFIND') await this.#propfind(request, response, item, hrefOf(verdict, item));
    else if (item.kind === 'file') await this.#file(request, response, item);
    else await this.#page(request, response, item, hrefOf(verdict, item));
  }

  async #find(segments: readonly string[]): Promise<Item | null> {
    let item: Item | null = this.#top;
    for (const segment of segments) {
      const name = decodeName(segment);
      if (name === null || item?.kind !== 'folder') return null;
      item = await item.child(name);
    }
    return item;
  }

  async #propfind(request: IncomingMessage, response: ServerResponse, item: Item, href: string): Promise<void> {
    const { depth = 'infinity' } = request.headers;
    const body = await bodyOf(request);
    const asked = body === null ? null : askedOf(body);
    if (asked === null) {
      sendText(request, response, 400, 'The body of this PROPFIND cannot be read.');
      return;
    }
    const lists = item.kind === 'folder' && depth !== '0';
    if (lists && depth !== '1') {
      const error =
        '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>\n';
      response.writeHead(403, { 'Content-Type': 'application/xml; charset=utf-8' }).end(error);
      return;
    }
    // Before the answer begins: what cannot be read must not look like an empty folder.
    const children = lists ? await item.children() : [];
    response.writeHead(207, { 'Content-Type': 'application/xml; charset=utf-8' });
    await sendAll(response, multistatus(item, href, children, asked));
  }

  async #file(request: IncomingMessage, response: ServerResponse, file: FileItem): Promise<void> {
    const modified = new Date(clampMs(file.modifiedMs)).toUTCString();
    response.setHeader('ETag', file.etag);
    response.setHeader('Last-Modified', modified);
    response.setHeader('Accept-Ranges', 'bytes');
    if (isKnown(request.headers, file.etag, file.modifiedMs)) {
      response.writeHead(304).end();
      return;
    }
    const range = rangeOf(request.headers, file.size, file.etag, modified);
    if (range === 'none') {
      response.setHeader('Content-Range', `bytes */${file.size}`);
      sendText(request, response, 416, 'This file has no such bytes.');
      return;
    }
    const { from, to } = range === 'all' ? { from: 0, to: file.size } : range;
    response.setHeader('Content-Type', 'application/octet-stream');
    response.setHeader('Content-Length', to - from);
    if (range !== 'all') response.setHeader('Content-Range', `bytes ${from}-${to - 1}/${file.size}`);
    response.statusCode = range === 'all' ? 200 : 206;
    if (request.method === 'HEAD') response.end();
    else await sendAll(response, this.#contents.read(file, from, to));
  }

  /** For browsers. */
  async #page(request: IncomingMessage, response: ServerResponse, folder: FolderItem, href: string): Promise<void> {
    const children = request.method === 'HEAD' ? [] : await folder.children();
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
    if (request.method === 'HEAD') response.end();
    else await sendAll(response, page(folder, href, children));
  }
}

/** Where an item is: the path that was asked for, with a slash at the end of a folder's. */
function hrefOf({ base, segments }: Allowed, item: Item): string {
  const names = segments.map((segment) => encodeName(decodeName(segment) ?? new Uint8Array(0)));
  const path = [base, ...names].join('/');
  return item.kind === 'folder' ? `${path}/` : path;
}

const childHref = (href: string, child: Item): string =>
  `${href}${encodeName(child.name)}${child.kind === 'folder' ? '/' : ''}`;

function* multistatus(item: Item, href: string, children: readonly Item[], asked: Asked): Generator<string, undefined> {
  yield MULTISTATUS_BEGIN + responseXml(href, item, asked);
  for (const child of children) yield responseXml(childHref(href, child), child, asked);
  yield MULTISTATUS_END;
}

function* page(folder: FolderItem, href: string, children: readonly Item[]): Generator<string, undefined> {
  const title = folder.name.length === 0 ? 'Holdfast' : escapeXml(display(folder.name));
  yield `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><ul>\n`;
  for (const child of children) {
    const slash = child.kind === 'folder' ? '/' : '';
    yield `<li><a href="${childHref(href, child)}">${escapeXml(display(child.name))}${slash}</a>\n`;
  }
  yield '</ul>\n';
}

/** As fast as the other side takes it; ends quietly where that hangs up. */
async function sendAll(response: ServerResponse, parts: Iterable<string> | AsyncIterable<Buffer>): Promise<void> {
  for await (const part of parts) {
    if (response.destroyed) return;
    if (response.write(part)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        response.off('drain', go);
        response.off('close', go);
        resolve();
      };
      response.on('drain', go);
      response.on('close', go);
    });
  }
  response.end();
}

function sendText(request: IncomingMessage, response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`, 'utf8');
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Null where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
