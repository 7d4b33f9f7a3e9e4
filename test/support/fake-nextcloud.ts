/**
 * What is particular to Nextcloud, in this process: its paths, quotas, checksums, locks, its uploads in chunks (version
 * 2: https://docs.nextcloud.com/server/latest/developer_manual/client_apis/WebDAV/chunking.html) and sabre/dav's errors.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Seen {
  /** From 1, in the order of arrival. */
  number: number;
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  received: number;
}

/** An answer instead of what would happen; or the connection ends before anything happens, or after it. */
export type Fault = { status: number; headers?: Record<string, string>; message?: string } | 'before' | 'lost';

interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: Buffer | string;
}

type Node = { folder: true; modified: number } | { folder: false; bytes: Buffer; modified: number };

const ROOT = '/remote.php/dav/';
const MIN_CHUNK = 5 * 2 ** 20;

export class FakeNextcloud {
  readonly user = 'alice@example.org';
  readonly password = 'canary-AbCdE-FgHiJ';
  readonly seen: Seen[] = [];
  rule: (seen: Seen) => Fault | null = () => null;
  /** Bytes; null: no limit, which is told as -3. */
  quota: number | null = null;
  /** `<oc:checksum>` of files, as ownCloud computes them. */
  checksums: (bytes: Buffer) => string | null = () => null;
  /** The largest body that a request may have (413 above). */
  limit = Number.POSITIVE_INFINITY;
  /** Ms that this server's clock is ahead. */
  ahead = 0;
  /** By path below `/remote.php/dav/`, without a slash at the end: `files/<user>/…`, `uploads/<user>/…`. */
  readonly #nodes = new Map<string, Node>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((message, response) => void this.#handle(message, response));
    for (const path of ['files', `files/${this.user}`, 'uploads', `uploads/${this.user}`]) this.#makeFolder(path);
  }

  static async start(): Promise<FakeNextcloud> {
    const fake = new FakeNextcloud();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  /** Address of the account's folder. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}${ROOT}files/${encodeURIComponent(this.user)}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  /** Every file, with its path below `/remote.php/dav/`. */
  files(): string[] {
    return [...this.#nodes].filter(([, node]) => !node.folder).map(([path]) => path);
  }

  truncate(path: string, size: number): void {
    const at = `files/${this.user}/${path}`;
    const node = this.#nodes.get(at);
    if (node === undefined || node.folder) throw new Error(`${path} is not there`);
    this.#nodes.set(at, { ...node, bytes: node.bytes.subarray(0, size) });
  }

  /** Makes everything look as old as `ms`. */
  age(ms: number): void {
    for (const node of this.#nodes.values()) node.modified -= ms;
  }

  async #handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket, method = '', headers } = message;
    message.on('error', () => undefined);
    const path = pathOf(message.url ?? '/');
    const seen: Seen = { number: this.seen.length + 1, method, path, headers, received: 0 };
    this.seen.push(seen);
    const fault = this.rule(seen);
    const pieces: Buffer[] = [];
    try {
      for await (const piece of message as AsyncIterable<Buffer>) {
        pieces.push(piece);
        seen.received += piece.length;
      }
    } catch {
      return;
    }
    if (!message.complete || fault === 'before') return void socket.destroy();
    let answer: Answer;
    if (fault !== null && fault !== 'lost') {
      answer = {
        status: fault.status,
        ...(fault.headers ? { headers: fault.headers } : {}),
        body: sabre(fault.message),
      };
    } else answer = this.#answer(method, path, headers, Buffer.concat(pieces));
    if (fault === 'lost') return void socket.destroy();
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status, {
      date: new Date(Date.now() + this.ahead).toUTCString(),
      ...answer.headers,
      ...(answer.status === 204 ? {} : { 'content-length': String(body.length) }),
    });
    response.end(method === 'HEAD' ? undefined : body);
  }

  #answer(method: string, path: string, headers: IncomingMessage['headers'], body: Buffer): Answer {
    const expected = `Basic ${Buffer.from(`${this.user}:${this.password}`).toString('base64')}`;
    if (headers.authorization !== expected) {
      const challenge = 'Basic realm="Nextcloud", charset="UTF-8"';
      return { status: 401, headers: { 'www-authenticate': challenge }, body: sabre('No public access') };
    }
    const node = this.#nodes.get(path);
    switch (method) {
      case 'PROPFIND':
        return node === undefined
          ? missing(path)
          : this.#propfind(path, node, String(headers['depth']), body.toString());
      case 'MKCOL':
        if (node !== undefined) return { status: 405, body: sabre('The resource you tried to create already exists') };
        if (!this.#hasParent(path)) return { status: 409, body: sabre('Parent node does not exist') };
        this.#makeFolder(path);
        return { status: 201 };
      case 'PUT':
        return this.#put(path, headers, body);
      case 'MOVE':
        return this.#move(path, headers);
      case 'DELETE':
        if (node === undefined) return missing(path);
        this.#remove(path);
        return { status: 204 };
      case 'GET':
      case 'HEAD':
        return node === undefined || node.folder ? missing(path) : get(node.bytes, headers['range']);
      default:
        return { status: 501 };
    }
  }

  #put(path: string, headers: IncomingMessage['headers'], body: Buffer): Answer {
    if (body.length > this.limit) return { status: 413 };
    if (!this.#hasParent(path))
      return { status: 409, body: sabre('Files cannot be created in non-existent collections') };
    if (path.startsWith('uploads/') && headers['destination'] === undefined) return { status: 400 };
    if (!this.#fits(path, body.length)) return full();
    const there = this.#nodes.has(path);
    this.#nodes.set(path, { folder: false, bytes: body, modified: this.#now() });
    return { status: there ? 204 : 201, headers: { 'oc-etag': '"1"' } };
  }

  #move(path: string, headers: IncomingMessage['headers']): Answer {
    const to = pathOf(String(headers['destination']));
    if (!this.#hasParent(to)) return { status: 409, body: sabre('The destination node is not found') };
    let bytes: Buffer;
    let gone = path;
    if (path.startsWith('uploads/') && path.endsWith('/.file')) {
      gone = path.slice(0, -'/.file'.length);
      if (!this.#nodes.has(gone)) return missing(gone);
      const chunks = [...this.#nodes].filter(([at]) => at.startsWith(`${gone}/`)).sort(([a], [b]) => (a < b ? -1 : 1));
      const parts = chunks.map(([, node]) => (node.folder ? Buffer.alloc(0) : node.bytes));
      if (parts.slice(0, -1).some((part) => part.length < MIN_CHUNK))
        return { status: 400, body: sabre('chunk too small') };
      bytes = Buffer.concat(parts);
      if (bytes.length !== Number(headers['oc-total-length'])) {
        return { status: 400, body: sabre('Chunks on server do not sum up to the expected size') };
      }
      if (this.#used('files/') + bytes.length > (this.quota ?? Number.POSITIVE_INFINITY)) return full();
    } else {
      const node = this.#nodes.get(path);
      if (node === undefined || node.folder) return missing(path);
      ({ bytes } = node);
    }
    const there = this.#nodes.has(to);
    this.#remove(gone);
    this.#nodes.set(to, { folder: false, bytes, modified: this.#now() });
    return { status: there ? 204 : 201 };
  }

  #propfind(path: string, node: Node, depth: string, body: string): Answer {
    if (depth !== '0' && depth !== '1') return { status: 501, body: sabre('Depth infinity is not allowed') };
    const inside = [...this.#nodes].filter(
      ([at]) => at.startsWith(`${path}/`) && !at.slice(path.length + 1).includes('/'),
    );
    const entries = [[path, node] as const, ...(depth === '1' ? inside : [])];
    const xml = entries.map(([at, entry]) => this.#response(at, entry, body)).join('');
    const open = '<d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns">';
    return {
      status: 207,
      headers: { 'content-type': 'application/xml; charset=utf-8' },
      body: `<?xml version="1.0"?>\n${open}${xml}</d:multistatus>`,
    };
  }

  #response(path: string, node: Node, body: string): string {
    const href = `${ROOT}${path.split('/').map(encodeURIComponent).join('/')}${node.folder ? '/' : ''}`;
    const used = this.#used('files/');
    const free = this.quota === null ? -3 : Math.max(0, this.quota - used);
    const sum = node.folder ? null : this.checksums(node.bytes);
    const found = [
      `<d:resourcetype>${node.folder ? '<d:collection/>' : ''}</d:resourcetype>`,
      `<d:getlastmodified>${new Date(node.modified).toUTCString()}</d:getlastmodified>`,
      node.folder ? '' : `<d:getcontentlength>${node.bytes.length}</d:getcontentlength>`,
      body.includes('quota') && node.folder
        ? `<d:quota-available-bytes>${free}</d:quota-available-bytes><d:quota-used-bytes>${used}</d:quota-used-bytes>`
        : '',
      sum === null ? '' : `<oc:checksums><oc:checksum>${sum}</oc:checksum></oc:checksums>`,
    ];
    return (
      `<d:response><d:href>${href}</d:href><d:propstat><d:prop>${found.join('')}</d:prop>` +
      '<d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><oc:unknown/></d:prop>' +
      '<d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>'
    );
  }

  #fits(path: string, size: number): boolean {
    const node = this.#nodes.get(path);
    const replaced = node === undefined || node.folder ? 0 : node.bytes.length;
    return this.quota === null || this.#used('') - replaced + size <= this.quota;
  }

  #used(prefix: string): number {
    let used = 0;
    for (const [path, node] of this.#nodes) if (!node.folder && path.startsWith(prefix)) used += node.bytes.length;
    return used;
  }

  #hasParent(path: string): boolean {
    return this.#nodes.get(path.slice(0, path.lastIndexOf('/')))?.folder === true;
  }

  #makeFolder(path: string): void {
    this.#nodes.set(path, { folder: true, modified: this.#now() });
  }

  #remove(path: string): void {
    for (const at of [...this.#nodes.keys()]) if (at === path || at.startsWith(`${path}/`)) this.#nodes.delete(at);
  }

  #now(): number {
    return Date.now() + this.ahead;
  }
}

function get(bytes: Buffer, range: string | undefined): Answer {
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  if (match === null) return { status: 200, body: bytes };
  const start = Number(match[1]);
  const end = Math.min(Number(match[2]), bytes.length - 1);
  if (start >= bytes.length) return { status: 416, body: sabre('The start offset exceeded the size of the entity') };
  const headers = { 'content-range': `bytes ${start}-${end}/${bytes.length}` };
  return { status: 206, headers, body: bytes.subarray(start, end + 1) };
}

function missing(path: string): Answer {
  return { status: 404, body: sabre(`File not found: ${path}`) };
}

function full(): Answer {
  return { status: 507, body: sabre('Insufficient space') };
}

function sabre(message = 'made up by a test'): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre</s:exception><s:message>${message}</s:message></d:error>`;
}

/** Below `/remote.php/dav/`, decoded, without a slash at the end. */
function pathOf(url: string): string {
  const { pathname } = new URL(url, 'http://fake');
  return decodeURIComponent(pathname).replace(ROOT, '').replace(/\/+$/, '');
}
