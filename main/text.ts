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

export type Value = string | number | Text | Counted;

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

/** A plain sentence as a value: where it stands in another one it is said in the same language. */
export function sentence(said: string | Text): Text {
  return typeof said === 'string' ? { english: said, message: escaped(said), values: [] } : said;
}

/** Several sentences, one after the other. */
export function together(said: readonly (string | Text)[]): Text {
  const [first = '', ...others] = said;
  return others.reduce<Text>((before, next) => text`${before} ${sentence(next)}`, sentence(first));
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

const numbers = new Intl.NumberFormat('en');

function inEnglish(value: Value): string {
  if (typeof value !== 'object') return String(value);
  if (isText(value)) return value.english;
  return (value.count === 1 ? value.one : value.other).replaceAll('#', numbers.format(value.count));
}

function place(value: Value, at: number): string {
  return isCounted(value) ? `{${at}, plural, one {${value.one}} other {${value.other}}}` : `{${at}}`;
}
