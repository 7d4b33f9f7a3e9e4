/** Finds files that were moved or renamed among those that went and those that came. */
import type { Difference } from '../../engine/api.ts';

export interface Move {
  from: Difference;
  to: Difference;
}

const nameOf = (entry: string): string => entry.slice(entry.lastIndexOf('/') + 1);

/**
 * A file that went and one that came with the same contents are one file that was moved; the disk tells no hashes, so
 * there size, time in ns and name have to be the same. Of several that fit, those of the same name belong together.
 *
 * @param items every difference
 * @param byContents false where one side is the disk
 */
export function movesAmong(items: readonly Difference[], byContents: boolean): Move[] {
  const moves: Move[] = [];
  const paired = new Set<Difference>();
  const pair = (name: (key: string, entry: string) => string): void => {
    const gone = new Map<string, Difference[]>();
    const candidates = items.filter(
      (item) => (item.change === 'added' || item.change === 'removed') && !paired.has(item),
    );
    const keyed = candidates.flatMap((item) => {
      const key = keyOf(item, byContents);
      return key === null ? [] : [{ item, name: name(key, item.entry) }];
    });
    for (const one of keyed.toReversed()) {
      if (one.item.change === 'removed') listIn(gone, one.name).push(one.item);
    }
    for (const one of keyed) {
      const from = one.item.change === 'added' ? gone.get(one.name)?.pop() : undefined;
      if (from === undefined) continue;
      moves.push({ from, to: one.item });
      paired.add(from).add(one.item);
    }
  };
  pair((key, entry) => `${key} ${nameOf(entry)}`);
  pair((key) => key);
  return moves;
}

function keyOf({ kind, size, mtimeNs, entry, contents }: Difference, byContents: boolean): string | null {
  if (kind !== 'file' || size === 0) return null;
  if (byContents) return contents ?? null;
  return `${size} ${mtimeNs} ${nameOf(entry)}`;
}

function listIn(map: Map<string, Difference[]>, key: string): Difference[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
