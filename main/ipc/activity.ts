/** `activity`: past runs. */
import { HoldfastError } from '../errors.ts';
import type { ActivityLog, RunRecord } from '../jobs/activity.ts';
import { runText } from '../jobs/run-text.ts';
import type { Handlers } from './dispatch.ts';
import type { Desktop } from './services.ts';
import { runDetail, runSummary } from './shapes.ts';

export function activityHandlers(parts: { activity: ActivityLog; desktop: Desktop }): Handlers['activity'] {
  const find = (id: string): RunRecord => {
    const run = parts.activity.get(id);
    if (run !== undefined) return run;
    throw new HoldfastError(
      'bad-input',
      'That run is not in the log any more.',
      'Choose another from the list. The backups themselves are not affected.',
      { severity: 'notice' },
    );
  };
  return {
    runs: async () => parts.activity.list().map(runSummary),
    run: async ({ id }) => runDetail(find(id)),
    copyText: async ({ id }) => {
      await parts.desktop.copyText(runText(find(id)));
      return null;
    },
  };
}
