/** Orders of a folder's entries: folders first, then by name as people count (2 before 10), time or size. */
import type { EntryFacts } from '../engine/api.ts';

export type EntrySort = 'name' | 'modified' | 'size';

interface Keyed {
  entry: EntryFacts;
  folder: boolean;
  name: string;
  mtime: bigint;
}

/**
 * A sorted copy. Ties are broken by name, then by id, so that paging is stable. Names are compared by precomputed keys:
 * a collator's comparisons of 100,000 names would take most of a second.
 */
export function sortEntries(entries: readonly EntryFacts[], sort: EntrySort, descending: boolean): EntryFacts[] {
  const keyed: Keyed[] = entries.map((entry) => ({
    entry,
    folder: entry.kind === 'folder',
    name: nameKey(entry.name),
    mtime: sort === 'modified' ? BigInt(entry.mtimeNs) : 0n,
  }));
  const sign = descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (a.folder !== b.folder) return a.folder ? -1 : 1;
    let order = 0;
    if (sort === 'modified') order = a.mtime < b.mtime ? -1 : a.mtime > b.mtime ? 1 : 0;
    else if (sort === 'size' && !a.folder) order = a.entry.size - b.entry.size;
    if (order !== 0) return sign * order;
    const byName = compareText(a.name, b.name) || compareText(a.entry.id, b.entry.id);
    return sort === 'name' ? sign * byName : byName;
  });
  return keyed.map((item) => item.entry);
}

/**
 * Text whose plain order is the order of names: accents and case do not count at first, numbers count by value (each
 * run of digits is preceded by its length).
 */
function nameKey(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[0-9]+/g, (digits) => {
      const value = digits.replace(/^0+(?=[0-9])/, '');
      return `0${String.fromCharCode(Math.min(value.length, 0xd000))}${value}`;
    });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
