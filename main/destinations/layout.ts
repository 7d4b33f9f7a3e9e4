/**
 * From names to files below the repository's folder, and back: the same on a disk, over SFTP and over WebDAV. Objects
 * named by their SHA-256 lie in folders of their first two digits (`c/<id>/p/ab/abcdef…`), so that no folder holds more
 * than a 256th of them.
 */
import { isHashedName, isObjectName, PROBE_PREFIX } from './names.ts';

/** Folder of files that are not published yet. */
export const TEMPORARY = 'tmp';

/** Path segments of an object's file below the root; `name` must be an object name. */
export function segmentsOf(name: string): string[] {
  const segments = name.split('/');
  const last = segments.at(-1);
  if (last !== undefined && isHashedName(name)) segments.splice(-1, 0, last.slice(0, 2));
  return segments;
}

/** The name of the object that the file at these segments is, or null if it is none of ours. */
export function nameOf(segments: readonly string[]): string | null {
  const name = segments.filter((_, at) => at !== segments.length - 2).join('/');
  if (isHashedName(name)) return sameSegments(segmentsOf(name), segments) ? name : null;
  const plain = segments.join('/');
  return isObjectName(plain) && !isHashedName(plain) ? plain : null;
}

function sameSegments(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((segment, at) => segment === other[at]);
}

const FOLDER =
  /^(?:k(?:\/[0-9a-f]{2})?|c(?:\/[0-9a-f]{32}(?:\/[pmis](?:\/[0-9a-f]{2})?|\/x)?)?|probe(?:\/[0-9a-f]{32})?)$/;

/** True for a folder of the layout in which objects can lie. */
export function isLayoutFolder(segments: readonly string[]): boolean {
  return FOLDER.test(segments.join('/'));
}

/** Which spool the temporary file of `name` belongs to: its computer's, or `shared` for the whole repository's. */
export function ownerOf(name: string): string {
  const [top, owner] = name.split('/');
  return top === 'c' && owner !== undefined ? owner : 'shared';
}

export function isProbe(name: string): boolean {
  return name.startsWith(PROBE_PREFIX);
}
