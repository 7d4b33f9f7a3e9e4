/** How much room a row of a list takes: what the style sheets do by themselves, for lists that have to know it. */
import { useAppState } from './app-state.tsx';
import { ROW_PX } from './row-px.ts';

/** In px. */
export function useRowPx(kind: keyof typeof ROW_PX): number {
  return ROW_PX[kind][useAppState((state) => state.settings.density)];
}
