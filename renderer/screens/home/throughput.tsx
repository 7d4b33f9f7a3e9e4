import { t } from '@lingui/core/macro';
import { useMemo, type ReactNode } from 'react';
import uPlot from 'uplot';
import { formatRate } from '../../components/format.ts';
import { Plot, plotFont, axisWidth, type PlotColours, type PlotOptions } from './plot.tsx';

const SECONDS = 120;
const MIN_TOP = 1_000_000;

const AGO = [-90, -60, -30];

function endDot(colours: PlotColours): (chart: uPlot) => void {
  return (chart) => {
    const [xs, ys] = chart.data;
    const y = ys?.at(-1);
    const x = xs.at(-1);
    if (x === undefined || y === undefined || y === null) return;
    const { ctx } = chart;
    ctx.save();
    ctx.beginPath();
    ctx.arc(chart.valToPos(x, 'x', true), chart.valToPos(y, 'y', true), 4 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fillStyle = colours.line;
    ctx.strokeStyle = colours.card;
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.fill();
    ctx.stroke();
    ctx.restore();
  };
}

function options(colours: PlotColours): PlotOptions {
  return {
    padding: [10, 8, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [-SECONDS, 0] },
      y: { range: (_chart, _min, max) => [0, Math.max(MIN_TOP, max * 1.15)] },
    },
    axes: [
      {
        font: plotFont(),
        stroke: colours.text,
        size: 26,
        grid: { show: false },
        ticks: { show: false },
        border: { show: true, stroke: colours.axis, width: 1 },
        splits: () => AGO,
        values: (_chart, splits) => splits.map((at) => t`${-at} s ago`),
      },
      {
        side: 1,
        font: plotFont(),
        stroke: colours.text,
        size: axisWidth,
        space: 72,
        align: 1,
        grid: { stroke: colours.grid, width: 1 },
        ticks: { show: false },
        values: (_chart, splits) => splits.map((rate) => (rate === 0 ? '' : formatRate(rate))),
      },
    ],
    series: [
      {},
      {
        stroke: colours.line,
        fill: colours.fill,
        width: 1.75,
        points: { show: false },
        ...(uPlot.paths.spline === undefined ? {} : { paths: uPlot.paths.spline() }),
      },
    ],
    hooks: { draw: [endDot(colours)] },
  };
}

/** Speed of the last two minutes; one sample a second, the newest at the right edge. */
export function Throughput({ history, height = 208 }: { history: readonly number[]; height?: number }): ReactNode {
  const data = useMemo<uPlot.AlignedData>(() => {
    const samples = history.slice(-SECONDS);
    return [samples.map((_, index) => index + 1 - samples.length), [...samples]];
  }, [history]);
  const now = history.at(-1);
  const label = now === undefined ? t`Speed: no measure yet` : t`Speed of the last two minutes, now ${formatRate(now)}`;
  return <Plot data={data} options={options} label={label} height={height} />;
}
