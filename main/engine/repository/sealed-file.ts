/**
 * Large files of this computer's own, sealed like objects (format/object.ts) but not padded, and never whole in memory
 * as ciphertext or twice as plaintext: header, then segments of 256 KiB.
 */
import { open } from 'node:fs/promises';
import { damaged } from '../format/damage.ts';
import {
  openHeader,
  parseHeader,
  SEALED_HEADER_BYTES,
  sealHeader,
  type Header,
  type SealOptions,
} from '../format/envelope.ts';
import { openInto, positionNonce, sealPieces, TAG_BYTES } from '../format/gcm.ts';
import { SEGMENT_BYTES } from '../format/object.ts';
import { collectNative, noteNative } from './native-memory.ts';

const STRIDE = SEGMENT_BYTES + TAG_BYTES;

/**
 * Writes a file anew and flushes it. Errors: those of the file system.
 *
 * @param parts the plaintext; at least one byte, at most 2^32 segments
 */
export async function writeSealedFile(path: string, options: SealOptions, parts: Iterable<Uint8Array>): Promise<void> {
  const { header, key, aad } = sealHeader(options);
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(header);
    const segment = new Uint8Array(SEGMENT_BYTES);
    let length = 0;
    let index = 0;
    const seal = async (last: boolean): Promise<void> => {
      const nonce = positionNonce(index++, last);
      for (const piece of sealPieces(key, nonce, aad, [segment.subarray(0, length)])) await file.writeFile(piece);
      noteNative(length);
      collectNative();
      length = 0;
    };
    for (const part of parts) {
      for (let at = 0; at < part.length;) {
        // Only when more has come is it known that a full one is not the last.
        if (length === SEGMENT_BYTES) await seal(false);
        const piece = part.subarray(at, at + SEGMENT_BYTES - length);
        segment.set(piece, length);
        length += piece.length;
        at += piece.length;
      }
    }
    await seal(true);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Opens a whole file into shared memory, which threads can be given.
 *
 * @param secretFor gives the secret for a header (see openHeader), or null where none is known
 * @throws HoldfastError object-damaged, newer-format; errors of the file system
 */
export async function readSealedFile(
  path: string,
  kind: number,
  what: string,
  secretFor: (header: Header) => Uint8Array | null,
): Promise<Buffer<SharedArrayBuffer>> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const first = Buffer.alloc(Math.min(size, SEALED_HEADER_BYTES));
    await file.read(first, 0, first.length, 0);
    const header = parseHeader(first, what);
    if (header.kind !== kind) throw damaged(what, `kind ${header.kind} where ${kind} was expected`);
    const secret = secretFor(header);
    const opened = secret === null ? null : openHeader(header, secret);
    if (opened === null) throw damaged(what, 'its key does not fit');
    const body = size - header.bytes.length;
    const count = Math.ceil(body / STRIDE);
    if (count === 0) throw damaged(what, 'cut short');
    const plaintext = Buffer.from(new SharedArrayBuffer(Math.max(0, body - count * TAG_BYTES)));
    const sealed = Buffer.allocUnsafeSlow(STRIDE);
    let at = 0;
    for (let i = 0; i < count; i++) {
      const length = Math.min(STRIDE, body - i * STRIDE);
      const { bytesRead } = await file.read(sealed, 0, length, header.bytes.length + i * STRIDE);
      if (bytesRead < length) throw damaged(what, 'cut short');
      const segment = sealed.subarray(0, length);
      at += openInto(opened.key, positionNonce(i, i === count - 1), opened.aad, segment, plaintext, at, what);
    }
    return plaintext;
  } finally {
    await file.close();
  }
}
