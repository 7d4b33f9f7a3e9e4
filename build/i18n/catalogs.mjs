/** Catalogs on their way into the program: .po files become modules, and the build learns which languages are whole. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../tools.mjs';

const OFFERED = path.join(root, 'locales', 'offered.json');

let opened = null;

/** The configuration and its catalogs, read once. */
export async function openCatalogs() {
  opened ??= (async () => {
    // Only when needed: loading it takes longer than finding that a build is up to date.
    const { getCatalogs } = await import('@lingui/cli/api');
    const { getConfig } = await import('@lingui/conf');
    const config = getConfig({ configPath: path.join(root, 'lingui.config.js') });
    return { config, catalogs: await getCatalogs(config) };
  })();
  return await opened;
}

/** Languages that are to be offered. That their catalogs lack nothing is checked by `npm run i18n:check`. */
export async function offeredLanguages() {
  return JSON.parse(await readFile(OFFERED, 'utf8'));
}

/** Every file that `completeLanguages` goes by, relative to the checkout. */
export async function catalogFiles() {
  const offered = (await offeredLanguages()).filter((one) => one !== 'en');
  const names = ['en', ...offered].flatMap((one) => ['main.po', 'window.po'].map((file) => path.join(one, file)));
  return ['offered.json', ...(offered.length === 0 ? [] : names)].map((file) => path.join('locales', file));
}

/** What a language lacks, as its English sentences. */
export async function missingIn(locale) {
  const { config, catalogs } = await openCatalogs();
  if (locale === config.sourceLocale) return [];
  const lists = await Promise.all(
    catalogs.map(async (catalog) => {
      const [source, own] = await Promise.all([catalog.read(config.sourceLocale), catalog.read(locale)]);
      return Object.entries(source ?? {})
        .filter(([id, { obsolete }]) => obsolete !== true && !own?.[id]?.translation)
        .map(([, { message }]) => message ?? '');
    }),
  );
  return lists.flat();
}

/** Those of the offered languages whose catalogs lack nothing: a page that is half translated is never shown. */
export async function completeLanguages() {
  const offered = await offeredLanguages();
  const lacks = await Promise.all(offered.map(missingIn));
  return offered.filter((_, i) => lacks[i].length === 0);
}

/**
 * A catalog as the source of a module that exports `messages`. What is not translated is left out.
 * @throws where a message is not well-formed
 */
export async function compileCatalog(file) {
  const { config, catalogs } = await openCatalogs();
  const { createCompiledCatalog, getCatalogForFile } = await import('@lingui/cli/api');
  const found = getCatalogForFile(path.relative(config.rootDir, file), catalogs);
  if (!found) throw new Error(`${file} is no catalog of lingui.config.js`);
  const own = (await found.catalog.read(found.locale)) ?? {};
  const messages = Object.fromEntries(
    Object.entries(own).flatMap(([id, { translation }]) => (translation ? [[id, translation]] : [])),
  );
  const { source, errors } = createCompiledCatalog(found.locale, messages, { namespace: 'es' });
  if (errors.length > 0) {
    throw new Error(errors.map(({ source: words, error }) => `${file}: ${words}: ${error.message}`).join('\n'));
  }
  return source;
}

/** For Vite. */
export function viteCatalogs() {
  return {
    name: 'catalogs',
    transform: {
      filter: { id: /\.po$/ },
      handler: async (_code, id) => ({ code: await compileCatalog(id), map: null, moduleType: 'js' }),
    },
  };
}

/** For esbuild. */
export const esbuildCatalogs = {
  name: 'catalogs',
  setup(build) {
    build.onLoad({ filter: /\.po$/ }, async ({ path: file }) => ({
      contents: await compileCatalog(file),
      loader: 'js',
    }));
  },
};
