/**
 * How large V8 lets the heaps of the engine grow. By default it collects as seldom as it can: a thread that holds 20 MB
 * took 120 MB.
 */
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';
import { collectNow } from './native-memory.ts';

/** Room for new objects in a thread, MB: three half-spaces of 2 MB, where V8 takes up to 16 MB each. */
export const YOUNG_MB = 6;

/** The command line's own thread has not begun with these limits. */
let late = isMainThread;
let youngBound = false;

/** For threads that are started from now on: old objects are collected at 16 MB, and then when there are 60 % more. */
export function boundNewHeaps(): void {
  setFlagsFromString('--heap-growing-percent=60');
  setFlagsFromString('--initial-old-space-size=16');
}

/** The same for the thread that calls it. May be called often. */
export function boundHeap(): void {
  if (!late) return;
  late = false;
  boundNewHeaps();
  boundYoung();
  // When old objects are collected next is decided by what was left the last time.
  collectNow('major');
}

/**
 * Room for new objects stays as it is in the thread that calls this: for a program's first line, where that is 1 MB each
 * half. Its modules alone would grow it to 8.
 */
export function boundYoung(): void {
  youngBound = true;
  keepYoungBound();
}

/** To be called when another thread has begun: V8 then sets the factor back to 2, for all of them (Heap::ConfigureHeap). */
export function keepYoungBound(): void {
  if (youngBound) setFlagsFromString('--semi-space-growth-factor=1');
}
