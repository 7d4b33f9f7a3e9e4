/** `background`: life without a window. */
import type { Handlers } from './dispatch.ts';
import type { BackgroundService, OpenAt } from './services.ts';

export interface BackgroundHandlerParts {
  background: BackgroundService;
  /** What the page that opens was opened for; asked once. */
  opening: () => OpenAt | null;
}

export function backgroundHandlers({ background, opening }: BackgroundHandlerParts): Handlers['background'] {
  return {
    set: async (change) => {
      await background.set(change);
      return null;
    },
    opening: async () => opening(),
  };
}
