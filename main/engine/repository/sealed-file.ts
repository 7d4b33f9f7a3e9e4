/**
 * Large files of this computer's own, sealed like objects (format/object.ts) but not padded, and never whole in memory
 * as ciphertext or twice as plaintext: header, then segments of 256 KiB.
 */
import { open } from 'node:fs/promises';
import { sealHeader, type SealOptions } from '../format/envelope.ts';
import { positionNonce, sealPieces, TAG_BYTES } from '../format/gcm.ts';
import { SEGMENT_BYTES } from '../format/object.ts';
import { collectNative, noteNative } from './native-memory.ts';

/** Bytes of a segment with its tag. */
export const SEALED_STRIDE = SEGMENT_BYTES + TAG_BYTES;

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
