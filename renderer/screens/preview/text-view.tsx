/** Text in rows: numbers for code, unseen characters written out, only the rows in view in the page. */
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Fragment, memo, useMemo, useRef, useState, type ReactNode } from 'react';
import type { Look, TextPage } from '../../../preload/contract.ts';
import { Button, formatBytes } from '../../components/index.ts';
import { visibleName, visibleParts } from '../../components/visible.ts';
import { api, useAction } from '../../state/bridge.ts';

const ROW_PX = 20;
/** Pages that are kept in the window; what comes after is for a program made for it. */
const MOST_PAGES = 80;

/** Tabs stay tabs; everything else that cannot be seen is written out. */
function Visible({ text }: { text: string }): ReactNode {
  return text.split('\t').map((stretch, i) => (
    <Fragment key={i}>
      {i > 0 && '\t'}
      {stretch !== '' &&
        visibleParts(stretch).map((part, k) =>
          part.escaped ? (
            <span key={k} className="fname-esc">
              {part.text}
            </span>
          ) : (
            <Fragment key={k}>{part.text}</Fragment>
          ),
        )}
    </Fragment>
  ));
}

const Row = memo(function Row({ text, number }: { text: string; number: number | null }): ReactNode {
  return (
    <>
      {number !== null && (
        <span className="text-no num" aria-hidden="true">
          {number === 0 ? '' : number}
        </span>
      )}
      <span className="text-line">
        <Visible text={text} />
      </span>
    </>
  );
});

/** The number of each row's line; 0 where a line goes on. */
function numbered(pages: readonly TextPage[]): { text: string; number: number }[] {
  let line = 0;
  return pages.flatMap((page) => page.lines.map(({ start, text }) => ({ text, number: start ? ++line : 0 })));
}

export function TextView({
  id,
  name,
  look,
}: {
  id: string;
  name: string;
  look: Extract<Look, { kind: 'text' }>;
}): ReactNode {
  const [pages, setPages] = useState<readonly TextPage[]>([look.first]);
  const rows = useMemo(() => numbered(pages), [pages]);
  const scroll = useRef<HTMLDivElement>(null);
  const next = pages.at(-1)?.next ?? null;
  const more = useAction((from: number) => api.preview.text({ id, from }), {
    onDone: (page) => setPages((before) => [...before, page]),
  });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
  });
  return (
    <>
      <div
        ref={scroll}
        className={`preview-scroll text ${look.code ? 'text-code' : ''}`}
        tabIndex={0}
        role="group"
        aria-label={t`Text of ${visibleName(name)}`}
      >
        <div className="text-all select" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            return (
              <div
                key={item.index}
                ref={look.code ? undefined : virtual.measureElement}
                data-index={item.index}
                className="text-row"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <Row text={row.text} number={look.code ? row.number : null} />
              </div>
            );
          })}
        </div>
      </div>
      {next !== null && (
        <footer className="preview-f">
          <span className="t12 dim num">
            <Trans>The first {formatBytes(next)} of it</Trans>
          </span>
          {pages.length < MOST_PAGES ? (
            <Button size="s" pending={more.pending} onPress={() => more.run(next)}>
              <Trans>Show more</Trans>
            </Button>
          ) : (
            <span className="t12 dim">
              <Trans>Restore it to read on.</Trans>
            </span>
          )}
        </footer>
      )}
    </>
  );
}
