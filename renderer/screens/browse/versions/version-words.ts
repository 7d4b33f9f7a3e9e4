/** What changed between versions, and how one stands against the disk, in words. */
import { t } from '@lingui/core/macro';
import type { DiskState, FileVersion } from '../../../../preload/contract.ts';
import { exactDate, formatBytes, formatDate, listed } from '../../../components/format.ts';

/** "+1.2 kB", "−340 bytes", "same size". */
export function deltaWords(delta: number): string {
  if (delta === 0) return t`same size`;
  return `${delta > 0 ? '+' : '−'}${formatBytes(Math.abs(delta))}`;
}

const FIELD_WORDS: Record<string, string> = {
  mode: t`rights`,
  owner: t`owner`,
  times: t`date`,
  attributes: t`attributes`,
};

/** What made it a version of its own. */
export function changeWords({ before }: FileVersion): string {
  if (before === null) return t`first version`;
  if (!before.sameContents) return deltaWords(before.sizeDelta);
  const words = before.changed.flatMap((field) => FIELD_WORDS[field] ?? []);
  return words.length === 0 ? t`same contents` : t`only ${listed(words)}`;
}

/** One sentence on a version and the disk now. */
export function diskWords(disk: DiskState): string {
  switch (disk.state) {
    case 'same':
      return disk.onlyAbout
        ? t`Your disk has the same contents now. Only rights or dates differ.`
        : t`Your disk has exactly this version now.`;
    case 'missing':
      return t`It is not on your disk any more.`;
    case 'unreadable':
      return t`It is on your disk, and your system does not let it be read.`;
    case 'different':
      return otherVersion(disk.size, disk.modifiedAt);
  }
}

function otherVersion(size: number | null, modifiedAt: number | null): string {
  if (size === null) {
    return modifiedAt === null
      ? t`Your disk has another version now.`
      : t`Your disk has another version now, changed ${formatDate(modifiedAt)}.`;
  }
  return modifiedAt === null
    ? t`Your disk has another version now: ${formatBytes(size)}.`
    : t`Your disk has another version now: ${formatBytes(size)}, changed ${formatDate(modifiedAt)}.`;
}

/** When a version was seen: "in 7 snapshots, from … to …". */
export function spanTitle({ firstAt, lastAt }: FileVersion): string {
  return firstAt === lastAt ? exactDate(firstAt) : t`${exactDate(firstAt)} to ${exactDate(lastAt)}`;
}
