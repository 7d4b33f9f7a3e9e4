/**
 * What the operating system says where a program, or the whole computer, has as many files open as it may. That is
 * nobody's damage: it passes when others close theirs.
 */
import { HoldfastError } from './errors.ts';

const SHORT: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE']);
/** Between two tries, in ms. */
const PAUSE_MS = 100;
/** About three seconds together. */
const TRIES = 30;

/** True for an error of the operating system that says so. */
export const isShortOfFiles = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && SHORT.has(error.code);

/** Runs what opens a file or a folder, again for a moment while there is no room for one more. Errors: those of `open`. */
export async function openPatiently<T>(
  open: () => Promise<T>,
  pause: (ms: number) => Promise<void> = (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await open();
    } catch (error) {
      if (!isShortOfFiles(error) || tries === TRIES) throw error;
    }
    await pause(PAUSE_MS);
  }
}

/** The same for a thread that may rest. */
export function openPatientlySync<T>(open: () => T, pause: (ms: number) => void = rest): T {
  for (let tries = 1; ; tries++) {
    try {
      return open();
    } catch (error) {
      if (!isShortOfFiles(error) || tries === TRIES) throw error;
    }
    pause(PAUSE_MS);
  }
}

function rest(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Ends a run: no file and no disk is to blame. */
export function tooManyOpen(cause: unknown): HoldfastError {
  return new HoldfastError(
    'destination-failed',
    'Too many files are open at the same time.',
    'Backups already stored are not affected. Try again; if it happens again, export the log and report it.',
    { detail: cause instanceof Error ? cause.message : String(cause), cause },
  );
}
