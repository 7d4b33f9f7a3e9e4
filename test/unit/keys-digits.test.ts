import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import { english } from '../../main/text.ts';
import { keyFromDigits, keyGroups, keyQrText, keyText, ROWS, toHex, type Row } from '../../main/keys/digits.ts';
import { parseKeyGroups, parseKeyText, repairNotice } from '../../main/keys/parse-digits.ts';
import {
  CHECK_ALPHABET,
  differingRows,
  judgeKey,
  keyObjection,
  rowCheck,
  rowChecks,
  rowNames,
} from '../../main/keys/row-checks.ts';
import { RootKey, Secret } from '../../main/keys/secret.ts';

interface Vectors {
  alphabet: string;
  keys: { rootKey: string; repoId: string; rows: string[]; checks: string[]; qr: string }[];
}
const vectors = JSON.parse(readFileSync('test/vectors/kit.json', 'utf8')) as Vectors;

const anyKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyRepoId = fc.uint8Array({ minLength: 16, maxLength: 16 });
const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
const hexOf = (key: RootKey): string => key.read(toHex);

function failure(action: () => unknown): HoldfastError {
  try {
    action();
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
  throw new Error('no error was thrown');
}

const KEY = '7F3A09C4E51B66D23B9048AFD17C0E5592E6A8037D4FB1CC5E2194F06A8BC337';
const ROW_TEXTS = ['7F3A 09C4 E51B 66D2', '3B90 48AF D17C 0E55', '92E6 A803 7D4F B1CC', '5E21 94F0 6A8B C337'];
const REPO = bytesOf('0714212e3b4855626f7c8996a3b0bdca');

describe('secrets', () => {
  test('are shown nowhere, neither printed nor turned into JSON nor cloned', () => {
    const key = keyFromDigits(KEY);
    const shown = [
      String(key),
      `${key}`,
      key.toString(),
      JSON.stringify({ key }),
      inspect({ key }, { showHidden: true, depth: 5 }),
      JSON.stringify(structuredClone(key)),
      Object.keys(key).join(),
    ].join('\n');
    expect(shown).toContain('[secret]');
    expect(shown.toUpperCase()).not.toContain('7F3A');
    expect(shown).not.toContain('127');
  });

  test('lie in a buffer of their own, off the pool', () => {
    const source = Buffer.from(KEY, 'hex');
    new RootKey(source).read((bytes) => {
      expect(bytes.buffer.byteLength).toBe(32);
      expect(bytes.buffer).not.toBe(source.buffer);
    });
    expect(new RootKey(source).copy().buffer.byteLength).toBe(32);
  });

  test('are zeros after wipe, and every use says locked', () => {
    const key = RootKey.generate();
    let seen = new Uint8Array(1) as Uint8Array;
    key.read((bytes) => (seen = bytes));
    expect(seen.some((byte) => byte !== 0)).toBe(true);
    key.wipe();
    expect(seen).toEqual(new Uint8Array(32));
    expect(key.wiped).toBe(true);
    expect(failure(() => key.copy()).code).toBe('locked');
    expect(failure(() => keyGroups(key)).code).toBe('locked');
    expect(key.equals(key)).toBe(false);
  });

  test('compare by content, and a root key has 32 bytes', () => {
    expect(new Secret(bytesOf('0102')).equals(new Secret(bytesOf('0102')))).toBe(true);
    expect(new Secret(bytesOf('0102')).equals(new Secret(bytesOf('0103')))).toBe(false);
    expect(new Secret(bytesOf('0102')).equals(new Secret(bytesOf('010203')))).toBe(false);
    expect(() => new RootKey(new Uint8Array(31))).toThrow(RangeError);
    expect(RootKey.generate().equals(RootKey.generate())).toBe(false);
  });
});

describe('vectors', () => {
  test.each(vectors.keys)('digits, checks and QR text of $rootKey', ({ rootKey, repoId, rows, checks, qr }) => {
    const key = keyFromDigits(rootKey);
    expect(keyText(key)).toBe(rows.map((row) => `${row}\n`).join(''));
    expect(keyGroups(key)).toEqual(rows.flatMap((row) => row.split(' ')));
    expect(rowChecks(bytesOf(repoId), key)).toEqual(checks);
    expect(keyQrText(key, bytesOf(repoId))).toBe(qr);
    expect(vectors.alphabet).toBe(CHECK_ALPHABET);
  });
});

describe('reading digits', () => {
  test('every layout of every key is read back', () => {
    const layout = fc.record({
      labels: fc.constantFrom('none', 'A ', 'A: ', 'a) '),
      group: fc.constantFrom('', ' ', '-', '  ', '\u00a0', '.', ' – '),
      row: fc.constantFrom(' ', '\n', '\r\n', '\n\n', ' / '),
      lower: fc.boolean(),
      checks: fc.boolean(),
      tail: fc.constantFrom('', '\n', '  \r\n'),
    });
    fc.assert(
      fc.property(anyKey, anyRepoId, layout, (bytes, repoId, how) => {
        const key = new RootKey(bytes);
        const groups = keyGroups(key);
        const checks = rowChecks(repoId, key);
        const rows = ROWS.map((row, r) => {
          const label = how.labels === 'none' ? '' : how.labels.replace(/a/i, row);
          const check = how.checks ? ` ${checks[r] ?? ''}` : '';
          return label + groups.slice(4 * r, 4 * r + 4).join(how.group) + check;
        });
        const text = rows.join(how.row) + how.tail;
        const parsed = parseKeyText(how.lower ? text.toLowerCase() : text);
        expect(hexOf(parsed.key)).toBe(toHex(bytes));
        expect(parsed.repairs).toEqual([]);
        expect(ROWS.map((row) => parsed.checks[row])).toEqual(how.checks ? checks : Array(4).fill(undefined));
      }),
    );
  });

  test('the QR code is read in either case, amid other text, and names its repository', () => {
    fc.assert(
      fc.property(anyKey, anyRepoId, fc.boolean(), (bytes, repoId, lower) => {
        const text = keyQrText(new RootKey(bytes), repoId);
        const parsed = parseKeyText(`scanned: ${lower ? text.toLowerCase() : text}\n`);
        expect(hexOf(parsed.key)).toBe(toHex(bytes));
        expect(parsed.repoId).toEqual(repoId);
      }),
    );
  });

  test('a QR code cut short, too long, or of a newer version is refused', () => {
    const text = keyQrText(keyFromDigits(KEY), REPO);
    expect(failure(() => parseKeyText(text.slice(0, -1))).code).toBe('key-malformed');
    expect(failure(() => parseKeyText(`${text}0`)).code).toBe('key-malformed');
    expect(failure(() => parseKeyText(text.replace(':V1:', ':V2:'))).code).toBe('newer-format');
  });

  test('the whole page copied from the PDF is taken', () => {
    const page = [
      'Holdfast recovery kit',
      'Opens the backup of',
      'A Box from 2026',
      'Backup number',
      '0714212e 3b485562 6f7c8996 a3b0bdca',
      ' A        7 F 3A 0 9C4 E 5 1B 6 6D2        GX',
      '',
      ' B        3B9 0 4 8AF D1 7C 0 E 5 5        GY',
      ' C        9 2 E 6 A8 0 3 7D4 F B1CC        MX',
      ' D        5 E 2 1 9 4 F 0 6A8B C3 3 7      VZ',
      'Digits 0 to 9 and letters A to F.',
    ].join('\n');
    const parsed = parseKeyText(page);
    expect(hexOf(parsed.key).toUpperCase()).toBe(KEY);
    expect(judgeKey(parsed, REPO)).toEqual({ kind: 'consistent', complete: true });
  });

  test('letters that look like digits are read as such, and said', () => {
    const parsed = parseKeyText('7f3a o9c4 e5Ib 66d2 3b9O 48af dl7c 0e55 92e6 a803 7d4f b1cc 5e21 94f0 6a8b c337');
    expect(hexOf(parsed.key).toUpperCase()).toBe(KEY);
    expect(parsed.repairs.map(({ row, from, to }) => `${row}${from}${to}`)).toEqual(['AO0', 'AI1', 'BO0', 'BL1']);
    expect(repairNotice(parsed.repairs)?.english).toBe(
      'Rows A and B: read the letter O as the digit 0, the letter I as the digit 1 and the letter L as the digit 1. ' +
        'A key has only 0 to 9 and A to F.',
    );
    expect(repairNotice([])).toBeNull();
  });

  test('full-width and Arabic-Indic digits are digits', () => {
    const wide = KEY.replace(/[0-9]/g, (d) => String.fromCodePoint(0xff10 + Number(d)));
    const arabic = KEY.replace(/[0-9]/g, (d) => String.fromCodePoint(0x660 + Number(d)));
    expect(hexOf(parseKeyText(wide).key).toUpperCase()).toBe(KEY);
    expect(hexOf(parseKeyText(arabic).key).toUpperCase()).toBe(KEY);
  });

  test.each([
    ['', 'No digits were given.'],
    [' \n - ', 'No digits were given.'],
    [KEY.slice(1), 'That is 63 digits; a key has 64.'],
    [`${KEY}0`, 'That is 65 digits; a key has 64.'],
    ['7', 'That is 1 digit; a key has 64.'],
    [KEY.replace('7', 'G'), '“G” can’t be part of a key: it has only 0 to 9 and A to F.'],
    [KEY.replace('7F', 'é?'), '“É” and “?” can’t be part of a key: it has only 0 to 9 and A to F.'],
    [ROW_TEXTS.join('\n').replace('D17C', 'D17'), 'Row B has 15 digits instead of 16.'],
    [
      ROW_TEXTS.map((row, r) => `${ROWS[r] ?? ''} ${row}`)
        .join(' ')
        .replace('66D2', '66D22')
        .replace('7D4F', '7DXF'),
      'Row A has 17 digits instead of 16. Row C has “X”, and a key has only 0 to 9 and A to F.',
    ],
    [
      ROW_TEXTS.map((row, r) => `${ROWS[r] ?? ''} ${row} ${r === 3 ? 'G' : 'GH'}`).join('\n'),
      /^The check of row D is 2 letters/,
    ],
  ])('says what is wrong with %j', (text, message) => {
    const error = failure(() => parseKeyText(text));
    expect(error.code).toBe('key-malformed');
    expect(error.message).toMatch(message);
    expect(error.guidance).toContain('Nothing was changed.');
  });

  test('text without end is not searched', () => {
    expect(failure(() => parseKeyText('A '.repeat(15_000))).message).toBe('That is far longer than a key.');
    expect(failure(() => parseKeyGroups(Array(16).fill('7'.repeat(30_000)))).code).toBe('key-malformed');
  });

  test('never throws anything but its own errors, nor repeats what was typed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        const error = failure(() => parseKeyText(text));
        expect(error.code).toBe('key-malformed');
      }),
    );
    const error = failure(() => parseKeyText(`${KEY}${KEY}`));
    expect(JSON.stringify(error.toInfo())).not.toMatch(/[0-9A-F]{8}/i);
  });
});

describe('the 16 boxes', () => {
  const groups = keyGroups(keyFromDigits(KEY));

  test('are read, with the optional checks', () => {
    expect(hexOf(parseKeyGroups(groups.map((g) => ` ${g.toLowerCase()} `)).key).toUpperCase()).toBe(KEY);
    const parsed = parseKeyGroups(groups, ['gx', '', ' MX ', '']);
    expect(parsed.checks).toEqual({ A: 'GX', C: 'MX' });
    expect(judgeKey(parsed, REPO)).toEqual({ kind: 'consistent', complete: false });
  });

  test('take a whole key pasted into any one of them', () => {
    fc.assert(
      fc.property(anyKey, fc.nat(15), (bytes, box) => {
        const boxes = Array.from({ length: 16 }, () => '');
        boxes[box] = keyText(new RootKey(bytes));
        expect(hexOf(parseKeyGroups(boxes).key)).toBe(toHex(bytes));
      }),
    );
  });

  test.each([
    [{}, 'No digits were given.', true],
    [{ 5: '' }, 'Row B has 12 digits instead of 16.', false],
    [{ 8: '', 9: '', 10: '', 11: '' }, 'Row C is empty.', false],
    [{ 0: '7F3', 1: '09C44' }, 'Group 1 of row A has 3 digits instead of 4.', false],
    [{ 15: 'C3!7' }, 'Row D has “!”, and a key has only 0 to 9 and A to F.', false],
  ])('name what is wrong: %j', (change: Record<number, string>, message, blank) => {
    const boxes = groups.map((group, i) => (blank ? '' : (change[i] ?? group)));
    const error = failure(() => parseKeyGroups(boxes));
    expect(error.code).toBe('key-malformed');
    expect(error.message).toBe(message);
  });

  test('refuse a check that is none', () => {
    expect(failure(() => parseKeyGroups(groups, ['', 'A7'])).message).toMatch(
      /^The check of row B is 2 letters from G H/,
    );
  });
});

describe('row checks', () => {
  test('a check is never made of digits of a key', () => {
    expect(CHECK_ALPHABET).toHaveLength(16);
    expect(CHECK_ALPHABET).not.toMatch(/[0-9A-FILOU]/);
    expect(new Set(CHECK_ALPHABET).size).toBe(16);
  });

  test('one changed row is named, and no other', () => {
    fc.assert(
      fc.property(anyKey, anyRepoId, fc.constantFrom(...ROWS), fc.nat(63), (bytes, repoId, row, bit) => {
        const key = new RootKey(bytes);
        const typed = bytes.slice();
        const at = ROWS.indexOf(row) * 8 + (bit >> 3);
        typed[at] = (typed[at] ?? 0) ^ (1 << (bit & 7));
        const wrong = new RootKey(typed);
        expect(differingRows(key, wrong)).toEqual([row]);
        const checks = Object.fromEntries(ROWS.map((r, i) => [r, rowChecks(repoId, key)[i]])) as Record<Row, string>;
        const verdict = judgeKey({ key: wrong, checks, repoId: null }, repoId);
        // One error in 256 keeps its check.
        const start = ROWS.indexOf(row) * 8;
        const passes = rowCheck(repoId, row, typed.subarray(start, start + 8)) === checks[row];
        expect(verdict).toEqual(passes ? { kind: 'consistent', complete: true } : { kind: 'typo', rows: [row] });
      }),
    );
  });

  test('a typing error escapes the check of its row about once in 256', () => {
    let escaped = 0;
    for (let i = 0; i < 25_600; i++) {
      const row = new Uint8Array(8);
      new DataView(row.buffer).setUint32(0, i);
      if (rowCheck(REPO, 'A', row) === 'GG') escaped++;
    }
    expect(escaped).toBeGreaterThan(60);
    expect(escaped).toBeLessThan(140);
  });

  test('the same digits have other checks in another row and another repository', () => {
    const row = new Uint8Array(8).fill(0x11);
    const inRows = ROWS.map((letter) => rowCheck(REPO, letter, row));
    expect(new Set(inRows).size).toBe(4);
    const inRepos = Array.from({ length: 32 }, (_, i) => rowCheck(new Uint8Array(16).fill(i), 'A', row));
    expect(new Set(inRepos).size).toBeGreaterThan(20);
    expect(() => rowCheck(new Uint8Array(15), 'A', row)).toThrow(RangeError);
    expect(() => rowCheck(REPO, 'A', new Uint8Array(9))).toThrow(RangeError);
  });

  const key = keyFromDigits(KEY);
  const right = { A: 'GX', B: 'GY', C: 'MX', D: 'VZ' };

  test('digits of another backup, a typing error and a damaged backup are told apart', () => {
    const other = new Uint8Array(16).fill(9);
    const otherBackup = judgeKey({ key, checks: right, repoId: null }, other);
    expect(otherBackup).toEqual({ kind: 'other-backup' });
    expect(keyObjection(otherBackup, false)?.message).toBe('These 64 digits belong to another backup.');
    expect(keyObjection(otherBackup, false)?.code).toBe('wrong-key');

    const typo = judgeKey({ key, checks: { ...right, B: 'HH', D: 'HH' }, repoId: null }, REPO);
    expect(keyObjection(typo, false)?.code).toBe('key-typo');
    expect(keyObjection(typo, true)?.message).toBe('Rows B and D have typing errors.');

    const good = judgeKey({ key, checks: right, repoId: null }, REPO);
    expect(keyObjection(good, false)).toBeNull();
    expect(keyObjection(good, true)?.code).toBe('repository-damaged');

    const some = judgeKey({ key, checks: { A: 'GX' }, repoId: null }, REPO);
    expect(keyObjection(some, true)?.code).toBe('wrong-key');

    const none = judgeKey({ key, checks: {}, repoId: null }, REPO);
    expect(none).toEqual({ kind: 'unchecked' });
    expect(keyObjection(none, false)).toBeNull();
    expect(keyObjection(none, true)?.message).toBe('These 64 digits don’t open this backup.');
  });

  test('two wrong checks alone are typing errors, not another backup', () => {
    const verdict = judgeKey({ key, checks: { A: 'HH', B: 'HH' }, repoId: null }, REPO);
    expect(verdict).toEqual({ kind: 'typo', rows: ['A', 'B'] });
  });

  test('the QR code tells by its repository id', () => {
    expect(judgeKey({ key, checks: {}, repoId: REPO }, REPO)).toEqual({ kind: 'consistent', complete: true });
    expect(judgeKey({ key, checks: {}, repoId: new Uint8Array(16) }, REPO)).toEqual({ kind: 'other-backup' });
  });

  test('rows are named in a sentence', () => {
    expect([rowNames(['B']), rowNames(['A', 'D']), rowNames(['A', 'B', 'C'])].map(english)).toEqual([
      'Row B',
      'Rows A and D',
      'Rows A, B and C',
    ]);
  });
});
