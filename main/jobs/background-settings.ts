/** What this computer remembers of life without a window. */
import { z } from 'zod';

export const BackgroundSettings = z.object({
  /** Closing the window ends nothing. */
  keepRunning: z.boolean(),
  /** Changes for the worse are shown as notifications. */
  notify: z.boolean(),
  /** It was said once what closing the window does. */
  closingTold: z.boolean(),
  /** Starting at login was turned on once, by the set-up; from then on only the person changes it. */
  loginOffered: z.boolean(),
  /** Names the problem that was told last; null where all was well. */
  told: z.string().nullable(),
});
export type BackgroundSettings = z.infer<typeof BackgroundSettings>;

export const DEFAULT_BACKGROUND: BackgroundSettings = {
  keepRunning: true,
  notify: true,
  closingTold: false,
  loginOffered: false,
  told: null,
};
