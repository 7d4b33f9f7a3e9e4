import { useSyncExternalStore, type ReactNode } from 'react';
import { capital, exactBytes, exactDate, formatAgo, formatBytes, formatDate } from './format.ts';

let minute = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    minute = Date.now();
    for (const each of listeners) each();
  }, 30_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The time now, moving every half minute: "26 minutes ago" stays true without an event from main. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => minute);
}

/** A moment in words, exact on hover. `ago` says "26 minutes ago" for the last hours. */
export function When({ at, ago = false, start = false }: { at: number; ago?: boolean; start?: boolean }): ReactNode {
  const now = Math.max(useNow(), at);
  const text = ago ? formatAgo(at, now) : formatDate(at, now);
  return (
    <time dateTime={new Date(at).toISOString()} title={exactDate(at)}>
      {start ? capital(text) : text}
    </time>
  );
}

/** A size in words, exact on hover. */
export function Bytes({ of }: { of: number }): ReactNode {
  return (
    <span className="num nowrap" title={exactBytes(of)}>
      {formatBytes(of)}
    </span>
  );
}
