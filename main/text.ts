/**
 * Sentences that can be said in every language of the app. Whoever writes one writes it in English, as a template; what
 * stands in it is kept beside it, so that the app can say the whole of it in another language at its edge, where it is
 * shown. A text is plain data: it crosses threads, and files keep it. Sentences without values are plain strings.
 */

/** A number with the forms of what is counted: `one` and `other` as English has them, `#` for the number. */
export interface Counted {
  readonly count: number;
  readonly one: string;
  readonly other: string;
}

/** What is written otherwise in each language: a size in bytes, or a moment in ms since 1970, in local time. */
export type Measured = { readonly bytes: number } | { readonly momentMs: number };

/** Several things in a row: "a, b and c". */
export interface List {
  readonly list: readonly Value[];
  readonly word: 'and' | 'or';
}

export type Value = string | number | Text | Counted | Measured | List;

export interface Text {
  /** As the command line and the logs say it. */
  readonly english: string;
  /** The same with numbered places for the values, in ICU's MessageFormat: what catalogs list it by. */
  readonly message: string;
  /** By their numbers. */
  readonly values: readonly Value[];
}

/**
 * A sentence with values: text`${name} isn’t there.`, or with a count text`${plural(n, { one: '# file', other: '# files' })} are gone.`
 * The words are found in the source by build/i18n/texts.mjs, so the forms of a count have to be written out in place.
 */
export function text(words: TemplateStringsArray, ...values: readonly Value[]): Text {
  let english = words[0] ?? '';
  let message = escaped(english);
  values.forEach((value, i) => {
    const after = words[i + 1] ?? '';
    english += inEnglish(value) + after;
    message += place(value, i) + escaped(after);
  });
  return { english, message, values };
}

/** A count for `text`. English forms are enough here: the catalogs have those of other languages. */
export function plural(count: number, forms: { one: string; other: string }): Counted {
  return { count, one: forms.one, other: forms.other };
}

/** A size for `text`: "41.2 GB". */
export function byteSize(size: number): Measured {
  return { bytes: size };
}

/** A day and time for `text`: "28 November, 14:05". */
export function moment(momentMs: number): Measured {
  return { momentMs };
}

/** A list for `text`: "a", "a and b", "a, b and c". */
export function list(values: readonly Value[], word: List['word'] = 'and'): List {
  return { list: values, word };
}

/** Words that are said somewhere else as they stand: this only lets the catalogs list them. */
export function phrase(words: string): string {
  return words;
}

/** A plain sentence as a value: where it stands in another one it is said in the same language. */
export function sentence(said: string | Text): Text {
  return typeof said === 'string' ? { english: said, message: escaped(said), values: [] } : said;
}

/** Several sentences, one after the other. */
export function together(said: readonly (string | Text)[]): Text {
  const [first = '', ...others] = said;
  return others.reduce<Text>((before, next) => text`${before} ${sentence(next)}`, sentence(first));
}

/** A message of a run: in English, with what it is said from in other languages. */
export function told(said: string | Text): { text: string; said?: Text } {
  return typeof said === 'string' ? { text: said } : { text: said.english, said };
}

/** What the command line and the logs say. */
export function english(said: string | Text): string {
  return typeof said === 'string' ? said : said.english;
}

/** Characters that mean something in MessageFormat, as themselves. */
export function escaped(words: string): string {
  return words.replace(/[{}]+/g, "'$&'");
}

export function isText(value: Value): value is Text {
  return typeof value === 'object' && 'english' in value;
}

export function isCounted(value: Value): value is Counted {
  return typeof value === 'object' && 'count' in value;
}

export function isList(value: Value): value is List {
  return typeof value === 'object' && 'list' in value;
}

/** @param locale for Intl */
export function enumerated(words: readonly string[], word: List['word'], locale: string): string {
  return new Intl.ListFormat(locale, { type: word === 'and' ? 'conjunction' : 'disjunction' }).format(words);
}

export function isMeasured(value: Value): value is Measured {
  return typeof value === 'object' && ('bytes' in value || 'momentMs' in value);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** @param locale for Intl. Sizes are decimal, as the window shows them. */
export function measured(value: Measured, locale: string): string {
  if ('momentMs' in value) {
    const at = new Date(value.momentMs);
    const day = at.toLocaleDateString(locale, { day: 'numeric', month: 'long' });
    return `${day}, ${at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })}`;
  }
  let [size, unit] = [Math.max(0, value.bytes), 0];
  while (size >= 999.5 && unit < UNITS.length - 1) [size, unit] = [size / 1000, unit + 1];
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: unit > 0 && size < 99.95 ? 1 : 0,
  }).format(size);
}

/** How the command line and the logs write numbers and dates. */
const ENGLISH = 'en-GB';
const numbers = new Intl.NumberFormat(ENGLISH);

function inEnglish(value: Value): string {
  if (typeof value !== 'object') return String(value);
  if (isText(value)) return value.english;
  if (isMeasured(value)) return measured(value, ENGLISH);
  if (isList(value)) return enumerated(value.list.map(inEnglish), value.word, ENGLISH);
  return (value.count === 1 ? value.one : value.other).replaceAll('#', numbers.format(value.count));
}

function place(value: Value, at: number): string {
  return isCounted(value) ? `{${at}, plural, one {${value.one}} other {${value.other}}}` : `{${at}}`;
}
