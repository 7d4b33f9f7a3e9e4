/**
 * Which entries of a folder are selected, without needing all of them in memory: either a set of ids, or everything
 * but a set of ids. Ids stay valid when the order changes, so a selection survives sorting.
 */
export interface Selection {
  /** True: everything except `ids`. False: only `ids`. */
  readonly all: boolean;
  readonly ids: ReadonlySet<string>;
}

export const NOTHING: Selection = { all: false, ids: new Set() };
export const EVERYTHING: Selection = { all: true, ids: new Set() };

export function isSelected(selection: Selection, id: string): boolean {
  return selection.all !== selection.ids.has(id);
}

/** Number of selected entries in a folder of `total`. */
export function countSelected(selection: Selection, total: number): number {
  return selection.all ? Math.max(0, total - selection.ids.size) : selection.ids.size;
}

export function selectOnly(ids: Iterable<string>): Selection {
  return { all: false, ids: new Set(ids) };
}

export function toggle(selection: Selection, id: string): Selection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { all: selection.all, ids };
}

export function add(selection: Selection, more: Iterable<string>): Selection {
  const ids = new Set(selection.ids);
  for (const id of more) {
    if (selection.all) ids.delete(id);
    else ids.add(id);
  }
  return { all: selection.all, ids };
}

/**
 * Where the cursor goes on a key, or null where the key does not move it.
 * `index` is the row it is on (-1: none yet), `page` the number of whole rows in view.
 */
export function moveCursor(key: string, index: number, total: number, page: number): number | null {
  if (total === 0) return null;
  const clamp = (value: number): number => Math.min(total - 1, Math.max(0, value));
  switch (key) {
    case 'ArrowDown':
      return clamp(index + 1);
    case 'ArrowUp':
      return index < 0 ? total - 1 : clamp(index - 1);
    case 'PageDown':
      return clamp(Math.max(index, 0) + Math.max(1, page - 1));
    case 'PageUp':
      return clamp(Math.max(index, 0) - Math.max(1, page - 1));
    case 'Home':
      return 0;
    case 'End':
      return total - 1;
    default:
      return null;
  }
}

/** The rows between two, both included, in ascending order. */
export function rangeBetween(a: number, b: number): { from: number; to: number } {
  return { from: Math.min(a, b), to: Math.max(a, b) };
}
