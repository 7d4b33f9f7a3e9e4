/**
 * Gives back memory outside of V8's heap in time. V8 begins a collection for it only after some 64 MiB in each thread;
 * and buffers of the native zstd package (none where Node has zstd built in, from 22.15 on) are freed by finalizers,
 * which run when the event loop turns after that: a synchronous worker turns it between tasks at best.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options?: { type: 'minor' }) => void;

/** Bytes that are worth a collection. */
const WORTHWHILE = 8 * 1024 * 1024;

let collect: Collect | null = null;
/** Bytes that this thread has been given since the last collection. */
let given = 0;
/** True where this thread has collected, and its loop has not turned since. */
let waits = false;

/** Called for buffers that are needed for a moment only. */
export function noteNative(bytes: number): void {
  given += bytes;
}

/**
 * Collects where that is worth it: what the objects held is free when the event loop has turned.
 *
 * @param what `minor`: young objects, in some of a millisecond; `major`: all, where few live
 * @returns true where it did
 */
export function collectNative(what: 'minor' | 'major' = 'minor'): boolean {
  if (given < WORTHWHILE) return false;
  return collectNow(what);
}

/** Collects at once. False where this V8 does not let itself be asked. */
export function collectNow(what: 'minor' | 'major'): boolean {
  given = 0;
  try {
    if (collect === null) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as Collect;
    }
    // V8 of Node 20 takes whatever it is given for a wish for a minor one.
    if (what === 'minor') collect({ type: what });
    else collect();
    waits = true;
    return true;
  } catch {
    return false; // At V8's own pace then.
  }
}

/** The same, and lets the loop turn where that or an earlier collection is worth it. May be called often. */
export async function releaseNative(what?: 'minor' | 'major'): Promise<void> {
  collectNative(what);
  await turnNative();
}

/** Lets the loop turn where something was collected since it has: only then is the memory free. May be called often. */
export async function turnNative(): Promise<void> {
  if (!waits) return;
  waits = false;
  await new Promise((resolve) => setImmediate(resolve));
}
