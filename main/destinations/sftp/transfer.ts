/**
 * Moves the bytes of files, with as many requests on their way as the connection's flow allows: a server that answers
 * after 40 ms is still kept busy. Every byte passes the traffic first.
 */
import { objectDamaged } from '../local/errors.ts';
import { PIECE, type Source } from '../remote/source.ts';
import type { Files } from './files.ts';

/** Bytes of one request: the most that every server must take, less its head (draft-ietf-secsh-filexfer-02, 3). */
const PACKET = 31 * 1024;

/** Told about bytes as the server has acknowledged them: all up to `offset`. */
export type Progress = (offset: number) => void;

/**
 * Writes a source's bytes from `offset` to its end, in order.
 * @param read sees each piece before it is sent, in order
 * @throws what the server answered to the first request that failed; the signal's reason
 */
export async function writeFrom(
  files: Files,
  handle: Buffer,
  source: Source,
  offset: number,
  options: {
    signal: AbortSignal | undefined;
    read?: (piece: Uint8Array) => void;
    acknowledged?: Progress;
  },
): Promise<number> {
  const { signal } = options;
  const window = new Window(offset, options.acknowledged);
  let at = offset;
  for await (const piece of source.pieces(offset, source.size - offset)) {
    options.read?.(piece);
    await files.traffic.send(piece.length, signal);
    const answered = await window.unlessFailed(files.connection.sending.take(piece.length, signal));
    window.add(at, at + piece.length, writePiece(files, handle, piece, at).finally(answered));
    at += piece.length;
  }
  await window.settled(signal);
  return at;
}

/**
 * Reads up to `length` bytes from `offset`; fewer only where the file ends.
 * @throws what the server answered to the first request that failed; the signal's reason
 */
export async function readFrom(
  files: Files,
  handle: Buffer,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  const window = new Window(0, undefined);
  let end = length;
  for (let at = 0; at < end; at += PIECE) {
    const size = Math.min(PIECE, length - at);
    await files.traffic.receive(size, signal);
    const answered = await window.unlessFailed(files.connection.receiving.take(size, signal));
    const piece = readPiece(files, handle, bytes, at, size, offset).then((got) => {
      if (got < size) end = Math.min(end, at + got);
    });
    window.add(at, at + size, piece.finally(answered));
  }
  await window.settled(signal);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, end);
}

/** Reads exactly `length` bytes. `name` is for the error. @throws HoldfastError `object-damaged` where there are fewer */
export async function readExactly(
  files: Files,
  handle: Buffer,
  name: string,
  offset: number,
  length: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = await readFrom(files, handle, offset, length, signal);
  if (bytes.length < length) throw objectDamaged(name, `ended after ${offset + bytes.length} bytes`);
  return bytes;
}

/** Pieces on their way: how far they are acknowledged without a gap, and the first that failed. */
class Window {
  readonly #progress: Progress | undefined;
  readonly #open = new Map<number, { end: number; done: boolean }>();
  readonly #running = new Set<Promise<void>>();
  readonly #failed: Promise<never>;
  #fail: (error: unknown) => void = () => undefined;
  #acknowledged: number;

  constructor(offset: number, progress: Progress | undefined) {
    this.#acknowledged = offset;
    this.#progress = progress;
    this.#failed = new Promise((_, reject) => (this.#fail = reject));
    this.#failed.catch(() => undefined);
  }

  add(start: number, end: number, piece: Promise<void>): void {
    const entry = { end, done: false };
    this.#open.set(start, entry);
    const running = piece.then(
      () => {
        entry.done = true;
        this.#running.delete(running);
        this.#advance();
      },
      (error: unknown) => this.#fail(error),
    );
    this.#running.add(running);
  }

  /** The promise's result, unless a piece failed before. */
  async unlessFailed(promise: Promise<() => void>): Promise<() => void> {
    // Room that is granted after the failure must go back, or the connection's other transfers would wait for it.
    let failed = false;
    promise.then(
      (giveBack) => {
        if (failed) giveBack();
      },
      () => undefined,
    );
    try {
      return await Promise.race([promise, this.#failed]);
    } catch (error) {
      failed = true;
      throw error;
    }
  }

  async settled(signal: AbortSignal | undefined): Promise<void> {
    let abort: () => void = () => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal?.reason);
    });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      await Promise.race([Promise.all(this.#running), this.#failed, aborted]);
      // The last piece may have failed in the same moment.
      await Promise.race([this.#failed, Promise.resolve()]);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  #advance(): void {
    for (;;) {
      const next = this.#open.get(this.#acknowledged);
      if (next === undefined || !next.done) return;
      this.#open.delete(this.#acknowledged);
      this.#acknowledged = next.end;
      this.#progress?.(this.#acknowledged);
    }
  }
}

async function writePiece(files: Files, handle: Buffer, piece: Uint8Array, position: number): Promise<void> {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  const packets: Promise<void>[] = [];
  for (let at = 0; at < bytes.length; at += PACKET) {
    const size = Math.min(PACKET, bytes.length - at);
    packets.push(
      files.connection.request<void>((sftp, answer) => sftp.write(handle, bytes, at, size, position + at, answer)),
    );
  }
  await Promise.all(packets);
}

/** Gives back how many bytes there were. A server may answer with fewer than it has: then the rest is asked for. */
async function readPiece(
  files: Files,
  handle: Buffer,
  into: Buffer,
  start: number,
  size: number,
  offset: number,
): Promise<number> {
  const packets: Promise<number>[] = [];
  for (let at = 0; at < size; at += PACKET) {
    packets.push(readPacket(files, handle, into, start + at, Math.min(PACKET, size - at), offset + start + at));
  }
  let total = 0;
  for (const [index, got] of (await Promise.all(packets)).entries()) {
    total += got;
    if (got < Math.min(PACKET, size - index * PACKET)) break;
  }
  return total;
}

async function readPacket(
  files: Files,
  handle: Buffer,
  into: Buffer,
  at: number,
  size: number,
  position: number,
): Promise<number> {
  let done = 0;
  while (done < size) {
    const got = await files.connection.request<number>((sftp, answer) =>
      sftp.read(handle, into, at + done, size - done, position + done, (error, count) => answer(error, count)),
    );
    if (got === 0) break;
    done += got;
  }
  return done;
}
