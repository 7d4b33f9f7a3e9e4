/** `app`: the state, and things outside any screen. */
import type { Handlers } from './dispatch.ts';
import type { Desktop, Licences, StateSource, Unlocking } from './services.ts';

export function appHandlers(parts: {
  state: StateSource;
  desktop: Desktop;
  unlocking: Unlocking;
  licences: () => Promise<Licences>;
}): Handlers['app'] {
  return {
    getState: async () => parts.state.current(),
    openLicence: async () => {
      await parts.desktop.openLicence();
      return null;
    },
    licences: async () => await parts.licences(),
    reportActivity: async () => {
      parts.unlocking.touch();
      return null;
    },
  };
}
