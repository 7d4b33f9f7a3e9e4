#!/usr/bin/env node
/**
 * Makes a fresh clone ready: npm packages, system libraries, the Electron runtime. Does what is missing, says what it
 * does, and is done at once where nothing is missing.
 *
 *   node build/setup.mjs [--retry-official]
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Stop, isMain, main, root, say, since } from './tools.mjs';

/** True for a version at or above the least one, both like "20.19.0". */
function atLeast(version, least) {
  const [a, b] = [version, least].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] > b[i];
  return true;
}

function checkNode() {
  const { engines } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const least = engines.node.replace('>=', '');
  if (atLeast(process.versions.node, least)) return;
  throw new Stop(
    `Holdfast is built with Node ${least} or newer; this is ${process.versions.node}. Install a newer Node.`,
  );
}

/**
 * @param {{ retryOfficial?: boolean }} [options] see setUpElectron
 * @returns {Promise<import('./runtime.d.mts').Runtime>}
 * @throws {Stop} with the sentence that says what to do
 */
export async function setup(options = {}) {
  const started = performance.now();
  checkNode();
  const { setUpNativePackages, setUpSystem } = await import('./setup/system.mjs');
  await setUpSystem(); // first, because native packages are built against its libraries
  const { setUpPackages } = await import('./setup/packages.mjs');
  await setUpNativePackages(await setUpPackages());
  const { setUpElectron } = await import('./setup/electron.mjs');
  const runtime = await setUpElectron(options);
  say(
    `set-up is complete: Node ${process.versions.node}, Electron ${runtime.version} (${runtime.kind}), ${since(started)}`,
  );
  return runtime;
}

if (isMain(import.meta.url)) {
  await main(async () => {
    await setup({ retryOfficial: process.argv.includes('--retry-official') });
  });
}
