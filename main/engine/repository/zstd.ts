/**
 * zstd (RFC 8878) for blocks and segments: synchronous, for pipeline workers. Uses the fastest codec that this system
 * has; frames are the same format whichever made them.
 */
import { HoldfastError } from '../../errors.ts';
import { damaged } from '../format/damage.ts';
import { builtInZstd, nativeZstd, portableZstd, type ZstdCodec } from './zstd-codecs.ts';
import { checkFrame, rawFrame } from './zstd-frame.ts';

/** Levels that compress takes; above, encoders cut blocks so short that checkFrame would refuse them. */
export const MIN_LEVEL = 1;
export const MAX_LEVEL = 12;

let chosen: ZstdCodec | undefined;

function codec(): ZstdCodec {
  chosen ??= builtInZstd() ?? nativeZstd() ?? portableZstd();
  return chosen;
}

/**
 * Compresses into one frame that `decompress` accepts.
 *
 * @param src any view, of a WebAssembly memory too; not kept
 * @param level MIN_LEVEL to MAX_LEVEL
 * @returns the frame in memory of its own; longer than `src` by some bytes where `src` does not compress
 * @throws HoldfastError internal where this system has no encoder
 */
export function compress(src: Uint8Array, level: number): Uint8Array {
  return compressWith(codec(), src, level);
}

/** As compress, with a given codec. */
export function compressWith({ compress: encode }: ZstdCodec, src: Uint8Array, level: number): Uint8Array {
  if (!Number.isInteger(level) || level < MIN_LEVEL || level > MAX_LEVEL) {
    throw new RangeError(`Compression level ${level} is not one of ${MIN_LEVEL} to ${MAX_LEVEL}.`);
  }
  if (encode === null) {
    throw new HoldfastError(
      'internal',
      'This copy of Holdfast has no zstd compression for this system.',
      'Nothing was changed in your backups, and restoring works. Install Holdfast again; if that does not help, report ' +
        'your system and its processor.',
      { detail: `@toondepauw/node-zstd does not load on ${process.platform} ${process.arch}` },
    );
  }
  const frame = encode(src, level);
  try {
    checkFrame(frame, src.length);
    return frame;
  } catch {
    return rawFrame(src);
  }
}

/**
 * Decompresses one frame. Whatever its headers say, memory stays in proportion to `rawLength`: exactly that with
 * node:zlib, at most about eight times that (before it is refused) with the native package.
 *
 * @param src exactly one frame
 * @param rawLength bytes that the frame must yield, as the authenticated table says
 * @returns rawLength bytes in memory of their own
 * @throws HoldfastError object-damaged where the frame is damaged, yields another length, or is out of proportion
 */
export function decompress(src: Uint8Array, rawLength: number): Uint8Array {
  return decompressWith(codec(), src, rawLength);
}

/** As decompress, with a given codec. */
export function decompressWith(codec: ZstdCodec, src: Uint8Array, rawLength: number): Uint8Array {
  checkFrame(src, rawLength);
  let raw: Uint8Array;
  try {
    raw = codec.decompress(src, rawLength);
  } catch (error) {
    throw damaged('A compressed block', error instanceof Error ? error.message : String(error));
  }
  if (raw.length !== rawLength) throw damaged('A compressed block', `${raw.length} bytes where ${rawLength} are due`);
  return raw;
}
