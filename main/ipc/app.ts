/** `app`: the state, and things outside any screen. */
import type { Handlers } from './dispatch.ts';
import type { Desktop, StateSource, Unlocking } from './services.ts';

export function appHandlers(parts: { state: StateSource; desktop: Desktop; unlocking: Unlocking }): Handlers['app'] {
  return {
    getState: async () => parts.state.current(),
    openLicence: async () => {
      await parts.desktop.openLicence();
      return null;
    },
    reportActivity: async () => {
      parts.unlocking.touch();
      return null;
    },
  };
}
