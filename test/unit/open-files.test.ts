/** A process that may open no more files: it waits a moment, and blames neither a disk nor a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { toDestinationError } from '../../main/destinations/local/errors.ts';
import { PackFiles } from '../../main/engine/fetch/pack-files.ts';
import type { ByteString } from '../../main/engine/format/byte-path.ts';
import { fileError } from '../../main/engine/pipeline/restore-writer.ts';
import { reasonOf } from '../../main/engine/pipeline/scanner.ts';
import { spoolError, systemErrorInfo } from '../../main/engine/pipeline/spool-error.ts';
import { isBadSector } from '../../main/engine/repository/storage-failure.ts';
import { toHoldfastError } from '../../main/errors.ts';
import { openPatiently, openPatientlySync } from '../../main/open-files.ts';

const table = vi.hoisted(() => ({ full: 0 }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    openSync: (...args: Parameters<typeof fs.openSync>) => {
      if (table.full-- > 0) throw Object.assign(new Error('EMFILE: too many open files, open'), { code: 'EMFILE' });
      return fs.openSync(...args);
    },
  };
});

const SENTENCE = 'Too many files are open at the same time.';
const shortage = (code = 'EMFILE'): Error => Object.assign(new Error(`${code}: too many open files`), { code });

/** Fails so often, then gives its word. */
function failing(times: number, error = shortage()): () => string {
  let left = times;
  return () => {
    if (left-- > 0) throw error;
    return 'opened';
  };
}

describe('opening', () => {
  it.each(['EMFILE', 'ENFILE'])('is tried again for a moment: %s', async (code) => {
    const waited: number[] = [];
    const open = failing(3, shortage(code));
    expect(
      await openPatiently(
        async () => open(),
        async (ms) => void waited.push(ms),
      ),
    ).toBe('opened');
    expect(openPatientlySync(failing(3, shortage(code)), (ms) => void waited.push(ms))).toBe('opened');
    expect(waited).toHaveLength(6);
  });

  it('is given up after some seconds, and at once where something else is wrong', async () => {
    let waited = 0;
    const pause = (ms: number): void => void (waited += ms);
    expect(() => openPatientlySync(failing(1_000), pause)).toThrow('EMFILE');
    expect(waited).toBeGreaterThan(1_000);
    expect(waited).toBeLessThan(10_000);
    const before = waited;
    const other = failing(1, shortage('EIO'));
    await expect(
      openPatiently(
        async () => other(),
        async (ms) => pause(ms),
      ),
    ).rejects.toThrow('EIO');
    expect(waited).toBe(before);
  });
});

describe('what is said in the end', () => {
  it('is true of reading and writing at a place, of the spool and of a restore', () => {
    for (const error of [
      toDestinationError(shortage(), '/disk', 'read'),
      toDestinationError(shortage('ENFILE'), '/disk', 'write'),
      spoolError(systemErrorInfo(shortage()), '/disk'),
      fileError(shortage(), '/home/ada/a' as ByteString),
    ]) {
      expect(error).toMatchObject({ code: 'destination-failed', message: SENTENCE, severity: 'fatal' });
      expect(isBadSector(error)).toBe(false);
    }
  });

  it('leaves out no file of a backup as one that the disk does not give', () => {
    expect(() => reasonOf(shortage())).toThrow(SENTENCE);
    expect(reasonOf(shortage('EIO'))).toBe('io-error');
  });
});

describe('a pack', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'holdfast-open-files-'));
    writeFileSync(path.join(folder, 'pack'), 'the bytes');
    vi.spyOn(Atomics, 'wait').mockReturnValue('timed-out');
  });
  afterEach(() => {
    table.full = 0;
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('is neither missing nor unreadable', () => {
    const files = new PackFiles([{ name: 'c/1/p/pack', path: path.join(folder, 'pack'), size: 9 }], null);
    const read = (): number => files.read(0, new Uint8Array(9), 0);
    try {
      table.full = 5;
      expect(read()).toBe(9);
      files.close();
      table.full = 1_000;
      let failure: unknown;
      try {
        read();
      } catch (error) {
        failure = error;
      }
      expect(toHoldfastError(failure)).toMatchObject({ code: 'destination-failed', message: SENTENCE });
    } finally {
      files.close();
    }
  });
});
