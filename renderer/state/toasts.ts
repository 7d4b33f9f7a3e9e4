/** Short messages over the window: what was done, or what failed. A queue outside React, shown by `Toasts`. */
import type { UserError } from './user-error.ts';

export interface ToastItem {
  id: number;
  tone: 'good' | 'bad' | 'plain';
  text: string;
  /** What to do, for a failure. */
  guidance?: string;
  /** The run that it tells of, and what is said once that is done. */
  run?: { id: string; after: string };
}

const LIFETIME_MS = 6000;
const MAX = 3;

let items: readonly ToastItem[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();

function emit(next: readonly ToastItem[]): void {
  items = next;
  for (const listener of listeners) listener();
}

function arm(id: number): void {
  timers.set(
    id,
    setTimeout(() => dismiss(id), LIFETIME_MS),
  );
}

function disarm(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
}

function dismiss(id: number): void {
  disarm(id);
  emit(items.filter((item) => item.id !== id));
}

function add(item: Omit<ToastItem, 'id'>): void {
  const id = nextId++;
  const kept = items.filter((other) => other.text !== item.text).slice(-(MAX - 1));
  for (const other of items) if (!kept.includes(other)) disarm(other.id);
  emit([...kept, { ...item, id }]);
  if (item.tone !== 'bad') arm(id);
}

export const toast = {
  /** Something was done. Goes by itself after 6 s. */
  done: (text: string): void => add({ tone: 'good', text }),
  /** A run began. Once that has ended, what is said of it is no longer true: `after` comes instead. */
  began: (text: string, id: string, after: string): void => add({ tone: 'good', text, run: { id, after } }),
  /** Of runs that ended some other way the page itself tells. */
  ended: (runId: string, well: boolean): void => {
    for (const { id, run } of items) {
      if (run?.id !== runId) continue;
      dismiss(id);
      if (well) add({ tone: 'good', text: run.after });
    }
  },
  /** Worth knowing. Goes by itself after 6 s. */
  say: (text: string): void => add({ tone: 'plain', text }),
  /** Something failed. Stays until it is closed. */
  error: (error: UserError): void => add({ tone: 'bad', text: error.message, guidance: error.guidance }),
  dismiss,
  /** While the pointer or the focus is on the messages they stay. */
  hold: (): void => items.forEach((item) => disarm(item.id)),
  release: (): void => items.forEach((item) => item.tone !== 'bad' && !timers.has(item.id) && arm(item.id)),
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  list: (): readonly ToastItem[] => items,
};
