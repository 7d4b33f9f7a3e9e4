/** How large a package is, part by part, and the budget that it must keep. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { readJson, root } from '../tools.mjs';

const BUDGET = path.join(root, 'build', 'package', 'budget.json');

/** Bytes of all files below a folder, those of links not counted. */
export async function folderBytes(folder) {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await folderBytes(file);
    else if (entry.isFile()) bytes += (await lstat(file)).size;
  }
  return bytes;
}

/** Parts of the archive, largest first: name and bytes. */
export function archiveParts(entries) {
  const part = (name) =>
    [
      [/^dist\/renderer\//, 'the window'],
      [/^dist\/icons\//, 'pictures'],
      [/^dist\//, 'program, threads, command line'],
      [/^node_modules\//, 'native packages'],
    ].find(([pattern]) => pattern.test(name))?.[1] ?? 'rest';
  const sums = new Map();
  for (const { name, size = 0 } of entries) sums.set(part(name), (sums.get(part(name)) ?? 0) + size);
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** "12.3 MB", in decimal megabytes, as file managers show them. */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/**
 * What is over its budget; empty where nothing is.
 * @param {string} platform
 * @param {Record<string, number>} sizes bytes by part: `app.asar`, `installed`, `deb`...
 */
export function budgetProblems(platform, sizes, budget = readJson(BUDGET)) {
  const limits = budget?.[platform] ?? {};
  return Object.entries(sizes)
    .filter(([name, bytes]) => limits[name] !== undefined && bytes > limits[name] * 1e6)
    .map(
      ([name, bytes]) =>
        `${name} has ${megabytes(bytes)}, and its budget is ${limits[name]} MB (build/package/budget.json)`,
    );
}
