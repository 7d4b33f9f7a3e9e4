/** The window's page, by Vite and renderer/vite.config.ts. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../tools.mjs';

/** Every file the page can be made from: its own folder, the contract whose types it imports, and its words. */
async function sources() {
  const files = [];
  for (const folder of ['renderer', 'preload', 'locales', 'build/i18n']) {
    for (const entry of await readdir(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(path.relative(root, path.join(entry.parentPath, entry.name)));
    }
  }
  return files;
}

export const rendererJob = {
  name: 'renderer',
  outputs: ['renderer/index.html'],
  async run(production) {
    const { build } = await import('vite'); // only when needed: loading it takes longer than finding nothing to do
    await build({
      configFile: path.join(root, 'renderer', 'vite.config.ts'),
      mode: production ? 'production' : 'development',
      logLevel: 'warn',
      build: { sourcemap: !production, reportCompressedSize: false },
    });
    return { files: await sources(), outputs: ['renderer/index.html'] };
  },
  /** A file that is new can matter: it may be found by a glob. */
  sources,
};
