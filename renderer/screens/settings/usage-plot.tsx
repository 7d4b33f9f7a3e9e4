import { t } from '@lingui/core/macro';
import { Trans } from '@lingui/react/macro';
import { useMemo, type ReactNode } from 'react';
import type uPlot from 'uplot';
import type { Destination } from '../../../preload/contract.ts';
import { formatBytes, formatDay } from '../../components/format.ts';
import { Plot, type PlotColours, type PlotOptions } from '../home/plot.tsx';

type Usage = Destination['usage'];

const HEIGHT = 44;

/** Room above the highest sample, so that its line is not cut. */
function options(colours: PlotColours): PlotOptions {
  return {
    padding: [4, 2, 2, 2],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_chart, _min, max) => [0, Math.max(1, max * 1.08)] } },
    axes: [{ show: false }, { show: false }],
    series: [{}, { stroke: colours.line, fill: colours.fill, width: 1.75, points: { show: false } }],
  };
}

/** "12.4 GB more since 3 November". */
export function growthWords(usage: Usage): string {
  const [first] = usage;
  const last = usage.at(-1);
  if (first === undefined || last === undefined) return '';
  const more = last.bytes - first.bytes;
  const date = formatDay(first.at);
  if (Math.abs(more) < 1_000_000) return t`About the same since ${date}`;
  return more > 0 ? t`${formatBytes(more)} more since ${date}` : t`${formatBytes(-more)} less since ${date}`;
}

/** How much the backup took there over time, as one small line. */
export function UsagePlot({ usage }: { usage: Usage }): ReactNode {
  const data = useMemo<uPlot.AlignedData>(
    () => [usage.map(({ at }) => at / 1000), usage.map(({ bytes }) => bytes)],
    [usage],
  );
  if (usage.length < 2) {
    return (
      <p className="usage-plot usage-none t12 faint">
        <Trans>Its growth is drawn here after some backups.</Trans>
      </p>
    );
  }
  const words = growthWords(usage);
  return (
    <div className="usage-plot">
      <Plot data={data} options={options} label={t`Space taken over time: ${words}`} height={HEIGHT} />
      <p className="t12 faint num">{words}</p>
    </div>
  );
}
