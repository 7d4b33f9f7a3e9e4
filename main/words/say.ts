/**
 * The app's language in the main process: says texts where they are shown. Everything below this edge (jobs that note
 * errors, the engine's threads, files of the app) keeps sentences in English with their values, see main/text.ts.
 */
import { setupI18n } from '@lingui/core';
import { generateMessageId } from '@lingui/message-utils/generateMessageId';
import type { ErrorInfo } from '../errors.ts';
import {
  english,
  enumerated,
  escaped,
  isCounted,
  isList,
  isMeasured,
  isText,
  measured,
  type Text,
  type Value,
} from '../text.ts';
import { CATALOGS, type Language, NUMBERS_AND_DATES } from './languages.ts';

let language: Language = 'en';
const i18n = setupI18n({ locale: 'en', messages: { en: {} } });

const PLACES = /\{(\d+)\}/g;

/** Takes another language; until its catalog is loaded the one before is spoken. */
export async function speak(next: Language): Promise<void> {
  const messages = next === 'en' ? {} : (await CATALOGS[next]()).messages;
  language = next;
  i18n.loadAndActivate({ locale: next, locales: NUMBERS_AND_DATES[next], messages });
}

export function spoken(): Language {
  return language;
}

/** For Intl: how the app's language writes numbers and dates. */
export function locale(): string {
  return NUMBERS_AND_DATES[language];
}

/** A sentence in the app's language. One that its catalog does not know, of another version perhaps, stays English. */
export function say(said: string | Text): string {
  if (language === 'en') return english(said);
  const message = typeof said === 'string' ? escaped(said) : said.message;
  const id = generateMessageId(message);
  const values = typeof said === 'string' ? [] : said.values.map(shown);
  if (i18n.messages[id] !== undefined) return i18n._(id, { ...values });
  // "{0} ({1})": nothing to translate but what stands in it.
  if (!/\p{L}|'/u.test(message.replace(PLACES, ''))) return message.replace(PLACES, (_, at) => `${values[Number(at)]}`);
  return english(said);
}

function shown(value: Value): string | number {
  if (typeof value !== 'object') return value;
  if (isMeasured(value)) return measured(value, locale());
  if (isList(value))
    return enumerated(
      value.list.map((one) => `${shown(one)}`),
      value.word,
      locale(),
    );
  return isText(value) ? say(value) : isCounted(value) ? value.count : '';
}

/** An error's two sentences in the app's language; its text form is used up. */
export function sayInfo<E extends Pick<ErrorInfo, 'message' | 'guidance' | 'said'>>(info: E): Omit<E, 'said'> {
  const { said, ...rest } = info;
  return { ...rest, message: say(said?.message ?? info.message), guidance: say(said?.guidance ?? info.guidance) };
}

/** An item that a run could not take, in the app's language. What the system said, in brackets at the end, stays. */
export function sayItem<Item extends Pick<ErrorInfo, 'message' | 'guidance' | 'said'>>(item: Item): Omit<Item, 'said'> {
  const shown = sayInfo(item);
  if (item.said?.message !== undefined) return shown;
  const [, words = item.message, detail = ''] = /^(.*[.])( \([^()]*\))$/s.exec(item.message) ?? [];
  return { ...shown, message: `${say(words)}${detail}` };
}

/** What happened and what to do, one after the other. */
export function sentences(info: Pick<ErrorInfo, 'message' | 'guidance' | 'said'>): string {
  const { message, guidance } = sayInfo(info);
  return guidance === '' ? message : `${message} ${guidance}`;
}

/** "Disk", "Disk and NAS", "Disk, NAS and Drive". */
export function listed(names: readonly string[], word: 'and' | 'or' = 'and'): string {
  return enumerated(names, word, locale());
}
