/** What is sent to a server: bytes in memory or a spool file, read in pieces and hashed before it goes. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { HoldfastError } from '../../errors.ts';
import { isAbsent, objectDamaged } from '../local/errors.ts';
import { isHashedName } from '../names.ts';

/** Bytes handed on at a time: small enough for a pause or limit to act at once. */
export const PIECE = 128 * 1024;

export interface Source {
  /** In bytes; what `pieces` gives may be less if the file was cut meanwhile, which the receiver notices. */
  readonly size: number;
  /** The bytes from `offset`, in pieces of at most `PIECE`. */
  pieces(offset: number, length: number): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

export class BytesSource implements Source {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.size = bytes.length;
    this.#bytes = bytes;
  }

  async *pieces(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    for (let at = offset; at < end; at += PIECE) yield this.#bytes.subarray(at, Math.min(at + PIECE, end));
  }

  async close(): Promise<void> {
    // Holds nothing.
  }
}

export class FileSource implements Source {
  readonly size: number;
  readonly #handle: FileHandle;

  private constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  /** Opens a spool file; null if it is not there. @throws HoldfastError `destination-failed` if it is no regular file */
  static async open(spoolPath: string): Promise<FileSource | null> {
    let handle: FileHandle;
    try {
      // Windows has neither flag.
      handle = await open(spoolPath, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw spoolUnreadable(spoolPath, error);
    }
    const found = await handle.stat();
    if (found.isFile()) return new FileSource(handle, found.size);
    await handle.close();
    throw spoolGone(spoolPath);
  }

  async *pieces(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    for (let at = offset; at < end;) {
      const { bytesRead, buffer } = await this.#handle.read(new Uint8Array(Math.min(PIECE, end - at)), 0, null, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

export interface Digests {
  /** SHA-256 of everything, 32 bytes. */
  sha256: Buffer;
  /** `md5`: null where it was not asked for. */
  parts: { sha256: Buffer; md5: Buffer | null }[];
}

/**
 * Hashes a source in one pass: as a whole, and in parts of `partSize` bytes (one empty part where there are no bytes).
 * A whole of one part is hashed once.
 */
export async function digestsOf(
  source: Source,
  partSize: number,
  withMd5: boolean,
  signal: AbortSignal | undefined,
): Promise<Digests> {
  const whole = createHash('sha256');
  const parts: Digests['parts'] = [];
  for (let offset = 0; offset === 0 || offset < source.size; offset += partSize) {
    const sha256 = createHash('sha256');
    const md5 = withMd5 ? createHash('md5') : null;
    for await (const piece of source.pieces(offset, partSize)) {
      signal?.throwIfAborted();
      if (source.size > partSize) whole.update(piece);
      sha256.update(piece);
      md5?.update(piece);
    }
    parts.push({ sha256: sha256.digest(), md5: md5?.digest() ?? null });
  }
  const only = parts.length === 1 ? parts[0] : undefined;
  return { sha256: only?.sha256 ?? whole.digest(), parts };
}

/** SHA-256 of a whole source, 32 bytes. */
export async function sha256Of(source: Source, signal: AbortSignal | undefined): Promise<Buffer> {
  return (await digestsOf(source, Math.max(source.size, 1), false, signal)).sha256;
}

/** @throws HoldfastError `object-damaged` where a spool file does not have the hash that its object is named by */
export function assertNamedHash(name: string, sha256: Buffer): void {
  if (isHashedName(name) && !name.endsWith(sha256.toString('hex'))) {
    throw objectDamaged(name, 'the prepared file changed before it was stored');
  }
}

/** @throws HoldfastError `object-damaged` where `bytes` do not have the expected SHA-256 */
export function assertHash(name: string, bytes: Uint8Array, expected: Uint8Array | undefined): void {
  if (expected !== undefined && !createHash('sha256').update(bytes).digest().equals(expected)) {
    throw objectDamaged(name, 'the bytes to store do not have the expected SHA-256');
  }
}

export function spoolGone(spoolPath: string): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'A prepared part of this backup disappeared before it was stored.',
    'Everything stored before is still there. Start the backup again: it continues from there.',
    { detail: spoolPath },
  );
}

function spoolUnreadable(spoolPath: string, error: unknown): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'A prepared part of this backup cannot be read any more.',
    'Everything stored before is still there. Start the backup again: it continues from there.',
    { detail: `${spoolPath}: ${String(error)}`, cause: error },
  );
}
