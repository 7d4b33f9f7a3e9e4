import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { constants as os, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { WINDOW_BYTES, WriteBehind, type WriteBehindCalls } from '../../main/engine/platform/write-behind.ts';

const MIB = 1024 * 1024;
const EXT4 = 0xef53;

/** Notes calls, each with its window; `fails` says the errno of a call, 0 for none. */
function noted(fails: (call: number) => number = () => 0): { calls: string[]; by: WriteBehindCalls } {
  const calls: string[] = [];
  let errno = 0;
  const by: WriteBehindCalls = {
    sync_file_range(_, offset, bytes, flags) {
      errno = fails(calls.length);
      calls.push(`${flags === 2 ? 'begin' : 'wait'} ${offset / WINDOW_BYTES} ${bytes / WINDOW_BYTES}`);
      return errno === 0 ? 0 : -1;
    },
    posix_fadvise(_, offset, bytes, advice) {
      calls.push(`${advice === 4 ? 'drop' : advice} ${offset / WINDOW_BYTES} ${bytes / WINDOW_BYTES}`);
      return 0;
    },
    errno: () => errno,
  };
  return { calls, by };
}

it('begins each window when it is full, and waits for those two behind it', () => {
  const { calls, by } = noted();
  const behind = new WriteBehind(3, by);
  for (let end = 0; end <= 4.5 * WINDOW_BYTES; end += WINDOW_BYTES / 2) behind.written(end);
  expect(calls).toEqual([
    'begin 0 1',
    'begin 1 1',
    'begin 2 1',
    'wait 0 1',
    'drop 0 1',
    'begin 3 1',
    'wait 1 1',
    'drop 1 1',
  ]);
});

it('goes through all windows of one long write, and has nothing to do for a short file', () => {
  const { calls, by } = noted();
  new WriteBehind(3, by).written(3 * WINDOW_BYTES + 1);
  expect(calls).toEqual(['begin 0 1', 'begin 1 1', 'begin 2 1', 'wait 0 1', 'drop 0 1']);
  const short = noted();
  new WriteBehind(3, short.by).written(WINDOW_BYTES - 1);
  expect(short.calls).toEqual([]);
});

it.each(['EIO', 'ENOSPC', 'EDQUOT'] as const)('tells what the disk could not take: %s', (code) => {
  const { by } = noted((call) => (call === 3 ? os.errno[code] : 0));
  const behind = new WriteBehind(3, by);
  behind.written(2 * WINDOW_BYTES);
  expect(() => behind.written(3 * WINDOW_BYTES)).toThrow(expect.objectContaining({ code }));
});

it('lets a file system be that cannot do it', () => {
  const { calls, by } = noted(() => os.errno.ESPIPE);
  const behind = new WriteBehind(3, by);
  behind.written(5 * WINDOW_BYTES);
  behind.written(9 * WINDOW_BYTES);
  expect(calls).toEqual(['begin 0 1']);
});

it('writes what it is given, and leaves little of a large file in the page cache', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-behind-'));
  try {
    const file = path.join(folder, 'file');
    const fd = openSync(file, 'w');
    const behind = new WriteBehind(fd);
    const piece = Buffer.alloc(MIB, 'holdfast');
    for (let end = MIB; end <= 64 * MIB; end += MIB) {
      writeSync(fd, piece);
      behind.written(end);
    }
    closeSync(fd);
    // Others, such as one in memory, keep what they have.
    if (statfsSync(folder).type === EXT4) {
      const cached = execFileSync('fincore', ['-b', '-n', '-o', 'RES', file], { encoding: 'utf8' });
      expect(Number(cached)).toBeLessThan(40 * MIB);
    }
    expect(execFileSync('cmp', ['-n', `${MIB}`, file, '-'], { input: piece }).length).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
