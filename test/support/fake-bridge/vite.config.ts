import { fileURLToPath } from 'node:url';
import { defineConfig, mergeConfig } from 'vite';
import renderer from '../../../renderer/vite.config.ts';

/** The renderer's own build, over the stand-in bridge, with the same content policy: into dist/fake, never shipped. */
export default mergeConfig(
  renderer,
  defineConfig({
    root: fileURLToPath(new URL('.', import.meta.url)),
    build: { outDir: fileURLToPath(new URL('../../../dist/fake', import.meta.url)) },
  }),
);
