/**
 * Has the C library give back what a thread frees. glibc raises by itself the size from which on a buffer is memory of its
 * own, to 32 MB; from then on blocks of packs come from the heap of each thread, which keeps what was freed in the middle:
 * a restore of 58,000 files held 150 MB in that way, a first backup of them 40.
 */
import { bind, loadNative } from './native.ts';

interface MallocCalls {
  mallopt(parameter: number, value: number): number;
}

/** `M_MMAP_THRESHOLD` of malloc.h; once it is set it stays as it is (mallopt(3)). */
const M_MMAP_THRESHOLD = -3;
/** Buffers of this many bytes and more are memory of their own: a block of a pack, and what it is decompressed into. */
const OWN_BYTES = 256 * 1024;

let done = false;

/**
 * For the process, from its next allocation on. May be called often. Changes nothing where the C library is not glibc,
 * nor in Electron, which has an allocator of its own.
 */
export function giveBackFreed(): void {
  if (done || process.platform !== 'linux') return;
  done = true;
  const native = loadNative();
  if (native === null) return;
  try {
    const calls = bind<MallocCalls>(native.load(null), { mallopt: 'int mallopt(int parameter, int value)' });
    calls.mallopt(M_MMAP_THRESHOLD, OWN_BYTES);
  } catch {
    // A C library without it.
  }
}
