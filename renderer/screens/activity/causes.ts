/**
 * Items that a run could not take, grouped by what stopped them, so that one fix is read once. Causes that need the
 * user come first; those where nothing is wrong are kept apart.
 */
import { plural, t } from '@lingui/core/macro';
import type { SkippedItem } from '../../../preload/contract.ts';

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
  if (restoring) {
    switch (reason) {
      case 'denied':
        return plural(count, { one: '# item couldn’t be written there', other: '# items couldn’t be written there' });
      case 'io-error':
        return plural(count, { one: '# item couldn’t be restored', other: '# items couldn’t be restored' });
      case 'attributes':
        return plural(count, {
          one: '# item came back without some attributes',
          other: '# items came back without some attributes',
        });
      case 'unsupported':
        return plural(count, { one: '# item isn’t made again', other: '# items aren’t made again' });
      default:
        return plural(count, { one: '# item needs you', other: '# items need you' });
    }
  }
  switch (reason) {
    case 'denied':
      return plural(count, { one: 'Your account may not open # item', other: 'Your account may not open # items' });
    case 'changed':
      return plural(count, { one: '# file was being written', other: '# files were being written' });
    case 'io-error':
      return plural(count, { one: '# file can’t be read from the disk', other: '# files can’t be read from the disk' });
    case 'attributes':
      return plural(count, {
        one: '# item was kept without some attributes',
        other: '# items were kept without some attributes',
      });
    case 'vanished':
      return plural(count, {
        one: '# file was deleted while the backup ran',
        other: '# files were deleted while the backup ran',
      });
    case 'unsupported':
      return plural(count, { one: '# item isn’t a file', other: '# items aren’t files' });
    case 'destination-inside':
      return t`The backup itself is left out`;
    case 'other':
      return plural(count, { one: '# item couldn’t be backed up', other: '# items couldn’t be backed up' });
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
