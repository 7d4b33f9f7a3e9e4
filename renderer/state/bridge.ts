/**
 * The renderer's side of the bridge: every call unwrapped (a failed one throws a `UserError`), hooks for calls and
 * actions. Nothing else in the renderer touches `window.holdfast`.
 */
import { useMutation, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import type { Bridge, Result } from '../../preload/contract.ts';
import { toast } from './toasts.ts';
import { toUserError, UserError } from './user-error.ts';

export { toUserError, UserError } from './user-error.ts';

declare global {
  interface Window {
    readonly holdfast: Bridge;
  }
}

type Unwrapped<F> = F extends (...args: infer A) => Promise<Result<infer T>> ? (...args: A) => Promise<T> : never;

/** The bridge's calls with their results unwrapped: `await api.setup.suggestDestination()`. */
export type Api = {
  [G in Exclude<keyof Bridge, 'on'>]: { [M in keyof Bridge[G]]: Unwrapped<Bridge[G][M]> };
};

type AnyCall = (input?: unknown) => Promise<Result<unknown>>;

async function call(group: string, method: string, input: unknown[]): Promise<unknown> {
  const groups = window.holdfast as unknown as Record<string, Record<string, AnyCall>>;
  const fn = groups[group]?.[method];
  if (fn === undefined) throw new TypeError(`no such call: ${group}.${method}`);
  let result: Result<unknown>;
  try {
    result = await fn(...input);
  } catch (error) {
    throw toUserError(error);
  }
  if (!result.ok) throw new UserError(result.error);
  return result.value;
}

/** Every call of the contract by group and name. Throws `UserError`. */
export const api: Api = new Proxy({} as Api, {
  get: (_target, group) =>
    new Proxy(
      {},
      {
        get:
          (_inner, method) =>
          (...input: unknown[]) =>
            call(String(group), String(method), input),
      },
    ),
});

/** Listens to an event of main; returns the function that ends it. */
export const on: Bridge['on'] = (event, listener) => window.holdfast.on(event, listener);

/**
 * Reads something from main and keeps it by its key.
 * @param key names what is read, with every input that changes it, e.g. `['browse', 'list', snapshotId, folderId]`
 * @param read the call; its failure is in `error`
 * @param options `enabled` false waits; `live` reads again whenever the component mounts (the default keeps 30 s);
 *   `again`: another value reads again, while what was read last stays
 */
export function useCall<T>(
  key: readonly unknown[],
  read: () => Promise<T>,
  options: { enabled?: boolean; live?: boolean; again?: string | number | null } = {},
): UseQueryResult<T, UserError> {
  const { enabled = true, live = false, again = null } = options;
  const query = useQuery<T, UserError>({
    queryKey: key,
    // Not `read` itself: it would be handed the query's context, and a call of the contract would send it to main.
    queryFn: () => read(),
    enabled,
    staleTime: live ? 0 : 30_000,
  });
  const { refetch } = query;
  const answered = useRef(again);
  useEffect(() => {
    if (answered.current === again) return;
    answered.current = again;
    if (enabled) void refetch();
  }, [again, enabled, refetch]);
  return query;
}

export interface Action<A extends unknown[], T> {
  /** Starts it; failures go where `failure` says. */
  run: (...args: A) => void;
  /** Starts it and gives the value back; rejects with `UserError`. */
  runAsync: (...args: A) => Promise<T>;
  pending: boolean;
  error: UserError | null;
  data: T | undefined;
  reset: () => void;
}

/**
 * Does something in main.
 * @param act the call
 * @param options `failure`: 'toast' (default) shows a failure by itself, 'inline' leaves it in `error` for the screen
 */
export function useAction<A extends unknown[], T>(
  act: (...args: A) => Promise<T>,
  options: { failure?: 'toast' | 'inline'; onDone?: (value: T) => void } = {},
): Action<A, T> {
  const { failure = 'toast', onDone } = options;
  const mutation = useMutation<T, UserError, A>({
    mutationFn: (args) => act(...args),
    // What was handed over may be secret: it is forgotten with the screen, or at the next reset.
    gcTime: 0,
    onSuccess: (value) => onDone?.(value),
    onError: (error) => {
      if (failure === 'toast') toast.error(toUserError(error));
    },
  });
  const { mutate, mutateAsync } = mutation;
  return {
    run: useCallback((...args: A) => mutate(args), [mutate]),
    runAsync: useCallback((...args: A) => mutateAsync(args), [mutateAsync]),
    pending: mutation.isPending,
    error: mutation.error === null ? null : toUserError(mutation.error),
    data: mutation.data,
    reset: mutation.reset,
  };
}
