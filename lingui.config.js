/** Where the words of the app are found, and where the catalogs of its languages lie. */
import { defineConfig } from '@lingui/conf';
import { formatter } from '@lingui/format-po';
import { textExtractor } from './build/i18n/texts.mjs';
import { windowExtractor } from './build/i18n/window.mjs';

export default defineConfig({
  sourceLocale: 'en',
  locales: ['en', 'de', 'fr', 'es', 'ar'],
  catalogs: [
    { path: '<rootDir>/locales/{locale}/window', include: ['<rootDir>/renderer'] },
    { path: '<rootDir>/locales/{locale}/main', include: ['<rootDir>/main'], exclude: ['<rootDir>/main/cli/**'] },
  ],
  extractors: [textExtractor, windowExtractor],
  // Without lines: they would change with every edit above them.
  format: formatter({ lineNumbers: false }),
  orderBy: 'origin',
});
