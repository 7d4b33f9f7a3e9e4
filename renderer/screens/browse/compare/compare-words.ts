/** What a comparison found, in words and as icons. */
import { plural, t } from '@lingui/core/macro';
import { ArrowRightLeft, CircleMinus, CirclePlus, Pencil, Tag, type LucideIcon } from 'lucide-react';
import type { ChangeKind, ComparedRow, Comparison } from '../../../../preload/contract.ts';
import { formatBytes, joined } from '../../../components/format.ts';

export const KINDS: readonly ChangeKind[] = ['changed', 'added', 'removed', 'moved', 'about'];

export const CHANGE: Record<ChangeKind, { word: string; icon: LucideIcon }> = {
  changed: { word: t`Changed`, icon: Pencil },
  added: { word: t`Added`, icon: CirclePlus },
  removed: { word: t`Removed`, icon: CircleMinus },
  moved: { word: t`Moved`, icon: ArrowRightLeft },
  about: { word: t`Rights or dates`, icon: Tag },
};

/** How many items of each kind there are. */
export function countsOf(found: Comparison): Record<ChangeKind, number> {
  return {
    changed: found.changed.files,
    added: found.added.files + found.added.folders,
    removed: found.removed.files + found.removed.folders,
    moved: found.moved.files,
    about: found.about,
  };
}

/** "+1.2 MB", "−340 kB", nothing for no change. */
export function signed(bytes: number): string {
  return bytes === 0 ? '' : `${bytes > 0 ? '+' : '−'}${formatBytes(Math.abs(bytes))}`;
}

/** One sentence over the whole comparison. */
export function summary(found: Comparison): string {
  const counts = countsOf(found);
  const sum = KINDS.reduce((total, kind) => total + counts[kind], 0);
  if (sum === 0) return t`Nothing differs.`;
  const delta = found.added.bytes - found.removed.bytes + found.changed.bytesAfter - found.changed.bytesBefore;
  const size = formatBytes(Math.abs(delta));
  if (delta === 0) {
    return plural(sum, {
      one: '# difference, as large as before in all.',
      other: '# differences, as large as before in all.',
    });
  }
  return delta > 0
    ? t`${plural(sum, { one: '# difference', other: '# differences' })}, ${size} more in all.`
    : t`${plural(sum, { one: '# difference', other: '# differences' })}, ${size} less in all.`;
}

type Item = Extract<ComparedRow, { row: 'item' }>;
type Folder = Extract<ComparedRow, { row: 'folder' }>;

/** What the change did to the size. */
export function itemSize({ change, kind, size, sizeBefore }: Item): string {
  if (kind !== 'file') return '';
  if (change === 'added') return signed(size);
  if (change === 'removed') return signed(-size);
  if (change === 'changed') return signed(size - (sizeBefore ?? 0)) || t`same size`;
  return formatBytes(size);
}

/** "3 changed, 1 added". */
export function folderCounts({ counts }: Folder): string {
  return joined(KINDS.filter((kind) => counts[kind] > 0).map((kind) => countOf(kind, counts[kind])));
}

function countOf(kind: ChangeKind, count: number): string {
  switch (kind) {
    case 'changed':
      return plural(count, { one: '# changed', other: '# changed' });
    case 'added':
      return plural(count, { one: '# added', other: '# added' });
    case 'removed':
      return plural(count, { one: '# removed', other: '# removed' });
    case 'moved':
      return plural(count, { one: '# moved', other: '# moved' });
    case 'about':
      return plural(count, { one: '# rights or dates', other: '# rights or dates' });
  }
}
