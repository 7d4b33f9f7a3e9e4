/** What a clean-up did at one place, in numbers and in a sentence. Pure. */
import type { PruneOutput } from '../../engine/api.ts';
import { advised, type ErrorInfo, happened } from '../../errors.ts';
import { byteSize, moment, plural, sentence, text, type Text, together } from '../../text.ts';

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
export function placeSentence({ name, gone, output, error }: PlaceCleaned): Text {
  const went =
    gone.length === 0
      ? sentence('no backup went')
      : text`${plural(gone.length, { one: '# backup went', other: '# backups went' })}`;
  if (output === null) {
    const why = error === null ? [] : [happened(error), advised(error)];
    const left = gone.length === 0 ? text`${name}:` : text`${name}: ${went}, and their room is not freed yet.`;
    return together([left, ...why]);
  }
  const { removedBytes, waitingBytes, nextMs, lockedBytes } = output;
  return together([
    text`${name}: ${went}, ${byteSize(removedBytes)} freed.`,
    ...(nextMs !== null && waitingBytes > 0
      ? [text`Up to ${byteSize(waitingBytes)} more is freed by the first clean-up after ${moment(nextMs)}.`]
      : []),
    ...(lockedBytes > 0 ? [text`While unlocked, about ${byteSize(lockedBytes)} more can be freed.`] : []),
  ]);
}
