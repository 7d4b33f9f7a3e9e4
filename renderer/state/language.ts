/**
 * The language of the page. It stands in the page's address, and the catalog is read before any other script runs: so
 * every module may say its words right away. Another language is another page; main loads it.
 */
import { i18n, type Messages } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';

type Catalog = () => Promise<{ messages: Messages }>;

/** English stands in the source. */
const CATALOGS: Readonly<Record<string, Catalog>> = {
  de: async () => await import('../../locales/de/window.po'),
  fr: async () => await import('../../locales/fr/window.po'),
  es: async () => await import('../../locales/es/window.po'),
  ar: async () => await import('../../locales/ar/window.po'),
};

/** For Intl; Arabic with the digits of the key, which are Western wherever the app is. */
const LOCALES: Readonly<Record<string, string>> = { en: 'en-GB', ar: 'ar-u-nu-latn' };

/** Of the languages above, those that are written from the right. */
const FROM_RIGHT = ['ar'];

/** How numbers and dates are written; English until a language was taken. */
export function locale(): string {
  return LOCALES[i18n.locale] ?? (i18n.locale === '' ? 'en-GB' : i18n.locale);
}

export function fromRight(language: string): boolean {
  return FROM_RIGHT.includes(language);
}

/** Takes the language of a code, English for one that is not known. */
export async function speak(code: string | null): Promise<void> {
  const catalog = code === null ? undefined : CATALOGS[code];
  const language = catalog === undefined ? 'en' : (code ?? 'en');
  const messages = catalog === undefined ? {} : (await catalog()).messages;
  i18n.setMessagesCompiler(compileMessage);
  i18n.loadAndActivate({ locale: language, locales: LOCALES[language] ?? language, messages });
}
