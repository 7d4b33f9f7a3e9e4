/** A comparison that main keeps, and the rows of it that are in view. */
import { useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ChangeKind, ComparedRow, Comparison } from '../../../../preload/contract.ts';
import { api } from '../../../state/bridge.ts';
import { toUserError, type UserError } from '../../../state/user-error.ts';

export const PAGE = 200;

/** So many can be chosen one by one. */
export const MOST_CHOSEN = 20_000;
const CHOSEN_AT_ONCE = 1000;

export type ComparedItem = Extract<ComparedRow, { row: 'item' }>;

export interface View {
  readonly show: readonly ChangeKind[];
  readonly text: string;
  readonly grouped: boolean;
  readonly closed: ReadonlySet<string>;
}

/** Made anew whenever a side changes; what main keeps of it goes when the screen is left. */
export function useComparison(
  from: string,
  to: string | null,
  contents: boolean,
  enabled: boolean,
): UseQueryResult<Comparison, UserError> {
  const result = useQuery<Comparison, UserError>({
    queryKey: ['browse', 'compare', from, to, contents],
    queryFn: () => api.look.compare({ from, to, contents }),
    enabled,
    staleTime: 0,
    gcTime: 0,
  });
  useEffect(() => () => void api.look.leaveComparison().catch(() => undefined), []);
  return result;
}

/** Every item of a view, folders that came or went with what is in them too; null where there are more than can be chosen. */
export async function itemsInView(
  comparisonId: string,
  { show, text }: Pick<View, 'show' | 'text'>,
): Promise<ComparedItem[] | null> {
  const items: ComparedItem[] = [];
  for (;;) {
    const page = await api.look.compared({
      comparisonId,
      show: [...show],
      text,
      grouped: false,
      closed: [],
      offset: items.length,
      limit: CHOSEN_AT_ONCE,
    });
    if (page.total > MOST_CHOSEN) return null;
    items.push(...page.rows.filter((row) => row.row === 'item'));
    if (page.rows.length === 0 || items.length >= page.total) return items;
  }
}

export interface Rows {
  readonly total: number | null;
  /** Differences in the view, those in closed folders too. */
  readonly items: number;
  readonly at: (row: number) => ComparedRow | undefined;
  readonly show: (first: number, last: number) => void;
  readonly error: UserError | null;
}

/** The first failure among several. */
function errorOf(all: readonly UseQueryResult<unknown>[]): UserError | null {
  const error = all.find((one) => one.error !== null)?.error ?? null;
  return error === null ? null : toUserError(error);
}

type Page = Awaited<ReturnType<typeof api.look.compared>>;

export function useRows(comparisonId: string | null, view: View): Rows {
  const [wanted, setWanted] = useState<readonly number[]>([0]);
  const key = JSON.stringify([view.show, view.text, view.grouped, [...view.closed]]);
  const pages = useMemo(() => [...new Set([0, ...wanted])], [wanted]);
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: ['browse', 'compared', comparisonId, key, page],
      queryFn: () =>
        api.look.compared({
          comparisonId: comparisonId ?? '',
          show: [...view.show],
          text: view.text,
          grouped: view.grouped,
          closed: [...view.closed],
          offset: page * PAGE,
          limit: PAGE,
        }),
      enabled: comparisonId !== null,
      staleTime: Number.POSITIVE_INFINITY,
      gcTime: 30_000,
      // The rows of the view before stay until the new ones are there.
      placeholderData: (before: Page | undefined) => before,
    })),
    combine: useCallback(
      (all: UseQueryResult<Page>[]) => ({
        data: all.map((one) => one.data),
        error: errorOf(all),
      }),
      [],
    ),
  });
  const total = results.data[pages.indexOf(0)]?.total ?? null;
  return {
    total,
    items: results.data[pages.indexOf(0)]?.items ?? 0,
    at: useCallback(
      (row: number) => results.data[pages.indexOf(Math.floor(row / PAGE))]?.rows[row % PAGE],
      [pages, results.data],
    ),
    show: useCallback((first: number, last: number) => {
      const from = Math.floor(first / PAGE);
      const next = Array.from({ length: Math.floor(Math.max(first, last) / PAGE) - from + 1 }, (_, i) => from + i);
      setWanted((before) => (before.join() === next.join() ? before : next));
    }, []),
    error: results.error,
  };
}
