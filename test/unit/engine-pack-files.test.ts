/** Packs that are read where they lie, on a disk that does not give all of them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PackFiles } from '../../main/engine/fetch/pack-files.ts';
import { RepairFindings } from '../../main/engine/repair-findings.ts';
import { LocalDestination } from '../../main/destinations/local/local-destination.ts';
import type { Domain } from '../../main/engine/repository/domain.ts';
import { HoldfastError, toHoldfastError } from '../../main/errors.ts';

const disk = vi.hoisted(() => ({ failures: 0 }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    readSync: (...args: Parameters<typeof fs.readSync>) => {
      if (disk.failures-- > 0) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
      return fs.readSync(...args);
    },
  };
});

let folder: string;
let files: PackFiles;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-packs-'));
  writeFileSync(path.join(folder, 'pack'), 'the bytes');
  mkdirSync(path.join(folder, 'bad'));
  files = new PackFiles(
    ['pack', 'gone', 'bad'].map((name) => ({ name: `c/1/p/${name}`, path: path.join(folder, name), size: 9 })),
    null,
  );
  disk.failures = 0;
});
afterEach(() => {
  files.close();
  rmSync(folder, { recursive: true });
});

const read = (ordinal: number): string => {
  const into = new Uint8Array(9);
  return Buffer.from(into.subarray(0, files.read(ordinal, into, 0))).toString();
};
const failure = (ordinal: number): HoldfastError => {
  try {
    read(ordinal);
  } catch (error) {
    return toHoldfastError(error);
  }
  throw new Error('it was read');
};

test('a disk that fails once is asked once more', () => {
  disk.failures = 1;
  expect(read(0)).toBe('the bytes');
});

test('what the disk does not give is not called missing', () => {
  disk.failures = 2;
  expect(failure(0)).toMatchObject({ code: 'object-unreadable', detail: 'c/1/p/pack: EIO: i/o error, read' });
  expect(read(0)).toBe('the bytes');
  expect(failure(2).code).toBe('object-unreadable');
  expect(failure(1).code).toBe('object-missing');
});

test('a repair takes nothing for lost that the disk only does not give', async () => {
  const findings = new RepairFindings();
  const domain = { packs: [{ name: 'c/1/p/pack' }], objects: new Map() } as unknown as Domain;
  const destination = await LocalDestination.open(folder);
  const found = {
    damage: ['the disk does not give it'],
    blocks: null,
    blobs: 0,
    bytes: 0,
    proven: false,
    asNamed: false,
  };
  await expect(findings.pack(destination, domain, 0, { ...found, unreadable: true })).rejects.toMatchObject({
    code: 'object-unreadable',
    guidance: expect.stringContaining('copy the backup to another disk') as string,
  });
  expect(findings.lost.size).toBe(0);
  await findings.pack(destination, domain, 0, { ...found, unreadable: false });
  expect(findings.lost.size).toBe(1);
});
