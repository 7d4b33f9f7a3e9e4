/** The sign-in to Google that waits for the browser: one at a time. */
import { signInToGoogle, type GoogleSignIn, type OAuthClient } from '../destinations/connect.ts';
import { HoldfastError } from '../errors.ts';
import { directionOf } from '../words/languages.ts';
import { say, spoken } from '../words/say.ts';
import type { Clock } from './ports.ts';

/** So long the page in the browser is good. */
const GOOD_MS = 10 * 60_000;

interface Waiting {
  startedAt: number;
  destinationId: string | null;
  url: string | null;
  abort: AbortController;
}

export class GoogleSignIns {
  readonly #parts: { clock: Clock; openUrl: (url: string) => Promise<void>; changed: () => void };
  #waiting: Waiting | null = null;

  constructor(parts: { clock: Clock; openUrl: (url: string) => Promise<void>; changed: () => void }) {
    this.#parts = parts;
  }

  /** The one that waits, for showing. */
  current(): { startedAt: number; until: number; destinationId: string | null } | null {
    if (this.#waiting === null) return null;
    const { startedAt, destinationId } = this.#waiting;
    return { startedAt, until: startedAt + GOOD_MS, destinationId };
  }

  /**
   * Opens the page and waits for the browser to come back. One that waited before is given up.
   * @param account the one that is expected, where a destination is signed in to again
   * @throws HoldfastError those of `signInToGoogle`; `stopped` where it was cancelled or took too long
   */
  async start(client: OAuthClient | null, destinationId: string | null, account?: string): Promise<GoogleSignIn> {
    this.cancel();
    const abort = new AbortController();
    const waiting: Waiting = { startedAt: this.#parts.clock.now(), destinationId, url: null, abort };
    this.#waiting = waiting;
    this.#parts.changed();
    const unwatch = this.#parts.clock.after(GOOD_MS, () => abort.abort(tooLate()));
    try {
      return await signInToGoogle({
        client,
        account,
        signal: abort.signal,
        words: { language: spoken(), direction: directionOf(spoken()), say },
        openUrl: async (url) => {
          waiting.url = url;
          await this.#parts.openUrl(url);
        },
      });
    } finally {
      unwatch();
      if (this.#waiting === waiting) this.#waiting = null;
      this.#parts.changed();
    }
  }

  /** The page's address; for opening it again, or in another browser. @throws HoldfastError `bad-input` where none waits */
  link(): string {
    const url = this.#waiting?.url ?? null;
    if (url !== null) return url;
    throw new HoldfastError('bad-input', 'No sign-in is waiting.', 'Start it again. Nothing was changed.', {
      severity: 'notice',
    });
  }

  async openAgain(): Promise<void> {
    await this.#parts.openUrl(this.link());
  }

  cancel(): void {
    this.#waiting?.abort.abort(
      new HoldfastError('stopped', 'The sign-in was cancelled.', 'Nothing was changed. Start it again when you like.', {
        severity: 'notice',
      }),
    );
  }
}

function tooLate(): HoldfastError {
  return new HoldfastError(
    'stopped',
    'Nobody signed in within ten minutes.',
    'The page in the browser is of no use any more; close it, and start again. Nothing was changed.',
    { severity: 'notice' },
  );
}
