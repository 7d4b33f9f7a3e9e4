/** `backup`: this computer's backups. */
import type { Backups } from '../jobs/backups.ts';
import type { Handlers } from './dispatch.ts';

export function backupHandlers({ backups }: { backups: Backups }): Handlers['backup'] {
  return {
    start: async () => ({ runId: (await backups.start()).runId }),
    pause: async ({ until }) => {
      await backups.pause(until);
      return null;
    },
    resume: async () => {
      await backups.resume();
      return null;
    },
    cancel: async () => {
      await backups.cancel();
      return null;
    },
  };
}
