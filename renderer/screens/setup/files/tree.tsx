import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Check, ChevronRight, File, Folder, LoaderCircle, Minus } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { AppState, SourceNode } from '../../../../preload/contract.ts';
import { treeKey } from '../../../components/arrow-keys.ts';
import { exactBytes, formatBytes, Icon } from '../../../components/index.ts';
import { nameFits, startRow, typeMore, type Typed } from '../../../components/type-ahead.ts';
import { useRowPx } from '../../../state/density.ts';
import { isBlocked, isCovered, tickOf, type Selection, type Tick } from './selection.ts';
import type { Measured, Measures } from './use-measure.ts';
import { isNote, type NoteRow, type Row, type TreeRow } from './use-tree.ts';

const ARIA_TICK: Record<Tick, 'true' | 'false' | 'mixed'> = { on: 'true', off: 'false', mixed: 'mixed' };

function Box({ tick, off }: { tick: Tick; off: boolean }): ReactNode {
  const state = { on: { 'data-selected': '' }, mixed: { 'data-indeterminate': '' }, off: {} }[tick];
  return (
    <span {...state} className={off ? 'tree-blocked' : ''} aria-hidden="true">
      <span className="check">
        <Icon of={tick === 'mixed' ? Minus : Check} size={12} />
      </span>
    </span>
  );
}

/** What a place holds; of one that is left out by unticking, what it would hold. */
function Size({ measure, tick, covered }: { measure: Measured | undefined; tick: Tick; covered: boolean }): ReactNode {
  if (measure === undefined) return <span className="tree-size faint">…</span>;
  const ruledOut = tick === 'on' && measure.done && measure.files === 0 && measure.excludedFiles > 0;
  if (ruledOut)
    return (
      <span className="tree-size faint">
        <Trans>Left out by a rule</Trans>
      </span>
    );
  const bytes = measure.bytes + (covered && tick === 'off' ? measure.excludedBytes : 0);
  return (
    <span className={`tree-size num ${measure.done && !measure.stale ? 'dim' : 'faint'}`} title={exactBytes(bytes)}>
      {formatBytes(bytes)}
      {!measure.done && '…'}
    </span>
  );
}

function Note({ row }: { row: NoteRow }): ReactNode {
  if (row.note === 'loading') {
    return (
      <span className="row faint">
        <Icon of={LoaderCircle} className="spin" />
        <Trans>Looking into this folder</Trans>
      </span>
    );
  }
  if (row.note === 'empty')
    return (
      <span className="faint">
        <Trans>Nothing in it that can be chosen by itself</Trans>
      </span>
    );
  return (
    <span className="warn clip" title={`${row.note.message} ${row.note.guidance}`}>
      {row.note.message} {row.note.guidance}
    </span>
  );
}

function spoken(row: TreeRow, measure: Measured | undefined): string {
  if (measure === undefined) return row.node.name;
  return `${row.node.name}, ${formatBytes(measure.bytes)}, ${plural(measure.files, { one: '# file', other: '# files' })}`;
}

/**
 * Places with boxes and sizes. One stop for Tab; arrows move, open and close, Space ticks, letters find.
 */
export function Tree({
  rows,
  selection,
  platform,
  measures,
  onToggle,
  onOpen,
}: {
  rows: readonly Row[];
  selection: Selection;
  platform: AppState['platform'];
  measures: Measures;
  onToggle: (node: SourceNode) => void;
  onOpen: (node: SourceNode, open: boolean) => void;
}): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const at = Math.min(active, rows.length - 1);
  const rowPx = useRowPx('list');
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
  });

  const focusRow = (index: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setActive(next);
    virtual.scrollToIndex(next);
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus());
  };
  const step = (from: number, by: 1 | -1): void => {
    let next = from + by;
    while (rows[next] !== undefined && isNote(rows[next] as Row)) next += by;
    if (rows[next] !== undefined) focusRow(next);
  };

  const typed = useRef<Typed | null>(null);
  /** Goes to the next place in view whose name begins with what was typed. */
  const find = (letter: string): void => {
    const word = typeMore(typed.current, letter, Date.now());
    typed.current = word;
    const start = startRow(word, at);
    for (let i = 0; i < rows.length; i += 1) {
      const index = (start + i) % rows.length;
      const row = rows[index];
      if (row !== undefined && !isNote(row) && nameFits(row.node.name, word)) return focusRow(index);
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const row = rows[at];
    if (row === undefined || isNote(row)) return;
    const keys: Record<string, () => void> = {
      ArrowDown: () => step(at, 1),
      ArrowUp: () => step(at, -1),
      Home: () => focusRow(0),
      End: () => focusRow(rows.length - 1),
      open: () => {
        if (!row.open && row.node.hasChildren) onOpen(row.node, true);
        else if (row.open) step(at, 1);
      },
      close: () => {
        if (row.open) onOpen(row.node, false);
        else if (row.parent !== null)
          focusRow(rows.findIndex((other) => !isNote(other) && other.node.path === row.parent));
      },
      ' ': () => {
        if (!isBlocked(row.node, selection, platform)) onToggle(row.node);
      },
    };
    const letter = [...event.key].length === 1 ? event.key : null;
    const act = keys[treeKey(event.key) ?? event.key] ?? (letter === null ? undefined : () => find(letter));
    if (act === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  };

  return (
    <div
      ref={scroller}
      className="tree"
      role="tree"
      aria-label={t`What to back up`}
      aria-multiselectable="true"
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: virtual.getTotalSize() }} className="tree-in">
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const place = { transform: `translateY(${item.start}px)` };
          const indent = `tree-row tree-l${Math.min(row.level, 6)}`;
          if (isNote(row)) {
            return (
              <div key={`${row.parent}//note`} role="none" className={`${indent} tree-note`} style={place}>
                <Note row={row} />
              </div>
            );
          }
          const { node } = row;
          const tick = tickOf(node, selection, platform);
          const blocked = isBlocked(node, selection, platform);
          const measure = measures.get(node.cap);
          return (
            <div
              key={node.path}
              data-row={item.index}
              role="treeitem"
              tabIndex={item.index === at ? 0 : -1}
              aria-label={spoken(row, measure)}
              aria-level={row.level}
              aria-posinset={row.position}
              aria-setsize={row.setSize}
              aria-checked={ARIA_TICK[tick]}
              aria-disabled={blocked}
              {...(node.hasChildren ? { 'aria-expanded': row.open } : {})}
              className={indent}
              style={place}
              title={node.path}
              onFocus={() => setActive(item.index)}
              onClick={() => {
                focusRow(item.index);
                if (!blocked) onToggle(node);
              }}
            >
              <span
                className={`tree-twist ${row.open ? 'tree-twist-open' : ''}`}
                aria-hidden="true"
                onClick={(event) => {
                  event.stopPropagation();
                  focusRow(item.index);
                  if (node.hasChildren) onOpen(node, !row.open);
                }}
              >
                {node.hasChildren && <Icon of={ChevronRight} />}
              </span>
              <Box tick={tick} off={blocked} />
              <Icon
                of={node.kind === 'folder' ? Folder : File}
                className={node.kind === 'folder' ? 'i-folder' : 'i-file'}
              />
              <bdi className={`clip ${row.level === 1 ? 'medium' : ''} ${tick === 'off' ? 'dim' : ''}`}>
                {node.name}
              </bdi>
              <Size measure={measure} tick={tick} covered={isCovered(node, selection, platform)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
