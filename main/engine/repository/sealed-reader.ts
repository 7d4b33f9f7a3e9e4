/**
 * Reads pieces of a file that sealed-file.ts wrote, a few segments in memory at a time. Threads of one process may read
 * one open file, each with a reader of its own.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damaged } from '../format/damage.ts';
import { openHeader, parseHeader, SEALED_HEADER_BYTES, type Header, type ObjectKey } from '../format/envelope.ts';
import { openInto, positionNonce, TAG_BYTES } from '../format/gcm.ts';
import { SEGMENT_BYTES } from '../format/object.ts';
import { collectNative, noteNative } from './native-memory.ts';
import type { RecordSource } from './records.ts';
import { SEALED_STRIDE } from './sealed-file.ts';

/** Pieces below this many bytes. */
const SMALL_BYTES = 512;
/** Segments of 256 KiB that stay opened. */
const KEPT_SEGMENTS = 8;

interface Opened {
  bytes: Uint8Array;
  length: number;
}

/** What another thread needs to read the same open file. */
export interface SealedFileData extends ObjectKey {
  fd: number;
  what: string;
  headerBytes: number;
  /** Bytes of all segments with their tags. */
  sealedBytes: number;
}

export class SealedReader implements RecordSource {
  readonly data: SealedFileData;
  /** Bytes of plaintext. */
  readonly length: number;
  readonly #segments: number;
  readonly #sealed = new Uint8Array(SEALED_STRIDE);
  /** By number, the least recently used first; the memory of each is used again and again. */
  readonly #opened = new Map<number, Opened>();

  constructor(data: SealedFileData) {
    this.data = data;
    this.#segments = Math.ceil(data.sealedBytes / SEALED_STRIDE);
    this.length = Math.max(0, data.sealedBytes - this.#segments * TAG_BYTES);
  }

  /**
   * Opens a file. It has to be closed.
   *
   * @param secretFor gives the secret for a header (see openHeader), or null where none is known
   * @throws HoldfastError object-damaged, newer-format; errors of the file system
   */
  static open(
    path: string,
    kind: number,
    what: string,
    secretFor: (header: Header) => Uint8Array | null,
  ): SealedReader {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const first = Buffer.alloc(Math.min(size, SEALED_HEADER_BYTES));
      readWhole(fd, first, 0, what);
      const header = parseHeader(first, what);
      if (header.kind !== kind) throw damaged(what, `kind ${header.kind} where ${kind} was expected`);
      const secret = secretFor(header);
      const opened = secret === null ? null : openHeader(header, secret);
      if (opened === null) throw damaged(what, 'its key does not fit');
      const headerBytes = header.bytes.length;
      if (size === headerBytes) throw damaged(what, 'cut short');
      return new SealedReader({ ...opened, fd, what, headerBytes, sealedBytes: size - headerBytes });
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  read(from: number, to: number): Buffer {
    const length = to - from;
    // Small pieces share memory: they are looked at, and gone.
    const out = length < SMALL_BYTES ? Buffer.allocUnsafe(length) : Buffer.allocUnsafeSlow(length);
    for (let at = from; at < to;) {
      const index = Math.floor(at / SEGMENT_BYTES);
      const start = at - index * SEGMENT_BYTES;
      const opened = this.#segment(index);
      const piece = opened.bytes.subarray(start, Math.min(opened.length, start + to - at));
      if (piece.length === 0) throw damaged(this.data.what, 'cut short');
      out.set(piece, at - from);
      at += piece.length;
    }
    if (length >= SMALL_BYTES) {
      noteNative(length);
      collectNative();
    }
    return out;
  }

  /** Opens the segments of these bytes. Errors: object-damaged. */
  check(from: number, to: number): void {
    for (let at = from; at < to; at = (Math.floor(at / SEGMENT_BYTES) + 1) * SEGMENT_BYTES) {
      this.#segment(Math.floor(at / SEGMENT_BYTES));
    }
  }

  /** Once, by whoever opened it, when no thread reads any more. */
  close(): void {
    closeSync(this.data.fd);
  }

  /** Good until the next call. */
  #segment(index: number): Opened {
    const known = this.#opened.get(index);
    if (known !== undefined) {
      this.#opened.delete(index);
      this.#opened.set(index, known);
      return known;
    }
    const bytes = this.#takeMemory();
    const { fd, what, headerBytes, sealedBytes, key, aad } = this.data;
    const at = index * SEALED_STRIDE;
    const sealed = this.#sealed.subarray(0, Math.max(0, Math.min(SEALED_STRIDE, sealedBytes - at)));
    readWhole(fd, sealed, headerBytes + at, what);
    const length = openInto(key, positionNonce(index, index === this.#segments - 1), aad, sealed, bytes, 0, what);
    const opened = { bytes, length };
    this.#opened.set(index, opened);
    noteNative(length);
    collectNative();
    return opened;
  }

  #takeMemory(): Uint8Array {
    if (this.#opened.size < KEPT_SEGMENTS) return new Uint8Array(SEGMENT_BYTES);
    const [oldest] = this.#opened;
    if (oldest === undefined) return new Uint8Array(SEGMENT_BYTES);
    this.#opened.delete(oldest[0]);
    return oldest[1].bytes;
  }
}

function readWhole(fd: number, into: Uint8Array, position: number, what: string): void {
  for (let done = 0; done < into.length;) {
    const n = readSync(fd, into, done, into.length - done, position + done);
    if (n === 0) throw damaged(what, 'cut short');
    done += n;
  }
}
