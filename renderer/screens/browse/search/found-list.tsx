import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Trash2 } from 'lucide-react';
import { memo, useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import type { FoundItem } from '../../../../preload/contract.ts';
import { capital, exactDate, formatBytes, formatCount, formatDate, formatDay } from '../../../components/format.ts';
import { Icon } from '../../../components/icon.tsx';
import { Name } from '../../../components/name.tsx';
import { visibleText } from '../../../components/visible.ts';
import { useRowPx } from '../../../state/density.ts';
import { entryIcon, kindWord } from '../entry-words.ts';
import { Life } from './life.tsx';
import { matchParts } from './match-parts.ts';

const OVERSCAN = 8;

function Marked({ name, text }: { name: string; text: string | null }): ReactNode {
  return (
    <bdi className="found-name" title={visibleText(name)}>
      {matchParts(name, text).map((part, i) =>
        part.match ? <mark key={i}>{visibleText(part.text)}</mark> : <span key={i}>{visibleText(part.text)}</span>,
      )}
    </bdi>
  );
}

const Row = memo(function Row({
  item,
  index,
  total,
  top,
  marked,
  since,
  other,
  selected,
  onSelect,
  onOpen,
}: {
  item: FoundItem | undefined;
  index: number;
  total: number;
  top: number;
  marked: string | null;
  since: number;
  /** The computer's name where it is not this one. */
  other: string | null;
  selected: boolean;
  onSelect: (index: number) => void;
  onOpen: () => void;
}): ReactNode {
  return (
    <div
      role="option"
      id={`found-${index}`}
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={total}
      className="found-row"
      style={{ transform: `translateY(${top}px)` }}
      // The field keeps the focus: typing goes on after a press.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => onSelect(index)}
      onDoubleClick={onOpen}
    >
      {item === undefined ? (
        <span className="skel skel-mid found-wait">
          <span className="sr">
            <Trans>Loading</Trans>
          </span>
        </span>
      ) : (
        <>
          <span className="found-main">
            <Icon of={entryIcon(item)} className={item.kind === 'folder' ? 'i-folder' : 'i-file'} />
            <span className="sr">{kindWord(item)}: </span>
            <span className="found-two">
              <Marked name={item.name} text={marked} />
              <span className="t12 found-folder">
                <Name of={item.folder} />
                {other !== null && (
                  <span className="found-computer">
                    <Trans>
                      on <Name of={other} />
                    </Trans>
                  </span>
                )}
              </span>
            </span>
          </span>
          <Life item={item} since={since} />
          <span className={`found-now ${item.gone ? 'found-gone' : ''}`} title={exactDate(item.newestAt)}>
            {item.gone ? (
              <>
                <Icon of={Trash2} />
                <span className="clip">
                  <Trans>Last seen {formatDay(item.newestAt)}</Trans>
                </span>
              </>
            ) : (
              <span className="clip">{item.modifiedAt === null ? '' : capital(formatDate(item.modifiedAt))}</span>
            )}
          </span>
          <span className="found-versions num">
            {item.kind === 'folder' ? '' : formatCount(item.versions)}
            <span className="sr">
              {' '}
              {item.kind === 'folder' ? '' : plural(item.versions, { one: 'version', other: 'versions' })}
            </span>
          </span>
          <span className="found-size num">{item.size === null ? '' : formatBytes(item.size)}</span>
        </>
      )}
    </div>
  );
});

/** What was found, best first: only rows in view are in the page. The field above keeps the focus and names the row. */
export function FoundList({
  id,
  total,
  at,
  show,
  cursor,
  marked,
  since,
  otherOf,
  onKeyDown,
  onSelect,
  onOpen,
}: {
  id: string;
  total: number;
  at: (row: number) => FoundItem | undefined;
  show: (first: number, last: number) => void;
  cursor: number;
  marked: string | null;
  /** The oldest snapshot, ms since the epoch: where the lines of life begin. */
  since: number;
  /** Name of the computer that something is of, where it is not this one. */
  otherOf: (item: FoundItem) => string | null;
  onKeyDown: (event: KeyboardEvent) => void;
  onSelect: (row: number) => void;
  onOpen: () => void;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const rowPx = useRowPx('two');
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => box.current,
    estimateSize: () => rowPx,
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const first = rows[0]?.index ?? 0;
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => show(first, last), [show, first, last]);
  useEffect(() => {
    if (cursor >= 0) virtual.scrollToIndex(cursor, { align: 'auto' });
  }, [cursor, virtual]);
  return (
    <>
      <div className="found-head" aria-hidden="true">
        <span className="found-main">
          <Trans>Name and folder</Trans>
        </span>
        <span className="found-life">
          <Trans>Kept from and to</Trans>
        </span>
        <span className="found-now">
          <Trans>Changed</Trans>
        </span>
        <span className="found-versions">
          <Trans>Versions</Trans>
        </span>
        <span className="found-size">
          <Trans>Size</Trans>
        </span>
      </div>
      <div
        ref={box}
        role="listbox"
        id={id}
        aria-label={t`Found`}
        tabIndex={0}
        aria-activedescendant={`found-${cursor}`}
        className="found-box"
        onKeyDown={onKeyDown}
      >
        <div role="presentation" className="found-all" style={{ height: virtual.getTotalSize() }}>
          {rows.map((row) => {
            const item = at(row.index);
            return (
              <Row
                key={row.index}
                item={item}
                index={row.index}
                total={total}
                top={row.start}
                marked={marked}
                since={since}
                other={item === undefined ? null : otherOf(item)}
                selected={row.index === cursor}
                onSelect={onSelect}
                onOpen={onOpen}
              />
            );
          })}
        </div>
      </div>
    </>
  );
}
