/** Rows of a comparison: by folder, each under its heading, or all in one list with the largest change first. */
import { deltaOf, type ChangeKind, type ComparedItem } from './compared-items.ts';

export interface RowsView {
  show: readonly ChangeKind[];
  /** Part of a path, upper and lower case alike; empty: everything. */
  text: string;
  grouped: boolean;
  /** Entry paths of folders whose items are not shown. */
  closed: ReadonlySet<string>;
}

export interface FolderRow {
  row: 'folder';
  id: string;
  path: string;
  counts: Record<ChangeKind, number>;
  delta: number;
  /** The whole folder came or went. */
  whole: 'added' | 'removed' | null;
  closed: boolean;
}
export type Row = FolderRow | { row: 'item'; item: ComparedItem };

export interface Rows {
  rows: Row[];
  /** Without headings, those in closed folders too. */
  items: number;
}

/** Items that a view shows, whatever is closed. */
export function itemsIn(
  items: readonly ComparedItem[],
  { show, text }: Pick<RowsView, 'show' | 'text'>,
): ComparedItem[] {
  const kinds = new Set(show);
  const part = text.trim().toLocaleLowerCase();
  return items.filter(
    (item) =>
      kinds.has(item.change) &&
      (part === '' ||
        item.path.toLocaleLowerCase().includes(part) ||
        item.from?.path.toLocaleLowerCase().includes(part) === true),
  );
}

/** Every row of a view; a page is cut from it. */
export function rowsOf(items: readonly ComparedItem[], view: RowsView): Rows {
  const shown = itemsIn(items, view);
  return view.grouped ? grouped(shown, view.closed) : { rows: flat(shown), items: shown.length };
}

function flat(items: ComparedItem[]): Row[] {
  return items
    .toSorted((a, b) => Math.abs(deltaOf(b)) - Math.abs(deltaOf(a)) || (a.path < b.path ? -1 : 1))
    .map((item) => ({ row: 'item', item }));
}

interface Group {
  head: FolderRow;
  items: ComparedItem[];
}

function grouped(items: ComparedItem[], closed: ReadonlySet<string>): Rows {
  const groups = new Map<string, Group>();
  for (const item of items) {
    let group = groups.get(item.folderEntry);
    if (group === undefined) {
      group = { head: headOf(item, closed), items: [] };
      groups.set(item.folderEntry, group);
    }
    group.items.push(item);
    group.head.counts[item.change]++;
    group.head.delta += deltaOf(item);
  }
  // A folder that came or went with what is in it is told by its own heading.
  const told = new Set<ComparedItem>();
  for (const item of items) {
    const group = item.kind === 'folder' ? groups.get(item.entry) : undefined;
    if (group === undefined || (item.change !== 'added' && item.change !== 'removed')) continue;
    group.head.whole = item.change;
    told.add(item);
  }
  for (const item of told) {
    const above = groups.get(item.folderEntry);
    if (above !== undefined) above.head.counts[item.change]--;
  }
  const rows: Row[] = [];
  let count = 0;
  for (const { head, items: inside } of [...groups.values()].sort((a, b) => byPath(a.head, b.head))) {
    const own = inside.filter((item) => !told.has(item));
    count += own.length;
    if (own.length === 0) continue;
    rows.push(head);
    if (head.closed) continue;
    for (const item of own.sort((a, b) => byName(a, b))) rows.push({ row: 'item', item });
  }
  return { rows, items: count };
}

function headOf(item: ComparedItem, closed: ReadonlySet<string>): FolderRow {
  return {
    row: 'folder',
    id: item.folderEntry,
    path: item.folder === '' ? '/' : item.folder,
    counts: { added: 0, removed: 0, changed: 0, moved: 0, about: 0 },
    delta: 0,
    whole: null,
    closed: closed.has(item.folderEntry),
  };
}

/** Not by the rules of a language: a hundred thousand comparisons have to take no time. */
const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
const byName = (a: ComparedItem, b: ComparedItem): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/**
 * What to ask a restore for, so that the chosen items come back as they were: from the older side whatever it has, from
 * the newer one what it alone has.
 */
export function idsToRestore(items: readonly ComparedItem[]): { from: string[]; to: string[] } {
  const from: string[] = [];
  const to: string[] = [];
  for (const item of items) {
    if (item.change === 'added') to.push(item.entry);
    else from.push(item.from?.entry ?? item.entry);
  }
  return { from: outermost(from), to: outermost(to) };
}

/** Without entries that lie in another one. */
function outermost(entries: readonly string[]): string[] {
  const kept = new Set<string>();
  for (const entry of [...new Set(entries)].sort((a, b) => a.length - b.length)) {
    if (!isBelow(entry, kept)) kept.add(entry);
  }
  return [...kept];
}

function isBelow(entry: string, folders: ReadonlySet<string>): boolean {
  for (let cut = entry.lastIndexOf('/'); cut > 0; cut = entry.lastIndexOf('/', cut - 1)) {
    if (folders.has(entry.slice(0, cut))) return true;
  }
  return false;
}
