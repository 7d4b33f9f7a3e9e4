import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClipboardSecret } from '../../main/app/clipboard-secret.ts';
import { isAllowedOutside, LICENCE, MAC_ACCESS } from '../../main/app/outside.ts';
import { pageFile } from '../../main/app/page-files.ts';
import { Throttle } from '../../main/app/throttle.ts';
import { windowBounds } from '../../main/app/window-bounds.ts';
import { FakeClock } from '../support/fake-clock.ts';

describe('files of the page', () => {
  let top: string;
  let root: string;

  beforeEach(async () => {
    top = await mkdtemp(path.join(tmpdir(), 'holdfast-page-'));
    root = path.join(top, 'renderer');
    await mkdir(path.join(root, 'assets'), { recursive: true });
    await mkdir(path.join(top, 'renderer-old'));
    await writeFile(path.join(root, 'index.html'), 'page');
    await writeFile(path.join(root, 'assets', 'a b.js'), 'script');
    await writeFile(path.join(root, 'assets', 'data.bin'), 'no known type');
    await writeFile(path.join(top, 'secret.txt'), 'secret');
    await writeFile(path.join(top, 'renderer-old', 'x.js'), 'old');
    await symlink(path.join(top, 'secret.txt'), path.join(root, 'link.txt'));
    await symlink(path.join(top, 'renderer-old'), path.join(root, 'old'));
  });
  afterEach(async () => {
    await rm(top, { recursive: true });
  });

  it('are found with their types', async () => {
    expect(await pageFile(root, 'app://holdfast/')).toMatchObject({ type: 'text/html; charset=utf-8' });
    const script = await pageFile(root, 'app://holdfast/assets/a%20b.js?v=1');
    expect(script).toMatchObject({ type: 'text/javascript; charset=utf-8' });
    expect(script?.file.endsWith(path.join('assets', 'a b.js'))).toBe(true);
  });

  it.each([
    'app://holdfast/../secret.txt',
    'app://holdfast/%2e%2e/secret.txt',
    'app://holdfast/..%2fsecret.txt',
    'app://holdfast/assets/..%2f..%2fsecret.txt',
    'app://holdfast/%2e%2e%2frenderer-old%2fx.js',
    'app://holdfast/..%5csecret.txt',
    'app://holdfast//etc/passwd.txt',
    'app://holdfast/link.txt',
    'app://holdfast/old/x.js',
    'app://holdfast/index.html%00.js',
    'app://holdfast/%',
    'app://holdfast/assets',
    'app://holdfast/assets/data.bin',
    'app://holdfast/missing.js',
    'app://elsewhere/index.html',
    'file:///etc/passwd',
    'https://holdfast/index.html',
    'not an address',
  ])('are not reached by %s', async (address) => {
    expect(await pageFile(root, address)).toBeNull();
  });
});

describe('the window’s place', () => {
  const screens = [{ x: 0, y: 25, width: 1920, height: 1055 }];

  it('is what it was, where a screen still shows its title bar', () => {
    const kept = { width: 1200, height: 700, x: 100, y: 50, maximized: false };
    expect(windowBounds(kept, screens)).toEqual({ width: 1200, height: 700, x: 100, y: 50 });
  });

  it.each([
    [2000, 50],
    [-1190, 50],
    [100, 1060],
    [100, -300],
  ])('is left to the system where none does: %d, %d', (x, y) => {
    expect(windowBounds({ width: 1200, height: 700, x, y, maximized: false }, screens)).toEqual({
      width: 1200,
      height: 700,
    });
  });

  it('is never smaller than the page can be', () => {
    expect(windowBounds({ width: 10, height: 10, x: null, y: null, maximized: false }, screens)).toEqual({
      width: 960,
      height: 640,
    });
    expect(windowBounds(null, screens)).toEqual({ width: 1280, height: 800 });
  });
});

describe('throttle', () => {
  it('acts at once when it was quiet, else once at the end of the interval', () => {
    const clock = new FakeClock();
    const action = vi.fn();
    const throttle = new Throttle(100, clock, action);
    throttle.request();
    expect(action).toHaveBeenCalledTimes(1);
    for (let i = 0; i < 50; i++) throttle.request();
    clock.advance(99);
    expect(action).toHaveBeenCalledTimes(1);
    clock.advance(1);
    expect(action).toHaveBeenCalledTimes(2);
    expect(clock.waiting).toBe(0);
  });

  it('waits no longer where the clock was set back', () => {
    const clock = new FakeClock();
    let times = 0;
    const throttle = new Throttle(100, clock, () => times++);
    throttle.request();
    const before = clock.now;
    clock.now = () => before.call(clock) - 3_600_000;
    throttle.request();
    clock.advance(100);
    expect(times).toBe(2);
  });

  it('lets through at most ten a second, and always the last', () => {
    const clock = new FakeClock();
    let wanted = 0;
    const seen: number[] = [];
    const throttle = new Throttle(100, clock, () => seen.push(wanted));
    for (let ms = 0; ms < 1000; ms++) {
      wanted = ms;
      throttle.request();
      clock.advance(1);
    }
    clock.advance(100);
    expect(seen.length).toBeLessThanOrEqual(11);
    expect(seen.at(-1)).toBe(999);
  });
});

describe('a secret on the clipboard', () => {
  function clipboard(): { text: string; secret: ClipboardSecret; clock: FakeClock; set: (text: string) => void } {
    const clock = new FakeClock();
    const state = { text: '' };
    const set = (text: string): void => {
      state.text = text;
    };
    const secret = new ClipboardSecret({ readText: () => state.text, writeText: set, clear: () => set('') }, clock);
    return {
      get text() {
        return state.text;
      },
      secret,
      clock,
      set,
    };
  }
  const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

  it('is cleared after a minute, not before', async () => {
    const board = clipboard();
    const { clearsAt } = await board.secret.copy('digits');
    expect(clearsAt).toBe(board.clock.now() + 60_000);
    board.clock.advance(59_999);
    await settled();
    expect(board.text).toBe('digits');
    board.clock.advance(1);
    await settled();
    expect(board.text).toBe('');
  });

  it('is left alone if something else was copied since', async () => {
    const board = clipboard();
    await board.secret.copy('digits');
    board.set('something else');
    board.clock.advance(60_000);
    await settled();
    expect(board.text).toBe('something else');
  });

  it('copied again has its minute anew, and is cleared at once when the app quits', async () => {
    const board = clipboard();
    await board.secret.copy('digits');
    board.clock.advance(50_000);
    await board.secret.copy('digits');
    board.clock.advance(50_000);
    await settled();
    expect(board.text).toBe('digits');
    await board.secret.clear();
    expect(board.text).toBe('');
    expect(board.clock.waiting).toBe(0);
  });
});

describe('the way outside', () => {
  it('is open for the listed address as it stands, and nothing else', () => {
    expect(isAllowedOutside(LICENCE)).toBe(true);
    expect(isAllowedOutside(MAC_ACCESS)).toBe(true);
    for (const address of [
      `${LICENCE}?q=digits`,
      `${LICENCE}#x`,
      'https://www.apache.org/',
      MAC_ACCESS.replace('AllFiles', 'Camera'),
      'x-apple.systempreferences:',
      'file:///etc/passwd',
      '',
    ]) {
      expect(isAllowedOutside(address), address).toBe(false);
    }
  });
});
