/** What closing the window does: pure, so that every case has a test. */
import { say } from '../words/say.ts';

export interface ClosingFacts {
  /** The setting. */
  keepRunning: boolean;
  /** Something is backed up from this computer. */
  setUp: boolean;
  /** A run is going on, or rests. */
  active: boolean;
  platform: NodeJS.Platform;
  /** It was said once already. */
  told: boolean;
  /** The desktop shows the icon. */
  tray: boolean;
}

/**
 * `close`: the window goes, the program stays. `tell`: the same, after saying once how to get back. `quit`: nothing is
 * left to do, or the person wants it so; asks first where something runs.
 */
export type Closing = 'close' | 'tell' | 'quit';

export function closing(facts: ClosingFacts): Closing {
  if (facts.platform === 'darwin') return 'close'; // programs stay there, with their icon in the dock
  if (!facts.keepRunning || !(facts.setUp || facts.active)) return 'quit';
  return facts.told ? 'close' : 'tell';
}

/** What is said once, and why it is safe to close. */
export function closingWords({ tray }: Pick<ClosingFacts, 'tray'>): { message: string; detail: string } {
  return {
    message: say('Holdfast goes on in the background'),
    detail: tray
      ? say('Its icon beside the clock shows how things stand. Click it to see this window again; its menu has Quit.')
      : say(
          'This desktop has no place for its icon. To see this window again, start Holdfast once more; Ctrl+Q ends it there.',
        ),
  };
}
