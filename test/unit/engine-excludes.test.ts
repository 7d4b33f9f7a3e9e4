import { describe, expect, it } from 'vitest';
import { ExcludeMatcher } from '../../main/engine/excludes.ts';

const SOURCE = '/home/anna/.cache/work.tmp';

/** Whether `below` (with a slash at its end: a folder) is left out of SOURCE. */
function leftOut(patterns: string[], below: string, source = SOURCE): boolean {
  const folder = below.endsWith('/');
  const bare = folder ? below.slice(0, -1) : below;
  return new ExcludeMatcher(patterns).excludes(bare, `${source}/${bare}`, folder);
}

describe('excludes', () => {
  it.each<[string, string, boolean]>([
    ['*.tmp', 'a.tmp', true],
    ['*.tmp', 'deep/er/a.tmp', true],
    ['*.tmp', 'a.tmpx', false],
    ['cache/', 'cache/', true],
    ['cache/', 'cache', false],
    ['/top', 'top', true],
    ['/top', 'sub/top', false],
    ['a/**/b', 'a/x/y/b', true],
    [`${SOURCE}/keep`, 'keep', true],
    [`${SOURCE}/keep`, 'sub/keep', false],
    [`${SOURCE}/*.log`, 'a.log', true],
    [`${SOURCE}/*.log`, 'sub/a.log', false],
    ['/home/other/keep', 'keep', false],
  ])('with %s: %s: %s', (pattern, below, expected) => {
    expect(leftOut([pattern], below)).toBe(expected);
  });

  it('never leave out all of a source because of the folders above it', () => {
    for (const pattern of ['.cache/', '.cache', '*.tmp', 'anna', 'home/', '**/.cache/']) {
      expect([pattern, leftOut([pattern], 'thesis.odt')]).toEqual([pattern, false]);
    }
  });

  it('leave out all of a source where an absolute pattern says so', () => {
    expect(leftOut(['/home/anna/.cache'], 'thesis.odt')).toBe(true);
  });

  it('can be taken back', () => {
    expect(leftOut(['*.tmp', '!keep.tmp'], 'sub/keep.tmp')).toBe(false);
    expect(leftOut([`${SOURCE}/*.log`, `!${SOURCE}/keep.log`], 'keep.log')).toBe(false);
  });

  it.runIf(process.platform === 'linux')('tell upper and lower case apart, as Linux does', () => {
    expect(leftOut(['Cache/'], 'cache/')).toBe(false);
    expect(leftOut(['*.tmp'], 'a.TMP')).toBe(false);
    expect(leftOut([`${SOURCE}/Keep`], 'keep')).toBe(false);
  });

  it.each(['...', '..a', '.../x', ' ', '#x', '!x', '\\', 'a\nb', '\u202e'])('take the name %j', (name) => {
    expect(leftOut(['*.tmp'], name)).toBe(false);
    expect(leftOut([`${SOURCE}/y`], `sub/${name}`)).toBe(false);
  });

  it('do not care for blank patterns and comments', () => {
    expect(leftOut(['', '   ', '# thesis.odt'], 'thesis.odt')).toBe(false);
  });

  it('say the same after any number of questions', () => {
    const matcher = new ExcludeMatcher(['*.tmp']);
    for (let i = 0; i < 40_001; i++) {
      if (matcher.excludes(`${i}.txt`, `/s/${i}.txt`, false)) expect.fail(`${i}.txt`);
    }
    expect(matcher.excludes('a.tmp', '/s/a.tmp', false)).toBe(true);
  });
});
