import fc from 'fast-check';
import ignore from 'ignore';
import { describe, expect, it } from 'vitest';
import {
  isBelow,
  isBlocked,
  ruleFor,
  tickOf,
  toggle,
  type Item,
  type Selection,
} from '../../renderer/screens/setup/files/selection.ts';

function folder(path: string): Item {
  return { cap: `cap:${path}`, path, name: path.split(/[/\\]/).pop() ?? path, kind: 'folder' };
}
function file(path: string): Item {
  return { ...folder(path), kind: 'file' };
}

const documents = folder('/home/m/Documents');
const taxes = folder('/home/m/Documents/Taxes');
const old = folder('/home/m/Documents/Taxes/2019');
const letter = file('/home/m/Documents/Letter.odt');
const home = folder('/home/m');
const none: Selection = { sources: [], rules: ['*.tmp'] };
const whole: Selection = { sources: [documents], rules: ['*.tmp'] };

describe('ticking folders', () => {
  it('takes a folder with everything in it', () => {
    const after = toggle(documents, none, 'linux');
    expect(after.sources.map((source) => source.path)).toEqual([documents.path]);
    expect(tickOf(taxes, after, 'linux')).toBe('on');
    expect(tickOf(home, after, 'linux')).toBe('mixed');
    expect(tickOf(folder('/home/m/Documents2'), after, 'linux')).toBe('off');
  });

  it('leaves a folder inside it out by a rule, so that what is added later is still taken', () => {
    const after = toggle(taxes, whole, 'linux');
    expect(after.sources).toEqual([documents]);
    expect(after.rules).toEqual(['*.tmp', '/home/m/Documents/Taxes/']);
    expect(tickOf(taxes, after, 'linux')).toBe('off');
    expect(tickOf(documents, after, 'linux')).toBe('mixed');
    expect(tickOf(letter, after, 'linux')).toBe('on');
    expect(tickOf(old, after, 'linux')).toBe('off');
    expect(isBlocked(old, after, 'linux')).toBe(true);
    expect(isBlocked(taxes, after, 'linux')).toBe(false);
  });

  it('takes it back when ticked again, and keeps the person’s own rules', () => {
    expect(toggle(taxes, toggle(taxes, whole, 'linux'), 'linux')).toEqual(whole);
  });

  it('clears every rule below when a mixed folder is pressed', () => {
    const mixed = toggle(letter, toggle(taxes, whole, 'linux'), 'linux');
    expect(toggle(documents, mixed, 'linux')).toEqual(whole);
  });

  it('takes sources below into the one above', () => {
    const after = toggle(home, toggle(taxes, none, 'linux'), 'linux');
    expect(after.sources.map((source) => source.path)).toEqual(['/home/m']);
  });

  it('forgets rules below with the folder that they were for', () => {
    const after = toggle(taxes, whole, 'linux');
    const cleared = toggle(documents, toggle(documents, after, 'linux'), 'linux');
    expect(cleared).toEqual(none);
  });

  it('shows a box that a press always changes', () => {
    const items = [home, documents, taxes, old, letter];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...items), { maxLength: 12 }),
        fc.constantFrom(...items),
        (presses, last) => {
          let selection: Selection = none;
          for (const item of presses) {
            if (!isBlocked(item, selection, 'linux')) selection = toggle(item, selection, 'linux');
          }
          if (isBlocked(last, selection, 'linux')) return;
          const before = tickOf(last, selection, 'linux');
          const after = tickOf(last, toggle(last, selection, 'linux'), 'linux');
          expect(after).toBe(before === 'on' ? 'off' : 'on');
        },
      ),
    );
  });
});

describe('the rule for one place', () => {
  it('hits that place and nothing else, whatever its name holds', () => {
    const name = fc.stringMatching(/^[a-z[\]*?! #\\]{1,12}$/).filter((text) => !/^\.{1,2}$/.test(text));
    fc.assert(
      fc.property(name, name, (own, other) => {
        fc.pre(own !== other);
        const rule = ruleFor({ path: `/home/m/${own}`, kind: 'folder' }, 'linux');
        const matcher = ignore({ ignoreCase: false }).add([rule]);
        expect(matcher.ignores(`home/m/${own}/`)).toBe(true);
        expect(matcher.ignores(`home/m/${other}/`)).toBe(false);
      }),
    );
  });
  it('drops a drive’s colon and turns its strokes', () => {
    expect(ruleFor({ path: 'C:\\Users\\m\\Old [1]', kind: 'folder' }, 'win32')).toBe('/C/Users/m/Old \\[1\\]/');
    expect(ruleFor({ path: '/a/b.txt ', kind: 'file' }, 'linux')).toBe('/a/b.txt\\ ');
  });
});

it('knows what lies below what', () => {
  expect(isBelow('/a/b', '/a', 'linux')).toBe(true);
  expect(isBelow('/a', '/a', 'linux')).toBe(false);
  expect(isBelow('/ab', '/a', 'linux')).toBe(false);
  expect(isBelow('/a', '/', 'linux')).toBe(true);
  expect(isBelow('C:\\a\\b', 'C:\\', 'win32')).toBe(true);
});
