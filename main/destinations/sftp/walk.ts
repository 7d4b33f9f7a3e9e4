/** Lists the objects that lie in a folder of the server. */
import type { ObjectInfo } from '../destination.ts';
import { isLayoutFolder, nameOf, TEMPORARY } from '../layout.ts';
import { isAbsent } from './errors.ts';
import type { Entry, Files, Found } from './files.ts';
import type { Root } from './root.ts';

/** Folders that are read at a time: each takes four requests one after the other. */
const PARALLEL = 16;

export interface WalkOptions {
  /** Called with the path of each file or folder that is none of ours, relative to the root, `/`-separated. */
  onStray: ((path: string) => void) | undefined;
  signal: AbortSignal | undefined;
}

/**
 * Yields every object in the folder at `segments` and below. What disappears meanwhile is left out; the caller checks
 * the root before and afterwards. Links are no objects and are not entered.
 */
export async function* walk(
  files: Files,
  root: Root,
  segments: readonly string[],
  options: WalkOptions,
): AsyncGenerator<ObjectInfo> {
  const waiting: (readonly string[])[] = [segments];
  const reading: Promise<Contents>[] = [];
  for (;;) {
    while (reading.length < PARALLEL) {
      const next = waiting.shift();
      if (next === undefined) break;
      const contents = contentsOf(files, root, next, options.signal);
      contents.catch(() => undefined); // it is awaited later; another one may fail before
      reading.push(contents);
    }
    const first = reading.shift();
    if (first === undefined) return;
    options.signal?.throwIfAborted();
    const { objects, folders, strays } = await first;
    waiting.push(...folders);
    for (const stray of strays) options.onStray?.(stray);
    for (const object of objects) {
      yield object;
      options.signal?.throwIfAborted();
    }
  }
}

interface Contents {
  objects: ObjectInfo[];
  folders: string[][];
  strays: string[];
}

async function contentsOf(
  files: Files,
  root: Root,
  segments: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Contents> {
  const contents: Contents = { objects: [], folders: [], strays: [] };
  for (const entry of await entriesOf(files, root, segments, signal)) {
    const at = [...segments, entry.name];
    const name = entry.kind === 'file' ? nameOf(at) : null;
    if (name !== null) {
      const info = infoFrom(name, entry) ?? (await infoOf(files, root, name, at, signal));
      if (info !== null) contents.objects.push(info);
    } else if (entry.kind === 'folder' && isHidden(at)) continue;
    else if (entry.kind === 'folder' && isLayoutFolder(at)) contents.folders.push(at);
    else contents.strays.push(at.join('/'));
  }
  return contents;
}

/** Spools and probes, which no reader of a repository sees. */
function isHidden(segments: readonly string[]): boolean {
  return segments.length === 1 && (segments[0] === TEMPORARY || segments[0] === 'probe');
}

/** Size and time of an object's file; null if there is none or something else has its place. */
export async function infoOf(
  files: Files,
  root: Root,
  name: string,
  segments: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ObjectInfo | null> {
  try {
    const found = await files.at(root.at(segments), signal);
    if (found.kind !== 'file') return null;
    const info = infoFrom(name, found);
    if (info === null) throw new Error('the server does not tell the size of a file');
    return info;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

function infoFrom(name: string, { size, modifiedMs }: Found): ObjectInfo | null {
  return size === undefined ? null : { name, size, modifiedMs };
}

/** Whether a folder or the whole place is gone is asked once, when the walk is over. */
async function entriesOf(
  files: Files,
  root: Root,
  segments: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Entry[]> {
  try {
    return await files.entries(root.at(segments), signal);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
