/** Lists the objects that lie in a folder. */
import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectInfo } from '../destination.ts';
import { isAbsent } from './errors.ts';
import { isLayoutFolder, nameOf, TEMPORARY } from '../layout.ts';
import type { Root } from './root.ts';
import { openPatiently } from '../../open-files.ts';

/** Files looked at together; more would only queue in Node's thread pool. */
const BATCH = 32;

export interface WalkOptions {
  /** Called with the path of each file or folder that is none of ours, relative to the root, `/`-separated. */
  onStray: ((path: string) => void) | undefined;
  signal: AbortSignal | undefined;
  isEvicted?: IsEvicted | undefined;
}

/** Tells whether a file's bytes are in the cloud only. */
export type IsEvicted = (file: string, found: Stats) => boolean;

/**
 * Yields every object in the folder at `segments` and below. What disappears meanwhile is left out; the caller
 * checks the root before and afterwards.
 */
export async function* walk(root: Root, segments: readonly string[], options: WalkOptions): AsyncGenerator<ObjectInfo> {
  options.signal?.throwIfAborted();
  const folders: string[][] = [];
  const files: { name: string; at: string[] }[] = [];
  for (const entry of await entriesOf(root, segments)) {
    const at = [...segments, entry.name];
    const name = entry.isFile() ? nameOf(at) : null;
    if (name !== null) files.push({ name, at });
    else if (entry.isDirectory() && segments.length === 0 && (entry.name === TEMPORARY || entry.name === 'probe'))
      continue;
    else if (entry.isDirectory() && isLayoutFolder(at)) folders.push(at);
    else options.onStray?.(at.join('/'));
  }
  for (let first = 0; first < files.length; first += BATCH) {
    options.signal?.throwIfAborted();
    const batch = files.slice(first, first + BATCH);
    for (const found of await Promise.all(batch.map(({ name, at }) => infoOf(root, name, at, options.isEvicted)))) {
      if (found !== null) yield found;
    }
  }
  for (const folder of folders) yield* walk(root, folder, options);
}

/** Size and time of an object's file; null if there is none or something else has its place. */
export async function infoOf(
  root: Root,
  name: string,
  segments: readonly string[],
  isEvicted?: IsEvicted,
): Promise<ObjectInfo | null> {
  try {
    const file = path.join(root.path, ...segments);
    const found = await lstat(file);
    if (!found.isFile()) return null;
    const info = { name, size: found.size, modifiedMs: found.mtimeMs };
    return isEvicted?.(file, found) === true ? { ...info, evicted: true } : info;
  } catch (error) {
    if (!isAbsent(error)) throw error;
    await root.check();
    return null;
  }
}

/** Whether the folder or the whole disk is gone is asked once, when the walk is over. */
async function entriesOf(root: Root, segments: readonly string[]): Promise<Dirent[]> {
  try {
    return await openPatiently(() => readdir(path.join(root.path, ...segments), { withFileTypes: true }));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
