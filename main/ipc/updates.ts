/** `updates`: newer versions of the program itself. */
import type { Handlers } from './dispatch.ts';
import type { UpdatesService } from './services.ts';

export function updatesHandlers({ updates }: { updates: UpdatesService }): Handlers['updates'] {
  return {
    check: async () => {
      await updates.check();
      return null;
    },
    setChannel: async ({ channel }) => {
      await updates.setChannel(channel);
      return null;
    },
    setAutomatic: async ({ automatic }) => {
      await updates.setAutomatic(automatic);
      return null;
    },
    restart: async () => {
      await updates.restart();
      return null;
    },
  };
}
