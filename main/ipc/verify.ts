/** `verify`: checks of the backup. */
import type { JobRunner } from '../jobs/runner.ts';
import type { Verifies, VerifyLevel } from '../jobs/verifies.ts';
import type { Handlers } from './dispatch.ts';

const LEVELS: readonly VerifyLevel[] = [0, 1, 2, 3];

export function verifyHandlers(parts: { verifies: Verifies; runner: JobRunner }): Handlers['verify'] {
  return {
    start: async ({ level }) => ({ runId: parts.verifies.start(LEVELS[level] ?? 1) }),
    cancel: async () => {
      await parts.runner.stop('verify');
      return null;
    },
  };
}
