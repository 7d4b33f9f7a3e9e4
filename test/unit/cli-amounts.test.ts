import { expect, it } from 'vitest';
import { momentOf, momentText, sizeOf, wholeNumberOf } from '../../main/cli/amounts.ts';

it('reads sizes', () => {
  expect(['0', '1500', '10k', '10 KB', '1.5GB', '64MiB', '2t'].map(sizeOf)).toEqual([
    0, 1500, 10_000, 10_000, 1_500_000_000, 67_108_864, 2e12,
  ]);
  for (const text of ['', 'k', '-1', '1e3', '10x', '99999999p', '1 2']) {
    expect(() => sizeOf(text), text).toThrow(expect.objectContaining({ code: 'bad-input' }));
  }
});

it('reads moments', () => {
  expect(momentText(momentOf('2026-11-23T18:40'))).toBe('2026-11-23 18:40:00');
  expect(momentText(momentOf('2024-02-29'))).toBe('2024-02-29 00:00:00');
  expect(momentOf('7d', 1e12)).toBe(1e12 - 7 * 86_400_000);
  for (const text of ['', 'yesterday', '2026-02-30', '2026-13-01', '7', '7x']) {
    expect(() => momentOf(text), text).toThrow(expect.objectContaining({ code: 'bad-input' }));
  }
});

it('reads counts', () => {
  expect(wholeNumberOf('12')).toBe(12);
  for (const text of ['-1', '1.5', 'x', '']) expect(() => wholeNumberOf(text)).toThrow();
});
