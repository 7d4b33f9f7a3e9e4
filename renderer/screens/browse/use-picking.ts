/** Cursor and selection of one folder: what pointer and keys do to them. */
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type RefObject } from 'react';
import type { Entry } from '../../../preload/contract.ts';
import { BULK_ROWS } from './paging.ts';
import {
  add,
  countSelected,
  EVERYTHING,
  isSelected,
  moveCursor,
  NOTHING,
  rangeBetween,
  selectOnly,
  toggle,
  type Selection,
} from './selection.ts';
import { nameFits, startRow, TYPE_AHEAD_MS, typeMore, type Typed } from '../../components/type-ahead.ts';
import type { Folder } from './use-folder.ts';

export interface Picking {
  readonly grid: RefObject<HTMLDivElement | null>;
  readonly selection: Selection;
  readonly count: number;
  /** Row the cursor is on; -1 for none. */
  readonly cursor: number;
  /** The only selected entry, where it is known. */
  readonly single: Entry | null;
  readonly has: (id: string) => boolean;
  readonly press: (row: number, event: MouseEvent) => void;
  /** Takes a key; true if it meant something. `page`: whole rows in view. */
  readonly key: (event: KeyboardEvent, page: number) => boolean;
  /** Selects a row and nothing else. */
  readonly pick: (row: number) => void;
  readonly moveTo: (row: number) => void;
  readonly all: () => void;
  readonly clear: () => void;
  /** Ids of everything selected; reads what has not been in view. Empty means the whole snapshot. */
  readonly resolve: () => Promise<string[]>;
}

/**
 * @param place names the folder; another one starts with nothing selected
 * @param select entry to put the cursor on when the folder opens (the folder one came from)
 * @param onPreview called with a file when the space bar is pressed on it; with Ctrl it selects, as on anything else
 */
export function usePicking(
  folder: Folder,
  place: string,
  isTop: boolean,
  select: string | null,
  onPreview: (entry: Entry) => void,
): Picking {
  const grid = useRef<HTMLDivElement>(null);
  const [selection, setSelection] = useState<Selection>(NOTHING);
  const [cursor, setCursor] = useState(-1);
  const anchor = useRef(-1);
  const typed = useRef<Typed | null>(null);
  const turn = useRef(0);
  const waiting = useRef(-1);
  const { at, byId, load, total } = folder;

  useEffect(() => {
    turn.current += 1;
    setSelection(NOTHING);
    setCursor(-1);
    anchor.current = -1;
    typed.current = null;
  }, [place]);

  /** Puts the cursor on a row; a search that is still reading pages no longer counts. */
  const put = useCallback((row: number, fresh: boolean): void => {
    turn.current += 1;
    waiting.current = -1;
    setCursor(row);
    if (fresh) anchor.current = row;
  }, []);

  const selectRow = useCallback(
    (row: number): void => {
      const entry = at(row);
      if (entry !== undefined) setSelection(selectOnly([entry.id]));
    },
    [at],
  );

  /** Looks for an entry from a row on, through what is loaded and then page by page; stops when something newer asks. */
  const find = useCallback(
    async (from: number, fits: (entry: Entry) => boolean, round: boolean): Promise<void> => {
      const count = total ?? 0;
      const mine = ++turn.current;
      const stretches = round
        ? [rangeBetween(from, count - 1), rangeBetween(0, from - 1)]
        : [rangeBetween(from, count - 1)];
      for (const { from: start, to } of stretches) {
        if (start < 0 || start >= count || to < start) continue;
        for (let row = start; row <= to;) {
          const here = at(row);
          const part = here === undefined ? await load(row, Math.min(to, row + BULK_ROWS - 1)) : [here];
          if (mine !== turn.current) return;
          const offset = part.findIndex(fits);
          const entry = part[offset];
          if (entry !== undefined) {
            setSelection(selectOnly([entry.id]));
            put(row + offset, true);
            return;
          }
          row += Math.max(1, part.length);
        }
      }
    },
    [at, load, put, total],
  );

  const opened = useRef('');
  useEffect(() => {
    if (total === null || total === 0 || opened.current === place) return;
    opened.current = place;
    if (select !== null) void find(0, (entry) => entry.id === select, false);
    const active = document.activeElement;
    if (active === null || active === document.body || active.tagName === 'H1') grid.current?.focus();
    // Who has just opened a folder by Enter goes on from its first row; one that came back, from where it was.
    if (select === null && document.activeElement === grid.current) put(0, true);
  }, [find, place, put, select, total]);

  const extend = useCallback(
    async (to: number, keep: boolean): Promise<void> => {
      const start = anchor.current < 0 ? to : anchor.current;
      const range = rangeBetween(start, to);
      if (range.from === 0 && range.to === (total ?? 0) - 1) {
        put(to, anchor.current < 0);
        setSelection(EVERYTHING);
        return;
      }
      const ids: string[] = [];
      let missing = false;
      for (let row = range.from; row <= range.to && !missing; row += 1) {
        const entry = at(row);
        if (entry === undefined) missing = true;
        else ids.push(entry.id);
      }
      put(to, anchor.current < 0);
      const mine = turn.current;
      const entries = missing ? (await load(range.from, range.to)).map((entry) => entry.id) : ids;
      if (mine !== turn.current) return;
      setSelection((before) => (keep ? add(before, entries) : selectOnly(entries)));
    },
    [at, load, put, total],
  );

  const press = useCallback(
    (row: number, event: MouseEvent): void => {
      const entry = at(row);
      if (entry === undefined) return;
      if (event.shiftKey) {
        void extend(row, event.ctrlKey || event.metaKey);
      } else if (event.ctrlKey || event.metaKey) {
        setSelection((before) => toggle(before, entry.id));
        put(row, true);
      } else {
        setSelection(selectOnly([entry.id]));
        put(row, true);
      }
    },
    [at, extend, put],
  );

  const key = (event: KeyboardEvent, page: number): boolean => {
    const many = event.ctrlKey || event.metaKey;
    if (many && event.key.toLowerCase() === 'a') {
      setSelection(EVERYTHING);
      return true;
    }
    if (event.key === 'Escape') {
      if (countSelected(selection, total ?? 0) === 0) return false;
      setSelection(NOTHING);
      return true;
    }
    const now = Date.now();
    const typing = typed.current !== null && now - typed.current.at <= TYPE_AHEAD_MS;
    if (event.key === ' ' && (!typing || many)) {
      const entry = at(cursor);
      if (entry?.kind === 'file' && !many) {
        setSelection(selectOnly([entry.id]));
        onPreview(entry);
      } else if (entry !== undefined) {
        setSelection((before) => toggle(before, entry.id));
        anchor.current = cursor;
      }
      return true;
    }
    if (event.altKey) return false;
    const next = moveCursor(event.key, cursor, total ?? 0, page);
    if (next !== null) {
      if (event.shiftKey) void extend(next, false);
      else {
        put(next, true);
        if (!many && at(next) === undefined) waiting.current = next;
        else if (!many) selectRow(next);
      }
      return true;
    }
    if (!many && [...event.key].length === 1) {
      typed.current = typeMore(typed.current, event.key, now);
      const word = typed.current;
      void find(startRow(word, cursor) % Math.max(1, total ?? 1), (entry) => nameFits(entry.name, word), true);
      return true;
    }
    return false;
  };

  // A row the cursor reached before its page was there is selected when it comes.
  useEffect(() => {
    if (waiting.current < 0 || waiting.current !== cursor || at(cursor) === undefined) return;
    waiting.current = -1;
    selectRow(cursor);
  }, [at, cursor, selectRow]);

  const count = countSelected(selection, total ?? 0);
  const [onlyId] = selection.ids;
  return {
    grid,
    selection,
    count,
    cursor,
    single: count === 1 && !selection.all && onlyId !== undefined ? (byId(onlyId) ?? null) : null,
    has: useCallback((id: string) => isSelected(selection, id), [selection]),
    press,
    key,
    pick: useCallback(
      (row: number) => {
        selectRow(row);
        put(row, true);
      },
      [put, selectRow],
    ),
    moveTo: useCallback((row: number) => put(row, true), [put]),
    all: useCallback(() => setSelection(EVERYTHING), []),
    clear: useCallback(() => setSelection(NOTHING), []),
    resolve: useCallback(async () => {
      if (!selection.all) return [...selection.ids];
      if (isTop && selection.ids.size === 0) return [];
      const entries = await load(0, (total ?? 1) - 1);
      return entries.map((entry) => entry.id).filter((id) => isSelected(selection, id));
    }, [isTop, load, selection, total]),
  };
}
