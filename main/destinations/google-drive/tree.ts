/**
 * What lies in the backup's folder in Drive, as one looks for it: by name and by prefix. Drive has no paths, and lets
 * several items of one name lie side by side; so a path can lead to several folders, and a name to several files.
 *
 * Layout: real folders `k`, `c/<client>/{p,m,i,s,x}` and `probe/<id>` inside the chosen one; a file is called as the last
 * segment of its object's name. Nothing is sharded: Drive's lists are not by folder, and 500,000 items fit in one.
 */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import { isHashedName, isObjectName } from '../names.ts';

export const FOLDER_TYPE = 'application/vnd.google-apps.folder';
/** Fields of a file that `itemOf` takes. */
export const ITEM_FIELDS = 'id,name,mimeType,parents,size,sha256Checksum,md5Checksum,modifiedTime,trashed';

export interface DriveItem {
  id: string;
  name: string;
  parent: string;
  folder: boolean;
  /** Bytes; null for folders and for documents of Google's own kinds. */
  size: number | null;
  /** Checksums as Drive tells them, lower-case hexadecimal; null where it does not. */
  sha256: string | null;
  md5: string | null;
  modifiedMs: number;
}

/** Null for what has no place: in the trash, or shared with the account without a folder. */
export function itemOf(file: drive_v3.Schema$File): DriveItem | null {
  const parent = file.parents?.[0];
  if (file.trashed === true || parent === undefined) return null;
  if (typeof file.id !== 'string' || typeof file.name !== 'string') return null;
  return {
    id: file.id,
    name: file.name,
    parent,
    folder: file.mimeType === FOLDER_TYPE,
    size: typeof file.size === 'string' && /^\d{1,15}$/.test(file.size) ? Number(file.size) : null,
    sha256: file.sha256Checksum?.toLowerCase() ?? null,
    md5: file.md5Checksum?.toLowerCase() ?? null,
    modifiedMs: Date.parse(file.modifiedTime ?? '') || 0,
  };
}

export interface Found {
  name: string;
  item: DriveItem;
}

export class DriveTree {
  readonly root: string;
  readonly #items = new Map<string, DriveItem>();
  /** Ids by parent, then by name. */
  readonly #children = new Map<string, Map<string, Set<string>>>();

  /** @param root id of the backup's folder */
  constructor(root: string) {
    this.root = root;
  }

  get(id: string): DriveItem | undefined {
    return this.#items.get(id);
  }

  all(): IterableIterator<DriveItem> {
    return this.#items.values();
  }

  set(item: DriveItem): void {
    this.delete(item.id);
    this.#items.set(item.id, item);
    let names = this.#children.get(item.parent);
    if (names === undefined) this.#children.set(item.parent, (names = new Map()));
    const ids = names.get(item.name);
    if (ids === undefined) names.set(item.name, new Set([item.id]));
    else ids.add(item.id);
  }

  delete(id: string): void {
    const item = this.#items.get(id);
    if (item === undefined) return;
    this.#items.delete(id);
    const names = this.#children.get(item.parent);
    const ids = names?.get(item.name);
    ids?.delete(id);
    if (ids?.size === 0) names?.delete(item.name);
    if (names?.size === 0) this.#children.delete(item.parent);
  }

  /** Ids of the folders at a path below the root, in an order that does not change; the root itself for no segments. */
  foldersAt(segments: readonly string[]): string[] {
    let folders = [this.root];
    for (const segment of segments) {
      folders = folders.flatMap((folder) =>
        this.#named(folder, segment)
          .filter((item) => item.folder)
          .map(idOf),
      );
    }
    return folders.sort();
  }

  /** Every file of an object's name, the one to use first. */
  filesAt(name: string): DriveItem[] {
    const segments = name.split('/');
    const last = segments.pop() ?? '';
    const files = this.foldersAt(segments).flatMap((folder) => this.#named(folder, last));
    return files.filter((item) => !item.folder && item.size !== null).sort(byWorth(name));
  }

  /** True where nothing that is known lies in the folder. */
  isEmpty(folder: string): boolean {
    return !this.#children.has(folder);
  }

  /**
   * Objects below the folder at `segments`, each name once.
   * @param onStray gets the path of whatever is not of the layout, and of every further file of a name
   */
  *walk(segments: readonly string[], onStray: ((path: string) => void) | undefined): Generator<Found> {
    const names = new Map<string, boolean>(); // name: a folder or not
    for (const folder of this.foldersAt(segments)) {
      for (const [name, ids] of this.#children.get(folder) ?? []) {
        for (const id of ids) names.set(name, names.get(name) === true || this.#items.get(id)?.folder === true);
      }
    }
    for (const [name, folder] of names) {
      const path = [...segments, name];
      if (folder && isLayoutFolder(path)) {
        if (segments.length > 0 || name !== 'probe') yield* this.walk(path, onStray);
      } else if (folder || !isObjectName(path.join('/'))) {
        onStray?.(path.join('/'));
      } else {
        yield* this.#object(path.join('/'), onStray);
      }
    }
  }

  *#object(name: string, onStray: ((path: string) => void) | undefined): Generator<Found> {
    const [item, ...others] = this.filesAt(name);
    if (item === undefined) return onStray?.(name); // a Google document of that name
    for (const other of others) onStray?.(`${name} (again, id ${other.id})`);
    yield { name, item };
  }

  #named(folder: string, name: string): DriveItem[] {
    const ids = this.#children.get(folder)?.get(name) ?? new Set<string>();
    return [...ids].flatMap((id) => this.#items.get(id) ?? []);
  }
}

const LAYOUT_FOLDER = /^(?:k|c(?:\/[0-9a-f]{32}(?:\/[pmisx])?)?|probe(?:\/[0-9a-f]{32})?)$/;

function isLayoutFolder(path: readonly string[]): boolean {
  return LAYOUT_FOLDER.test(path.join('/'));
}

function idOf(item: DriveItem): string {
  return item.id;
}

/** Where the name is a hash, the file that has it goes first; then the newest; then by id, so that all agree. */
function byWorth(name: string): (one: DriveItem, other: DriveItem) => number {
  const hash = isHashedName(name) ? name.slice(-64) : null;
  const rank = (item: DriveItem): number => (hash === null || item.sha256 === null ? 1 : item.sha256 === hash ? 0 : 2);
  return (one, other) => rank(one) - rank(other) || other.modifiedMs - one.modifiedMs || (one.id < other.id ? -1 : 1);
}
