/** Sizes and times as people type them. */
import { HoldfastError } from '../errors.ts';

const UNITS = ['', 'k', 'm', 'g', 't', 'p'];

/**
 * Bytes of `1500`, `10k`, `1.5 GB`, `64 MiB`: powers of 1000, or of 1024 with an `i`.
 * @throws HoldfastError `bad-input`
 */
export function sizeOf(text: string): number {
  const found = /^(\d+(?:\.\d+)?) *(?:([kmgtp])(i?))?b?$/i.exec(text.trim());
  const power = UNITS.indexOf((found?.[2] ?? '').toLowerCase());
  const base = found?.[3] === undefined || found[3] === '' ? 1000 : 1024;
  const bytes = Math.round(Number(found?.[1]) * base ** power);
  if (found === null || !Number.isSafeInteger(bytes)) {
    throw badAmount(`${text} is no size.`, 'Write it as 1500, 10k, 1.5GB or 64MiB.');
  }
  return bytes;
}

const SPANS_MS: Record<string, number> = {
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  m: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/**
 * A moment in ms since the epoch: `2026-11-23`, `2026-11-23T18:40` (in this computer's time zone), or so long before
 * `nowMs`: `12h`, `7d`, `3w`, `6m` (months of 30 days), `2y`.
 * @throws HoldfastError `bad-input`
 */
export function momentOf(text: string, nowMs = Date.now()): number {
  const span = /^(\d{1,6})([hdwmy])$/.exec(text.trim());
  if (span !== null) return nowMs - Number(span[1]) * (SPANS_MS[span[2] ?? ''] ?? 0);
  const date = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  if (date !== null) {
    const [year, month, day, hour, minute, second] = date.slice(1).map((part) => Number(part ?? 0));
    const moment = new Date(year ?? 0, (month ?? 1) - 1, day ?? 1, hour ?? 0, minute ?? 0, second ?? 0);
    // 30 February would be taken for a day of March.
    if (moment.getMonth() === (month ?? 1) - 1 && moment.getDate() === day) return moment.getTime();
  }
  throw badAmount(`${text} is no time.`, 'Write it as 2026-11-23, 2026-11-23T18:40, or as so long ago: 12h, 7d, 3w.');
}

/** A count of 0 and more. @throws HoldfastError `bad-input` */
export function wholeNumberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw badAmount(`${text} is no number.`, 'Write a whole number.');
  return Number(text);
}

const badAmount = (message: string, guidance: string): HoldfastError =>
  new HoldfastError('bad-input', message, `${guidance} Nothing was changed.`);

/** A moment for people, in this computer's time zone: `2026-11-23 18:40:05`. */
export function momentText(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return 'unknown time';
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The same of nanoseconds as the verbs give them. */
export const mtimeText = (ns: string): string => momentText(Number(BigInt(ns) / 1_000_000n));
