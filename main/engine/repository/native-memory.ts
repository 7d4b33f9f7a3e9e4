/**
 * Gives back what the native zstd package has allocated. Its buffers lie outside of V8's heap and are freed by
 * finalizers, which run when the event loop turns after a collection; V8 alone begins one only after some 64 MiB in each
 * thread, and a synchronous worker turns the loop between tasks at best. Where Node has zstd built in (from 22.15 on)
 * there are no such buffers, and nothing is done.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import zlib from 'node:zlib';

type Collect = (options: { type: 'minor' }) => void;

let known: Collect | null | undefined;

/** Null where there is nothing to collect, or V8 does not offer it. */
function collector(): Collect | null {
  if (known !== undefined) return known;
  known = null;
  if ('zstdDecompressSync' in zlib) return null;
  try {
    setFlagsFromString('--expose-gc');
    known = runInNewContext('gc') as Collect;
  } catch {
    // V8's own pace then.
  }
  return known;
}

/** Collects young objects, some of a millisecond's work: what they held is free when the event loop has turned. */
export function collectNative(): void {
  collector()?.({ type: 'minor' });
}

/** Collects, and lets the loop turn. To be called every 8 MiB or so. */
export async function releaseNative(): Promise<void> {
  if (collector() === null) return;
  collectNative();
  await new Promise((resolve) => setImmediate(resolve));
}
