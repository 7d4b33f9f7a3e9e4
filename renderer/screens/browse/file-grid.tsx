import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp } from 'lucide-react';
import {
  memo,
  useCallback,
  useEffect,
  useRef,
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { Button as AriaButton } from 'react-aria-components';
import type { Entry } from '../../../preload/contract.ts';
import { capital, exactBytes, exactDate, formatDate } from '../../components/format.ts';
import { Icon } from '../../components/icon.tsx';
import { Name } from '../../components/name.tsx';
import { useRowPx } from '../../state/density.ts';
import { useKeyed } from '../../state/last-input.ts';
import { entryIcon, kindWord, sizeWords } from './entry-words.ts';
import type { Sort, SortKey } from './paging.ts';
import type { Folder } from './use-folder.ts';
import type { Picking } from './use-picking.ts';

/** The header stays at the top of what scrolls. */
const HEAD_PX = 33;
const OVERSCAN = 12;

const COLUMNS: readonly { key: SortKey; word: string; className: string }[] = [
  { key: 'name', word: t`Name`, className: 'fg-name' },
  { key: 'modified', word: t`Modified`, className: 'fg-mod' },
  { key: 'size', word: t`Size`, className: 'fg-size' },
];

const Row = memo(function Row({
  entry,
  index,
  top,
  selected,
  cursor,
  onPress,
  onOpen,
  onDrag,
}: {
  entry: Entry | undefined;
  index: number;
  top: number;
  selected: boolean;
  cursor: boolean;
  onPress: (index: number, event: MouseEvent) => void;
  onOpen: (index: number) => void;
  onDrag: (index: number, event: DragEvent) => void;
}): ReactNode {
  return (
    <div
      role="row"
      id={`entry-${index}`}
      aria-rowindex={index + 2}
      aria-selected={selected}
      className={`fg-row ${cursor ? 'fg-cursor' : ''} ${entry === undefined ? 'fg-waiting' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => onPress(index, event)}
      onDoubleClick={() => onOpen(index)}
      draggable={entry !== undefined}
      onDragStart={(event) => onDrag(index, event)}
    >
      {entry === undefined ? (
        <div role="gridcell" className="fg-cell fg-name">
          <span className="skel skel-mid" />
          <span className="sr">
            <Trans>Loading</Trans>
          </span>
        </div>
      ) : (
        <>
          <div role="gridcell" className="fg-cell fg-name">
            <Icon of={entryIcon(entry)} className={entry.kind === 'folder' ? 'i-folder' : 'i-file'} />
            <span className="sr">{kindWord(entry)}: </span>
            <Name of={entry.name} />
          </div>
          <div
            role="gridcell"
            className="fg-cell fg-mod num"
            {...(entry.modifiedAt === null ? {} : { title: exactDate(entry.modifiedAt) })}
          >
            {entry.modifiedAt === null ? '' : capital(formatDate(entry.modifiedAt))}
          </div>
          <div
            role="gridcell"
            className="fg-cell fg-size num"
            {...(entry.size === null ? {} : { title: exactBytes(entry.size) })}
          >
            {sizeWords(entry)}
          </div>
        </>
      )}
    </div>
  );
});

/**
 * The entries of one folder: virtual, sortable, for pointer and keyboard. Only rows in view exist in the page; the
 * grid itself holds the focus and names the row the cursor is on.
 */
export function FileGrid({
  folder,
  label,
  sort,
  onSort,
  picking,
  onOpen,
  onUp,
  onDrag,
}: {
  folder: Folder;
  label: string;
  sort: Sort;
  onSort: (key: SortKey) => void;
  picking: Picking;
  onOpen: (entry: Entry) => void;
  onUp: () => void;
  /** Rows are dragged; they are selected by then. */
  onDrag: (event: DragEvent, ids: () => Promise<string[]>) => void;
}): ReactNode {
  const total = folder.total ?? 0;
  const { cursor } = picking;
  const keyed = useKeyed();
  const rowPx = useRowPx('row');
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => picking.grid.current,
    estimateSize: () => rowPx,
    scrollMargin: HEAD_PX,
    scrollPaddingStart: HEAD_PX,
    overscan: OVERSCAN,
    rangeExtractor: useCallback(
      (range: Range) => {
        const rows = defaultRangeExtractor(range);
        // The row the cursor is on stays in the page: it is what a screen reader is told about.
        return cursor < 0 || cursor >= total || rows.includes(cursor) ? rows : [...rows, cursor].sort((a, b) => a - b);
      },
      [cursor, total],
    ),
  });
  const rows = virtual.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  const { show } = folder;
  const visible = virtual.range;
  const from = visible === null ? first : Math.max(0, visible.startIndex - OVERSCAN);
  const to = visible === null ? last : visible.endIndex + OVERSCAN;
  useEffect(() => show(from, to), [show, from, to]);

  const seen = useRef(cursor);
  useEffect(() => {
    if (cursor >= 0 && cursor !== seen.current) virtual.scrollToIndex(cursor, { align: 'auto' });
    seen.current = cursor;
  }, [cursor, virtual]);

  const open = useCallback(
    (index: number): void => {
      const entry = folder.at(index);
      if (entry !== undefined) onOpen(entry);
    },
    [folder, onOpen],
  );

  // Of the last drawing: rows that did not change are not drawn anew because the selection did.
  const now = useRef({ folder, picking, onDrag });
  useEffect(() => {
    now.current = { folder, picking, onDrag };
  });
  const drag = useCallback((index: number, event: DragEvent): void => {
    const { folder: shown, picking: picked, onDrag: begin } = now.current;
    const entry = shown.at(index);
    if (entry === undefined) return event.preventDefault();
    if (picked.has(entry.id)) return begin(event, picked.resolve);
    picked.pick(index);
    begin(event, async () => [entry.id]);
  }, []);

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter' && cursor >= 0) {
      event.preventDefault();
      open(cursor);
    } else if (event.key === 'Backspace' || (event.altKey && event.key === 'ArrowUp')) {
      event.preventDefault();
      onUp();
    } else if (picking.key(event, Math.floor((event.currentTarget.clientHeight - HEAD_PX) / rowPx))) {
      event.preventDefault();
    }
  };

  return (
    <div
      ref={picking.grid}
      role="grid"
      tabIndex={0}
      className={`fg ${keyed ? 'fg-keyed' : ''} ${folder.total === 0 ? 'fg-empty' : ''}`}
      aria-label={label}
      aria-multiselectable="true"
      aria-rowcount={total + 1}
      aria-busy={folder.total === null}
      {...(cursor >= 0 && cursor < total ? { 'aria-activedescendant': `entry-${cursor}` } : {})}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target === event.currentTarget && cursor < 0 && total > 0) picking.moveTo(0);
      }}
    >
      <div role="rowgroup" className="fg-head">
        <div role="row" aria-rowindex={1} className="fg-hrow">
          {COLUMNS.map((column) => {
            const active = sort.key === column.key;
            return (
              <div
                key={column.key}
                role="columnheader"
                className={`fg-cell ${column.className}`}
                aria-sort={active ? (sort.descending ? 'descending' : 'ascending') : 'none'}
              >
                <AriaButton className="fg-sort" onPress={() => onSort(column.key)}>
                  {column.word}
                  {active && <Icon of={sort.descending ? ChevronDown : ChevronUp} size={12} />}
                </AriaButton>
              </div>
            );
          })}
        </div>
      </div>
      <div
        role="rowgroup"
        className="fg-body"
        onClick={(event) => {
          if (event.target === event.currentTarget) picking.clear();
        }}
      >
        <div className="fg-all" role="presentation" style={{ height: virtual.getTotalSize() }}>
          {rows.map((row) => {
            const entry = folder.at(row.index);
            return (
              <Row
                key={row.index}
                entry={entry}
                index={row.index}
                top={row.start - HEAD_PX}
                selected={entry !== undefined && picking.has(entry.id)}
                cursor={row.index === cursor}
                onPress={picking.press}
                onOpen={open}
                onDrag={drag}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
