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

const SEPARATORS = /[\s\-\u2010-\u2015\u2212.,:;|/_'"`\u00b7\u200b-\u200f\u2028-\u202f\u2060\ufeff]+/gu;
const ROW_PART = '([0-9A-F]{16})(?:[GHJKMNPQRSTVWXYZ]{2})?'; // the check's letters are never digits
const PLAIN = new RegExp(`^${ROW_PART.repeat(4)}$`);
const LABELLED = new RegExp(`^${ROWS.map((row) => row + ROW_PART).join('')}$`);
/** The four rows as they stand on the kit amid other text; copying from a PDF may put spaces between any digits. */
const ON_PAGE = new RegExp(
  ROWS.map((row) => `(?:^|\\s)${row}[ \\t]+((?:[0-9A-F][ \\t]*){16})(?:[GHJKMNPQRSTVWXYZ]{2})?(?=\\s|$)`).join('\\s*?'),
);
const CODE = /HOLDFAST:KEY:V1:[0-9A-F]*:([0-9A-F]{64})/;

/** The 64 digits of a text that holds the whole key; null where it does not. */
function wholeKey(text: string): string | null {
  const upper = text.toUpperCase();
  const code = CODE.exec(upper)?.[1];
  if (code !== undefined) return code;
  const compact = upper.replace(SEPARATORS, '');
  const match = PLAIN.exec(compact) ?? LABELLED.exec(compact) ?? ON_PAGE.exec(upper);
  return match === null ? null : match.slice(1, 5).join('').replace(SEPARATORS, '');
}

/**
 * Reads groups out of pasted text in whatever layout: the whole key with or without row letters and checks, the text of
 * the kit's code, a whole page copied out of its PDF; or a part of the key.
 * @returns the groups in order, as many as were found; at most 16
 */
export function groupsFromText(text: string): string[] {
  const whole = wholeKey(text);
  if (whole !== null) return whole.match(/.{4}/g) ?? [];
  // A part: pieces of 4, 8, 12 ... digits; letters that name a row and its check are shorter.
  const pieces = (text.toUpperCase().match(/[0-9A-Z]+/g) ?? []).filter(
    (piece) => piece.length % GROUP_DIGITS === 0 && /^[0-9A-F]+$/.test(piece),
  );
  const digits = pieces.length > 0 ? pieces.join('') : /^[\s0-9A-F-]+$/i.test(text) ? cleanTyped(text) : '';
  return (digits.match(/.{1,4}/g) ?? []).slice(0, GROUPS);
}

/** True once every group has its four digits. */
export function isComplete(groups: readonly string[]): boolean {
  return groups.every((group) => /^[0-9A-F]{4}$/.test(group));
}

/** Empty groups for a number of rows. */
export function emptyGroups(rows: number): string[] {
  return Array.from({ length: rows * GROUPS_PER_ROW }, () => '');
}
