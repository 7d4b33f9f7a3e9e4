import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { viteCatalogs } from '../build/i18n/catalogs.mjs';
import { linguiMacro } from '../build/i18n/window.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));

/** Builds the window's page into dist/renderer: relative addresses, nothing inlined, so that the strict CSP holds. */
export default defineConfig({
  root: here,
  base: './',
  plugins: [linguiMacro(), viteCatalogs(), react()],
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../dist/renderer', import.meta.url)),
    emptyOutDir: true,
    target: 'chrome130',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
