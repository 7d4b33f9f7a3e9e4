/** What a comparison found, in words and as icons. */
import { ArrowRightLeft, CircleMinus, CirclePlus, Pencil, Tag, type LucideIcon } from 'lucide-react';
import type { ChangeKind, ComparedRow, Comparison } from '../../../../preload/contract.ts';
import { formatBytes, plural } from '../../../components/format.ts';

export const KINDS: readonly ChangeKind[] = ['changed', 'added', 'removed', 'moved', 'about'];

export const CHANGE: Record<ChangeKind, { word: string; icon: LucideIcon }> = {
  changed: { word: 'Changed', icon: Pencil },
  added: { word: 'Added', icon: CirclePlus },
  removed: { word: 'Removed', icon: CircleMinus },
  moved: { word: 'Moved', icon: ArrowRightLeft },
  about: { word: 'Rights or dates', icon: Tag },
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
  if (sum === 0) return 'Nothing differs.';
  const delta = found.added.bytes - found.removed.bytes + found.changed.bytesAfter - found.changed.bytesBefore;
  const grown = delta === 0 ? 'as large as before' : `${formatBytes(Math.abs(delta))} ${delta > 0 ? 'more' : 'less'}`;
  return `${plural(sum, 'difference')}, ${grown} in all.`;
}

type Item = Extract<ComparedRow, { row: 'item' }>;
type Folder = Extract<ComparedRow, { row: 'folder' }>;

/** What the change did to the size. */
export function itemSize({ change, kind, size, sizeBefore }: Item): string {
  if (kind !== 'file') return '';
  if (change === 'added') return signed(size);
  if (change === 'removed') return signed(-size);
  if (change === 'changed') return signed(size - (sizeBefore ?? 0)) || 'same size';
  return formatBytes(size);
}

/** "3 changed, 1 added". */
export function folderCounts({ counts }: Folder): string {
  return KINDS.filter((kind) => counts[kind] > 0)
    .map((kind) => `${plural(counts[kind], CHANGE[kind].word.toLowerCase(), CHANGE[kind].word.toLowerCase())}`)
    .join(', ');
}
