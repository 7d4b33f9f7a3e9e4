/** `keys`: unlock, lock, practise. */
import type { Handlers } from './dispatch.ts';
import type { Unlocking } from './services.ts';

export function keysHandlers({ unlocking }: { unlocking: Unlocking }): Handlers['keys'] {
  return {
    unlock: async ({ groups }) => await unlocking.unlock(groups),
    unlockWithPassword: async ({ password }) => await unlocking.unlockWithPassword(password),
    lock: async () => {
      await unlocking.lock();
      return null;
    },
    test: async ({ groups }) => await unlocking.test(groups),
  };
}
