/** Size and place of the window, remembered, and put back only where a screen is. */
import type { Config } from '../jobs/config.ts';

export const MIN_WIDTH = 960;
export const MIN_HEIGHT = 640;
const DEFAULT = { width: 1280, height: 800 };
/** This much of the title bar must be on a screen for the window to be caught with a mouse. */
const VISIBLE = 80;

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Where to open the window; without `x` and `y` the system centres it.
 * @param screens work areas of the screens that are there now
 */
export function windowBounds(
  remembered: Config['window'],
  screens: readonly Rectangle[],
): { width: number; height: number; x?: number; y?: number } {
  const width = Math.max(MIN_WIDTH, remembered?.width ?? DEFAULT.width);
  const height = Math.max(MIN_HEIGHT, remembered?.height ?? DEFAULT.height);
  const x = remembered?.x ?? null;
  const y = remembered?.y ?? null;
  if (x === null || y === null) return { width, height };
  const reachable = screens.some(
    (screen) =>
      x + width - VISIBLE >= screen.x &&
      x + VISIBLE <= screen.x + screen.width &&
      y >= screen.y &&
      y + VISIBLE <= screen.y + screen.height,
  );
  return reachable ? { width, height, x, y } : { width, height };
}
