/** What a clean-up did at one place, in numbers and in a sentence. Pure. */
import type { PruneOutput } from '../../engine/api.ts';
import type { ErrorInfo } from '../../errors.ts';

export interface PlaceCleaned {
  /** Id of the plan whose backups it was about. */
  plan: string;
  id: string;
  name: string;
  /** Ids of the backups that went, and how many stayed. */
  gone: string[];
  kept: number;
  /** Null where it did not come to an end. */
  output: PruneOutput | null;
  error: ErrorInfo | null;
}

export const removedBytesOf = (output: PruneOutput | null): number => output?.removedBytes ?? 0;

export function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** For the log of the run: what went, what was freed, and what waits until when. */
export function placeSentence({ name, gone, output, error }: PlaceCleaned): string {
  const went =
    gone.length === 0 ? 'no backup went' : gone.length === 1 ? '1 backup went' : `${gone.length} backups went`;
  if (output === null) {
    const why = error === null ? '' : ` ${error.message} ${error.guidance}`;
    return gone.length === 0 ? `${name}:${why}` : `${name}: ${went}, and their room is not freed yet.${why}`;
  }
  const { removedBytes, waitingBytes, nextMs, lockedBytes } = output;
  const words = [`${name}: ${went}, ${bytesText(removedBytes)} freed.`];
  if (nextMs !== null && waitingBytes > 0) {
    words.push(`Up to ${bytesText(waitingBytes)} more is freed by the first clean-up after ${momentText(nextMs)}.`);
  }
  if (lockedBytes > 0) words.push(`While unlocked, about ${bytesText(lockedBytes)} more can be freed.`);
  return words.join(' ');
}

const UNITS = ['kB', 'MB', 'GB', 'TB'] as const;

/** `41.2 GB`; decimal units, as the window shows them. */
function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  let value = bytes;
  let unit = -1;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 99.5 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? 'bytes'}`;
}

/** `28 November, 14:05`. Local time. */
function momentText(ms: number): string {
  const at = new Date(ms);
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long' });
  return `${day}, ${at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
}
