import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLayoutFolder, nameOf, ownerOf, segmentsOf } from '../../../main/destinations/layout.ts';
import { isHashedName, isObjectName, isObjectPrefix } from '../../../main/destinations/names.ts';
import { CLIENT, HOSTILE_NAMES } from '../../support/destination-names.ts';

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const hashed = fc.oneof(
  hex(64).map((hash) => `k/${hash}`),
  fc.tuple(hex(32), fc.constantFrom('p', 'm', 'i', 's'), hex(64)).map((parts) => `c/${parts.join('/')}`),
);
const fixed = fc.oneof(
  fc.constantFrom('repo.json', 'repo.1.json', 'repo.2.json'),
  fc.tuple(hex(32), fc.constantFrom('domain', 'retired')).map((parts) => `c/${parts.join('/')}`),
  fc.tuple(hex(32), hex(32)).map((parts) => `c/${parts.join('/x/')}`),
  fc.tuple(hex(32), hex(8)).map((parts) => `probe/${parts.join('/')}`),
);

describe('names of objects', () => {
  test('every name of the format is one', () => {
    fc.assert(
      fc.property(hashed, fixed, (one, other) => {
        expect([isObjectName(one), isHashedName(one)]).toEqual([true, true]);
        expect([isObjectName(other), isHashedName(other)]).toEqual([true, false]);
      }),
    );
  });

  test.each(HOSTILE_NAMES.map((name) => [name]))('%j is none', (name) => {
    expect(isObjectName(name)).toBe(false);
  });

  test('one wrong character is enough', () => {
    fc.assert(
      fc.property(fc.oneof(hashed, fixed), fc.nat(), fc.string({ unit: 'binary', minLength: 1 }), (name, at, wild) => {
        const place = at % (name.length + 1);
        const spoiled = name.slice(0, place) + wild + name.slice(place);
        // Only more hexadecimal digits, where any number of them may stand, give another name.
        if (isObjectName(spoiled)) expect(spoiled).toMatch(/^(c\/[0-9a-f]{32}\/x|probe\/[0-9a-f]{32})\/[0-9a-f]+$/);
      }),
    );
  });

  test('a prefix is empty or ends with a slash, and no name is a prefix', () => {
    for (const prefix of ['', 'k/', 'c/', `c/${CLIENT}/`, `c/${CLIENT}/x/`, `c/${CLIENT}/s/`, 'probe/']) {
      expect([prefix, isObjectPrefix(prefix), isObjectName(prefix)]).toEqual([prefix, true, false]);
    }
    fc.assert(fc.property(fc.oneof(hashed, fixed), (name) => !isObjectPrefix(name)));
  });
});

describe('the layout of a folder', () => {
  test('hashed names lie in a folder of their first two digits, the others do not', () => {
    const hash = `ab${'0'.repeat(62)}`;
    expect(segmentsOf(`k/${hash}`)).toEqual(['k', 'ab', hash]);
    expect(segmentsOf(`c/${CLIENT}/p/${hash}`)).toEqual(['c', CLIENT, 'p', 'ab', hash]);
    expect(segmentsOf(`c/${CLIENT}/x/${CLIENT}`)).toEqual(['c', CLIENT, 'x', CLIENT]);
    expect(segmentsOf(`c/${CLIENT}/retired`)).toEqual(['c', CLIENT, 'retired']);
    expect(segmentsOf('repo.1.json')).toEqual(['repo.1.json']);
  });

  test('a file’s place gives its name back, and its folders are of the layout', () => {
    fc.assert(
      fc.property(fc.oneof(hashed, fixed), (name) => {
        const segments = segmentsOf(name);
        expect(nameOf(segments)).toBe(name);
        for (let depth = 1; depth < segments.length; depth += 1) {
          expect(isLayoutFolder(segments.slice(0, depth))).toBe(true);
        }
        expect(isLayoutFolder(segments)).toBe(false);
      }),
    );
  });

  test('a hashed object in another place is none', () => {
    const hash = `ab${'0'.repeat(62)}`;
    for (const segments of [
      ['k', hash],
      ['k', 'ac', hash],
      ['k', 'ab', 'ab', hash],
      ['ab', hash],
      ['k', '', hash],
    ]) {
      expect(nameOf(segments)).toBeNull();
    }
  });

  test('temporary files are kept apart by computer', () => {
    expect(ownerOf(`c/${CLIENT}/domain`)).toBe(CLIENT);
    expect([ownerOf('repo.json'), ownerOf(`k/${'a'.repeat(64)}`), ownerOf(`probe/${CLIENT}/a`)]).toEqual(
      ['shared', 'shared', 'shared'], // whole repository
    );
  });
});
