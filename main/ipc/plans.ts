/** `plans`: what is backed up where and when. */
import type { Backups } from '../jobs/backups.ts';
import { planOf } from '../jobs/plans.ts';
import type { ConfigStore } from '../jobs/config.ts';
import type { Scheduler } from '../jobs/schedule/scheduler.ts';
import type { Capabilities } from './capabilities.ts';
import type { Handlers } from './dispatch.ts';
import type { CareService, Dialogs, PlansService } from './services.ts';
import { say } from '../words/say.ts';

export interface PlansParts {
  plans: PlansService;
  care: Pick<CareService, 'setKeep'>;
  backups: Pick<Backups, 'start'>;
  config: ConfigStore;
  capabilities: Capabilities;
  dialogs: Dialogs;
  scheduler: Pick<Scheduler, 'look'>;
}

export function plansHandlers(parts: PlansParts): Handlers['plans'] {
  const { plans, backups, config, capabilities, dialogs, scheduler } = parts;
  return {
    add: async ({ sources, ...plan }) => {
      const added = await plans.add({ ...plan, sources: sources.map((cap) => capabilities.path(cap)) });
      await scheduler.look();
      return added;
    },
    change: async ({ id, keep, name, excludes, where, when }) => {
      if (keep !== undefined) await parts.care.setKeep(keep, id);
      const change = {
        ...(name === undefined ? {} : { name }),
        ...(excludes === undefined ? {} : { excludes }),
        ...(where === undefined ? {} : { where }),
        ...(when === undefined ? {} : { when }),
      };
      if (Object.keys(change).length > 0) await plans.change(id, change);
      await scheduler.look();
      return null;
    },
    addSource: async ({ id }) => {
      const { sources } = planOf(config.value, id);
      const chosen = await dialogs.chooseItem(say('What else should be backed up?'), say('Back this up'));
      if (chosen === null) return null;
      await plans.change(id, { sources: [...sources, chosen] });
      return capabilities.place(chosen);
    },
    removeSource: async ({ id, cap }) => {
      const gone = capabilities.path(cap);
      await plans.change(id, { sources: planOf(config.value, id).sources.filter((source) => source !== gone) });
      return null;
    },
    remove: async ({ id }) => {
      await plans.remove(id);
      await scheduler.look();
      return null;
    },
    backUp: async ({ id }) => ({ runId: (await backups.start(id)).runId }),
  };
}
