/** `settings`: the plan and the preferences. */
import { HoldfastError } from '../errors.ts';
import { notSetUp } from '../jobs/not-set-up.ts';
import type { ConnectionBandwidth } from '../jobs/bandwidth/bandwidth.ts';
import type { ConfigStore, Plan } from '../jobs/config.ts';
import type { Scheduler } from '../jobs/schedule/scheduler.ts';
import type { Surroundings } from '../jobs/schedule/surroundings.ts';
import { withoutNested } from '../jobs/sources.ts';
import type { Capabilities } from './capabilities.ts';
import type { Handlers } from './dispatch.ts';
import type { Dialogs, SettingsService, StateSource } from './services.ts';
import { say } from '../words/say.ts';

export interface SettingsParts {
  config: ConfigStore;
  settings: SettingsService;
  capabilities: Capabilities;
  dialogs: Dialogs;
  state: StateSource;
  scheduler: Pick<Scheduler, 'look'>;
  surroundings: Surroundings;
  bandwidth: Pick<ConnectionBandwidth, 'set'>;
}

export function settingsHandlers(parts: SettingsParts): Handlers['settings'] {
  const { config, capabilities, dialogs, state } = parts;
  const plan = (): Plan => {
    if (config.value.plan === null) throw notSetUp();
    return config.value.plan;
  };
  const change = async (update: Partial<Plan>): Promise<void> => {
    await config.update({ plan: { ...plan(), ...update } });
    await state.refresh();
  };
  return {
    set: async (update) => {
      await parts.settings.set(update);
      return null;
    },
    addSource: async () => {
      const sources = plan().sources;
      const chosen = await dialogs.chooseItem(say('What else should be backed up?'), say('Back this up'));
      if (chosen === null) return null;
      await change({ sources: withoutNested([...sources, chosen]) });
      return capabilities.place(chosen);
    },
    removeSource: async ({ cap }) => {
      const gone = capabilities.path(cap);
      const left = plan().sources.filter((source) => source !== gone);
      if (left.length === 0) {
        throw new HoldfastError(
          'bad-input',
          'That is the last thing that is backed up.',
          'Add something else first. Nothing was changed.',
          { severity: 'notice' },
        );
      }
      await change({ sources: left });
      return null;
    },
    setWhen: async (when) => {
      await config.update({ when });
      await parts.scheduler.look();
      return null;
    },
    surroundings: async () => await parts.surroundings.read({ power: true, metered: true, wifi: true }),
    setBandwidth: async (bandwidth) => {
      await parts.bandwidth.set(bandwidth);
      return null;
    },
    setExcludes: async ({ excludes }) => {
      await change({ excludes: excludes.filter((pattern) => pattern.trim() !== '') });
      return null;
    },
  };
}
