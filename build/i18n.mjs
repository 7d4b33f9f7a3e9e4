#!/usr/bin/env node
/**
 * Brings the catalogs in locales/ up to the words of the source; or only looks whether they are.
 *
 *   node build/i18n.mjs                  extracts: new sentences appear in every language, those that are gone leave
 *   node build/i18n.mjs --check          fails where that would change something, or where an offered language lacks a
 *                                        sentence, holds one that is not well-formed, or with other places than English
 *   node build/i18n.mjs --check de       the same for one language, offered or not: what a translator runs
 */
import path from 'node:path';
import { offeredLanguages, openCatalogs } from './i18n/catalogs.mjs';
import { problemsOf } from './i18n/problems.mjs';
import { Stop, isMain, main, root, say } from './tools.mjs';

/** Shown of a long list. */
const SHOWN = 30;

const options = (locale) => ({
  locale,
  orderBy: 'origin',
  verbose: false,
  overwrite: false,
  clean: true,
  files: undefined,
  prevFormat: null,
  configPath: null,
});

async function extract() {
  const { config, catalogs } = await openCatalogs();
  for (const catalog of catalogs) {
    const words = await collect(catalog);
    // Each file is read right before it is written: somebody may be translating.
    for (const locale of config.locales) {
      const one = Object.create(catalog, {
        collect: { value: async () => words },
        readAll: { value: async () => ({ [locale]: await catalog.read(locale) }) },
      });
      await one.make(options([locale]));
    }
    say(`${path.relative(root, catalog.path)}: ${Object.keys(words).length} sentences`);
  }
}

async function collect(catalog) {
  const words = await catalog.collect(options(undefined));
  if (words === undefined) throw new Stop(`${catalog.path}: its words could not be extracted. The reason is above.`);
  return words;
}

/** Sentences of the source that the English catalog does not list, and the other way round. */
async function outOfStep(catalog) {
  const collected = await collect(catalog);
  const listed = (await catalog.read('en')) ?? {};
  const added = Object.entries(collected).filter(([id]) => listed[id] === undefined);
  const gone = Object.entries(listed).filter(([id]) => collected[id] === undefined);
  return [...added.map(([, one]) => `new: ${one.message}`), ...gone.map(([, one]) => `gone: ${one.message}`)];
}

function stopWith(what, lines, todo) {
  const more = lines.length > SHOWN ? [`and ${lines.length - SHOWN} more`] : [];
  throw new Stop([what, ...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...more, todo].join('\n'));
}

async function check(asked) {
  const { config, catalogs } = await openCatalogs();
  const differences = (await Promise.all(catalogs.map(outOfStep))).flat();
  if (differences.length > 0) {
    stopWith('The catalogs do not list what the source says.', differences, 'Run npm run i18n:extract.');
  }
  const locales = asked === undefined ? await offeredLanguages() : [asked];
  for (const locale of locales) {
    if (!config.locales.includes(locale)) throw new Stop(`${locale} is no language of lingui.config.js`);
    if (locale === config.sourceLocale) continue;
    const lists = await Promise.all(
      catalogs.map(async (catalog) => {
        const [source, own] = await Promise.all([catalog.read('en'), catalog.read(locale)]);
        return problemsOf(source ?? {}, own ?? {}, locale);
      }),
    );
    const problems = lists.flat();
    if (problems.length > 0) stopWith(`${locale}: ${problems.length} sentences are not right.`, problems, '');
  }
  say(`catalogs are in step with the source; whole: ${locales.join(', ')}`);
}

if (isMain(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    await (args[0] === '--check' ? check(args[1]) : extract());
  });
}
