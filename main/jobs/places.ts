/** Folders of this computer, for choosing what to back up: usual ones, and what lies in one. Paths are raw bytes. */
import type { Dirent } from 'node:fs';
import { lstat, opendir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import { displayName } from './entry-path.ts';

export interface PlaceNode {
  /** Absolute path, raw bytes. */
  at: Uint8Array;
  kind: 'folder' | 'file';
  hasChildren: boolean;
  suggested: boolean;
}

/** Folder names under the home folder that hold what people would miss, where the system does not tell its own. */
const USUAL = ['Documents', 'Pictures', 'Desktop', 'Music', 'Videos'] as const;

/** More entries than this in one folder are not listed one by one; the folder itself can still be chosen. */
const MAX_CHILDREN = 2_000;

/** Name for display of a place: its last part, or the whole path of a root. */
export function placeName(at: Uint8Array): string {
  const text = displayName(at);
  return path.basename(text) || text;
}

/**
 * What set-up proposes to back up: the usual folders that exist, as the system names them; the home folder if none does.
 * @param known paths of the usual folders as the system tells them (they may be localised or moved)
 */
export async function suggestSources(home: string, known: readonly string[] = []): Promise<PlaceNode[]> {
  const candidates = new Set(known.length > 0 ? known : USUAL.map((name) => path.join(home, name)));
  const found: PlaceNode[] = [];
  for (const candidate of candidates) {
    // Some systems answer with the home folder itself for a usual folder that is not there.
    if (path.resolve(candidate) === path.resolve(home)) continue;
    const node = await placeNode(Buffer.from(candidate), true);
    if (node !== null && node.kind === 'folder') found.push(node);
  }
  if (found.length > 0) return found;
  const whole = await placeNode(Buffer.from(home), true);
  return whole === null ? [] : [whole];
}

/** A file or folder as a node; null if it is neither or cannot be looked at. */
export async function placeNode(at: Uint8Array, suggested = false): Promise<PlaceNode | null> {
  try {
    const facts = await lstat(Buffer.from(at));
    if (facts.isDirectory()) return { at, kind: 'folder', hasChildren: await hasEntries(at), suggested };
    if (facts.isFile()) return { at, kind: 'file', hasChildren: false, suggested };
    return null;
  } catch {
    return null;
  }
}

/**
 * Files and folders directly in a folder, folders first, by name. Links and special files are left out: they are
 * backed up with their folder and cannot be chosen one by one.
 * @throws HoldfastError `source-unreadable`
 */
export async function listPlaces(folder: Uint8Array): Promise<PlaceNode[]> {
  let entries: Dirent<Buffer>[];
  try {
    entries = await readdir(Buffer.from(folder), { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    throw new HoldfastError(
      'source-unreadable',
      text`Holdfast could not look into ${placeName(folder)}.`,
      'Check that you may open it. It can be left out, and everything else is backed up.',
      { cause: error, detail: error instanceof Error ? error.message : String(error) },
    );
  }
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const chosen = entries
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .map((entry) => ({ entry, folder: entry.isDirectory(), name: displayName(entry.name) }))
    .sort((a, b) => Number(b.folder) - Number(a.folder) || order.compare(a.name, b.name))
    .slice(0, MAX_CHILDREN);
  return await Promise.all(
    chosen.map(async ({ entry, folder: isFolder }): Promise<PlaceNode> => {
      const at = joinRaw(folder, entry.name);
      return {
        at,
        kind: isFolder ? 'folder' : 'file',
        hasChildren: isFolder && (await hasEntries(at)),
        suggested: false,
      };
    }),
  );
}

/**
 * Text of a path that the engine can be given.
 * @throws HoldfastError `bad-input` if its bytes are not UTF-8
 */
export function pathText(at: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(at);
  } catch {
    throw new HoldfastError(
      'bad-input',
      text`The name ${placeName(at)} can’t be chosen by itself: it is not written in UTF-8.`,
      'Choose the folder it lies in instead; everything in it is backed up, this included.',
    );
  }
}

/** Whether the path is an existing folder, links followed. */
export async function isFolder(at: string): Promise<boolean> {
  try {
    return (await stat(at)).isDirectory();
  } catch {
    return false;
  }
}

function joinRaw(folder: Uint8Array, name: Uint8Array): Buffer {
  const separator = Buffer.from(path.sep);
  const parent = Buffer.from(folder);
  return parent.subarray(-1).equals(separator)
    ? Buffer.concat([parent, name])
    : Buffer.concat([parent, separator, name]);
}

async function hasEntries(folder: Uint8Array): Promise<boolean> {
  try {
    const handle = await opendir(Buffer.from(folder));
    try {
      return (await handle.read()) !== null;
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}
