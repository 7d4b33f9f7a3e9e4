import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ActivityLog, MAX_SKIPPED_KEPT, newRunRecord, type RunRecord } from '../../main/jobs/activity.ts';
import { reportText, runText } from '../../main/jobs/run-text.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-activity-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function run(id: string, startedAt: number, change: Partial<RunRecord> = {}): RunRecord {
  return { ...newRunRecord(id, 'backup', startedAt, '/backups'), endedAt: startedAt + 1, result: 'done', ...change };
}

describe('activity log', () => {
  it('comes back newest first', async () => {
    const log = await ActivityLog.open(folder, 0);
    await log.save(run('a-1', 10));
    await log.save(run('a-3', 30));
    await log.save(run('a-2', 20, { result: 'failed' }));
    const again = await ActivityLog.open(folder, 0);
    expect(again.list().map((one) => one.id)).toEqual(['a-3', 'a-2', 'a-1']);
    expect(again.newest('backup', (one) => one.result === 'failed')?.id).toBe('a-2');
    expect(again.newest('restore')).toBeUndefined();
  });

  it('marks a run that was going on when the app ended as interrupted, on disk too', async () => {
    const log = await ActivityLog.open(folder, 0);
    await log.save(run('a-1', 10, { result: 'running', endedAt: null }));
    const again = await ActivityLog.open(folder, 99);
    expect(again.get('a-1')).toMatchObject({ result: 'interrupted', endedAt: 99 });
    expect((await ActivityLog.open(folder, 500)).get('a-1')).toMatchObject({ result: 'interrupted', endedAt: 99 });
  });

  it('shows the rest where a file is damaged, and leaves that file alone', async () => {
    const log = await ActivityLog.open(folder, 0);
    await log.save(run('a-1', 10));
    await writeFile(path.join(folder, 'a-2.json'), '{"version":1,');
    await writeFile(path.join(folder, 'a-3.json'), JSON.stringify(run('another-id', 5)));
    await writeFile(path.join(folder, 'notes.txt'), 'not ours');
    const again = await ActivityLog.open(folder, 0);
    expect(again.list().map((one) => one.id)).toEqual(['a-1']);
    expect((await readdir(folder)).sort()).toEqual(['a-1.json', 'a-2.json', 'a-3.json', 'notes.txt']);
  });

  it('keeps the newest 400 runs, in memory and on disk', async () => {
    const log = await ActivityLog.open(folder, 0);
    for (let i = 0; i < 405; i++) await log.save(run(`r-${i}`, i));
    expect(log.list()).toHaveLength(400);
    expect(log.get('r-4')).toBeUndefined();
    expect(await readdir(folder)).toHaveLength(400);
  });

  it('keeps what was saved last, though the clock was set back: what is due follows from it', async () => {
    const log = await ActivityLog.open(folder, 0);
    for (let i = 0; i < 400; i++) await log.save(run(`r-${i}`, 1_000 + i));
    await log.save(run('back-1', 1));
    await log.save(run('back-2', 2));
    await log.save(run('back-3', 3, { kind: 'verify' }));
    expect(
      log
        .list()
        .slice(-3)
        .map(({ id }) => id),
    ).toEqual(['back-3', 'back-2', 'back-1']);
    expect(log.list()).toHaveLength(400);
  });

  it('keeps the newest of each kind, and the newest that went well, whatever comes after', async () => {
    const log = await ActivityLog.open(folder, 0);
    await log.save(run('d-0', 0, { kind: 'drill' }));
    await log.save(run('d-1', 1, { kind: 'drill' }));
    await log.save(run('d-2', 2, { kind: 'drill', result: 'failed' }));
    for (let i = 0; i < 402; i++) await log.save(run(`b-${i}`, 10 + i));
    expect(log.newest('drill')?.id).toBe('d-2');
    expect(log.newest('drill', (one) => one.result === 'done')?.id).toBe('d-1');
    expect(log.get('d-0')).toBeUndefined();
    expect(log.list()).toHaveLength(402);
  });

  it('keeps a bounded list of skipped items and the whole count', async () => {
    const log = await ActivityLog.open(folder, 0);
    const item = { path: '/x', reason: 'denied' as const, message: 'm', guidance: 'g' };
    const skipped = Array.from({ length: MAX_SKIPPED_KEPT + 5 }, () => item);
    await log.save(run('a-1', 1, { skipped, skippedCount: skipped.length }));
    const stored = (await ActivityLog.open(folder, 0)).get('a-1');
    expect(stored?.skipped).toHaveLength(MAX_SKIPPED_KEPT);
    expect(stored?.skippedCount).toBe(MAX_SKIPPED_KEPT + 5);
  });
});

describe('a run as text', () => {
  const hostile = 'evil\nResult: Finished\u001b[2J';

  it('holds the numbers, the error and every kept item', () => {
    const text = runText(
      run('a-1', Date.UTC(2025, 0, 2), {
        result: 'done-with-skips',
        files: 1234,
        skippedCount: 3,
        skipped: [{ path: '/home/ada/secret', reason: 'denied', message: 'No permission.', guidance: 'Ask.' }],
        messages: [{ at: 0, level: 'warning', text: 'slow disk' }],
      }),
    );
    expect(text).toContain('Files: 1,234');
    expect(text).toContain('2025-01-02T00:00:00.000Z');
    expect(text).toContain('/home/ada/secret\n    No permission. Ask.');
    expect(text).toContain('and 2 more');
    expect(text).toContain('warning: slow disk');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('lets no name start a line of its own or drive a terminal', () => {
    const skipped = [{ path: hostile, reason: 'denied' as const, message: 'm', guidance: 'g' }];
    const texts = [
      runText(run('a-1', 0, { result: 'failed', skipped, skippedCount: 1 })),
      reportText({
        runId: 'a-1',
        snapshotAt: 0,
        target: hostile,
        toOriginal: false,
        requested: 1,
        restored: 0,
        bytes: 0,
        skippedExisting: 0,
        keptBoth: 0,
        problems: skipped,
        durationMs: 1,
        state: 'failed',
        error: null,
      }),
    ];
    for (const text of texts) {
      expect(text).toContain('evil\\x0aResult: Finished\\x1b[2J');
      expect(text).not.toContain('\u001b');
      expect(text).not.toMatch(/^Result: Finished/m);
    }
  });
});
