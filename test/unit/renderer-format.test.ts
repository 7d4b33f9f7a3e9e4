import { describe, expect, it } from 'vitest';
import {
  bytesParts,
  capital,
  exactBytes,
  exactDate,
  formatAgo,
  formatBytes,
  formatClock,
  formatDate,
  formatDay,
  formatDuration,
  formatLeft,
  formatPercent,
  fraction,
  joined,
  listed,
  splitPath,
} from '../../renderer/components/format.ts';

describe('sizes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [1049, '1 kB'],
    [1050, '1.1 kB'],
    [41_200_000_000, '41.2 GB'],
    [99_940_000, '99.9 MB'],
    [99_960_000, '100 MB'],
    [286_300_000_000, '286 GB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [1_000_000_000_000, '1 TB'],
    [7.2e15, '7.2 PB'],
    [4.2e18, '4,200 PB'],
  ])('%d bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('never jumps back a unit when the number rounds up', () => {
    for (let exponent = 3; exponent < 17; exponent += 1) {
      const [value] = bytesParts(10 ** exponent - 1);
      expect(Number(value.replaceAll(',', ''))).toBeLessThanOrEqual(999);
    }
  });

  it('gives the exact number of bytes beside the short one', () => {
    expect(exactBytes(41_200_000_000)).toBe('41.2 GB (41,200,000,000 bytes)');
    expect(exactBytes(12)).toBe('12 bytes');
  });
});

describe('shares', () => {
  it('reads 100% only when all is done', () => {
    expect(formatPercent(0.9999)).toBe('99%');
    expect(formatPercent(1)).toBe('100%');
    expect(formatPercent(1.2)).toBe('100%');
    expect(formatPercent(-1)).toBe('0%');
  });
  it('knows no share without a total, and all of nothing', () => {
    expect(fraction(3, null)).toBeNull();
    expect(fraction(0, 0)).toBe(1);
    expect(fraction(1, 4)).toBe(0.25);
  });
});

describe('spans', () => {
  it.each([
    [300, 'under a second'],
    [1000, '1 second'],
    [41_000, '41 seconds'],
    [59_600, '1 minute'],
    [3_540_000, '59 minutes'],
    [3_600_000, '1 hour'],
    [3_720_000, '1 hour 2 minutes'],
    [90_000_000, '1 day 1 hour'],
    [172_800_000, '2 days'],
  ])('%d ms read %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('tells the time left upwards, never as more than it is known', () => {
    expect(formatLeft(20_000)).toBe('less than a minute left');
    expect(formatLeft(61_000)).toBe('about 2 minutes left');
  });
  it('runs a clock', () => {
    expect(formatClock(98_000)).toBe('1:38');
    expect(formatClock(3_698_000)).toBe('1:01:38');
    expect(formatClock(-5)).toBe('0:00');
  });
});

describe('moments', () => {
  const now = new Date(2026, 10, 12, 14, 30).getTime(); // Thursday 12 November 2026
  const at = (day: number, hour: number, minute: number, month = 10, year = 2026): number =>
    new Date(year, month, day, hour, minute).getTime();

  it.each([
    [at(12, 14, 2), 'today, 14:02'],
    [at(11, 21, 4), 'yesterday, 21:04'],
    [at(13, 8, 0), 'tomorrow, 08:00'],
    [at(6, 9, 5), 'Friday, 09:05'],
    [at(5, 9, 5), '5 November, 09:05'],
    [at(3, 9, 5, 2), '3 March, 09:05'],
    [at(3, 9, 5, 2, 2024), '3 March 2024'],
  ])('%d reads %s', (moment, text) => expect(formatDate(moment, now)).toBe(text));

  it('calls the last evening of a year yesterday on New Year’s Day', () => {
    expect(formatDate(at(31, 23, 59, 11, 2025), at(1, 0, 1, 0))).toBe('yesterday, 23:59');
  });
  it('counts days by the calendar, not by 24 hours', () => {
    expect(formatDay(at(11, 23, 59), at(12, 0, 1))).toBe('yesterday');
  });
  it('tells how long ago for some hours, then the date', () => {
    expect(formatAgo(now - 20_000, now)).toBe('just now');
    expect(formatAgo(now - 26 * 60_000, now)).toBe('26 minutes ago');
    expect(formatAgo(now - 5 * 3_600_000, now)).toBe('5 hours ago');
    expect(formatAgo(now - 7 * 3_600_000, now)).toBe('today, 07:30');
  });
  it('gives everything for hover', () => {
    expect(exactDate(at(3, 21, 4))).toMatch(/Tuesday.* 3 November 2026.*21:04:00/);
  });
});

describe('words', () => {
  it('puts facts and names in a row', () => {
    expect(joined(['1,204 files', '41.2 GB'])).toBe('1,204 files, 41.2 GB');
    expect(joined([])).toBe('');
    expect(listed(['Disk', 'NAS', 'Drive'])).toBe('Disk, NAS and Drive');
    expect(listed(['Disk', 'NAS'], 'or')).toBe('Disk or NAS');
  });
  it('starts a line large', () => expect(capital('today, 14:02')).toBe('Today, 14:02'));
  it.each([
    ['/home/maren/a.txt', ['/home/maren/', 'a.txt']],
    ['C:\\Users\\m\\a.txt', ['C:\\Users\\m\\', 'a.txt']],
    ['/home/maren/', ['/home/', 'maren']],
    ['a.txt', ['', 'a.txt']],
    ['/', ['', '/']],
  ])('splits %s', (path, parts) => expect(splitPath(path)).toEqual(parts));
});
