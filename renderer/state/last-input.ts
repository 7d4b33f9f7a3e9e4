/** Whether the last input anywhere in the window was a key. Listens from the moment the page starts (app.tsx imports it). */
import { useSyncExternalStore } from 'react';

const MODIFIERS = ['Control', 'Shift', 'Alt', 'AltGraph', 'Meta'];

let keyed = false;
const listeners = new Set<() => void>();

function note(next: boolean): void {
  if (next === keyed) return;
  keyed = next;
  for (const listener of listeners) listener();
}

window.addEventListener('keydown', (event) => !MODIFIERS.includes(event.key) && note(true), true);
window.addEventListener('pointerdown', () => note(false), true);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether it was a key. */
export function byKeys(): boolean {
  return keyed;
}

/** For what takes the focus by itself: a ring round it helps who works by keys, and is noise for everybody else. */
export function useKeyed(): boolean {
  return useSyncExternalStore(subscribe, () => keyed);
}
