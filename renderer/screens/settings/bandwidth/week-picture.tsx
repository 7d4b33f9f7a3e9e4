import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import type { Bandwidth } from '../../../../preload/contract.ts';
import { DAYS, SHORT_DAYS, timeText } from '../../../components/when-words.ts';
import { useNow } from '../../../components/time.tsx';
import { useSize } from '../../../components/use-size.ts';
import { ratesWords, weekWords } from './bandwidth-words.ts';
import { DAY_MINUTES, isLimited, stretches } from './week.ts';

const LABEL = 44;
const TOP = 18;
const BAR = 10;
const STEP = 16;
const HOURS = [0, 6, 12, 18, 24];

/** A week in seven bars: what is limited when, and where in it we are. */
export function WeekPicture({ bandwidth }: { bandwidth: Bandwidth }): ReactNode {
  const { ref, size } = useSize();
  const now = new Date(useNow());
  const room = Math.max(120, Math.floor(size.width) - LABEL);
  const x = (minute: number): number => LABEL + Math.round((minute / DAY_MINUTES) * room);
  const y = (day: number): number => TOP + (day - 1) * STEP;
  const at = x(now.getHours() * 60 + now.getMinutes());
  return (
    <div ref={ref} className="week-room">
      <svg
        className="week"
        width={LABEL + room}
        height={TOP + 7 * STEP}
        role="img"
        aria-label={t`The week: ${weekWords(bandwidth)}`}
      >
        {HOURS.map((hour) => (
          <text
            key={hour}
            className="p-txt"
            x={x(hour * 60)}
            y="11"
            textAnchor={hour === 0 ? 'start' : hour === 24 ? 'end' : 'middle'}
          >
            {timeText(hour * 60)}
          </text>
        ))}
        {SHORT_DAYS.map((name, i) => (
          <text key={name} className="p-txt" x="0" y={y(i + 1) + 9}>
            {name}
          </text>
        ))}
        {stretches(bandwidth).map((one) => (
          <rect
            key={`${one.day} ${one.from}`}
            className={isLimited(one) ? 'week-slow' : 'week-free'}
            x={x(one.from)}
            y={y(one.day)}
            width={Math.max(1, x(one.to) - x(one.from) - 1)}
            height={BAR}
            rx="2"
          >
            <title>{t`${DAYS[one.day - 1] ?? ''}, ${timeText(one.from)} to ${timeText(one.to)}: ${ratesWords(one)}`}</title>
          </rect>
        ))}
        <rect className="week-now" x={at - 1} y={y(now.getDay() || 7) - 2} width="2" height={BAR + 4} rx="1" />
      </svg>
    </div>
  );
}
