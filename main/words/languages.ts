/** The languages that the app can speak, and their catalogs. */
import type { Messages } from '@lingui/core';

/** As their codes go into settings, catalogs and the page's address. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

type Catalog = () => Promise<{ messages: Messages }>;

/** Each is loaded when it is first spoken; English stands in the source. */
export const CATALOGS: Record<Exclude<Language, 'en'>, Catalog> = {
  de: async () => await import('../../locales/de/main.po'),
  fr: async () => await import('../../locales/fr/main.po'),
  es: async () => await import('../../locales/es/main.po'),
  ar: async () => await import('../../locales/ar/main.po'),
};

/** For Intl. Arabic with the digits of the key and of file sizes, which are Western everywhere else in the app. */
export const NUMBERS_AND_DATES: Record<Language, string> = {
  en: 'en-GB',
  de: 'de',
  fr: 'fr',
  es: 'es',
  ar: 'ar-u-nu-latn',
};

/** Which way its lines run. */
export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

/** Languages whose catalogs lack nothing, as the build found them: nobody is shown a page that is half translated. */
export const COMPLETE: readonly Language[] = LANGUAGES.filter((one) =>
  (typeof HOLDFAST_LANGUAGES === 'undefined' ? ['en'] : HOLDFAST_LANGUAGES).includes(one),
);

/**
 * The language to speak.
 * @param chosen in the settings
 * @param wanted by the system, the most wanted first: "de-AT", "en-US"
 */
export function languageFor(chosen: Language | 'system', wanted: readonly string[]): Language {
  const asked = chosen === 'system' ? wanted.map((tag) => tag.split('-')[0]?.toLowerCase() ?? '') : [chosen];
  for (const tag of asked) {
    const found = COMPLETE.find((one) => one === tag);
    if (found !== undefined) return found;
  }
  return 'en';
}
