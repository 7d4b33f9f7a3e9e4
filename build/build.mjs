#!/usr/bin/env node
/**
 * Builds everything into dist/; what is up to date is left alone.
 *
 *   node build/build.mjs [--production]      production: minified, without source maps
 */
import { existsSync } from 'node:fs';
import { copyFile, readFile, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Stop, fileHash, isMain, main, readJson, root, say, sha256, since, stampFolder, writeJson } from './tools.mjs';

const dist = path.join(root, 'dist');

const chunkerJob = {
  name: 'chunker.wasm',
  outputs: ['chunker.wasm'],
  async run() {
    const { compileChunker } = await import('../main/engine/pipeline/chunker/compile.mjs');
    await compileChunker(path.join(dist, 'chunker.wasm'));
    const files = ['compile.mjs', 'gear.as.ts'].map((file) => path.join('main/engine/pipeline/chunker', file));
    return { files, outputs: ['chunker.wasm'] };
  },
};

/** Draws PDFs in previews; lies beside the program, which reads it for the first one. */
const pdfiumJob = {
  name: 'pdfium.wasm',
  outputs: ['pdfium.wasm'],
  async run() {
    await copyFile(path.join(root, 'node_modules/@embedpdf/pdfium/dist/pdfium.wasm'), path.join(dist, 'pdfium.wasm'));
    return { files: [], outputs: ['pdfium.wasm'] };
  },
};

/** Hash of what every output depends on: the packages and these scripts. */
async function commonHash() {
  const scripts = (await readdir(path.join(root, 'build', 'bundle'))).map((file) => path.join('build/bundle', file));
  const files = ['package-lock.json', 'tsconfig.json', 'build/build.mjs', ...scripts.sort()];
  const contents = await Promise.all(files.map((file) => readFile(path.join(root, file))));
  return sha256(Buffer.concat(contents));
}

/** When a file was last written, in ms; now where it has gone. */
async function modifiedMs(file) {
  return stat(file).then(
    (facts) => facts.mtimeMs,
    () => Date.now(),
  );
}

/** Hash of files by name and content; a file that is gone counts as well. */
async function hashOf(common, files) {
  const hashes = await Promise.all(
    [...files].sort().map(async (file) => `${file} ${await fileHash(path.join(root, file))}`),
  );
  return sha256([common, ...hashes].join('\n'));
}

/**
 * Runs one job unless its outputs are there and none of its inputs changed.
 * @param {() => void} announce called before it runs
 * @returns {Promise<boolean>} true where it was built
 */
async function bring(job, common, production, announce) {
  const stamp = path.join(stampFolder, 'build', `${job.name}.json`);
  const last = readJson(stamp);
  if (last !== null && [...job.outputs, ...(last.outputs ?? [])].every((file) => existsSync(path.join(dist, file)))) {
    const files = job.sources ? await job.sources() : last.files;
    if (last.hash === (await hashOf(common, files))) return false;
  }
  announce();
  const started = Date.now();
  const { files, outputs } = await job.run(production).catch((error) => {
    throw new Stop(`${job.name} could not be built. ${error.message}`);
  });
  // What was saved while the build ran may not be in it: without a stamp the next build looks again.
  const newest = Math.max(...(await Promise.all(files.map((file) => modifiedMs(path.join(root, file))))));
  if (newest < started) await writeJson(stamp, { hash: await hashOf(common, files), files, outputs });
  else await rm(stamp, { force: true });
  return true;
}

/**
 * @param {{ production?: boolean }} [options]
 * @throws {Stop} with the compiler's messages where a source does not compile
 */
export async function buildAll({ production = false } = {}) {
  const started = performance.now();
  const { codeJobs, FIXED } = await import('./bundle/code.mjs');
  const { iconsJob } = await import('./bundle/icons.mjs');
  const { rendererJob } = await import('./bundle/renderer.mjs');
  const { licencesJob } = await import('./licences.mjs');
  const jobs = [chunkerJob, pdfiumJob, ...codeJobs, rendererJob, iconsJob, licencesJob];
  const fixed = production ? FIXED.map((name) => process.env[name] ?? '') : [];
  const common = `${await commonHash()} ${production} ${fixed.join(' ')}`;
  const built = [];
  let announced = false;
  const announce = () => {
    if (!announced) say('building; the first time this takes up to a minute');
    announced = true;
  };
  for (const job of jobs) if (await bring(job, common, production, announce)) built.push(job.name);
  say(built.length === 0 ? `build is up to date (${since(started)})` : `built ${built.join(', ')} (${since(started)})`);
}

if (isMain(import.meta.url)) {
  await main(() => buildAll({ production: process.argv.includes('--production') }));
}
