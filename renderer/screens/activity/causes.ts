/**
 * Items that a run could not take, grouped by what stopped them, so that one fix is read once. Causes that need the
 * user come first; those where nothing is wrong are kept apart.
 */
import type { SkippedItem } from '../../../preload/contract.ts';
import { plural } from '../../components/format.ts';

export type Reason = SkippedItem['reason'];

export interface Cause {
  readonly reason: Reason;
  /** What happened, with the number of items. */
  readonly title: string;
  /** The fix, as the engine words it; every distinct one is shown once. */
  readonly guidance: readonly string[];
  readonly items: readonly SkippedItem[];
  /** False where nothing is wrong and nothing has to be done. */
  readonly needsYou: boolean;
}

const ORDER: readonly Reason[] = [
  'denied',
  'changed',
  'io-error',
  'attributes',
  'other',
  'vanished',
  'unsupported',
  'destination-inside',
];
const HARMLESS: ReadonlySet<Reason> = new Set(['vanished', 'attributes', 'unsupported', 'destination-inside']);

function title(reason: Reason, count: number, restoring: boolean): string {
  const items = plural(count, 'item');
  const files = plural(count, 'file');
  const were = count === 1 ? 'was' : 'were';
  if (restoring) {
    switch (reason) {
      case 'denied':
        return `${items} couldn’t be written there`;
      case 'io-error':
        return `${items} couldn’t be restored`;
      case 'attributes':
        return `${items} came back without some attributes`;
      case 'unsupported':
        return count === 1 ? '1 item isn’t made again' : `${items} aren’t made again`;
      default:
        return count === 1 ? '1 item needs you' : `${items} need you`;
    }
  }
  switch (reason) {
    case 'denied':
      return `Your account may not open ${items}`;
    case 'changed':
      return `${files} ${were} being written`;
    case 'io-error':
      return `${files} can’t be read from the disk`;
    case 'attributes':
      return `${items} ${were} kept without some attributes`;
    case 'vanished':
      return `${files} ${were} deleted while the backup ran`;
    case 'unsupported':
      return count === 1 ? '1 item isn’t a file' : `${items} aren’t files`;
    case 'destination-inside':
      return 'The backup itself is left out';
    case 'other':
      return `${items} couldn’t be backed up`;
  }
}

/** Groups skipped items by cause. `restoring` words them for a restore instead of a backup. */
export function groupByCause(items: readonly SkippedItem[], restoring = false): Cause[] {
  const byReason = new Map<Reason, SkippedItem[]>();
  for (const item of items) {
    const list = byReason.get(item.reason);
    if (list === undefined) byReason.set(item.reason, [item]);
    else list.push(item);
  }
  return ORDER.flatMap((reason) => {
    const list = byReason.get(reason);
    if (list === undefined) return [];
    return [
      {
        reason,
        title: title(reason, list.length, restoring),
        guidance: [...new Set(list.map((item) => item.guidance))],
        items: list,
        needsYou: restoring ? reason !== 'unsupported' && reason !== 'attributes' : !HARMLESS.has(reason),
      },
    ];
  });
}
