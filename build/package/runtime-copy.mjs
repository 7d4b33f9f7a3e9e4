/** The Electron that a package is made from: the runtime that set-up found, without what only development needs of it. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';

/**
 * @param {import('../runtime.d.mts').Runtime} runtime
 * @param {string} output folder of everything that packaging makes
 * @returns {Promise<string>} a folder without an app of its own
 */
export async function runtimeForPackaging(runtime, output) {
  const own = path.join(runtime.folder, 'resources', 'app');
  const usual = path.join(runtime.folder, 'resources', 'default_app.asar');
  if (!existsSync(own) && !existsSync(usual)) return runtime.folder;
  const copy = path.join(output, 'electron');
  await rm(copy, { recursive: true, force: true });
  await mkdir(copy, { recursive: true });
  const left = new Set([own, usual]);
  await cp(runtime.folder, copy, { recursive: true, verbatimSymlinks: true, filter: (source) => !left.has(source) });
  return copy;
}
