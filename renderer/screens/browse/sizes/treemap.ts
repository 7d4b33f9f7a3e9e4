/**
 * A squarified treemap: rectangles as close to squares as rows of them can be, areas in proportion to values
 * (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000).
 */

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * @param values positive ones, largest first; others get no area
 * @returns one rectangle for each value, in the same order; together they fill the frame
 */
export function squarify(values: readonly number[], frame: Rect): Rect[] {
  const sum = values.reduce((total, value) => total + Math.max(0, value), 0);
  const rects: Rect[] = values.map(() => ({ x: frame.x, y: frame.y, width: 0, height: 0 }));
  if (sum <= 0 || frame.width <= 0 || frame.height <= 0) return rects;
  const scale = (frame.width * frame.height) / sum;
  const areas = values.map((value) => Math.max(0, value) * scale);
  let rest = frame;
  let from = 0;
  while (from < areas.length && (areas[from] ?? 0) > 0) {
    const side = Math.min(rest.width, rest.height);
    let to = from + 1;
    let rowArea = areas[from] ?? 0;
    while (to < areas.length && (areas[to] ?? 0) > 0) {
      const next = areas[to] ?? 0;
      const now = worst(areas[from] ?? 0, areas[to - 1] ?? 0, rowArea, side);
      if (worst(areas[from] ?? 0, next, rowArea + next, side) > now) break;
      rowArea += next;
      to++;
    }
    const isLast = to === areas.length || (areas[to] ?? 0) <= 0;
    rest = lay(areas.slice(from, to), rowArea, rest, isLast, (i, rect) => (rects[from + i] = rect));
    from = to;
  }
  return rects;
}

/** The larger of the longest shapes in a row: that of its largest or of its smallest. */
function worst(largest: number, smallest: number, rowArea: number, side: number): number {
  const square = (rowArea / side) ** 2;
  return Math.max(largest / square, square / Math.max(smallest, Number.MIN_VALUE));
}

/** Lays a row along the shorter side. @returns what is left of the frame */
function lay(areas: number[], sum: number, frame: Rect, fill: boolean, put: (i: number, rect: Rect) => void): Rect {
  const tall = frame.width >= frame.height;
  const side = tall ? frame.height : frame.width;
  // The last row takes what is left: no gap by rounding.
  const thick = fill ? (tall ? frame.width : frame.height) : sum / side;
  let at = 0;
  for (const [i, area] of areas.entries()) {
    const long = i === areas.length - 1 ? side - at : (area / sum) * side;
    put(
      i,
      tall
        ? { x: frame.x, y: frame.y + at, width: thick, height: long }
        : { x: frame.x + at, y: frame.y, width: long, height: thick },
    );
    at += long;
  }
  return tall
    ? { ...frame, x: frame.x + thick, width: Math.max(0, frame.width - thick) }
    : { ...frame, y: frame.y + thick, height: Math.max(0, frame.height - thick) };
}

export type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/** The rectangle that an arrow leads to from another one: the nearest on that side; -1 where there is none. */
export function neighbour(rects: readonly Rect[], from: number, direction: Direction): number {
  const here = rects[from];
  if (here === undefined) return rects.length > 0 ? 0 : -1;
  const [x, y] = middle(here);
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, rect] of rects.entries()) {
    if (i === from || rect.width <= 0 || rect.height <= 0) continue;
    const beyond =
      direction === 'ArrowLeft'
        ? here.x - (rect.x + rect.width)
        : direction === 'ArrowRight'
          ? rect.x - (here.x + here.width)
          : direction === 'ArrowUp'
            ? here.y - (rect.y + rect.height)
            : rect.y - (here.y + here.height);
    if (beyond < -0.5) continue;
    const [mx, my] = middle(rect);
    const across = direction === 'ArrowLeft' || direction === 'ArrowRight' ? Math.abs(my - y) : Math.abs(mx - x);
    const distance = Math.max(0, beyond) * 2 + across;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

const middle = ({ x, y, width, height }: Rect): [number, number] => [x + width / 2, y + height / 2];
