/** Results while somebody types: the text settles for a moment, the newest question counts, pages come as they are seen. */
import { useQueries, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { FoundItem, FoundPage } from '../../../../preload/contract.ts';
import { api } from '../../../state/bridge.ts';
import { toUserError, type UserError } from '../../../state/user-error.ts';
import { dayOf } from '../../home/history.ts';
import { queryOf, type Filters } from './filters.ts';

/** Rows in one answer. */
export const PAGE = 100;
const SETTLE_MS = 80;
const KEEP_MS = 60_000;
/** Rows that a list can hold; what is beyond needs a narrower question. */
export const MOST_ROWS = 100_000;

export interface SearchResults {
  /** The question that the results answer; empty: none was asked. */
  readonly text: string;
  /** Counts of the newest answer; null before the first one. */
  readonly found: Omit<FoundPage, 'items'> | null;
  readonly at: (row: number) => FoundItem | undefined;
  readonly show: (first: number, last: number) => void;
  /** True while an answer is on its way. */
  readonly searching: boolean;
  readonly error: UserError | null;
  readonly retry: () => void;
}

/** A text as it was when nothing was typed for a moment. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return text === '' ? '' : settled;
}

const errorOf = ({ error }: UseQueryResult<unknown>): UserError | null => (error === null ? null : toUserError(error));

interface Shown {
  text: string;
  pages: Map<number, FoundPage>;
}

export function useSearch(typed: string, filters: Filters): SearchResults {
  const text = useSettled(typed.trim());
  const { kind, time, now } = filters;
  const today = dayOf(Date.now());
  const query = useMemo(() => queryOf(text, { kind, time, now }, today), [text, kind, time, now, today]);
  const key = JSON.stringify(query);
  const [wanted, setWanted] = useState<{ key: string; pages: readonly number[] }>({ key: '', pages: [0] });
  const pages = useMemo(() => (wanted.key === key ? [...new Set([0, ...wanted.pages])] : [0]), [wanted, key]);
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['browse', 'search', key, page],
      queryFn: () => api.look.search({ ...query, offset: page * PAGE, limit: PAGE }),
      enabled: text !== '',
      staleTime: 30_000,
      gcTime: KEEP_MS,
    })),
    combine: useCallback(
      (all: UseQueryResult<FoundPage>[]) => ({
        data: all.map((one) => one.data),
        // A question that a newer one took the place of is not a failure.
        error: all.map(errorOf).find((error) => error !== null && error.code !== 'stopped') ?? null,
        searching: all.some((one) => one.isFetching),
        refetch: all.map((one) => one.refetch),
      }),
      [],
    ),
  });

  // What was found last stays until the new answer is there: no flicker while somebody types.
  const last = useRef<Shown>({ text: '', pages: new Map() });
  const shown = useMemo((): Shown => {
    if (text === '') return { text: '', pages: new Map() };
    const first = results.data[pages.indexOf(0)];
    if (first === undefined) return last.current;
    const map = new Map<number, FoundPage>();
    for (const [i, page] of pages.entries()) {
      const data = results.data[i];
      if (data !== undefined) map.set(page, data);
    }
    return { text, pages: map };
  }, [text, pages, results.data]);
  useEffect(() => {
    last.current = shown;
  }, [shown]);

  const found = shown.pages.get(0) ?? null;
  const total = Math.min(found?.total ?? 0, MOST_ROWS);
  const { refetch } = results;
  return {
    text: shown.text,
    found,
    at: useCallback((row: number) => shown.pages.get(Math.floor(row / PAGE))?.items[row % PAGE], [shown]),
    show: useCallback(
      (first: number, end: number) => {
        const from = Math.floor(first / PAGE);
        const to = Math.floor(Math.max(0, Math.min(end, total - 1)) / PAGE);
        const next = Array.from({ length: Math.max(1, to - from + 1) }, (_, i) => from + i);
        setWanted((before) =>
          before.key === key && before.pages.join() === next.join() ? before : { key, pages: next },
        );
      },
      [key, total],
    ),
    searching: results.searching || (text !== '' && shown.text !== text && results.error === null),
    error: text === '' ? null : results.error,
    retry: () => refetch.forEach((again) => void again()),
  };
}
