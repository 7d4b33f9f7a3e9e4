/** `care`: which backups stay, room that is freed, proof that a restore works. */
import type { Drills } from '../jobs/care/drills.ts';
import type { Retention } from '../jobs/care/retention.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { JobRunner } from '../jobs/runner.ts';
import type { Handlers } from './dispatch.ts';
import type { CareService } from './services.ts';
import { shownError } from './shapes.ts';

export interface CareParts {
  care: CareService;
  retention: Retention;
  drills: Drills;
  runner: JobRunner;
  config: ConfigStore;
}

export function careHandlers({ care, retention, drills, runner, config }: CareParts): Handlers['care'] {
  return {
    preview: async ({ keep, plan }) => {
      const pins = new Set(config.value.plan?.care?.pins);
      return (await retention.preview(keep, plan)).map(({ id, endedMs, keep: stays, reasons }) => ({
        id,
        at: endedMs,
        keep: stays,
        pinned: pins.has(id),
        reasons,
      }));
    },
    setKeep: async ({ keep }) => {
      await care.setKeep(keep);
      return null;
    },
    pin: async ({ snapshotId, pinned }) => {
      await care.pin(snapshotId, pinned);
      return null;
    },
    freePlan: async () =>
      (await retention.plan()).map(({ laterMs, error, ...plan }) => ({
        ...plan,
        laterAt: laterMs,
        error: shownError(error),
      })),
    free: async ({ atOnce }) => ({ runId: retention.start(atOnce).runId }),
    prove: async () => ({ runId: drills.start().runId }),
    setAutomatic: async (change) => {
      await care.setAutomatic(change);
      return null;
    },
    cancel: async () => {
      await Promise.all([runner.stop('retention'), runner.stop('drill')]);
      return null;
    },
    practiceLater: async () => {
      await care.practiceLater();
      return null;
    },
  };
}
