/** Figures and tables in Markdown, aligned so that they read well in a terminal too. */
import type { Spread } from './statistics.ts';

/** `4.08 s`, `0.312 s`, `123 s`: three significant digits. */
export function formatSeconds(seconds: number): string {
  return `${digits(seconds)} s`;
}

/** Binary units: `312 MiB`, `1.95 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value.toFixed(0) : digits(value)} ${units[unit] ?? ''}`;
}

/** `3.84 (3.71 to 3.90)`; the bracket is left out for a single round, a dash stands for nothing measured. */
export function formatRatio(ratio: Spread | null): string {
  if (ratio === null) return '–';
  if (ratio.count === 1) return digits(ratio.median);
  return `${digits(ratio.median)} (${digits(ratio.min)} to ${digits(ratio.max)})`;
}

/** Three significant digits. */
export function digits(value: number): string {
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** A Markdown table laid out as prettier would; the first column left, the others right. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => pad(cells[column] ?? '', width, column)).join(' | ')} |`;
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  const [head = [], ...body] = rows;
  return [line(head), line(rule), ...body.map(line)].join('\n');
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
