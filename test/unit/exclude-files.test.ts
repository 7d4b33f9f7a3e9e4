import { describe, expect, it } from 'vitest';
import { ExcludeMatcher } from '../../main/engine/excludes.ts';
import { readExcludes } from '../../main/jobs/exclude-files/read.ts';
import type { ExcludeKind } from '../../main/jobs/exclude-files/rule.ts';

const HOME = '/home/anna';
const read = (text: string, kind?: ExcludeKind, file = '/home/anna/list.txt') =>
  readExcludes(file, Buffer.from(text), HOME, kind);

/** Whether the rules made of a file leave out a path below a source, as a backup would see it. */
function leavesOut(text: string, kind: ExcludeKind, source = HOME, file?: string): (path: string) => boolean {
  const matcher = new ExcludeMatcher(read(text, kind, file).taken.map(({ rule }) => rule));
  return (path) => {
    const names = path.slice(source.length + 1).split('/');
    return names.some((_, at) => {
      const below = names.slice(0, at + 1).join('/');
      return matcher.excludes(below, `${source}/${below}`, at < names.length - 1);
    });
  };
}

describe('a file of anybody', () => {
  it('is read in the time that its length takes', () => {
    const from = performance.now();
    for (const [line, kind] of [
      [`${' '.repeat(4_090)}x`, 'git'],
      [`/${'/'.repeat(4_080)}x`, 'restic'],
      [`pp:a${'/'.repeat(4_080)}x`, 'borg'],
    ] as const)
      read(`${line}\n`.repeat(250), kind);
    expect(performance.now() - from).toBeLessThan(2_000);
  });

  it('is of git where its name says that it is of one folder, whatever its lines look like', () => {
    const file = '/home/anna/web/.gitignore';
    const { kind, taken } = read('*\n! odd\n- x\n', undefined, file);
    expect([kind, taken[0]?.rule]).toEqual(['git', '/home/anna/web/**/*']);
  });
});

describe('a .gitignore', () => {
  it('is taken as it stands where it speaks of every folder', () => {
    const { kind, folder, taken, left } = read(
      '# mine\r\n*.log  \n\n!keep.log\nbuild/\n\\#odd\n',
      undefined,
      '/x/ignore',
    );
    expect({ kind, folder, left }).toEqual({ kind: 'git', folder: null, left: [] });
    expect(taken.map(({ line, rule }) => `${line} ${rule}`)).toEqual([
      '2 *.log',
      '4 !keep.log',
      '5 build/',
      '6 \\#odd',
    ]);
  });

  it('of a project holds in that project alone', () => {
    const file = '/home/anna/web [1]/.gitignore';
    const text = '*.log\n/dist\nsrc/gen/\n!keep.log\n\\!odd\n';
    expect(read(text, undefined, file).folder).toBe('/home/anna/web [1]');
    const out = leavesOut(text, 'git', HOME, file);
    for (const path of ['a.log', 'deep/er/a.log', 'dist/x', 'src/gen/x', '!odd']) {
      expect(out(`/home/anna/web [1]/${path}`), path).toBe(true);
    }
    for (const path of ['web [1]/keep.log', 'web [1]/lib/dist/x', 'web [1]/lib/src/gen/x', 'a.log', 'web 1/a.log']) {
      expect(out(`/home/anna/${path}`), path).toBe(false);
    }
  });

  it('tells the lines that mean nothing', () => {
    expect(read('!\nx\\\n/\n', 'git').left.map(({ line, why }) => [line, why])).toEqual([
      [1, 'no-rule'],
      [2, 'no-rule'],
      [3, 'no-rule'],
    ]);
  });
});

describe('a file for restic', () => {
  it('holds at any depth, or from the top, as there', () => {
    const text = '*.go\nfoo/**/bar\n/home/anna/Music/\n$HOME/Videos\n${HOME}/a$$b\ndesk/tmp\n';
    expect(read(text).kind).toBe('restic');
    const out = leavesOut(text, 'restic');
    for (const path of ['x/a.go', 'x/foo/1/2/bar/a', 'Music/a', 'Videos/a', 'a$b/c', 'x/desk/tmp/a']) {
      expect(out(`/home/anna/${path}`), path).toBe(true);
    }
    for (const path of ['x/Music/a', 'desk/a', 'a.gox']) expect(out(`/home/anna/${path}`), path).toBe(false);
  });

  it('tells what depends on another computer, and takes what it brings back where that can be said', () => {
    const { taken, left } = read('*.c\n!special.c\n$XDG_CACHE_HOME/x\n!/home/anna/a.c\n', 'restic');
    expect(taken.map(({ rule }) => rule)).toEqual(['*.c', '!special.c']);
    expect(left.map(({ line, why }) => [line, why])).toEqual([
      [3, 'variable'],
      [4, 'keeps'],
    ]);
  });

  it('has no other word than ^ for what is not one of some letters, so that nothing more is left out', () => {
    const [marked, not] = [leavesOut('[!a]*\n', 'restic'), leavesOut('[^a]*\n', 'restic')];
    expect(['!x', 'a', 'b'].map((name) => [marked(`${HOME}/${name}`), not(`${HOME}/${name}`)])).toEqual([
      [true, true],
      [true, false],
      [false, true],
    ]);
  });

  it('knows paths of Windows', () => {
    expect(read('C:\\Users\\anna\\x\\*.tmp\n').taken.map(({ rule }) => rule)).toEqual(['C:/Users/anna/x/*.tmp']);
  });
});

describe('a file for borg', () => {
  it('leaves out what borg would, or less', () => {
    const text = [
      '*.o',
      '*/__pycache__',
      'home/*/junk/*',
      'fm:/home/anna/logs/',
      'sh:home/*/.thumbnails',
      'sh:**/node_modules',
      'pp:home/anna/Down [x]',
      'pf:/home/anna/one.iso',
    ].join('\n');
    expect(read(text)).toMatchObject({ kind: 'borg', left: [] });
    const out = leavesOut(text, 'borg');
    for (const path of [
      'a/b.o',
      'p/__pycache__/x',
      'junk/x/y',
      'x/junk/y',
      'logs/a',
      '.thumbnails/a',
      'p/node_modules/x',
      'Down [x]/a',
      'one.iso',
    ]) {
      expect(out(`/home/anna/${path}`), path).toBe(true);
    }
    for (const path of ['a/b.oo', 'junk', 'logs', 'x/.thumbnails/a', 'Down x/a', 'a/one.iso']) {
      expect(out(`/home/anna/${path}`), path).toBe(false);
    }
  });

  it('takes nothing below a line that keeps something: here another one would win', () => {
    const { taken, left } = read('R /home\nP fm\n- *.tmp\n+ home/anna/keep\n- home/anna\nre:\\.bak$\n', 'borg');
    expect(taken.map(({ rule }) => rule)).toEqual(['*.tmp']);
    expect(left.map(({ line, why }) => [line, why])).toEqual([
      [1, 'roots'],
      [4, 'keeps'],
      [5, 'after-keeps'],
      [6, 'after-keeps'],
    ]);
    expect(read('re:\\.bak$', 'borg').left[0]?.why).toBe('expression');
  });
});

describe('any file', () => {
  it('has to be text of a bearable size', () => {
    for (const bytes of [Buffer.from([0xff, 0xfe, 0x41]), Buffer.from('a\0b'), Buffer.alloc((1 << 20) + 1, 97)]) {
      expect(() => readExcludes('/x', bytes, HOME)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    }
    expect(() => read('a\n'.repeat(5_001))).toThrow(expect.objectContaining({ code: 'bad-input' }));
    expect(read(`${'a'.repeat(4_097)}\nb`).left).toMatchObject([{ line: 1, why: 'too-long' }]);
    expect(read('\ufeff*.log').taken[0]?.rule).toBe('*.log');
  });
});
