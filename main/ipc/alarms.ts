/** `alarms`: who else is told how things stand. */
import type { Alarms } from '../jobs/alarms/alarms.ts';
import type { Handlers } from './dispatch.ts';

export function alarmsHandlers({ alarms }: { alarms: Alarms }): Handlers['alarms'] {
  return {
    set: async ({ kind, url }) => {
      await alarms.set(kind, url);
      return null;
    },
    setEmail: async ({ password, ...account }) => {
      await alarms.setEmail(account, password);
      return null;
    },
    remove: async ({ kind }) => {
      await alarms.remove(kind);
      return null;
    },
    test: async ({ kind }) => await alarms.test(kind),
  };
}
