import { plural, t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useMemo, type ReactNode } from 'react';
import type { RunSummary } from '../../../preload/contract.ts';
import { LOCALE } from '../../components/format.ts';
import { Card } from '../../components/surfaces.tsx';
import { useNow } from '../../components/time.tsx';
import { useSize } from '../../components/use-size.ts';
import { describeDay } from './day-words.ts';
import { calendar, dayOf } from './history.ts';

const CELL = 8;
const STEP = 11;
const TOP = 18;
const MONTH_ROOM = 30;
const MAX_WEEKS = 53;
const MIN_WEEKS = 8;

const month = new Intl.DateTimeFormat(LOCALE, { month: 'short' });

/** Weeks that fit into the element, so that the picture never scrolls and never shrinks its cells. */
function useWeeks(): { ref: React.RefObject<HTMLDivElement | null>; weeks: number } {
  const { ref, size } = useSize();
  const fit = Math.floor((size.width + STEP - CELL) / STEP);
  const weeks = Math.min(MAX_WEEKS, Math.max(MIN_WEEKS, fit));
  return { ref, weeks };
}

/** Days with a backup as a strip of weeks. A day without one is empty, not missed: the computer may have been off. */
export function CalendarCard({ runs }: { runs: readonly RunSummary[] }): ReactNode {
  const today = dayOf(useNow());
  const { ref, weeks } = useWeeks();
  const picture = useMemo(() => calendar(runs, today, weeks), [runs, today, weeks]);
  const months = picture.months.filter(
    (label, index) => index === 0 || (label.week - (picture.months[index - 1]?.week ?? 0)) * STEP >= MONTH_ROOM,
  );
  const sum =
    picture.since === picture.covered
      ? picture.since === 1
        ? t`one day so far`
        : plural(picture.since, { one: 'every one of # day', other: 'every one of # days' })
      : t`${picture.covered} of ${plural(picture.since, { one: '# day', other: '# days' })}`;
  return (
    <Card title={weeks >= 52 ? t`A year of backups` : t`Days with a backup`} aside={sum} className="days">
      <div ref={ref}>
        <svg
          className="cal"
          width={weeks * STEP - (STEP - CELL)}
          height={TOP + 7 * STEP - (STEP - CELL)}
          role="img"
          aria-label={t`Days with a backup: ${sum}`}
        >
          {months.map((label) => (
            <text key={label.at} className="p-txt" x={label.week * STEP} y="11">
              {month.format(label.at)}
            </text>
          ))}
          {picture.days.map((day) => (
            <rect
              key={day.day}
              className={day.level < 0 ? 'c-before' : `c${day.level}`}
              x={day.week * STEP}
              y={TOP + day.weekday * STEP}
              width={CELL}
              height={CELL}
              rx="2"
            >
              <title>{describeDay(day)}</title>
            </rect>
          ))}
        </svg>
      </div>
      <p className="legend">
        <span>
          <Trans>
            <i className="lg lg-0" />
            None
          </Trans>
        </span>
        <span>
          <Trans>
            <i className="lg lg-1" />
            <i className="lg lg-2" />
            <i className="lg lg-3" />
            Less to more
          </Trans>
        </span>
      </p>
    </Card>
  );
}
