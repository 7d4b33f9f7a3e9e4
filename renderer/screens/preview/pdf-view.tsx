/**
 * A document (PDF) page under page. Pages come as pixels, drawn in a process of their own: nothing of the document is in
 * this page but how it looks, and its words for who does not see.
 */
import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { memo, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Look } from '../../../preload/contract.ts';
import { formatCount, IconButton, Note, Segmented, Spinner } from '../../components/index.ts';
import { useSize } from '../../components/use-size.ts';
import { visibleName, visibleText } from '../../components/visible.ts';
import { type NewestFirst, useDrawnPage, useNewestFirst } from './pdf-pages.ts';

type Pdf = Extract<Look, { kind: 'pdf' }>;
type Zoom = 'width' | 'actual';

/** Between pages, and round them, in px. */
const GAP = 16;
/** No wider than is good to read, where it fits the window. */
const MOST_WIDTH = 1_200;
const PX_PER_POINT = 96 / 72;
/** What a page can be asked for. */
const MOST_PIXELS = 8_000;

const Page = memo(function Page({
  id,
  page,
  pages,
  width,
  height,
  turn,
}: {
  id: string;
  page: number;
  pages: number;
  width: number;
  height: number;
  turn: NewestFirst;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = Math.max(16, Math.min(MOST_PIXELS, Math.round(width * window.devicePixelRatio)));
  const drawn = useDrawnPage(canvas, turn, { id, page, width: pixels });
  const label = t`Page ${formatCount(page + 1)} of ${formatCount(pages)}`;
  return (
    <div className="pdf-page" style={{ width, height }}>
      <canvas ref={canvas} role="img" aria-label={label} style={{ width, height }} />
      {drawn === null ? (
        <span className="pdf-over">
          <Spinner>
            <span className="sr">{label}</span>
          </Spinner>
        </span>
      ) : 'why' in drawn ? (
        <p className="pdf-over dim">{drawn.why}</p>
      ) : (
        drawn.text !== '' && <p className="sr">{drawn.text.split(/\r?\n/).map(visibleText).join('\n')}</p>
      )}
    </div>
  );
});

export function PdfView({ id, name, look }: { id: string; name: string; look: Pdf }): ReactNode {
  const { pages, sizes } = look;
  const { ref: scroll, size: room } = useSize();
  const turn = useNewestFirst();
  const [zoom, setZoom] = useState<Zoom>('width');
  const fit = Math.max(64, Math.min(MOST_WIDTH, room.width - 2 * GAP));
  const shown = (page: number): { width: number; height: number } => {
    const { width, height } = sizes[page] ?? { width: 1, height: 1 };
    const wide = zoom === 'width' ? fit : width * PX_PER_POINT;
    return { width: Math.round(wide), height: Math.round((wide * height) / width) };
  };
  const virtual = useVirtualizer({
    count: room.width === 0 ? 0 : sizes.length,
    getScrollElement: () => scroll.current,
    estimateSize: (page) => shown(page).height,
    gap: GAP,
    paddingStart: GAP,
    scrollPaddingStart: GAP,
    paddingEnd: GAP,
    overscan: 1,
  });
  const items = virtual.getVirtualItems();
  const offset = virtual.scrollOffset ?? 0;
  const middle = offset + room.height / 2;
  const current = items.findLast((item) => item.start <= middle)?.index ?? 0;
  const kept = useRef(0);

  // Other sizes: the page that one reads stays where it is.
  useLayoutEffect(() => {
    virtual.measure();
    virtual.scrollToIndex(kept.current, { align: 'start' });
  }, [fit, virtual, zoom]);
  useEffect(() => {
    kept.current = current;
  });

  const go = (page: number): void =>
    virtual.scrollToIndex(Math.max(0, Math.min(sizes.length - 1, page)), { align: 'start' });
  const onKey = (event: KeyboardEvent): void => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const element = scroll.current;
    const sideways = element !== null && element.scrollWidth > element.clientWidth;
    const back = document.documentElement.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft';
    if ((event.key === 'ArrowLeft' || event.key === 'ArrowRight') && !sideways) {
      event.preventDefault();
      go(current + (event.key === back ? -1 : 1));
    } else if (event.key === 'End') {
      event.preventDefault();
      go(sizes.length - 1);
    } else if (event.key === 'Home') {
      event.preventDefault();
      go(0);
    }
  };

  const widest = zoom === 'width' ? 0 : Math.max(...sizes.map((_, page) => shown(page).width)) + 2 * GAP;
  return (
    <>
      <div className="pdf-bar">
        <span className="t12 dim num" role="status">
          <Trans>
            Page {formatCount(current + 1)} of {formatCount(pages)}
          </Trans>
        </span>
        <span className="row">
          <IconButton
            label={t`Previous page`}
            icon={ChevronUp}
            size="s"
            isDisabled={current === 0}
            onPress={() => go(current - 1)}
          />
          <IconButton
            label={t`Next page`}
            icon={ChevronDown}
            size="s"
            isDisabled={current >= sizes.length - 1}
            onPress={() => go(current + 1)}
          />
        </span>
        <span className="push">
          <Segmented<Zoom>
            label={t`Size of the pages`}
            value={zoom}
            onChange={setZoom}
            options={[
              { value: 'width', word: t`Fit width` },
              { value: 'actual', word: t`100 %` },
            ]}
          />
        </span>
      </div>
      {sizes.length < pages && (
        <div className="preview-note">
          <Note>
            <p>
              <Trans>Only the first {formatCount(sizes.length)} pages are shown. Restore it to read all.</Trans>
            </p>
          </Note>
        </div>
      )}
      <div
        ref={scroll}
        className="preview-scroll pdf"
        tabIndex={0}
        role="group"
        aria-label={t`Pages of ${visibleName(name)}`}
        onKeyDown={onKey}
      >
        <div className="pdf-all" style={{ height: virtual.getTotalSize(), minWidth: widest }}>
          {items.map(({ index, start }) => (
            <div key={index} className="pdf-row" style={{ transform: `translateY(${start}px)` }}>
              <Page id={id} page={index} pages={pages} turn={turn} {...shown(index)} />
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
