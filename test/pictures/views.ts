/** In which ways a screen is looked at. */

export interface View {
  readonly theme: 'light' | 'dark';
  /** English is written from the left, Arabic from the right; in German words are longest. */
  readonly language: 'en' | 'ar' | 'de';
  /** Of the text, in percent. */
  readonly zoom: 100 | 200;
}

/** Sizes of the window in pixels: as it opens, and the least it has. */
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 960, height: 640 };

export const FIRST: View = { theme: 'light', language: 'en', zoom: 100 };

/**
 * Beside the first view. Each pair holds the dark, the right and 200 %, and all together every way that there is.
 * Eight pictures of each screen would show little more, in four times the room.
 */
const PAIRS: readonly (readonly [View, View])[] = [
  [
    { theme: 'light', language: 'ar', zoom: 100 },
    { theme: 'dark', language: 'en', zoom: 200 },
  ],
  [
    { theme: 'dark', language: 'ar', zoom: 100 },
    { theme: 'light', language: 'en', zoom: 200 },
  ],
  [
    { theme: 'dark', language: 'en', zoom: 100 },
    { theme: 'light', language: 'ar', zoom: 200 },
  ],
  [
    { theme: 'dark', language: 'en', zoom: 100 },
    { theme: 'dark', language: 'ar', zoom: 200 },
  ],
];

/** A number that stays with a name, so that a new scene changes nothing about another. */
function numberOf(name: string): number {
  let sum = 0;
  for (const char of name) sum += char.charCodeAt(0);
  return sum;
}

/** The views of a scene: the first one and a pair. */
export function viewsOf(name: string): readonly View[] {
  return [FIRST, ...(PAIRS[numberOf(name) % PAIRS.length] ?? [])];
}

/** In which languages a scene is opened. German, whose words are longest, is looked over only; every day in a sixth. */
export function languagesOf(name: string): readonly View['language'][] {
  const german = process.env['HOLDFAST_LOOK'] === '1' || numberOf(name) % 6 === 0;
  return german ? ['en', 'ar', 'de'] : ['en', 'ar'];
}

/**
 * Size in CSS pixels, one of which is one pixel of the picture. At 200 % the window holds half as many each way. The first
 * view is the window as it opens, the others at 100 % are the narrow one.
 */
export function sizeOf(view: Pick<View, 'theme' | 'zoom' | 'language'>): { width: number; height: number } {
  if (view.zoom === 200) return { width: WIDE.width / 2, height: WIDE.height / 2 };
  return nameOf(view) === nameOf(FIRST) ? WIDE : NARROW;
}

/** "dark ar 200". */
export function nameOf({ theme, language, zoom }: View): string {
  return `${theme} ${language} ${zoom}`;
}
