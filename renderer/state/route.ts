/** Where the window is: a typed history in memory, with back and forward. Addresses never reach the URL. */
import { useSyncExternalStore } from 'react';

export type SetupStep =
  | 'storage'
  | 'protection'
  | 'vault'
  | 'password'
  | 'again'
  | 'key'
  | 'prove'
  | 'computer'
  | 'consent'
  | 'files'
  | 'backup';

export type Route =
  | { screen: 'welcome' }
  | { screen: 'how' }
  | { screen: 'setup'; step: SetupStep }
  | { screen: 'home' }
  /** A folder of a snapshot; nothing given: the newest snapshot's top. */
  | {
      screen: 'browse';
      snapshotId?: string;
      folderId?: string | null;
      select?: string;
      /** Something else than the folder: search, a comparison, or sizes of what is in it. */
      view?: 'search' | 'compare' | 'sizes';
      /** What is searched for. */
      text?: string;
      /** What the snapshot is compared with: another one, the disk, or BEFORE. */
      with?: string;
    }
  /** Restore as a wizard of its own; with a snapshot and entries it starts at "where to". */
  | { screen: 'restore'; snapshotId?: string; entryIds?: string[]; runId?: string }
  | { screen: 'activity'; runId?: string; view?: 'run' | 'skipped' }
  | { screen: 'protection' }
  | { screen: 'help' }
  /** A password for a backup that is set up: its first one, another one, or back to the digits alone. */
  | { screen: 'password'; purpose: 'add' | 'change' }
  /** Another key in the place of the one in use. */
  | { screen: 'key-change' }
  | { screen: 'settings'; section?: string };

/** `with` of a route that compares a snapshot with the one before it. */
export const BEFORE = 'before';

export type Screen = Route['screen'];

interface History {
  entries: readonly Route[];
  index: number;
}

const MAX_ENTRIES = 100;

let history: History = { entries: [{ screen: 'home' }], index: 0 };
let previous: Route | null = null;
const listeners = new Set<() => void>();

function publish(next: History): void {
  previous = currentRoute();
  history = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function at(index: number): Route {
  return history.entries[index] ?? { screen: 'home' };
}

/** The route before this one, however it was left; null at the start. */
export function cameFrom(): Route | null {
  return previous;
}

/** The route now. */
export function currentRoute(): Route {
  return at(history.index);
}

/** Goes somewhere; what was ahead in the history is forgotten. */
export function navigate(route: Route): void {
  const entries = [...history.entries.slice(0, history.index + 1), route].slice(-MAX_ENTRIES);
  publish({ entries, index: entries.length - 1 });
}

/** Changes the entry one is at, e.g. a selection that "back" should not step through. */
export function replaceRoute(route: Route): void {
  publish({ entries: history.entries.map((entry, i) => (i === history.index ? route : entry)), index: history.index });
}

/** Starts a new history, e.g. after the set-up: nobody goes back into it. */
export function resetRoute(route: Route): void {
  publish({ entries: [route], index: 0 });
}

export function goBack(): void {
  if (history.index > 0) publish({ ...history, index: history.index - 1 });
}

export function goForward(): void {
  if (history.index < history.entries.length - 1) publish({ ...history, index: history.index + 1 });
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}

/** The current route as the one of a given screen; null while another screen is shown. */
export function useRouteOf<S extends Screen>(screen: S): Extract<Route, { screen: S }> | null {
  const route = useRoute();
  return route.screen === screen ? (route as Extract<Route, { screen: S }>) : null;
}

export function useHistory(): { canBack: boolean; canForward: boolean } {
  const { entries, index } = useSyncExternalStore(subscribe, () => history);
  return { canBack: index > 0, canForward: index < entries.length - 1 };
}

/**
 * Alt+Left and Alt+Right (Command+[ and ] on macOS), and a mouse's side buttons, as in every file manager.
 * @param dir of the page: where it is written from the right, Back lies to the right
 */
export function listenToHistoryKeys(target: Window, dir: string): () => void {
  const [backArrow, forwardArrow] = dir === 'rtl' ? ['ArrowRight', 'ArrowLeft'] : ['ArrowLeft', 'ArrowRight'];
  const onKey = (event: KeyboardEvent): void => {
    const back = (event.altKey && event.key === backArrow) || (event.metaKey && event.key === '[');
    const forward = (event.altKey && event.key === forwardArrow) || (event.metaKey && event.key === ']');
    if (!back && !forward) return;
    event.preventDefault();
    (back ? goBack : goForward)();
  };
  const onMouse = (event: MouseEvent): void => {
    if (event.button === 3) goBack();
    if (event.button === 4) goForward();
  };
  target.addEventListener('keydown', onKey);
  target.addEventListener('mouseup', onMouse);
  return () => {
    target.removeEventListener('keydown', onKey);
    target.removeEventListener('mouseup', onMouse);
  };
}
