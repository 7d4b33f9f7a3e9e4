#!/usr/bin/env node
/**
 * `npm run bench`: bundles the TypeScript beside this file, so that plain Node 20 can run it, and starts it.
 * `npm run bench -- --help` lists the options; with `--vault` the key vault is measured (vault/), with `--requests` what a
 * storage is asked (requests/), with `--destination` how fast packs go to a distant one (destination/), with `--scale` how
 * things grow (scale/), with `--app` the window and the program at rest (app/).
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const cache = path.join(root, 'node_modules/.cache/holdfast-bench');
mkdirSync(cache, { recursive: true });

/** Bundles one file beside this one; packages stay where npm put them. */
async function bundled(entry) {
  const outfile = path.join(cache, `${entry.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [path.join(here, `${entry}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  return outfile;
}

const args = process.argv.slice(2);
/** The other measurements: the file that has each, and what it runs in a process of its own. */
const OTHERS = {
  '--vault': ['vault/main', 'vault/service-process'],
  '--requests': ['requests/main'],
  '--destination': ['destination/main', 'destination/server-process'],
  '--scale': ['scale/main'],
  '--app': ['app/main'],
};
const wanted = Object.keys(OTHERS).find((option) => args.includes(option));
const [entry, ...scripts] = wanted === undefined ? ['main'] : OTHERS[wanted];
const { main } = await import(pathToFileURL(await bundled(entry)).href);
process.exitCode = await main(args, root, ...(await Promise.all(scripts.map(bundled))));
