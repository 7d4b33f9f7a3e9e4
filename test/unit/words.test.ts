import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../main/errors.ts';
import {
  byteSize,
  english,
  list,
  measured,
  moment,
  phrase,
  plural,
  sentence,
  text,
  together,
} from '../../main/text.ts';
import { languageFor } from '../../main/words/languages.ts';
import { listed, locale, say, sayInfo, speak, spoken } from '../../main/words/say.ts';
import { StoredError, StoredText } from '../../main/jobs/error-schema.ts';
import { damaged } from '../../main/engine/format/damage.ts';
import { problemsOf } from '../../build/i18n/problems.mjs';
import { textExtractor } from '../../build/i18n/texts.mjs';

describe('texts', () => {
  it('read in English as they are written', () => {
    expect(text`${'Disk'} isn’t there.`.english).toBe('Disk isn’t there.');
    const gone = (n: number): string => english(text`${plural(n, { one: '# file is', other: '# files are' })} gone.`);
    expect([gone(1), gone(0), gone(41_200)]).toEqual([
      '1 file is gone.',
      '0 files are gone.',
      '41,200 files are gone.',
    ]);
    expect(english('As it is.')).toBe('As it is.');
  });

  it('are listed by their words, with numbered places', () => {
    const { message } = text`${'a'} of {${plural(2, { one: '# disk', other: '# disks' })}}`;
    expect(message).toBe("{0} of '{'{1, plural, one {# disk} other {# disks}}'}'");
    expect(together(['One.', text`${'b'} two.`]).english).toBe('One. b two.');
  });

  it('cross threads and files inside an error, and the error stays English', () => {
    const error = new HoldfastError(
      'busy',
      text`${'A backup'} is running.`,
      text`Wait. ${sentence('Nothing was lost.')}`,
    );
    expect([error.message, error.guidance]).toEqual(['A backup is running.', 'Wait. Nothing was lost.']);
    const kept = StoredError.parse(JSON.parse(JSON.stringify(structuredClone(error.toInfo()))));
    expect(HoldfastError.fromInfo(kept).said).toEqual(error.said);
    expect(new HoldfastError('busy', 'Plain.', 'Wait.').toInfo()).not.toHaveProperty('said');
  });
});

describe('sizes and moments', () => {
  afterEach(async () => await speak('en'));

  it('are written as each language writes them, where they are said', async () => {
    const freed = text`${byteSize(41_230_000_000)} since ${moment(new Date(2026, 10, 28, 14, 5).getTime())}`;
    expect(freed.english).toBe('41.2 GB since 28 November, 14:05');
    expect([0, 1, 999, 1000, 99_960, 999_499, 999_500].map((size) => text`${byteSize(size)}`.english)).toEqual([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1 kB',
      '100 kB',
      '999 kB',
      '1 MB',
    ]);
    await speak('de');
    const kept = StoredText.parse(JSON.parse(JSON.stringify(freed)));
    expect(kept).toEqual(freed);
    expect(measured(byteSize(41_230_000_000), locale())).toBe('41,2\u00a0GB');
    expect(measured(moment(new Date(2026, 10, 28, 14, 5).getTime()), locale())).toBe('28. November, 14:05');
  });
});

describe('a phrase', () => {
  it('is itself, and is found for the catalogs however short it is', () => {
    const found: (string | undefined)[] = [];
    textExtractor.extract('main/x.ts', `phrase('font'); phrase('A {b}');`, ({ message }) => found.push(message));
    expect(found).toEqual(['font', "A '{'b'}'"]);
    expect(phrase('font')).toBe('font');
  });
});

describe('the name of what is damaged', () => {
  it('is found for the catalogs, and its detail is not', () => {
    const found: (string | undefined)[] = [];
    const code = `const WHAT = 'The keyring'; damaged('The index', 'cut short here'); damaged('repo.json'); damaged(WHAT);`;
    textExtractor.extract('main/x.ts', code, ({ message }) => found.push(message));
    expect(found).toEqual(['The keyring', 'The index']);
  });

  it('is said in the language of the sentence', () => {
    const said = damaged('The index').said?.message;
    expect(said).toMatchObject({ english: 'The index is damaged.', values: [sentence('The index')] });
  });
});

describe('the language', () => {
  afterEach(async () => await speak('en'));

  it('says what its catalog has, and the rest in English', async () => {
    await speak('de');
    expect(spoken()).toBe('de');
    expect(say('No sentence of Holdfast.')).toBe('No sentence of Holdfast.');
    expect(listed(['Disk', 'NAS'])).toBe('Disk und NAS');
    const locked = say('Your backup is locked.');
    expect(locked).not.toBe('Your backup is locked.');
    expect(say(together(['Your backup is locked.', text`${sentence('Your backup is locked.')} (${'EIO {1}'})`]))).toBe(
      `${locked} ${locked} (EIO {1})`,
    );
    const all = text`${list(['x', sentence('Your backup is locked.')], 'or')}!`;
    expect([all.english, say(StoredText.parse(structuredClone(all)))]).toEqual([
      'x or Your backup is locked.!',
      `x oder ${locked}!`,
    ]);
    const info = { message: 'Your backup is locked.', guidance: 'x', code: 'locked' };
    expect(sayInfo(info)).toEqual({ ...info, message: say('Your backup is locked.') });
    await speak('en');
    expect(listed(['Disk', 'NAS'], 'or')).toBe('Disk or NAS');
  });

  it('is the chosen one, or the first of the system’s that is whole', () => {
    expect(languageFor('system', ['pt-BR', 'en-US'])).toBe('en');
    expect(languageFor('system', [])).toBe('en');
    expect(languageFor('en', ['de-AT'])).toBe('en');
  });
});

describe('a translation', () => {
  const source = { a: { message: '<0>{name}</0> lacks {n, plural, one {# file} other {# files}}.' } };
  const wrong = (translation: string, locale = 'de'): string[] => problemsOf(source, { a: { translation } }, locale);

  it('has every place, every tag and every form that its language needs', () => {
    expect(wrong('<0>{name}</0> fehlen {n, plural, one {# Datei} other {# Dateien}}.')).toEqual([]);
    expect(wrong('')[0]).toMatch(/^not translated/);
    expect(wrong('{name} fehlen {n, plural, one {#} other {#}}.')[0]).toMatch(/^other tags/);
    expect(wrong('<0>x</0> fehlen {n, plural, one {#} other {#}}.')[0]).toMatch(/^other places/);
    expect(wrong('<0>{name}</0> {n, plural, other {#}}.')[0]).toMatch(/lacks the forms one/);
    expect(wrong('<0>{name}</0> {n, plural, one {#} other {#}}.', 'ar')[0]).toMatch(/few, many, two, zero/);
    expect(wrong('<0>{name}</0> {n, plural, one {#}')[0]).toMatch(/^not well-formed/);
  });
});

it.each(['de', 'fr', 'es', 'ar'])('the kit is called in the window what its file is called: %s', (language) => {
  const called = ['main', 'window'].map((catalog) => {
    const file = fileURLToPath(new URL(`../../locales/${language}/${catalog}.po`, import.meta.url));
    return /^msgid "Holdfast key kit"\nmsgstr "(.+)"$/m.exec(readFileSync(file, 'utf8'))?.[1];
  });
  expect(called[0]).toBeDefined();
  expect(called[1]).toBe(called[0]);
});
