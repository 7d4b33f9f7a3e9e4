/** `activity`: past runs. */
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import type { ActivityLog, RunRecord } from '../jobs/activity.ts';
import { runText } from '../jobs/run-text.ts';
import type { Handlers } from './dispatch.ts';
import type { Desktop } from './services.ts';
import { runDetail, runSummary } from './shapes.ts';

export function activityHandlers(parts: { activity: ActivityLog; desktop: Desktop }): Handlers['activity'] {
  const find = (id: string): RunRecord => {
    const run = parts.activity.get(id);
    if (run === undefined) throw notInLog();
    return run;
  };
  return {
    runs: async () => parts.activity.list().map(runSummary),
    run: async ({ id }) => runDetail(find(id)),
    copyText: async ({ id }) => {
      await parts.desktop.copyText(runText(find(id)));
      return null;
    },
    showItem: async ({ id, item }) => {
      const skipped = find(id).skipped[item];
      if (skipped === undefined) throw notInLog();
      parts.desktop.showInFolder(await nearest(skipped.path));
      return null;
    },
    openAccess: async () => {
      await parts.desktop.openAccess();
      return null;
    },
  };
}

function notInLog(): HoldfastError {
  return new HoldfastError(
    'bad-input',
    'That run is not in the log any more.',
    'Choose another from the list. The backups themselves are not affected.',
    { severity: 'notice' },
  );
}

/**
 * The path itself, or the nearest folder above it that is there. A name that is not text is shown as `\xNN` and never
 * found: its folder is shown.
 * @throws HoldfastError `bad-input` where not even the top is there
 */
async function nearest(at: string): Promise<string> {
  for (let here = path.resolve(at); ; here = path.dirname(here)) {
    // A folder that may not be read is still there to be looked at.
    if (await lstat(here).then(Boolean, (error: unknown) => isDenied(error))) return here;
    if (here === path.dirname(here)) {
      throw new HoldfastError(
        'bad-input',
        'That item is on a drive that is not connected.',
        'Connect it and try again. Nothing was changed.',
        { severity: 'notice' },
      );
    }
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
