/** A uPlot chart in the app's own colours: follows its box, redraws when the theme changes, never takes focus. */
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface PlotColours {
  readonly line: string;
  readonly fill: string;
  readonly line2: string;
  readonly fill2: string;
  readonly grid: string;
  readonly axis: string;
  readonly text: string;
  readonly card: string;
}

/** Font of a chart's labels: 12 px of what the page itself uses, because a canvas knows no style sheet. */
export function plotFont(): string {
  return `12px ${getComputedStyle(document.body).fontFamily}`;
}

const LABEL_PX = 6.8;
const LABEL_GAP = 14;

/** Width of an axis at the end, just wide enough for its labels. */
export function axisWidth(_chart: uPlot, values: string[] | null): number {
  const longest = Math.max(0, ...(values ?? []).map((value) => (value ?? '').length));
  return Math.ceil(longest * LABEL_PX) + LABEL_GAP;
}

function readColours(): PlotColours {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  return {
    line: token('--plot'),
    fill: token('--plot-fill'),
    line2: token('--plot-2'),
    fill2: token('--plot-2-fill'),
    grid: token('--plot-grid'),
    axis: token('--line-2'),
    text: token('--ink-3'),
    card: token('--card'),
  };
}

/** The tokens' present values; changes with the theme. */
function useColours(): PlotColours {
  const [colours, setColours] = useState(readColours);
  useEffect(() => {
    const read = (): void => setColours(readColours());
    const observer = new MutationObserver(read);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'class'] });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', read);
    return () => {
      observer.disconnect();
      dark.removeEventListener('change', read);
    };
  }, []);
  return colours;
}

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

/**
 * `options` must be a stable function (made outside the component or memoised): a new one builds the chart anew.
 * `label` is what a screen reader says instead of the picture. `height` in CSS pixels.
 */
export function Plot({
  data,
  options,
  label,
  height,
}: {
  data: uPlot.AlignedData;
  options: (colours: PlotColours) => PlotOptions;
  label: string;
  height: number;
}) {
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef(data);
  const colours = useColours();

  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(
      { ...options(colours), width: Math.max(1, element.clientWidth), height },
      latest.current,
      element,
    );
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: Math.max(1, element.clientWidth), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [colours, height, options]);

  useEffect(() => {
    latest.current = data;
    chart.current?.setData(data);
  }, [data]);

  return <div ref={box} className="plotbox" role="img" aria-label={label} />;
}
