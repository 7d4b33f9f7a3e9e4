#!/usr/bin/env node
/**
 * `npm run bench`: bundles the TypeScript beside this file, so that plain Node 20 can run it, and starts it.
 * `npm run bench -- --help` lists the options.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const cache = path.join(root, 'node_modules/.cache/holdfast-bench');
mkdirSync(cache, { recursive: true });
const outfile = path.join(cache, 'main.mjs');

await build({
  entryPoints: [path.join(here, 'main.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
const { main } = await import(pathToFileURL(outfile).href);
process.exitCode = await main(process.argv.slice(2), root);
