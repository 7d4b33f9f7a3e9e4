/**
 * Uploads: in one request of two parts, and in sessions whose pieces may come again.
 * https://developers.google.com/workspace/drive/api/guides/manage-uploads
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { empty, ApiError, type Reply } from './replies.ts';
import type { FakeFile } from './store.ts';

/** Pieces, but for the last one, are multiples of this; what is kept of a broken one too. */
const UNIT = 256 * 1024;
/** Google forgets a session after one week. */
const WEEK_MS = 7 * 24 * 3_600_000;

export interface Session {
  id: string;
  size: number;
  received: Buffer;
  endsMs: number;
  /** Runs with everything that came; gives back the answer, which a repeated question gets again. */
  finish(content: Buffer): Reply;
  done: Reply | null;
}

export class FakeUploads {
  readonly sessions = new Map<string, Session>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(size: number, finish: (content: Buffer) => Reply): Session {
    const id = randomBytes(24).toString('base64url');
    const session = { id, size, received: Buffer.alloc(0), endsMs: this.#now() + WEEK_MS, finish, done: null };
    this.sessions.set(id, session);
    return session;
  }

  /**
   * A piece, or the question `bytes * /N` how much there is.
   * @param cutAfter takes only so many bytes and then breaks the connection
   */
  async put(id: string, request: IncomingMessage, cutAfter: number | null): Promise<Reply> {
    const session = this.sessions.get(id);
    if (session === undefined) throw new ApiError(404, 'notFound', 'Upload session not found.');
    if (session.endsMs <= this.#now()) throw new ApiError(410, 'gone', 'Upload session has expired.');
    const range = request.headers['content-range'] ?? '';
    const asked = /^bytes \*\/(\d+)$/.exec(range);
    if (asked !== null) {
      await bodyOf(request);
      return this.#state(session, Number(asked[1]));
    }
    const piece = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range);
    const [from, to, size] = [Number(piece?.[1]), Number(piece?.[2]), Number(piece?.[3])];
    if (piece === null || size !== session.size || from > session.received.length || to >= size) {
      throw new ApiError(400, 'badRequest', 'Failed to parse Content-Range header.');
    }
    if (to !== size - 1 && (to - from + 1) % UNIT !== 0) throw new ApiError(400, 'badRequest', 'Bad piece size.');
    const { bytes, isWhole } = await readBody(request, cutAfter);
    if (isWhole && bytes.length !== to - from + 1) throw new ApiError(400, 'badRequest', 'Bad piece length.');
    const kept = isWhole ? bytes.length : bytes.length - ((from + bytes.length) % UNIT);
    const head = session.received.subarray(0, from);
    if (kept > 0) session.received = Buffer.concat([head, bytes.subarray(0, kept)]);
    if (!isWhole) throw new Cut();
    return this.#state(session, size);
  }

  #state(session: Session, size: number): Reply {
    if (session.done !== null) return session.done;
    if (session.received.length === size) {
      session.done = session.finish(session.received);
      session.received = Buffer.alloc(0);
      return session.done;
    }
    const { length } = session.received;
    return empty(308, length === 0 ? {} : { range: `bytes=0-${length - 1}` });
  }
}

/** The connection broke before the request was whole. */
export class Cut extends Error {}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const { bytes, isWhole } = await readBody(request, null);
  if (!isWhole) throw new Cut();
  return bytes;
}

async function readBody(
  request: IncomingMessage,
  cutAfter: number | null,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  let size = 0;
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      pieces.push(piece);
      size += piece.length;
      if (cutAfter !== null && size >= cutAfter) return { bytes: Buffer.concat(pieces), isWhole: false };
    }
  } catch {
    return { bytes: Buffer.concat(pieces), isWhole: false };
  }
  return { bytes: Buffer.concat(pieces), isWhole: request.complete };
}

/** The two parts of `multipart/related`: what the file is called, and its bytes. */
export function partsOf(contentType: string, body: Buffer): { metadata: unknown; content: Buffer } {
  const boundary = /^multipart\/related;\s*boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) throw new ApiError(400, 'badContent', 'Bad content type.');
  const parts: Buffer[] = [];
  const edge = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(edge); at >= 0;) {
    const next = body.indexOf(edge, at + edge.length);
    if (next < 0) break;
    const part = body.subarray(at + edge.length, next - 2); // without the line's end before the next edge
    parts.push(part.subarray(part.indexOf('\r\n\r\n') + 4));
    at = next;
  }
  const [metadata, content] = parts;
  if (metadata === undefined || content === undefined || parts.length !== 2) {
    throw new ApiError(400, 'badContent', 'Bad multipart body.');
  }
  return { metadata: JSON.parse(metadata.toString('utf8')) as unknown, content };
}

/** Part of a file's bytes, as `Range` asks for (RFC 9110, section 14). */
export function mediaOf(file: FakeFile, range: string | undefined): Reply {
  const content = file.content ?? Buffer.alloc(0);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(content.length) };
  if (range === undefined) return { status: 200, headers, body: content };
  const match = /^bytes=(\d+)-(\d+)$/.exec(range);
  const from = Number(match?.[1]);
  if (match === null || from >= content.length) {
    const body = Buffer.from('{"error":{"code":416,"errors":[{"reason":"requestedRangeNotSatisfiable"}]}}');
    return { status: 416, headers: { 'content-range': `bytes */${content.length}` }, body };
  }
  const body = content.subarray(from, Number(match[2]) + 1);
  const part = `bytes ${from}-${from + body.length - 1}/${content.length}`;
  return { status: 206, headers: { ...headers, 'content-length': String(body.length), 'content-range': part }, body };
}
