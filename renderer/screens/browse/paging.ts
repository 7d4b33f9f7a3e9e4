/**
 * A folder is read in pages of a fixed size; which pages a stretch of rows needs, and which entry lies on a row.
 * Pages are kept by TanStack Query, so this file holds only the arithmetic.
 */
import type { Entry } from '../../../preload/contract.ts';

/** Rows in one page: small enough that the first rows come at once, large enough that scrolling rarely waits. */
export const PAGE_ROWS = 200;
/** Rows in one request where a whole stretch is needed at once (the contract's maximum). */
export const BULK_ROWS = 1000;

export type SortKey = 'name' | 'modified' | 'size';
export interface Sort {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Names start at A, dates and sizes at the newest and largest: what one looks for first. */
export function nextSort(current: Sort, key: SortKey): Sort {
  if (current.key === key) return { key, descending: !current.descending };
  return { key, descending: key !== 'name' };
}

/** Numbers of the pages that rows `first` to `last` (both included) lie on; at least the first page. */
export function pagesFor(first: number, last: number, total: number | null): number[] {
  const end = total === null ? last : Math.min(last, total - 1);
  const from = Math.max(0, Math.floor(first / PAGE_ROWS));
  const to = Math.max(from, Math.floor(Math.max(0, end) / PAGE_ROWS));
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The requests that cover rows `from` to `to` (both included). */
export function windowsFor(from: number, to: number): { offset: number; limit: number }[] {
  const windows: { offset: number; limit: number }[] = [];
  for (let offset = from; offset <= to; offset += BULK_ROWS) {
    windows.push({ offset, limit: Math.min(BULK_ROWS, to - offset + 1) });
  }
  return windows;
}

/** The entry on a row, or undefined while its page is not there. */
export function entryAt(pages: ReadonlyMap<number, readonly Entry[]>, row: number): Entry | undefined {
  return pages.get(Math.floor(row / PAGE_ROWS))?.[row % PAGE_ROWS];
}
