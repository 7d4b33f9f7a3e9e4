/** `activity`: past runs. */
import { HoldfastError } from '../errors.ts';
import type { ActivityLog, RunRecord } from '../jobs/activity.ts';
import { runText } from '../jobs/run-text.ts';
import type { Handlers } from './dispatch.ts';
import { nearest } from './nearest.ts';
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
