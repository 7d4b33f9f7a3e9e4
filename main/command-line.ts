/** How the program tells that it is wanted as a command line: in a package there is no other Node to run it. */
import type { Writable } from 'node:stream';

/** Asks the program for its command line; what follows the next `--` are the words of it. */
const SWITCH = '--cli';
const END = '--';

/**
 * The words for the command line, or null where the app is wanted. Only `--cli` before any `--` counts: what stands
 * after one is data, such as a link that another program passed on.
 *
 * @param argv of the process, the program's own path first
 */
export function commandLineWords(argv: readonly string[]): string[] | null {
  const end = argv.indexOf(END, 1);
  const own = end < 0 ? argv : argv.slice(0, end);
  const at = own.indexOf(SWITCH, 1);
  if (at < 0) return null;
  // Without the `--` Chromium reads the words as well; the launcher always writes it.
  return end < 0 ? argv.slice(at + 1) : argv.slice(end + 1);
}

/**
 * Resolves when everything that was written is with its reader, or nobody reads any more: what waits in a pipe would be
 * lost with the end of the process.
 */
export async function allWritten(streams: readonly Writable[]): Promise<void> {
  await Promise.all(
    streams.map(async (stream) => {
      if (stream.writableLength === 0 || stream.destroyed) return;
      await new Promise<void>((resolve) => {
        for (const end of ['close', 'error']) stream.once(end, resolve);
        stream.write('', () => resolve()); // written after all that waits
      });
    }),
  );
}
