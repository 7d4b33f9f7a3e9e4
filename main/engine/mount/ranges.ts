/** Byte ranges (RFC 9110, section 14) and conditions of one file. */
import type { IncomingHttpHeaders } from 'node:http';
import { clampMs } from './propfind.ts';

/** Half open. */
export interface ByteRange {
  from: number;
  to: number;
}

/**
 * The range that is asked for: `all` where there is none, or several, which may be answered whole; `none` where the file
 * has no such bytes.
 */
export function rangeOf(
  headers: IncomingHttpHeaders,
  size: number,
  etag: string,
  date: string,
): ByteRange | 'all' | 'none' {
  const { range } = headers;
  const condition = headers['if-range'];
  if (range === undefined) return 'all';
  if (condition !== undefined && condition !== etag && condition !== date) return 'all';
  const found = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(range);
  const [, first = '', last = ''] = found ?? [];
  if (found === null || (first === '' && last === '')) return 'all';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'none' : { from: size - length, to: size };
  }
  const from = Number(first);
  const to = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < from) return 'all';
  return from >= size ? 'none' : { from, to };
}

/** True where the one who asks has the file already (RFC 9110, section 13.2.2). */
export function isKnown(headers: IncomingHttpHeaders, etag: string, modifiedMs: number): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined) {
    return tags.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
  }
  const since = Date.parse(headers['if-modified-since'] ?? '');
  return !Number.isNaN(since) && Math.floor(clampMs(modifiedMs) / 1000) * 1000 <= since;
}
