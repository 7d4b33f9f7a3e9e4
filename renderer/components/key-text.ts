/** The key as text: 16 groups of 4 hexadecimal digits in rows A to D, as typed, pasted or scanned. */
import type { Row } from '../../preload/contract.ts';

export const ROWS: readonly Row[] = ['A', 'B', 'C', 'D'];
export const GROUP_DIGITS = 4;
export const GROUPS_PER_ROW = 4;
export const GROUPS = 16;

/** Keeps hexadecimal digits, in capitals. O is read as 0, I and L as 1: the key holds no such letters. */
export function cleanTyped(text: string): string {
  return text
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-F]/g, '');
}

/** True if `cleanTyped` had to throw away a letter or digit (spaces and dashes do not count). */
export function hasForeign(text: string): boolean {
  return /[^0-9A-FOIL\s\-–—.:_,/|]/i.test(text);
}

/**
 * Reads groups out of pasted text in whatever layout: 64 digits in one piece, rows with their labels and checks, a
 * whole page of the kit as text. Row labels (one letter) and checks (two characters) are left out because only pieces
 * of 4, 8, 12, 16 ... digits count.
 * @returns the groups in order, as many as were found; at most 16
 */
export function groupsFromText(text: string): string[] {
  const upper = text.toUpperCase();
  const whole = /(?:^|[^0-9A-F])([0-9A-F]{64})(?![0-9A-F])/.exec(upper)?.[1];
  const digits =
    whole ??
    (upper.match(/[0-9A-Z]+/g) ?? [])
      .filter((piece) => piece.length % GROUP_DIGITS === 0 && /^[0-9A-F]+$/.test(piece))
      .join('');
  const groups = digits.match(/.{4}/g) ?? [];
  if (groups.length > 0) return groups.slice(0, GROUPS);
  return cleanTyped(text).length > 0 ? (cleanTyped(text).match(/.{1,4}/g) ?? []).slice(0, GROUPS) : [];
}

/** True once every group has its four digits. */
export function isComplete(groups: readonly string[]): boolean {
  return groups.every((group) => /^[0-9A-F]{4}$/.test(group));
}

/** Empty groups for a number of rows. */
export function emptyGroups(rows: number): string[] {
  return Array.from({ length: rows * GROUPS_PER_ROW }, () => '');
}
