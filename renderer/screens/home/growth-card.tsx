import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useMemo, useState, type ReactNode } from 'react';
import uPlot from 'uplot';
import type { RunSummary } from '../../../preload/contract.ts';
import { Segmented } from '../../components/fields.tsx';
import { formatBytes, formatDay, LOCALE } from '../../components/format.ts';
import { Card } from '../../components/surfaces.tsx';
import { useNow } from '../../components/time.tsx';
import { dayOf, growth, type DayAdded } from './history.ts';
import { describeDay } from './day-words.ts';
import { Plot, plotFont, axisWidth, type PlotColours, type PlotOptions } from './plot.tsx';

type Period = 'month' | 'year' | 'all';
const SPAN: Record<Period, number> = { month: 30, year: 365, all: 36_500 };
const MIN_TOP = 1_000_000;
const monthDay = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' });
const monthYear = new Intl.DateTimeFormat(LOCALE, { month: 'short', year: 'numeric' });

function axisDate(seconds: number, span: number): string {
  return (span > 300 ? monthYear : monthDay).format(seconds * 1000);
}

function options(days: readonly DayAdded[], onDay: (day: DayAdded | null) => void) {
  return (colours: PlotColours): PlotOptions => ({
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { x: true, y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { time: true, range: (_chart, min, max) => [min - 43_200, max + 43_200] },
      y: { range: (_chart, _min, max) => [0, Math.max(MIN_TOP, max * 1.1)] },
    },
    axes: [
      {
        font: plotFont(),
        stroke: colours.text,
        size: 26,
        space: 88,
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: colours.axis, width: 1 },
        // A label that would begin left of the plot is left out instead of being cut.
        values: (chart, splits) => splits.map((at) => (chart.valToPos(at, 'x') < 24 ? '' : axisDate(at, days.length))),
      },
      {
        side: 1,
        font: plotFont(),
        stroke: colours.text,
        size: axisWidth,
        space: 56,
        align: 1,
        grid: { stroke: colours.grid, width: 1 },
        ticks: { show: false },
        values: (_chart, splits) => splits.map((bytes) => (bytes === 0 ? '' : formatBytes(bytes))),
      },
    ],
    series: [
      {},
      {
        stroke: colours.line,
        fill: colours.line,
        width: 0,
        points: { show: false },
        ...(uPlot.paths.bars === undefined ? {} : { paths: uPlot.paths.bars({ size: [0.6, 20], radius: 0.2 }) }),
      },
    ],
    hooks: {
      setCursor: [(chart) => onDay(days[chart.cursor.idx ?? -1] ?? null)],
    },
  });
}

/** What each day added to the storage, from past backups; the first one stands apart in words. */
export function GrowthCard({ runs }: { runs: readonly RunSummary[] }): ReactNode {
  const today = dayOf(useNow());
  const [period, setPeriod] = useState<Period>('month');
  const [pointed, setPointed] = useState<DayAdded | null>(null);
  const shown = useMemo(() => growth(runs, today, SPAN[period]), [runs, today, period]);
  const data = useMemo<uPlot.AlignedData>(
    () => [shown.days.map((day) => day.day / 1000), shown.days.map((day) => day.bytes)],
    [shown],
  );
  const build = useMemo(() => options(shown.days, setPointed), [shown]);
  const first = shown.first;
  if (first === null) return null;
  const firstLine = t`First backup: ${formatBytes(first.storedBytes)} ${formatDay(first.startedAt)}`;
  const sum = t`${formatBytes(shown.bytes)} since ${formatDay(shown.days[0]?.day ?? today)}`;
  const aside = pointed === null ? sum : describeDay(pointed);
  return (
    <Card
      title={t`Added to storage`}
      className="growth"
      aside={aside}
      actions={
        <Segmented
          label={t`Period`}
          value={period}
          onChange={setPeriod}
          options={[
            { value: 'month', word: t`Month` },
            { value: 'year', word: t`Year` },
            { value: 'all', word: t({ context: 'a time', message: 'All' }) },
          ]}
        />
      }
    >
      <Plot data={data} options={build} label={t`What each day added to storage: ${sum}`} height={208} />
      <p className="legend">
        <span>
          <Trans>
            <i className="lg lg-bar" />
            Encrypted, each day
          </Trans>
        </span>
        <span className="push">{firstLine}</span>
      </p>
    </Card>
  );
}
