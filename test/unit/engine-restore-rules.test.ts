/** What a restored entry may be called and which mode it may get. */
import { describe, expect, test } from 'vitest';
import { isWindowsName } from '../../main/engine/pipeline/restore-walk.ts';
import { restorableMode } from '../../main/engine/pipeline/restore-writer.ts';

describe('names on Windows', () => {
  test.each([
    '..\\..\\Startup\\x.bat',
    'x:stream',
    'C:',
    'a/b',
    'con',
    'NUL.txt',
    'lpt1',
    'dot.',
    'space ',
    'a*',
    'a\u0007',
  ])('%j is refused', (name) => expect(isWindowsName(name)).toBe(false));
  test.each(['notes.txt', 'console', 'com', 'a b', '.hidden', '..a', 'ünï', 'lpt'])('%j is taken', (name) =>
    expect(isWindowsName(name)).toBe(true),
  );
});

describe('modes', () => {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;

  test('with owners set, the mode is whole', () => {
    expect(restorableMode({ mode: 0o6755, uid: uid + 1, gid }, true)).toBe(0o6755);
  });
  test('set-user-ID of somebody else does not come back as one of mine', () => {
    expect(restorableMode({ mode: 0o6755, uid: uid + 1, gid }, false)).toBe(0o755);
    expect(restorableMode({ mode: 0o2755, uid, gid: gid + 1 }, false)).toBe(0o755);
    expect(restorableMode({ mode: 0o1777, uid: uid + 1, gid }, false)).toBe(0o1777);
  });
  test('my own keep theirs', () => {
    expect(restorableMode({ mode: 0o4700, uid, gid }, false)).toBe(0o4700);
  });
});
