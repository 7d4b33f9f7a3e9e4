/**
 * The content-defined chunker of a pipeline worker: finds cut points in bytes that lie in a WebAssembly memory, without
 * copying them. Definition and sizes: ../../format/gear.ts; inner loop: gear.as.ts.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  deriveGearTable,
  GEAR_TABLE_BYTES,
  LOOSE_BITS,
  MAX_CHUNK,
  MIN_CHUNK,
  STRICT_BITS,
  TARGET_CHUNK,
} from '../../format/gear.ts';

/** The chunker's part of the memory is [0, RESERVED_BYTES); everything above is the caller's to lay out. */
export const RESERVED_BYTES = 64 * 1024;

/** Bytes of a chunker key (label `chunker` of the key hierarchy). */
export const CHUNKER_KEY_BYTES = 32;

export interface Chunker {
  /**
   * Length of the next chunk.
   *
   * @param offset address in the memory of the chunk's first byte, at least RESERVED_BYTES
   * @param length bytes that lie there
   * @param final whether they reach to the end of the file
   * @returns bytes of the chunk, 1 to MAX_CHUNK; 0 where more bytes are needed to tell (only if not `final` and
   *   `length` is below MAX_CHUNK) or `length` is 0. Asking again with more bytes scans from the chunk's start again,
   *   so callers do best to have MAX_CHUNK bytes at hand.
   */
  nextCut(offset: number, length: number, final: boolean): number;
}

/** Reads and compiles chunker.wasm (compile.mjs makes it). The module may be posted to other threads. */
export function loadChunkerModule(path: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(path));
}

/**
 * Makes the chunker of one worker. It writes its table into the reserved part of `memory`, so a memory serves one key
 * at a time: a later chunker on the same memory replaces the earlier one. The memory may grow afterwards.
 *
 * @param memory not shared, at least RESERVED_BYTES long
 * @param wasmModule from loadChunkerModule
 * @param key 32 bytes
 */
export function createChunker(memory: WebAssembly.Memory, wasmModule: WebAssembly.Module, key: Uint8Array): Chunker {
  if (key.length !== CHUNKER_KEY_BYTES) throw new RangeError(`A chunker key has ${CHUNKER_KEY_BYTES} bytes.`);
  const { scan, TABLE } = new WebAssembly.Instance(wasmModule, { env: { memory } }).exports as {
    scan: (start: number, first: number, last: number, bits: number) => number;
    TABLE: WebAssembly.Global<'i32'>;
  };
  const table = deriveGearTable((message) => createHmac('sha256', key).update(message).digest());
  const view = new DataView(memory.buffer, TABLE.value, GEAR_TABLE_BYTES);
  table.forEach((value, i) => view.setBigUint64(i * 8, value, true));

  return {
    nextCut(offset, length, final) {
      if (offset < RESERVED_BYTES || length < 0 || offset + length > memory.buffer.byteLength) {
        throw new RangeError(`${length} bytes at ${offset} do not lie in the chunker's memory.`);
      }
      const last = Math.min(length, MAX_CHUNK);
      let cut = 0;
      if (last >= MIN_CHUNK) cut = scan(offset, MIN_CHUNK, Math.min(last, TARGET_CHUNK - 1), STRICT_BITS);
      if (cut === 0 && last >= TARGET_CHUNK) cut = scan(offset, TARGET_CHUNK, last, LOOSE_BITS);
      if (cut !== 0) return cut;
      return final || length >= MAX_CHUNK ? last : 0;
    },
  };
}
