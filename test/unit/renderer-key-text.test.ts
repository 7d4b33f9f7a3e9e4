import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanTyped, emptyGroups, groupsFromText, hasForeign, isComplete } from '../../renderer/components/key-text.ts';

const groupList = fc.array(fc.stringMatching(/^[0-9A-F]{4}$/), { minLength: 16, maxLength: 16 });
const check = fc.stringMatching(/^[GHJKMNPQRSTVWXYZ]{2}$/);
const ROWS = ['A', 'B', 'C', 'D'];

function rowsOf(groups: readonly string[]): string[][] {
  return ROWS.map((_, r) => groups.slice(r * 4, r * 4 + 4));
}

describe('a whole key, pasted', () => {
  it('is read from one line, with any separators, in either case', () => {
    fc.assert(
      fc.property(
        groupList,
        fc.constantFrom('', ' ', '-', ' - ', '\n', '\t', '.', ':'),
        fc.boolean(),
        (groups, by, low) => {
          const text = low ? groups.join(by).toLowerCase() : groups.join(by);
          expect(groupsFromText(text)).toEqual(groups);
        },
      ),
    );
  });

  it('is read from the kit’s rows, with their letters and checks', () => {
    fc.assert(
      fc.property(groupList, fc.array(check, { minLength: 4, maxLength: 4 }), (groups, checks) => {
        const text = rowsOf(groups)
          .map((row, r) => `${ROWS[r]}  ${row.join(' ')}  ${checks[r]}`)
          .join('\n');
        expect(groupsFromText(text)).toEqual(groups);
      }),
    );
  });

  it('is read from the page of the kit amid other words and numbers', () => {
    fc.assert(
      fc.property(groupList, (groups) => {
        const rows = rowsOf(groups).map((row, r) => `${ROWS[r]} ${row.join(' ')} KR`);
        const page = `Holdfast key kit\nOpens the backup of\nMaren\nBackup id 41c09f53 aa08b7e2 00112233 44556677\n${rows.join('\n')}\n1 Install Holdfast\n`;
        expect(groupsFromText(page)).toEqual(groups);
      }),
    );
  });

  it('is read from the text of the kit’s code, whose id is not taken for digits', () => {
    fc.assert(
      fc.property(groupList, (groups) => {
        expect(groupsFromText(`HOLDFAST:KEY:V1:${'0A'.repeat(16)}:${groups.join('')}`)).toEqual(groups);
      }),
    );
  });
});

describe('a part of a key, pasted', () => {
  it('fills as many groups as it has', () => {
    expect(groupsFromText('7f3a 09c4')).toEqual(['7F3A', '09C4']);
    expect(groupsFromText('B 3B90 48AF D17C 0E55 VH')).toEqual(['3B90', '48AF', 'D17C', '0E55']);
    expect(groupsFromText('7f3a0')).toEqual(['7F3A', '0']);
  });
  it('is nothing where there are no digits of a key', () => {
    expect(groupsFromText('Hello there')).toEqual([]);
    expect(groupsFromText('')).toEqual([]);
    expect(groupsFromText('https://example.org/')).toEqual([]);
  });
  it('never gives more than 16 groups or anything but digits', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        const groups = groupsFromText(text);
        expect(groups.length).toBeLessThanOrEqual(16);
        for (const group of groups) expect(group).toMatch(/^[0-9A-F]{1,4}$/);
      }),
    );
  });
});

describe('typed digits', () => {
  it('reads letters that look like digits as those', () => expect(cleanTyped('o0il-a ')).toBe('0011A'));
  it('tells letters that no key has from separators', () => {
    expect(hasForeign('7F3G')).toBe(true);
    expect(hasForeign('7F-3A o')).toBe(false);
  });
  it('is complete with four digits in every group', () => {
    expect(isComplete(emptyGroups(4))).toBe(false);
    expect(isComplete(['7F3A', '09C'])).toBe(false);
    expect(isComplete(['7F3A', '09C4'])).toBe(true);
  });
});
