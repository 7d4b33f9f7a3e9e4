/**
 * Reads the 64 digits from whatever a person types or pastes: groups and rows in any layout, with or without the row
 * letters and checks of the kit, the text of its QR code, or the whole page copied out of the PDF. What is wrong is
 * named as exactly as it can be; nothing of the digits goes into an error.
 */
import { HoldfastError } from '../errors.ts';
import { type List, list, plural, text, together, type Text } from '../text.ts';
import { GROUP_DIGITS, KEY_DIGITS, keyFromDigits, ROW_DIGITS, ROW_GROUPS, ROWS, type Row } from './digits.ts';
import { CHECK_ALPHABET, CHECK_LETTERS, rowNames, type KeyEvidence } from './row-checks.ts';

/** A letter that is no digit of a key and was read as the digit it looks like. */
export interface Repair {
  row: Row;
  from: string;
  to: string;
}

export interface ParsedKey extends KeyEvidence {
  /** Empty where every digit was one. To be shown: see repairNotice(). */
  repairs: Repair[];
}

/** Longer input is nobody's key. */
const MAX_INPUT = 20_000;

const LOOKALIKES: Record<string, string> = { O: '0', I: '1', L: '1' };
const DIGIT = '[0-9A-FOIL]';
const CHECK = `[${CHECK_ALPHABET}]{${CHECK_LETTERS}}`;
const SEPARATORS = /[\s\-\u2010-\u2015\u2212.,:;|/()[\]_'"`\u00b7\u200b-\u200f\u2028-\u202f\u2060\ufeff]+/gu;

const ROW_PART = `(${DIGIT}{${ROW_DIGITS}})(${CHECK})?`;
const PLAIN = new RegExp(`^${ROW_PART.repeat(ROWS.length)}$`);
const LABELLED = new RegExp(`^${ROWS.map((row) => row + ROW_PART).join('')}$`);

/** The four rows as they stand on the kit, amid other text; copying from a PDF may put spaces between any digits. */
const ON_PAGE = new RegExp(
  ROWS.map((row) => `^[ \\t]*${row}[ \\t]+((?:${DIGIT}[ \\t]*){${ROW_DIGITS}})(${CHECK})?[ \\t]*$`).join('\\s*'),
  'm',
);
const QR = /HOLDFAST:KEY:V([0-9]+):([^\s]*)/i;

/**
 * Reads one text that holds the whole key.
 *
 * @throws HoldfastError `key-malformed`, saying what is wrong
 */
export function parseKeyText(text: string): ParsedKey {
  if (text.length > MAX_INPUT) throw malformed('That is far longer than a key.');
  const qr = QR.exec(text);
  if (qr !== null) return parseQr(qr[1] ?? '', qr[2] ?? '');
  const clean = normalise(text);
  const compact = clean.replace(SEPARATORS, '');
  const match = PLAIN.exec(compact) ?? LABELLED.exec(compact) ?? ON_PAGE.exec(clean);
  if (match === null) throw malformed(diagnose(clean, compact));
  const rows = ROWS.map((_, r) => (match[1 + 2 * r] ?? '').replace(SEPARATORS, ''));
  const checks: Partial<Record<Row, string>> = {};
  ROWS.forEach((row, r) => {
    const check = match[2 + 2 * r];
    if (check !== undefined) checks[row] = check;
  });
  return fromRows(rows, checks);
}

/**
 * Reads the 16 boxes of a screen, and the optional check of each row. A whole key pasted into one box is taken too.
 *
 * @param groups 16 strings, row by row
 * @param checks up to 4 strings, empty where the person gave none
 * @throws HoldfastError `key-malformed`, naming the rows that are incomplete
 */
export function parseKeyGroups(groups: readonly string[], checks: readonly string[] = []): ParsedKey {
  const filled = groups.filter((group) => group.trim() !== '');
  if (filled.length === 1 && (filled[0] ?? '').replace(SEPARATORS, '').length > ROW_DIGITS) {
    return parseKeyText(filled[0] ?? '');
  }
  if (groups.some((group) => group.length > MAX_INPUT)) throw malformed('That is far longer than a key.');
  const rows = ROWS.map((_, r) =>
    groups.slice(r * ROW_GROUPS, (r + 1) * ROW_GROUPS).map((group) => normalise(group).replace(SEPARATORS, '')),
  );
  if (rows.every((row) => row.every((group) => group === ''))) throw malformed('No digits were given.');
  const problems = ROWS.flatMap((row, r) => groupProblems(row, rows[r] ?? []));
  if (problems.length > 0) throw malformed(together(problems.slice(0, 4)));

  const given: Partial<Record<Row, string>> = {};
  ROWS.forEach((row, r) => {
    const check = normalise(checks[r] ?? '').replace(SEPARATORS, '');
    if (check === '') return;
    if (!new RegExp(`^${CHECK}$`).test(check)) throw malformed(checkProblem(row));
    given[row] = check;
  });
  return fromRows(
    rows.map((row) => row.join('')),
    given,
  );
}

/** A sentence that tells which letters were read as digits; null if none. */
export function repairNotice(repairs: readonly Repair[]): Text | null {
  if (repairs.length === 0) return null;
  const kinds = [...new Set(repairs.map(({ from, to }) => `${from}${to}`))];
  const rows = ROWS.filter((row) => repairs.some((repair) => repair.row === row));
  const read = kinds.map(([from = '', to = '']) => text`the letter ${from} as the digit ${to}`);
  return text`${rowNames(rows)}: read ${list(read)}. A key has only 0 to 9 and A to F.`;
}

/** Upper case, compatibility forms (full-width letters, no-break spaces) and Arabic-Indic digits made plain. */
function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 15))
    .toUpperCase();
}

function fromRows(rows: readonly string[], checks: Partial<Record<Row, string>>): ParsedKey {
  const repairs: Repair[] = [];
  const digits = ROWS.map((row, r) =>
    (rows[r] ?? '').replace(/[OIL]/g, (from) => {
      const to = LOOKALIKES[from] ?? from;
      repairs.push({ row, from, to });
      return to;
    }),
  ).join('');
  return { key: keyFromDigits(digits), checks, repoId: null, repairs };
}

function parseQr(version: string, rest: string): ParsedKey {
  if (version !== '1') {
    throw new HoldfastError(
      'newer-format',
      'This code was made by a newer version of Holdfast.',
      'Update Holdfast and scan it again, or type the rows A to D. Nothing was changed.',
    );
  }
  const parts = /^([0-9A-F]{32}):([0-9A-F]{64})/i.exec(rest);
  if (parts === null || /^[0-9A-Za-z]/.test(rest.slice(parts[0].length))) {
    throw malformed('The code of the kit was not read completely.');
  }
  return {
    key: keyFromDigits(parts[2] ?? ''),
    checks: {},
    repoId: new Uint8Array(Buffer.from(parts[1] ?? '', 'hex')),
    repairs: [],
  };
}

/** Says what keeps a text from being a key, row by row where the rows can be told apart. */
function diagnose(clean: string, compact: string): Text {
  if (compact === '') return text`No digits were given.`;
  const lines = rowsOf(clean);
  if (lines !== null) {
    const problems = ROWS.flatMap((row, r) => rowProblems(row, lines[r] ?? ''));
    if (problems.length > 0) return together(problems.slice(0, 4));
  }
  const foreign = foreignLetters(compact.replace(new RegExp(`(?<=${DIGIT}{${ROW_DIGITS}})${CHECK}`, 'g'), ''));
  if (foreign.length > 0) return text`${listOf(foreign)} can’t be part of a key: it has only 0 to 9 and A to F.`;
  const count = [...compact].filter((char) => new RegExp(DIGIT).test(char)).length;
  if (count === KEY_DIGITS) return text`The digits are not in rows of 16 as on the kit.`;
  return text`That is ${plural(count, { one: '# digit', other: '# digits' })}; a key has ${KEY_DIGITS}.`;
}

/** Text up to this length is searched for row letters: the search backtracks, and no typed key is longer. */
const MAX_DIAGNOSED = 400;

/** The four rows without their letters, if the text has four lines or the letters A to D at the head of each row. */
function rowsOf(clean: string): string[] | null {
  if (clean.length > MAX_DIAGNOSED) return null;
  const lines = clean.split(/[\r\n]+/).filter((line) => line.replace(SEPARATORS, '') !== '');
  const labelled = /(?:^|\s)A[\s.:)]+(\S.*?)\s+B[\s.:)]+(\S.*?)\s+C[\s.:)]+(\S.*?)\s+D[\s.:)]+(\S.*)$/s.exec(clean);
  const rows = labelled !== null ? labelled.slice(1) : lines.length === ROWS.length ? lines : null;
  return rows?.map((row) => row.replace(SEPARATORS, '')) ?? null;
}

function rowProblems(row: Row, typed: string): Text[] {
  const digits = typed.replace(new RegExp(`[${CHECK_ALPHABET}]{1,${CHECK_LETTERS}}$`), '');
  const foreign = foreignLetters(digits);
  if (foreign.length > 0) return [text`Row ${row} has ${listOf(foreign)}, and a key has only 0 to 9 and A to F.`];
  if (digits.length !== ROW_DIGITS) return [text`Row ${row} has ${digits.length} digits instead of ${ROW_DIGITS}.`];
  return typed.length - digits.length === 1 ? [checkProblem(row)] : [];
}

function groupProblems(row: Row, groups: readonly string[]): Text[] {
  const foreign = foreignLetters(groups.join(''));
  if (foreign.length > 0) return [text`Row ${row} has ${listOf(foreign)}, and a key has only 0 to 9 and A to F.`];
  const count = groups.join('').length;
  if (count === 0) return [text`Row ${row} is empty.`];
  if (count !== ROW_DIGITS) return [text`Row ${row} has ${count} digits instead of ${ROW_DIGITS}.`];
  const wrong = groups.findIndex((group) => group.length !== GROUP_DIGITS);
  return wrong < 0
    ? []
    : [text`Group ${wrong + 1} of row ${row} has ${groups[wrong]?.length ?? 0} digits instead of ${GROUP_DIGITS}.`];
}

function checkProblem(row: Row): Text {
  return text`The check of row ${row} is ${CHECK_LETTERS} letters from ${[...CHECK_ALPHABET].join(' ')}.`;
}

/** Up to four different characters that are no digits of a key, in the order of their appearance. */
function foreignLetters(text: string): string[] {
  return [...new Set([...text].filter((char) => !new RegExp(`^${DIGIT}$`).test(char)))].slice(0, 4);
}

/** "“G”", "“G” and “Z”". */
const listOf = (chars: readonly string[]): List => list(chars.map((char) => `“${char}”`));

function malformed(what: string | Text): HoldfastError {
  return new HoldfastError(
    'key-malformed',
    what,
    'Compare with your kit: four rows, A to D, of 16 digits each. Nothing was changed.',
  );
}
