/** What differs between two states of a backup, as people look at it: files that were moved are one line, not two. */
import type { Difference, EntryKind } from '../../engine/api.ts';
import { movesAmong } from './moves.ts';

export type ChangeKind = 'added' | 'removed' | 'changed' | 'moved' | 'about';

export interface ComparedItem {
  change: ChangeKind;
  /** Entry path on the newer side; on the older one for what was removed. */
  entry: string;
  /** For display, with the folder that it lies in and its name. */
  path: string;
  folder: string;
  name: string;
  /** Entry path of that folder. */
  folderEntry: string;
  kind: EntryKind;
  size: number;
  sizeBefore: number | null;
  mtimeNs: string;
  /** Where it was before, for what was moved. */
  from: { entry: string; path: string } | null;
}

export const KIND_OF: Record<Difference['change'], ChangeKind> = {
  added: 'added',
  removed: 'removed',
  content: 'changed',
  kind: 'changed',
  metadata: 'about',
};

/**
 * @param differences as the engine told them
 * @param byContents false where one side is the disk
 */
export function comparedItems(differences: readonly Difference[], byContents: boolean): ComparedItem[] {
  const origin = new Map<Difference, Difference>();
  const moved = new Set<Difference>();
  for (const { from, to } of movesAmong(differences, byContents)) {
    origin.set(to, from);
    moved.add(from);
  }
  return differences.filter((item) => !moved.has(item)).map((item) => itemOf(item, origin.get(item) ?? null));
}

function itemOf(item: Difference, from: Difference | null): ComparedItem {
  const cut = item.path.lastIndexOf('/');
  return {
    change: from === null ? KIND_OF[item.change] : 'moved',
    entry: item.entry,
    path: item.path,
    folder: item.path.slice(0, cut),
    name: item.path.slice(cut + 1),
    folderEntry: item.entry.slice(0, Math.max(0, item.entry.lastIndexOf('/'))),
    kind: item.kind,
    size: item.size,
    sizeBefore: item.before?.size ?? null,
    mtimeNs: item.mtimeNs,
    from: from === null ? null : { entry: from.entry, path: from.path },
  };
}

/** Bytes more than before; less where it is negative. What was moved or only dated anew changes none. */
export function deltaOf({ change, kind, size, sizeBefore }: ComparedItem): number {
  if (change === 'added') return kind === 'file' ? size : 0;
  if (change === 'removed') return kind === 'file' ? -size : 0;
  return change === 'changed' ? size - (sizeBefore ?? 0) : 0;
}
