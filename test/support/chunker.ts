/** Chunking for tests: the compiled module, and whole files cut up. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deriveGearTable, gearCut, MAX_CHUNK } from '../../main/engine/format/gear.ts';
import { createChunker, loadChunkerModule, RESERVED_BYTES } from '../../main/engine/pipeline/chunker/chunker.ts';
import { compileChunker } from '../../main/engine/pipeline/chunker/compile.mjs';

/** Compiles the chunker as the build does and loads it. */
export async function compiledChunker(): Promise<WebAssembly.Module> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-chunker-'));
  try {
    const file = join(folder, 'chunker.wasm');
    await compileChunker(file);
    return loadChunkerModule(file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export function tableOf(key: Uint8Array): BigUint64Array {
  return deriveGearTable((message) => createHmac('sha256', key).update(message).digest());
}

/** Cut lengths of a whole file by the plain reference. */
export function referenceCuts(table: BigUint64Array, data: Uint8Array): number[] {
  const cuts: number[] = [];
  for (let at = 0; at < data.length; at += cuts.at(-1)!) cuts.push(gearCut(table, data, at, true));
  return cuts;
}

/** A memory with `bytes` above the reserved part. */
export function chunkerMemory(bytes: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: Math.ceil((RESERVED_BYTES + bytes) / 65536) });
}

/** Kept from call to call, because zeroing a new one costs more than the chunking. */
let wholeFile = chunkerMemory(0);

/** Cut lengths of a whole file by the WebAssembly chunker, all bytes given at once. */
export function wasmCuts(module: WebAssembly.Module, key: Uint8Array, data: Uint8Array): number[] {
  if (wholeFile.buffer.byteLength < RESERVED_BYTES + data.length) wholeFile = chunkerMemory(data.length);
  const chunker = createChunker(wholeFile, module, key);
  new Uint8Array(wholeFile.buffer).set(data, RESERVED_BYTES);
  const cuts: number[] = [];
  for (let at = 0; at < data.length; at += cuts.at(-1)!) {
    cuts.push(chunker.nextCut(RESERVED_BYTES + at, data.length - at, true));
  }
  return cuts;
}

/**
 * Cut lengths when the file is read in pieces of the given sizes (the last one repeats) into a window that lies
 * `shift` bytes above the reserved part; unread memory is filled with what must not be looked at.
 */
export function fedCuts(
  module: WebAssembly.Module,
  key: Uint8Array,
  data: Uint8Array,
  pieces: number[],
  shift: number,
): number[] {
  const window = RESERVED_BYTES + shift;
  const capacity = MAX_CHUNK + Math.max(...pieces);
  const memory = chunkerMemory(shift + capacity);
  const bytes = new Uint8Array(memory.buffer).fill(0xa5, window);
  const chunker = createChunker(memory, module, key);
  const cuts: number[] = [];
  let held = 0;
  let read = 0;
  let piece = 0;
  while (read < data.length || held > 0) {
    const cut = chunker.nextCut(window, held, read === data.length);
    if (cut > 0) {
      cuts.push(cut);
      bytes.copyWithin(window, window + cut, window + held);
      bytes.fill(0xa5, window + held - cut, window + held);
      held -= cut;
    } else {
      if (held >= MAX_CHUNK) throw new Error('The chunker asks for more than a chunk can hold.');
      const next = data.subarray(read, read + pieces[Math.min(piece++, pieces.length - 1)]!);
      bytes.set(next, window + held);
      held += next.length;
      read += next.length;
    }
  }
  return cuts;
}
