import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { memo, useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { ComparedRow } from '../../../../preload/contract.ts';
import { treeKey } from '../../../components/arrow-keys.ts';
import { capital, exactDate, formatDate } from '../../../components/format.ts';
import { Icon } from '../../../components/icon.tsx';
import { Name } from '../../../components/name.tsx';
import { useRowPx } from '../../../state/density.ts';
import { entryIcon, kindWord } from '../entry-words.ts';
import { moveCursor } from '../selection.ts';
import { CHANGE, folderCounts, itemSize, signed } from './compare-words.ts';
import type { Rows } from './use-comparison.ts';

const OVERSCAN = 10;

type Item = Extract<ComparedRow, { row: 'item' }>;
type Folder = Extract<ComparedRow, { row: 'folder' }>;

function FolderCells({ row }: { row: Folder }): ReactNode {
  return (
    <>
      <span role="gridcell" className="cmp-main">
        <Icon of={row.closed ? ChevronRight : ChevronDown} size={12} />
        <span className="strong cmp-path">
          <Name of={row.path} />
        </span>
        {row.whole !== null && (
          <span className="t12 faint nowrap">{row.whole === 'added' ? t`new folder` : t`folder removed`}</span>
        )}
      </span>
      <span role="gridcell" className="cmp-counts t12 num">
        {folderCounts(row)}
      </span>
      <span role="gridcell" className="cmp-size num">
        {signed(row.delta)}
      </span>
    </>
  );
}

function ItemCells({ row, flat }: { row: Item; flat: boolean }): ReactNode {
  const { word, icon } = CHANGE[row.change];
  return (
    <>
      <span role="gridcell" className="cmp-main">
        <span className={`cmp-change cmp-${row.change}`} title={word}>
          <Icon of={icon} />
          <span className="sr">{word}: </span>
        </span>
        <Icon of={entryIcon(row)} className={row.kind === 'folder' ? 'i-folder' : 'i-file'} />
        <span className="sr">{kindWord(row)}: </span>
        <span className={row.change === 'removed' ? 'cmp-name cmp-struck' : 'cmp-name'}>
          <Name of={row.name} />
        </span>
        {row.from !== null ? (
          <span className="t12 faint cmp-from">
            <Trans>
              from <Name of={row.from} />
            </Trans>
          </span>
        ) : (
          flat && (
            <span className="t12 faint cmp-from">
              <Name of={row.folder} />
            </span>
          )
        )}
      </span>
      <span role="gridcell" className="cmp-when num" title={exactDate(row.modifiedAt)}>
        {capital(formatDate(row.modifiedAt))}
      </span>
      <span role="gridcell" className="cmp-size num">
        {itemSize(row)}
      </span>
    </>
  );
}

const Row = memo(function Row({
  row,
  index,
  top,
  flat,
  selected,
  cursor,
  onPress,
}: {
  row: ComparedRow | undefined;
  index: number;
  top: number;
  flat: boolean;
  selected: boolean;
  cursor: boolean;
  onPress: (index: number, add: boolean) => void;
}): ReactNode {
  const folder = row?.row === 'folder';
  return (
    <div
      role="row"
      id={`cmp-${index}`}
      aria-rowindex={index + 1}
      aria-level={folder || flat ? 1 : 2}
      {...(folder ? { 'aria-expanded': !row.closed } : { 'aria-selected': selected })}
      className={`cmp-row ${folder ? 'cmp-folder' : ''} ${flat ? 'cmp-flat' : ''} ${cursor ? 'cmp-cursor' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => onPress(index, event.ctrlKey || event.metaKey)}
    >
      {row === undefined ? (
        <span role="gridcell" className="cmp-main">
          <span className="skel skel-mid" />
          <span className="sr">
            <Trans>Loading</Trans>
          </span>
        </span>
      ) : row.row === 'folder' ? (
        <FolderCells row={row} />
      ) : (
        <ItemCells row={row} flat={flat} />
      )}
    </div>
  );
});

/** What differs, by folder or in one list; only rows in view are in the page. Space chooses, Enter opens and closes. */
export function ComparedList({
  rows,
  flat,
  chosen,
  onToggle,
  onOnly,
  onFolder,
  onAll,
}: {
  rows: Rows;
  flat: boolean;
  chosen: (id: string) => boolean;
  onToggle: (item: Item) => void;
  onOnly: (item: Item) => void;
  onFolder: (id: string, closed: boolean) => void;
  onAll: () => void;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState(-1);
  const total = rows.total ?? 0;
  const rowPx = useRowPx('list');
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
  });
  const shown = virtual.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  const last = shown.at(-1)?.index ?? 0;
  const { show } = rows;
  useEffect(() => show(first, last), [show, first, last]);
  const at = Math.min(cursor, total - 1);

  const press = (index: number, add: boolean): void => {
    setCursor(index);
    const row = rows.at(index);
    if (row?.row === 'folder') onFolder(row.id, !row.closed);
    else if (row !== undefined) (add ? onToggle : onOnly)(row);
  };
  const latest = useRef(press);
  latest.current = press;
  const [stable] = useState(() => (index: number, add: boolean) => latest.current(index, add));

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = at < 0 ? undefined : rows.at(at);
    const main = event.ctrlKey || event.metaKey;
    if (main && event.key.toLowerCase() === 'a') onAll();
    else if (event.key === ' ' || event.key === 'Enter') {
      if (row === undefined) return;
      if (row.row === 'folder') onFolder(row.id, !row.closed);
      else onToggle(row);
    } else if (treeKey(event.key) !== null && row?.row === 'folder' && !event.altKey) {
      onFolder(row.id, treeKey(event.key) === 'close');
    } else {
      if (event.altKey || main) return;
      const next = moveCursor(event.key, at, total, Math.floor(event.currentTarget.clientHeight / rowPx));
      if (next === null) return;
      setCursor(next);
      virtual.scrollToIndex(next, { align: 'auto' });
    }
    event.preventDefault();
  };
  return (
    <div
      ref={box}
      role="treegrid"
      tabIndex={0}
      className="cmp"
      aria-label={t`Differences`}
      aria-multiselectable="true"
      aria-rowcount={total}
      {...(at >= 0 ? { 'aria-activedescendant': `cmp-${at}` } : {})}
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (cursor < 0 && total > 0) setCursor(0);
      }}
    >
      <div role="rowgroup" className="cmp-all" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start }) => {
          const row = rows.at(index);
          return (
            <Row
              key={index}
              row={row}
              index={index}
              top={start}
              flat={flat}
              selected={row?.row === 'item' && chosen(row.id)}
              cursor={index === at}
              onPress={stable}
            />
          );
        })}
      </div>
    </div>
  );
}
