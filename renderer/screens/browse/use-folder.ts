/** One folder of a snapshot, read in pages as rows come into view. Pages stay cached: a snapshot never changes. */
import { useQueries, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Entry } from '../../../preload/contract.ts';
import { api } from '../../state/bridge.ts';
import { toUserError, type UserError } from '../../state/user-error.ts';
import { entryAt, PAGE_ROWS, pagesFor, windowsFor, type Sort } from './paging.ts';

export interface Spot {
  readonly snapshotId: string;
  /** Entry id of the folder, or null for the top. */
  readonly folderId: string | null;
}

type Page = Awaited<ReturnType<typeof api.browse.list>>;

export interface Folder {
  /** Null until the first page is there. */
  readonly total: number | null;
  readonly files: number;
  readonly crumbs: Page['crumbs'];
  readonly error: UserError | null;
  readonly retrying: boolean;
  readonly retry: () => void;
  /** The entry on a row, or undefined while its page is on its way. */
  readonly at: (row: number) => Entry | undefined;
  /** An entry seen before in this folder, by its id. */
  readonly byId: (id: string) => Entry | undefined;
  /** Says which rows are in view, so that their pages are read. */
  readonly show: (first: number, last: number) => void;
  /** Reads rows `from` to `to` (both included), whatever is in view. */
  readonly load: (from: number, to: number) => Promise<Entry[]>;
}

const FIRST_ROWS = 60;
const KEEP_MS = 10 * 60_000;
/** Requests under way at once where a long stretch is read. */
const AT_ONCE = 4;

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

export function useFolder(spot: Spot, sort: Sort): Folder {
  const client = useQueryClient();
  const { snapshotId, folderId } = spot;
  const { key, descending } = sort;
  const [wanted, setWanted] = useState<readonly number[]>(() => pagesFor(0, FIRST_ROWS, null));
  const known = useRef({ spot: '', entries: new Map<string, Entry>() });

  // The first page carries the totals, so it is kept at hand wherever the view is.
  const pages = useMemo(() => (wanted.includes(0) ? wanted : [0, ...wanted]), [wanted]);
  const list = useCallback(
    (offset: number, limit: number) => api.browse.list({ snapshotId, folderId, sort: key, descending, offset, limit }),
    [snapshotId, folderId, key, descending],
  );
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['browse', 'list', snapshotId, folderId, key, descending, page],
      queryFn: () => list(page * PAGE_ROWS, PAGE_ROWS),
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: KEEP_MS,
    })),
    combine: useCallback(
      (all: UseQueryResult<Page>[]) => ({
        data: all.map((one) => one.data),
        error: all.find((one) => one.error !== null)?.error ?? null,
        retrying: all.some((one) => one.isFetching),
      }),
      [],
    ),
  });

  const loaded = useMemo(() => {
    const map = new Map<number, readonly Entry[]>();
    for (const [index, page] of pages.entries()) {
      const data = results.data[index];
      if (data !== undefined) map.set(page, data.entries);
    }
    return map;
  }, [pages, results.data]);

  const place = `${snapshotId}/${folderId ?? ''}`;
  const remember = useCallback(
    (entries: readonly Entry[]): void => {
      if (known.current.spot !== place) known.current = { spot: place, entries: new Map() };
      for (const entry of entries) known.current.entries.set(entry.id, entry);
    },
    [place],
  );
  useEffect(() => {
    for (const entries of loaded.values()) remember(entries);
  }, [loaded, remember]);

  const first = results.data[pages.indexOf(0)];
  const total = first?.total ?? null;

  return {
    total,
    files: first?.files ?? 0,
    crumbs: first?.crumbs ?? [],
    error: results.error === null ? null : toUserError(results.error),
    retrying: results.retrying,
    retry: useCallback(
      () => void client.refetchQueries({ queryKey: ['browse', 'list', snapshotId, folderId] }),
      [client, snapshotId, folderId],
    ),
    at: useCallback((row: number) => entryAt(loaded, row), [loaded]),
    byId: useCallback(
      (id: string) => {
        for (const entries of loaded.values()) {
          const found = entries.find((entry) => entry.id === id);
          if (found !== undefined) return found;
        }
        return known.current.spot === place ? known.current.entries.get(id) : undefined;
      },
      [loaded, place],
    ),
    show: useCallback(
      (from: number, to: number) => {
        const next = pagesFor(from, to, total);
        setWanted((now) => (sameNumbers(now, next) ? now : next));
      },
      [total],
    ),
    load: useCallback(
      async (from: number, to: number) => {
        const entries: Entry[] = [];
        const windows = windowsFor(from, to);
        for (let next = 0; next < windows.length; next += AT_ONCE) {
          const pages = await Promise.all(
            windows.slice(next, next + AT_ONCE).map((part) => list(part.offset, part.limit)),
          );
          for (const page of pages) entries.push(...page.entries);
        }
        remember(entries);
        return entries;
      },
      [list, remember],
    ),
  };
}
