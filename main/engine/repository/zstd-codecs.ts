/**
 * The three ways to zstd that exist where Holdfast runs, under one interface. Their frames are interchangeable. None
 * checks a frame's outside; zstd.ts does, before it hands a frame on.
 */
import { Decompress } from 'fzstd';
import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';
import zlib from 'node:zlib';
import { noteNative } from './native-memory.ts';

export interface ZstdCodec {
  /** Null where this codec only decompresses. The result is memory of its own. */
  compress: ((src: Uint8Array, level: number) => Uint8Array) | null;
  /**
   * @param rawLength bytes expected; a codec may return fewer or more, or throw, where the frame yields others
   * @throws anything where the frame is damaged
   */
  decompress(src: Uint8Array, rawLength: number): Uint8Array;
}

/** What node:zlib has from Node 22.15 on; the types in use are of Node 20. */
interface ZlibWithZstd {
  zstdCompressSync(src: Uint8Array, options: object): Uint8Array;
  zstdDecompressSync(src: Uint8Array, options: object): Uint8Array;
  constants: { ZSTD_c_compressionLevel: number };
}

/** node:zlib's zstd; stops at rawLength bytes by itself. Null before Node 22.15. */
export function builtInZstd(): ZstdCodec | null {
  if (!('zstdCompressSync' in zlib)) return null;
  const zstd = zlib as unknown as ZlibWithZstd;
  return {
    compress: (src, level) =>
      zstd.zstdCompressSync(src, {
        params: { [zstd.constants.ZSTD_c_compressionLevel]: level },
        chunkSize: Math.max(4096, src.length), // one buffer for all of the output, too large for the shared pool
      }),
    decompress: (src, rawLength) =>
      zstd.zstdDecompressSync(src, { maxOutputLength: Math.max(1, rawLength), chunkSize: Math.max(4096, rawLength) }),
  };
}

interface NativePackage {
  Encoder: new (level: number) => { encodeSync(data: Uint8Array): Uint8Array };
  Decoder: new () => { decodeSync(data: Uint8Array): Uint8Array };
}

/**
 * The native package: takes views without a copy, but decodes as far as the frame goes. Null where there is no binary
 * for this system.
 */
export function nativeZstd(): ZstdCodec | null {
  let native: NativePackage;
  try {
    native = createRequire(import.meta.url)('@toondepauw/node-zstd') as NativePackage;
  } catch {
    return null;
  }
  const decoder = new native.Decoder();
  const noted = (bytes: Uint8Array): Uint8Array => {
    noteNative(bytes.length);
    return bytes;
  };
  return {
    compress: (src, level) => noted(new native.Encoder(level).encodeSync(src)),
    decompress: (src) => noted(decoder.decodeSync(src)),
  };
}

/**
 * Plain JavaScript, ten times slower, so that a restore works on every system.
 *
 * @param patienceMs the package loops for ever on some damaged frames, so it is stopped after this long and 1 ms more
 *   for every 1,000 bytes
 */
export function portableZstd(patienceMs = 10_000): ZstdCodec {
  return {
    compress: null,
    decompress(src, rawLength) {
      const out = new Uint8Array(rawLength);
      let length = 0;
      const decoder = new Decompress((bytes) => {
        // Throws a RangeError where the frame yields more than rawLength bytes.
        out.set(bytes, length);
        length += bytes.length;
      });
      const context = createContext({ run: () => decoder.push(src, true) as unknown });
      new Script('run()').runInContext(context, { timeout: patienceMs + Math.ceil(rawLength / 1000) });
      return out.subarray(0, length);
    },
  };
}
