import { describe, expect, it } from 'vitest';
import ignore from 'ignore';
import { SkippedItem, type RunSummary } from '../../preload/contract.ts';
import { accessHint, fixesOf, groupByCause } from '../../renderer/screens/activity/causes.ts';
import { resultSentence, resultWords, runNumbers } from '../../renderer/screens/activity/run-text.ts';
import {
  addDays,
  addedByDay,
  calendar,
  dayOf,
  daysBetween,
  growth,
  storedBackups,
} from '../../renderer/screens/home/history.ts';
import { activePatterns, parsePatterns, patternFor } from '../../renderer/screens/settings/patterns.ts';

function item(reason: SkippedItem['reason'], path = '/home/me/a', guidance = 'Do this.'): SkippedItem {
  return { path, reason, message: 'It happened.', guidance };
}

function run(part: Partial<RunSummary> & { startedAt: number }): RunSummary {
  return {
    id: String(part.startedAt),
    kind: 'backup',
    endedAt: part.startedAt + 1_000,
    result: 'done',
    files: 1,
    bytes: 1,
    newFiles: 0,
    changedFiles: 0,
    unchangedFiles: 1,
    removedFiles: 0,
    storedBytes: 100,
    skippedCount: 0,
    snapshotId: 'a',
    destination: 'disk',
    error: null,
    ...part,
  };
}

describe('causes', () => {
  it('puts what needs the user first and says each fix once', () => {
    const causes = groupByCause([
      item('vanished'),
      item('io-error'),
      item('denied', '/root/a', 'Ask its owner.'),
      item('denied', '/root/b', 'Ask its owner.'),
      item('denied', '/root/c', 'Start as administrator.'),
    ]);
    expect(causes.map((cause) => cause.reason)).toEqual(['denied', 'io-error', 'vanished']);
    expect(causes.map((cause) => cause.needsYou)).toEqual([true, true, false]);
    expect(causes[0]?.title).toBe('Your account may not open 3 items');
    expect(causes[0]?.guidance).toEqual(['Ask its owner.', 'Start as administrator.']);
    expect(causes[1]?.title).toBe('1 file can’t be read from the disk');
  });

  it('loses no item', () => {
    const reasons = SkippedItem.shape.reason.options;
    const causes = groupByCause(reasons.map((reason) => item(reason)));
    expect(causes.flatMap((cause) => cause.items)).toHaveLength(reasons.length);
    expect(groupByCause([item('unsupported')], true)[0]?.needsYou).toBe(false);
    expect(groupByCause([item('attributes')], true)[0]?.needsYou).toBe(false);
    expect(groupByCause([item('vanished')], true)[0]?.needsYou).toBe(true);
  });
});

describe('a copy of which something is whole nowhere', () => {
  const copy = run({ startedAt: 0, kind: 'copy', result: 'done-with-skips', skippedCount: 2, files: 0 });

  it('is not called the same as the other places', () => {
    expect(resultWords(copy)).toMatchObject({ word: 'Done, 2 left out', tone: 'amber' });
    expect(resultSentence(copy)).toBe('All but 2 items are stored; each has its reason below.');
    expect(groupByCause([item('other'), item('other', '/b')], true)[0]?.title).toBe('2 items need you');
    expect(runNumbers(copy)).toMatch(/^0 objects, .* copied$/);
  });
});

describe('fixes', () => {
  const reasons = SkippedItem.shape.reason.options;

  it('are there for all that needs the user, and ask for another run only where it may change something', () => {
    for (const cause of groupByCause(reasons.map((reason) => item(reason)))) {
      const fixes = fixesOf(cause.reason, 'linux');
      if (cause.needsYou) expect(fixes, cause.reason).toContain('again');
      else expect(fixes, cause.reason).not.toContain('again');
    }
    expect(fixesOf('unsupported', 'linux')).toEqual(['leave-out']);
  });

  it('lead to the settings of a Mac, and to what Windows has instead, where reading is refused', () => {
    expect(fixesOf('denied', 'darwin')[0]).toBe('access');
    for (const platform of ['linux', 'win32'] as const) {
      for (const reason of reasons) expect(fixesOf(reason, platform)).not.toContain('access');
    }
    expect(accessHint('denied', 'darwin')).toContain('Full Disk Access');
    expect(accessHint('denied', 'win32')).toContain('Security');
    expect(accessHint('denied', 'linux')).toBeNull();
    expect(accessHint('in-use', 'darwin')).toBeNull();
  });
});

describe('patterns', () => {
  it('keeps order and comments, drops empty lines and spaces at the end', () => {
    const lines = parsePatterns('# caches\r\n*.tmp  \n\n!keep.tmp\nname\\ ');
    expect(lines).toEqual(['# caches', '*.tmp', '!keep.tmp', 'name\\ ']);
    expect(activePatterns(lines)).toEqual(['*.tmp', '!keep.tmp', 'name\\ ']);
  });

  it('leaves out exactly the path, whatever characters its name holds', () => {
    for (const path of ['/home/me/[a]*?.txt', '/home/me/#x', '/home/me/!x', '/home/me/a b', '/home/me/end ']) {
      const pattern = patternFor(path);
      expect(pattern).not.toBeNull();
      const rules = ignore().add(pattern ?? '');
      expect(rules.ignores(path.slice(1)), path).toBe(true);
      expect(rules.ignores(`${path.slice(1)}x`), path).toBe(false);
      expect(rules.ignores('home/me/aXbc.txt'), path).toBe(false);
    }
  });

  it('makes no pattern of a name that is not text', () => {
    expect(patternFor('/home/me/\\xff\\xfe')).toBeNull();
    expect(patternFor('/home/me/two\nlines')).toBeNull();
  });
});

describe('history', () => {
  const noon = new Date(2026, 10, 12, 12).getTime();
  const at = (daysAgo: number, hours = 0): number => addDays(dayOf(noon), -daysAgo) + hours * 3_600_000;

  it('counts only backups that stored a snapshot', () => {
    const runs = [
      run({ startedAt: at(3) }),
      run({ startedAt: at(2), result: 'failed' }),
      run({ startedAt: at(1), kind: 'verify' }),
      run({ startedAt: at(0), result: 'done-with-skips' }),
    ];
    expect(storedBackups(runs).map((one) => one.startedAt)).toEqual([at(3), at(0)]);
  });

  it('adds up a day', () => {
    const days = addedByDay([run({ startedAt: at(1, 9) }), run({ startedAt: at(1, 15), storedBytes: 50 })]);
    expect(days).toEqual([{ day: at(1), bytes: 150, runs: 2 }]);
  });

  it('keeps the first backup apart and shows every day since', () => {
    const result = growth(
      [run({ startedAt: at(4), storedBytes: 9_000 }), run({ startedAt: at(2) }), run({ startedAt: at(0, 1) })],
      noon,
      30,
    );
    expect(result.first?.storedBytes).toBe(9_000);
    expect(result.days.map((day) => day.bytes)).toEqual([0, 0, 100, 0, 100]);
    expect(result.bytes).toBe(200);
    expect(growth([], noon, 30).first).toBeNull();
  });

  it('counts days with a backup since the first one', () => {
    const result = calendar([run({ startedAt: at(4) }), run({ startedAt: at(0, 1), storedBytes: 900 })], noon, 4);
    expect(result.covered).toBe(2);
    expect(result.since).toBe(5);
    expect(result.days.at(-1)).toMatchObject({ day: dayOf(noon), level: 3, weekday: 3, week: 3 });
    expect(result.days.filter((day) => day.level === 0)).toHaveLength(3);
    expect(result.days.filter((day) => day.level === -1).length).toBe(result.days.length - 5);
    expect(result.months.map((month) => new Date(month.at).getDate())).toEqual([1]);
  });

  it('counts days across a change of the clock', () => {
    expect(daysBetween(new Date(2026, 2, 28, 23).getTime(), new Date(2026, 2, 30, 1).getTime())).toBe(2);
  });
});
