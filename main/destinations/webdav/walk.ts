/** Lists the objects that lie in a folder of the server. */
import type { ObjectInfo } from '../destination.ts';
import { isLayoutFolder, nameOf, TEMPORARY } from '../layout.ts';
import type { DavClient } from './client.ts';
import { folderMissing, strange } from './errors.ts';
import type { Entry } from './multistatus.ts';

/** Folders asked for at a time. */
const SIDE_BY_SIDE = 4;

export interface WalkOptions {
  /** Called with the path of each file or folder that is none of ours, relative to the root, `/`-separated. */
  onStray: ((path: string) => void) | undefined;
  signal: AbortSignal | undefined;
}

/**
 * Yields every object in the folder at `segments` and below, one level a request. A folder that is not there holds
 * nothing; the caller checks the root before and afterwards.
 */
export async function* walk(
  client: DavClient,
  segments: readonly string[],
  options: WalkOptions,
): AsyncGenerator<ObjectInfo> {
  let folders: (readonly string[])[] = [segments];
  while (folders.length > 0) {
    const batch = folders.slice(0, SIDE_BY_SIDE);
    const inner: string[][] = [];
    const listed = await Promise.all(
      batch.map(async (at) => ({ at, entries: await childrenOf(client, at, options.signal) })),
    );
    for (const { at, entries } of listed) {
      for (const entry of entries ?? []) {
        options.signal?.throwIfAborted();
        const place = [...at, entry.name];
        const name = entry.folder ? null : nameOf(place);
        if (name !== null) yield infoOf(client, name, entry);
        else if (entry.folder && at.length === 0 && (entry.name === TEMPORARY || entry.name === 'probe')) continue;
        else if (entry.folder && isLayoutFolder(place)) inner.push(place);
        else options.onStray?.(place.join('/'));
      }
    }
    folders = [...inner, ...folders.slice(SIDE_BY_SIDE)];
  }
}

/** A folder counts as gone only when it is gone twice: one wrong answer must not look like a shorter list. */
async function childrenOf(
  client: DavClient,
  at: readonly string[],
  signal: AbortSignal | undefined,
): ReturnType<DavClient['children']> {
  const url = client.urlOf(at, true);
  const entries = (await client.children(url, signal)) ?? (await client.children(url, signal));
  if (entries === null && at.length === 0) throw folderMissing(client.base.href);
  return entries;
}

/** @throws HoldfastError where the server does not tell the size */
export function infoOf(client: DavClient, name: string, entry: Entry): ObjectInfo {
  if (entry.size === null) throw strange(client.host, `no size for ${name}`);
  return {
    name,
    size: entry.size,
    modifiedMs: entry.modifiedMs,
    ...(entry.checksum === undefined ? {} : { checksum: entry.checksum }),
  };
}
