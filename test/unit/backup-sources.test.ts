import { mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { avoided } from '../../main/engine/backup-sources.ts';
import { HoldfastError } from '../../main/errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-sources-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

it('own folders that cannot be looked at are told as the disk’s fault, not as one of the program', () => {
  const { dev, ino } = statSync(folder);
  expect(avoided([folder, path.join(folder, 'not there')])).toEqual([`${dev}:${ino}`]);
  const loop = path.join(folder, 'loop');
  symlinkSync(loop, loop);
  expect(() => avoided([loop])).toThrow(HoldfastError);
  expect(() => avoided([loop])).toThrow(expect.objectContaining({ code: 'destination-failed' }));
});
