import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toSkipped } from '../../main/engine/pipeline/skip-words.ts';
import { fromPath } from '../../main/engine/format/byte-path.ts';
import { reasonOf } from '../../main/engine/pipeline/scanner.ts';
import { activityHandlers } from '../../main/ipc/activity.ts';
import type { Desktop } from '../../main/ipc/services.ts';
import { ActivityLog, newRunRecord } from '../../main/jobs/activity.ts';
import { SkippedItem } from '../../preload/contract.ts';

describe('reasons for leaving something out', () => {
  it.each([
    ['EACCES', 'denied'],
    ['EPERM', 'denied'],
    ['ENOENT', 'vanished'],
    ['ELOOP', 'changed'],
    ['EBUSY', 'in-use'],
    ['ETXTBSY', 'in-use'],
    ['ESTALE', 'away'],
    ['EHOSTDOWN', 'away'],
    ['ETIMEDOUT', 'away'],
    ['EIO', 'io-error'],
    ['ENAMETOOLONG', 'io-error'],
  ])('%s means %s', (code, reason) => {
    expect(reasonOf(Object.assign(new Error(code), { code }))).toBe(reason);
  });

  it('each have words of their own, and the window knows every one', () => {
    const said = SkippedItem.shape.reason.options.map((reason) =>
      toSkipped({ path: fromPath('/a'), reason, detail: '' }),
    );
    expect(new Set(said.map(({ message }) => message)).size).toBe(said.length);
    for (const item of said) expect(SkippedItem.parse(item)).toEqual(item);
  });
});

describe('showing a skipped item', () => {
  let folder: string;
  let shown: string[];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'holdfast-skipped-'));
    shown = [];
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function show(at: string, item = 0): Promise<void> {
    const activity = await ActivityLog.open(path.join(folder, 'log'), 0);
    const skipped = [{ path: at, reason: 'denied' as const, message: 'No.', guidance: 'Try.' }];
    await activity.save({ ...newRunRecord('a-1', 'backup', 1, '/backups'), skipped });
    const desktop = { showInFolder: (file: string) => void shown.push(file) } as unknown as Desktop;
    await activityHandlers({ activity, desktop }).showItem({ id: 'a-1', item });
  }

  it('shows it, or the nearest folder where it is gone or its name is no text', async () => {
    await mkdir(path.join(folder, 'mail'));
    await writeFile(path.join(folder, 'mail', 'box'), '');
    await show(path.join(folder, 'mail', 'box'));
    await show(path.join(folder, 'mail', 'gone', 'deep', 'x'));
    await show(path.join(folder, 'mail', '\\xff'));
    const mail = path.join(folder, 'mail');
    expect(shown).toEqual([path.join(mail, 'box'), mail, mail]);
  });

  it('shows nothing that is not among the items of that run', async () => {
    await expect(show(folder, 1)).rejects.toMatchObject({ code: 'bad-input' });
    expect(shown).toEqual([]);
  });
});
