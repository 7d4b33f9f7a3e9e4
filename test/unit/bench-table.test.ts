import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { rotate } from '../bench/rounds.ts';
import { median, ratios, spread, valuesByRound } from '../bench/statistics.ts';
import { goalsTable } from '../bench/goals.ts';
import { baseTool, markdownReport } from '../bench/report.ts';
import { formatBytes, formatRatio, formatSeconds, markdownTable } from '../bench/table.ts';
import { readmeTables } from '../bench/readme.ts';
import type { BenchReport, StepGrowth, StepResult } from '../bench/types.ts';

function result(tool: string, round: number, wall: number, more: Partial<StepResult> = {}): StepResult {
  return { set: 'A', tool, step: 'first', round, wall, cpu: wall * 2, peakBytes: 2 ** 20, repositoryBytes: 0, ...more };
}

function report(results: StepResult[], more: Partial<BenchReport> = {}): BenchReport {
  return {
    version: 1,
    machine: {
      date: '2026-01-02',
      commit: 'abc1234',
      cpu: 'Some CPU',
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      system: 'Debian GNU/Linux 12 (bookworm)',
      kernel: '6.1.0',
      node: '20.20.2',
      fileSystem: 'ext4',
      loadBefore: 0.1,
    },
    rounds: 3,
    quick: false,
    tools: ['restic', 'holdfast', 'borg'].map((name) => ({ name, version: '1.0', settings: 'as it comes' })),
    sets: [{ name: 'A', description: 'incompressible', files: 8, folders: 1, bytes: 2 * 2 ** 30 }],
    results,
    comparisons: [],
    failures: [],
    ...more,
  };
}

/** The cells of the row that begins with `title`. */
function row(markdown: string, title: string): string[] {
  const line = markdown.split('\n').find((text) => text.startsWith(`| ${title} `));
  return (line ?? '')
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('median and spread', () => {
  it('takes the middle value whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([10, 9, 100])).toBe(10);
  });
  it('takes the mean of the two middle values of an even count', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });
  it('refuses an empty list, of which there is no middle', () => {
    expect(() => median([])).toThrow(RangeError);
    expect(spread([])).toBeNull();
  });
  it('keeps the outer values and the count', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3, count: 3 });
  });
});

describe('ratios', () => {
  it('divides within a round only', () => {
    // The machine was ten times slower in round 2: the ratio must not notice.
    const ours = new Map([
      [1, 1],
      [2, 10],
    ]);
    const peer = new Map([
      [2, 30],
      [1, 3],
    ]);
    expect(ratios(peer, ours)).toEqual({ min: 3, median: 3, max: 3, count: 2 });
  });
  it('leaves out rounds in which one of the two has no value, or ours is zero', () => {
    const ours = new Map([
      [1, 2],
      [3, 0],
    ]);
    const peer = new Map([
      [1, 4],
      [2, 100],
      [3, 5],
    ]);
    expect(ratios(peer, ours)).toEqual({ min: 2, median: 2, max: 2, count: 1 });
    expect(ratios(new Map(), ours)).toBeNull();
  });
  it('picks the values of one tool, step, set and metric', () => {
    const results = [
      result('restic', 1, 4),
      result('restic', 2, 5),
      result('borg', 1, 6),
      result('restic', 1, 7, { step: 'restore' }),
      result('restic', 1, 8, { set: 'B' }),
    ];
    const where = { set: 'A', tool: 'restic', step: 'first', metric: 'cpu' } as const;
    expect([...valuesByRound(results, where)]).toEqual([
      [1, 8],
      [2, 10],
    ]);
  });
});

describe('numbers for people', () => {
  it('shows three significant digits', () => {
    expect([0.0312, 0.5, 4.084, 31.26, 123.4].map(formatSeconds)).toEqual([
      '0.031 s',
      '0.500 s',
      '4.08 s',
      '31.3 s',
      '123 s',
    ]);
  });
  it('shows bytes in binary units', () => {
    expect([0, 999, 1024, 312 * 2 ** 20, 2 * 2 ** 30, 3 * 2 ** 40].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.00 KiB',
      '312 MiB',
      '2.00 GiB',
      '3.00 TiB',
    ]);
  });
  it('shows the range of a ratio only where there is one', () => {
    expect(formatRatio({ min: 3, median: 3.84, max: 10.26, count: 3 })).toBe('3.84 (3.00 to 10.3)');
    expect(formatRatio({ min: 3, median: 3, max: 3, count: 1 })).toBe('3.00');
    expect(formatRatio(null)).toBe('–');
  });
});

describe('the report', () => {
  const results = [1, 2, 3].flatMap((round) => [
    result('holdfast', round, round),
    result('restic', round, 4 * round),
    ...(round === 2 ? [] : [result('borg', round, round === 1 ? 2 : 9)]),
  ]);

  it('divides the peers by ours, wherever ours stands in the list', () => {
    const markdown = markdownReport(report(results));
    expect(row(markdown, 'step')).toEqual([
      'step',
      'holdfast',
      'restic',
      'restic / holdfast',
      'borg',
      'borg / holdfast',
    ]);
    expect(row(markdown, 'first backup')).toEqual([
      'first backup',
      '2.00 s',
      '8.00 s',
      '4.00 (4.00 to 4.00)',
      '5.50 s',
      '2.50 (2.00 to 3.00)',
    ]);
  });
  it('takes the first tool as the base where ours was left out', () => {
    const without = report(results, { tools: [{ name: 'borg', version: '1', settings: 'x' }] });
    expect(baseTool(without)).toBe('borg');
    expect(row(markdownReport(without), 'step')).toEqual(['step', 'borg']);
  });
  it('shows a dash for what was not measured', () => {
    expect(row(markdownReport(report(results)), 'restore')).toEqual(['restore', '–', '–', '–', '–', '–']);
  });
  it('says when the machine was busy, and only then', () => {
    const busy = report(results);
    busy.machine.loadBefore = 1;
    expect(markdownReport(busy)).toContain('do not trust these figures');
    expect(markdownReport(report(results))).not.toContain('do not trust');
  });
  it('compares the no-change backup with a mere walk', () => {
    const walk = result('find', 1, 0.5, { step: 'nochange' });
    const ours = result('holdfast', 1, 1.5, { step: 'nochange' });
    expect(markdownReport(report([walk, ours]))).toContain('no-change backup by holdfast took 3.00 times that');
  });
  it('names failures and unequal restores', () => {
    const markdown = markdownReport(
      report(results, {
        failures: [{ set: 'A', tool: 'borg', step: 'verify', round: 2, exit: '1', stderr: 'secret detail' }],
        comparisons: [
          { set: 'A', tool: 'restic', differences: 0, sample: '' },
          { set: 'A', tool: 'borg', differences: 7, sample: 'x' },
        ],
      }),
    );
    expect(markdown).toContain('- borg, A, verify every byte, round 2: exit 1');
    expect(markdown).toContain('restic equal, borg differs in 7 points');
    expect(markdown).not.toContain('secret detail');
  });
  it('is laid out as the formatter would, so that it can be committed', async () => {
    const markdown = markdownReport(report(results));
    const style = await resolveConfig(new URL('../../package.json', import.meta.url));
    expect(await format(markdown, { ...style, parser: 'markdown' })).toBe(markdown);
  });
  it('widens each column to its longest cell', () => {
    expect(
      markdownTable([
        ['a', 'long head'],
        ['longer', '1'],
      ]),
    ).toBe('| a      | long head |\n| ------ | --------: |\n| longer |         1 |');
  });
});

describe('rotate', () => {
  it('lets each tool begin once', () => {
    expect([0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
    expect(rotate([], 1)).toEqual([]);
  });
});

describe('tables of the README', () => {
  const results = [
    result('holdfast', 1, 4),
    result('holdfast', 2, 2),
    result('holdfast', 3, 3, { step: 'restore', peakBytes: 5 * 2 ** 20 }),
    result('restic', 1, 9, { repositoryBytes: 2 ** 30 }),
  ];
  it('hold the middle of the rounds, the most memory of all steps, and a dash for what was not measured', () => {
    const tables = readmeTables(report(results));
    expect(row(tables, 'first backup')).toEqual(['first backup', '9.00 s', '3.00 s', '–']);
    expect(row(tables, 'restore')).toEqual(['restore', '–', '3.00 s', '–']);
    expect(row(tables, 'first backup, processor')).toEqual(['first backup, processor', '18.0 s', '6.00 s', '–']);
    expect(row(tables, 'most memory of any step')).toEqual(['most memory of any step', '1.00 MiB', '5.00 MiB', '–']);
    expect(row(tables, 'repository')[1]).toBe('1.00 GiB');
  });
  it('are laid out as prettier would', async () => {
    const tables = `${readmeTables(report(results))}\n`;
    const options = await resolveConfig('README.md');
    expect(await format(tables, { ...options, parser: 'markdown' })).toBe(tables);
  });
});

describe('goals', () => {
  const rows = (results: StepResult[], more: Partial<BenchReport> = {}): string[][] =>
    goalsTable(report(results, more))
      .split('\n')
      .slice(2)
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
  const cpu = (tool: string, seconds: number): StepResult => result(tool, 1, 1, { cpu: seconds });

  it.each([
    [4, 'reached'],
    [2.5, 'within the bound'],
    [2.49, 'missed'],
  ])('say of %d times the speed of restic: %s', (times, verdict) => {
    const [first] = rows([result('holdfast', 1, 1), result('restic', 1, times)]);
    expect(first).toEqual(['A, first backup: restic / holdfast', times.toFixed(2), '4.00', '2.50', verdict]);
  });

  it('hold processor time apart from time that a person waits', () => {
    const all = rows([cpu('holdfast', 2), cpu('borg', 3)]);
    expect(all).toContainEqual([
      'A, first backup, processor: borg / holdfast',
      '1.50',
      '2.00',
      '1.50',
      'within the bound',
    ]);
  });

  it.each([
    [200e6, 60e6, 'reached'],
    [261e6, 60e6, 'within the bound'],
    [321e6, 60e6, 'missed'],
  ])('hold memory of %d bytes at a million files against idle and in all: %s', (peakBytes, idleBytes, verdict) => {
    const step = (name: string, bytes: number): StepGrowth => ({ step: name, wall: 1, cpu: 1, peakBytes: bytes });
    const files = {
      tool: 'electron',
      files: 1_000_000,
      sourceBytes: 0,
      steps: [step('search', 1), step('restore', peakBytes)],
      objects: {},
      storedBytes: 0,
      idleBytes,
    };
    const [row] = rows([], { growth: { files: [files], terabyte: [] } });
    expect(row?.[0]).toBe('memory of electron over idle, 1,000,000 files (the worst: restore)');
    expect(row?.slice(1)).toEqual([
      `${formatBytes(peakBytes - idleBytes)} (${formatBytes(peakBytes)} in all)`,
      '191 MiB',
      '305 MiB in all',
      verdict,
    ]);
  });

  it.each([
    [75e6, 'reached'],
    [120e6, 'within the bound'],
    [121e6, 'missed'],
  ])('hold what a terabyte takes, %d bytes, by the worst step: %s', (peakBytes, verdict) => {
    const steps = [
      { step: 'no change', wall: 1, cpu: 1, peakBytes: 1 },
      { step: 'verify', wall: 1, cpu: 1, peakBytes },
    ];
    const terabyte = [{ tool: 'holdfast', blobs: 1, packs: 1, segments: 1, steps }];
    const [row] = rows([], { growth: { files: [], terabyte } });
    expect(row?.[0]).toBe('memory of holdfast for 1 TB of unique data (the worst: verify)');
    expect(row?.slice(1)).toEqual([formatBytes(peakBytes), '71.5 MiB', '114 MiB', verdict]);
  });

  it('take the worst step in the app’s runtime, and the step that takes most memory; less is better', () => {
    const step = (tool: string, name: 'first' | 'verify', wall: number, peakBytes: number): StepResult =>
      result(tool, 1, wall, { step: name, peakBytes });
    const all = rows([
      step('holdfast', 'first', 1, 200e6),
      step('holdfast', 'verify', 1, 321e6),
      step('electron', 'first', 1.1, 300e6),
      step('electron', 'verify', 1.5, 300e6),
    ]);
    expect(all).toEqual([
      ['A, verify every byte (the worst): electron / holdfast', '1.50', '1.15', '1.40', 'missed'],
      ['most memory of any step, holdfast', '306 MiB', '–', '305 MiB', 'missed'],
      ['most memory of any step, electron', '286 MiB', '–', '305 MiB', 'within the bound'],
    ]);
  });

  it('count a walk of the tree in times that may not be more', () => {
    const nochange = (tool: string, wall: number): StepResult => result(tool, 1, wall, { set: 'E', step: 'nochange' });
    const [walk] = rows([nochange('holdfast', 1.2), nochange('find', 0.4)]);
    expect(walk).toEqual(['E, no change: holdfast / find', '3.00', '3.00', '5.00', 'reached']);
  });

  it('are part of the report, but not of a quick one', () => {
    const results = [result('holdfast', 1, 1), result('restic', 1, 3)];
    expect(markdownReport(report(results))).toContain('## Goals');
    expect(markdownReport(report(results, { quick: true }))).not.toContain('## Goals');
  });
});
