/**
 * The two letters that the kit prints at the end of each row of digits (FORMAT.md, Row checks): they tell a typing
 * error in one row, the digits of another backup, and a damaged backup apart.
 *
 * A check is 8 bits of a hash over the repository's id and the row's own 64 bits. To who sees the checks without the
 * digits they give nothing to work with: every candidate for a row still has to be tried, and 56 unknown bits a row are
 * left. They are never stored, neither on this computer nor in the repository: a stored check would let each row be
 * tested by itself, so that somebody with a half-legible photograph of the digits could complete the rows one by one
 * (four searches) where the cryptography makes him search all rows at once (the product of the four).
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import { list, text, type Text } from '../text.ts';
import { REPO_ID_BYTES, ROW_BYTES, ROWS, rowOf, type Row } from './digits.ts';
import type { RootKey } from './secret.ts';

/**
 * One letter for each value of 4 bits: none is a hexadecimal digit, so that a check and a group of digits can't be
 * taken for each other, and none looks like a digit (no I, L, O, U).
 */
export const CHECK_ALPHABET = 'GHJKMNPQRSTVWXYZ';
export const CHECK_LETTERS = 2;

const LABEL = Buffer.from('holdfast/v1/row\0', 'latin1');

/**
 * The check of one row: the first byte of SHA-256("holdfast/v1/row" || 0 || repoId || row letter || row), high half
 * first, each half as a letter of CHECK_ALPHABET.
 *
 * @param repoId 16 bytes
 * @param bytes the row's 8 bytes
 * @throws RangeError for other sizes
 */
export function rowCheck(repoId: Uint8Array, row: Row, bytes: Uint8Array): string {
  if (repoId.length !== REPO_ID_BYTES) throw new RangeError(`a repository id has ${REPO_ID_BYTES} bytes`);
  if (bytes.length !== ROW_BYTES) throw new RangeError(`a row has ${ROW_BYTES} bytes`);
  const byte = createHash('sha256').update(LABEL).update(repoId).update(row, 'latin1').update(bytes).digest()[0] ?? 0;
  return `${CHECK_ALPHABET.charAt(byte >> 4)}${CHECK_ALPHABET.charAt(byte & 15)}`;
}

/** The checks of rows A to D, for the kit and the screen that shows the key. */
export function rowChecks(repoId: Uint8Array, key: RootKey): string[] {
  return key.read((bytes) => ROWS.map((row) => rowCheck(repoId, row, rowOf(bytes, row))));
}

/** Rows in which `typed` differs from `expected`; both keys must be in memory (set-up, "test my key"). */
export function differingRows(expected: RootKey, typed: RootKey): Row[] {
  return expected.read((a) => typed.read((b) => ROWS.filter((row) => !timingSafeEqual(rowOf(a, row), rowOf(b, row)))));
}

/** What a person gave beside the digits: the checks of some rows, and the repository id that the QR code names. */
export interface KeyEvidence {
  key: RootKey;
  checks: Partial<Record<Row, string>>;
  repoId: Uint8Array | null;
}

export type KeyVerdict =
  /** Nothing beside the digits was given: only the cryptography can tell. */
  | { kind: 'unchecked' }
  /** Every check given is right; `complete` if that covers all four rows. */
  | { kind: 'consistent'; complete: boolean }
  | { kind: 'typo'; rows: Row[] }
  | { kind: 'other-backup' };

/**
 * Judges the checks that came with the digits. All of them wrong, in three rows or more, means digits of another
 * backup: their checks are right there and nowhere else.
 *
 * @param repoId 16 bytes: the repository that is being opened
 */
export function judgeKey(evidence: KeyEvidence, repoId: Uint8Array): KeyVerdict {
  if (evidence.repoId !== null) {
    return Buffer.compare(evidence.repoId, repoId) === 0
      ? { kind: 'consistent', complete: true }
      : { kind: 'other-backup' };
  }
  const given = ROWS.filter((row) => evidence.checks[row] !== undefined);
  if (given.length === 0) return { kind: 'unchecked' };
  const wrong = evidence.key.read((bytes) =>
    given.filter((row) => rowCheck(repoId, row, rowOf(bytes, row)) !== evidence.checks[row]),
  );
  if (wrong.length === 0) return { kind: 'consistent', complete: given.length === ROWS.length };
  if (wrong.length === given.length && wrong.length >= 3) return { kind: 'other-backup' };
  return { kind: 'typo', rows: wrong };
}

/**
 * The error to show where digits were refused: by their checks before anything was tried, or (`refused`) by the
 * cryptography.
 *
 * @returns null if there is nothing to object to (`refused` is false and no check is wrong)
 */
export function keyObjection(verdict: KeyVerdict, refused: boolean): HoldfastError | null {
  if (verdict.kind === 'typo') return keyTypo(verdict.rows);
  if (verdict.kind === 'other-backup') {
    return new HoldfastError(
      'wrong-key',
      'These 64 digits belong to another backup.',
      'Look for the kit of this backup, or connect to the storage that this kit names. Nothing was locked or changed.',
    );
  }
  if (!refused) return null;
  if (verdict.kind === 'consistent' && verdict.complete) {
    return new HoldfastError(
      'repository-damaged',
      'Your 64 digits are right, but what they should open is damaged.',
      'Nothing was changed. If you keep this backup in a second place, restore from there; do not delete anything here.',
    );
  }
  return wrongKey();
}

/** The 64 digits are well-formed but open nothing here. */
export function wrongKey(): HoldfastError {
  return new HoldfastError(
    'wrong-key',
    'These 64 digits don’t open this backup.',
    'Compare them with your kit row by row; the two letters at the end of a row, typed too, show which row is wrong. ' +
      'Nothing was locked or changed, and you can try as often as you like.',
  );
}

/** Rows that are known to be wrong. */
export function keyTypo(rows: readonly Row[]): HoldfastError {
  const one = rows.length === 1;
  return new HoldfastError(
    'key-typo',
    one ? text`Row ${rows[0] ?? ''} has a typing error.` : text`Rows ${list(rows)} have typing errors.`,
    one
      ? 'Compare that row with your kit, digit by digit. Nothing was changed.'
      : 'Compare those rows with your kit, digit by digit. Nothing was changed.',
  );
}

/** "Row B", "Rows B and D", "Rows A, B and D". */
export function rowNames(rows: readonly Row[]): Text {
  return rows.length < 2 ? text`Row ${rows[0] ?? ''}` : text`Rows ${list(rows)}`;
}
