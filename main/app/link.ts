/**
 * `holdfast:` links, from a web page, a mail or a note. Anybody may have written one, so it opens a place of the window
 * and does nothing else: it starts, stops, restores and changes nothing, and carries no text into the page.
 */
import type { OpenAt } from '../ipc/services.ts';

export const LINK_SCHEME = 'holdfast';

/** Longest link that is looked at, in characters. */
const MAX_LENGTH = 100;

/** `holdfast:browse`, `holdfast://settings/schedule`; one that systems end with a slash counts as well. */
const LINK =
  /^holdfast:(?:\/\/)?(?<screen>home|browse|activity|protection|settings(?=\/|$))(?:\/(?<section>[a-z-]{1,30}))?\/?$/;

const isScreen = (name: string | undefined): name is OpenAt['screen'] => name !== undefined;

/** The place that a link names, or null for any other text. */
export function placeOfLink(link: string): OpenAt | null {
  if (link.length > MAX_LENGTH) return null;
  const { screen, section } = LINK.exec(link)?.groups ?? {};
  if (!isScreen(screen)) return null;
  if (section === undefined) return { screen };
  return screen === 'settings' ? { screen, section } : null;
}

/** The first word of a command line that looks like a link, whatever it holds; null where there is none. */
export function linkAmong(words: readonly string[]): string | null {
  return words.find((word) => word.toLowerCase().startsWith(`${LINK_SCHEME}:`)) ?? null;
}

/** What a second start hands to the first; the first takes nothing else from it. */
export interface Handed {
  link: string | null;
  /** Started by the system at login: nothing to show. */
  hidden: boolean;
}

/** Reads what another process handed over; anything unexpected counts as a plain start. */
export function readHanded(data: unknown): Handed {
  const { link, hidden } = (typeof data === 'object' && data !== null ? data : {}) as Partial<
    Record<keyof Handed, unknown>
  >;
  return { link: typeof link === 'string' ? link : null, hidden: hidden === true };
}
