/** What changed between versions, and how one stands against the disk, in words. */
import type { DiskState, FileVersion } from '../../../../preload/contract.ts';
import { exactDate, formatBytes, formatDate } from '../../../components/format.ts';

/** "+1.2 kB", "−340 bytes", "same size". */
export function deltaWords(delta: number): string {
  if (delta === 0) return 'same size';
  return `${delta > 0 ? '+' : '−'}${formatBytes(Math.abs(delta))}`;
}

const FIELD_WORDS: Record<string, string> = {
  mode: 'rights',
  owner: 'owner',
  times: 'date',
  attributes: 'attributes',
};

/** What made it a version of its own. */
export function changeWords({ before }: FileVersion): string {
  if (before === null) return 'first version';
  if (!before.sameContents) return deltaWords(before.sizeDelta);
  const words = before.changed.flatMap((field) => FIELD_WORDS[field] ?? []);
  return words.length === 0 ? 'same contents' : `only ${words.join(' and ')}`;
}

/** One sentence on a version and the disk now. */
export function diskWords(disk: DiskState): string {
  switch (disk.state) {
    case 'same':
      return disk.onlyAbout
        ? 'Your disk has the same contents now. Only rights or dates differ.'
        : 'Your disk has exactly this version now.';
    case 'missing':
      return 'It is not on your disk any more.';
    case 'unreadable':
      return 'It is on your disk, and your system does not let it be read.';
    case 'different':
      return [
        'Your disk has another version now',
        disk.size === null ? '' : `: ${formatBytes(disk.size)}`,
        disk.modifiedAt === null ? '.' : `, changed ${formatDate(disk.modifiedAt)}.`,
      ].join('');
  }
}

/** When a version was seen: "in 7 snapshots, from … to …". */
export function spanTitle({ firstAt, lastAt }: FileVersion): string {
  return firstAt === lastAt ? exactDate(firstAt) : `${exactDate(firstAt)} to ${exactDate(lastAt)}`;
}
