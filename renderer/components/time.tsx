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

/**
 * A moment in words, exact on hover. `ago` says "26 minutes ago" for the last hours; `future`: it may lie ahead, where
 * other moments that do are only newer than the clock that this page goes by.
 */
export function When({
  at,
  ago = false,
  start = false,
  future = false,
}: {
  at: number;
  ago?: boolean;
  start?: boolean;
  future?: boolean;
}): ReactNode {
  const clock = useNow();
  const now = future ? clock : Math.max(clock, at);
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
