/**
 * Items that a run could not take, grouped by what stopped them, so that one fix is read once. Causes that need the
 * user come first; those where nothing is wrong are kept apart.
 */
import { plural, t } from '@lingui/core/macro';
import type { AppState, SkippedItem } from '../../../preload/contract.ts';

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
  'in-use',
  'changed',
  'away',
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
    case 'in-use':
      return plural(count, { one: 'A program keeps # file to itself', other: 'Programs keep # files to themselves' });
    case 'away':
      return plural(count, { one: '# item was out of reach', other: '# items were out of reach' });
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

export type Fix = 'access' | 'leave-out' | 'again' | 'rules';

/** What can be done about a cause, the best first. Where another run would change nothing, none is offered. */
export function fixesOf(reason: Reason, platform: AppState['platform']): readonly Fix[] {
  switch (reason) {
    case 'denied':
      return platform === 'darwin' ? ['access', 'leave-out', 'again'] : ['leave-out', 'again'];
    case 'in-use':
    case 'io-error':
    case 'other':
      return ['leave-out', 'again'];
    case 'changed':
    case 'away':
      return ['again'];
    case 'attributes':
    case 'vanished':
      return [];
    case 'unsupported':
      return ['leave-out'];
    case 'destination-inside':
      return ['leave-out', 'rules'];
  }
}

/** How the system at hand gives the right to read, where it has a place for that; null where it has none. */
export function accessHint(reason: Reason, platform: AppState['platform']): string | null {
  if (reason !== 'denied') return null;
  if (platform === 'darwin')
    return t`macOS keeps some folders from every program: turn on Holdfast under Full Disk Access, then start it again.`;
  if (platform === 'win32') return t`Windows: show it, open its properties, and allow your account under Security.`;
  return null;
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
