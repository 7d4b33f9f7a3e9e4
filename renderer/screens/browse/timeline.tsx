import { plural, t } from '@lingui/core/macro';
import { useMemo, useState, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import type { SnapshotInfo } from '../../../preload/contract.ts';
import { capital, formatDate, LOCALE } from '../../components/format.ts';
import { useNow } from '../../components/time.tsx';
import { useSize } from '../../components/use-size.ts';
import { dayOf } from '../home/history.ts';
import { layTimeline, nearestTick, thin, type TimelineSegment } from './snapshots.ts';

const HEIGHT = 52;
const BASE = 34;
const TALL = 28;
const SHORT = 6;
const LABEL_PX = 7;
const TICK_STEP = 3;
/** Room for the words beside the pointer. */
const TIP_PX = 216;

const monthName = new Intl.DateTimeFormat(LOCALE, { month: 'long' });
const monthShort = new Intl.DateTimeFormat(LOCALE, { month: 'short' });

function labelOf(segment: TimelineSegment): string {
  if (segment.kind === 'today') return t`Today`;
  if (segment.kind === 'year') return String(new Date(segment.at).getFullYear());
  const long = monthName.format(segment.at);
  if (long.length * LABEL_PX <= segment.width) return long;
  return monthShort.format(segment.at);
}

/**
 * Snapshots of one computer along a line of time; the taller a tick, the more that snapshot differs from the one
 * before. Pointer: the nearest one. Keys: one older, one newer, oldest, newest.
 */
export function Timeline({
  snapshots,
  selectedId,
  onSelect,
}: {
  /** Newest first. */
  snapshots: readonly SnapshotInfo[];
  selectedId: string;
  onSelect: (id: string) => void;
}): ReactNode {
  const { ref: box, size } = useSize();
  const { width } = size;
  const [pointed, setPointed] = useState<string | null>(null);
  // The picture moves with the day, not with every half minute.
  const now = useNow();
  const today = dayOf(now);
  const lay = useMemo(
    () => layTimeline(snapshots, Math.max(today, snapshots[0]?.at ?? today), width),
    [snapshots, today, width],
  );

  const index = snapshots.findIndex((one) => one.id === selectedId);
  const current = snapshots[index];
  const shown = snapshots.find((one) => one.id === pointed);
  const nearest = (event: PointerEvent): string | null => {
    const left = box.current?.getBoundingClientRect().left ?? 0;
    return nearestTick(lay.ticks, event.clientX - left)?.id ?? null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const target =
      event.key === 'ArrowLeft' || event.key === 'ArrowDown'
        ? index + 1
        : event.key === 'ArrowRight' || event.key === 'ArrowUp'
          ? index - 1
          : event.key === 'Home'
            ? snapshots.length - 1
            : event.key === 'End'
              ? 0
              : null;
    if (target === null || event.altKey) return;
    event.preventDefault();
    const next = snapshots[Math.min(snapshots.length - 1, Math.max(0, target))];
    if (next !== undefined) onSelect(next.id);
  };
  const tickPath = thin(lay.ticks, TICK_STEP)
    .map((tick) => `M${tick.x.toFixed(1)} ${BASE}v-${(SHORT + tick.weight * (TALL - SHORT)).toFixed(1)}`)
    .join('');
  const selected = lay.ticks.find((tick) => tick.id === selectedId);
  const hovered =
    pointed === null || pointed === selectedId ? undefined : lay.ticks.find((tick) => tick.id === pointed);
  return (
    <div
      ref={box}
      className="tl-line"
      role="slider"
      tabIndex={0}
      aria-label={t`Snapshot`}
      aria-valuemin={1}
      aria-valuemax={Math.max(1, snapshots.length)}
      aria-valuenow={snapshots.length - Math.max(0, index)}
      aria-valuetext={current === undefined ? t`none` : capital(formatDate(current.at))}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => setPointed(nearest(event))}
      onPointerLeave={() => setPointed(null)}
      onPointerDown={(event) => {
        const id = nearest(event);
        if (id !== null) onSelect(id);
      }}
    >
      <svg width={width} height={HEIGHT} aria-hidden="true">
        {lay.segments.slice(1).map((segment) => (
          <path key={segment.x} className="tl-grid" d={`M${Math.round(segment.x - 6) + 0.5} 2V36`} />
        ))}
        <path className="tl-tick" d={tickPath} />
        {hovered !== undefined && <path className="tl-hover" d={`M${hovered.x.toFixed(1)} ${BASE}V6`} />}
        {selected !== undefined && (
          <>
            <path className="tl-sel" d={`M${selected.x.toFixed(1)} ${BASE}V4`} />
            <circle className="tl-knob" cx={selected.x.toFixed(1)} cy="4" r="4" />
          </>
        )}
        {lay.segments
          .filter((segment) => labelOf(segment).length * LABEL_PX <= segment.width + 8)
          .map((segment) => (
            <text key={segment.x} className="p-txt" x={segment.x} y="48">
              {labelOf(segment)}
            </text>
          ))}
      </svg>
      {hovered !== undefined && shown !== undefined && (
        <span className="tip tl-tip num" aria-hidden="true" style={{ left: Math.min(hovered.x, width - TIP_PX) }}>
          {capital(formatDate(shown.at))}, {plural(shown.files, { one: '# file', other: '# files' })}
        </span>
      )}
    </div>
  );
}
