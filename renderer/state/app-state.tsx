/** The whole state that main sends, shared by every screen; unchanged parts keep their identity between events. */
import { replaceEqualDeep } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import type { AppState } from '../../preload/contract.ts';
import { api, on, toUserError, type UserError } from './bridge.ts';

interface Snapshot {
  state: AppState | null;
  error: UserError | null;
}

let current: Snapshot = { state: null, error: null };
let stop: (() => void) | null = null;
const listeners = new Set<() => void>();

function publish(next: Snapshot): void {
  current = next;
  for (const listener of listeners) listener();
}

function take(state: AppState): void {
  publish({ state: replaceEqualDeep(current.state, state), error: null });
}

function load(): void {
  api.app.getState().then(take, (error: unknown) => {
    if (current.state === null) publish({ state: null, error: toUserError(error) });
  });
}

/** Starts listening to main; called once, when the window opens. */
export function startAppState(): void {
  stop?.();
  stop = on('state', take);
  load();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The state or the reason why there is none yet. Only the app's frame and what lies over it need this. */
export function useAppStateSnapshot(): Snapshot & { retry: () => void } {
  const snapshot = useSyncExternalStore(subscribe, () => current);
  return { ...snapshot, retry: load };
}

/**
 * The state, or the part of it that `select` picks; a component renders again only when that part changed.
 * Only for screens inside the frame, which shows them once there is a state.
 */
export function useAppState(): AppState;
export function useAppState<T>(select: (state: AppState) => T): T;
export function useAppState<T>(select?: (state: AppState) => T): T | AppState {
  return useSyncExternalStore(subscribe, () => {
    if (current.state === null) throw new Error('the state is not loaded yet');
    return select === undefined ? current.state : select(current.state);
  });
}

const darkQuery = window.matchMedia('(prefers-color-scheme: dark)');

/** Sets theme, density and platform on <html>: `data-theme` is the one switch that the style sheets know. */
export function useDocumentAttributes(): void {
  const theme = useSyncExternalStore(subscribe, () => current.state?.settings.theme ?? 'system');
  const platform = useSyncExternalStore(subscribe, () => current.state?.platform ?? null);
  const density = useSyncExternalStore(subscribe, () => current.state?.settings.density ?? 'comfortable');
  useEffect(() => {
    const apply = (): void => {
      const dark = theme === 'dark' || (theme === 'system' && darkQuery.matches);
      document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
    };
    apply();
    darkQuery.addEventListener('change', apply);
    return () => darkQuery.removeEventListener('change', apply);
  }, [theme]);
  useEffect(() => {
    document.documentElement.dataset['density'] = density;
  }, [density]);
  useEffect(() => {
    if (platform !== null) document.documentElement.dataset['platform'] = platform;
  }, [platform]);
}

const REPORT_EVERY_MS = 20_000;

/** Tells main that somebody is there, at most every 20 s, so that an idle app locks itself and a used one does not. */
export function ActivityReporter({ children }: { children: ReactNode }): ReactNode {
  useEffect(() => {
    let last = 0;
    const report = (): void => {
      const now = Date.now();
      if (now - last < REPORT_EVERY_MS) return;
      last = now;
      void window.holdfast.app.reportActivity();
    };
    const kinds = ['pointerdown', 'keydown', 'wheel'] as const;
    for (const kind of kinds) window.addEventListener(kind, report, { capture: true, passive: true });
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, report, { capture: true });
    };
  }, []);
  return children;
}
