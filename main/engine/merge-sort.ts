/** A stable sort of positions that takes what is in order already as it is: names of a folder mostly are. */

/**
 * Merges runs of `order` in place until there is one.
 *
 * @param compare below 0 where the first belongs before the second
 */
export function mergeSort(order: Uint32Array, compare: (a: number, b: number) => number): void {
  let ends = runsOf(order, compare);
  let [from, to] = [order, ends.length > 1 ? new Uint32Array(order.length) : order];
  while (ends.length > 1) {
    const merged: number[] = [];
    let start = 0;
    for (let i = 0; i < ends.length; i += 2) {
      const middle = ends[i] ?? 0;
      const end = ends[i + 1] ?? middle;
      merge(from, to, start, middle, end, compare);
      merged.push(end);
      start = end;
    }
    ends = merged;
    [from, to] = [to, from];
  }
  if (from !== order) order.set(from);
}

/** Where each run ends. */
function runsOf(order: Uint32Array, compare: (a: number, b: number) => number): number[] {
  const ends: number[] = [];
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1] ?? 0, order[i] ?? 0) > 0) ends.push(i);
  }
  ends.push(order.length);
  return ends;
}

function merge(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  middle: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  let [left, right, out] = [start, middle, start];
  while (left < middle && right < end) {
    to[out++] = (compare(from[left] ?? 0, from[right] ?? 0) <= 0 ? from[left++] : from[right++]) ?? 0;
  }
  to.set(from.subarray(left, middle), out);
  to.set(from.subarray(right, end), out + middle - left);
}
