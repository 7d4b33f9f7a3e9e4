/** Entry paths inside a snapshot: raw names as base64url, joined by `/`. */
import { HoldfastError } from '../errors.ts';

/** No file system lets a path be longer than this many bytes per name, nor nest deeper. */
const MAX_NAME_CHARS = 5_500;
const MAX_DEPTH = 4_096;

/**
 * The ids of an entry path; empty for the top.
 * @throws HoldfastError `bad-input` if it is not well-formed
 */
export function parseEntryPath(path: string): string[] {
  if (path === '') return [];
  const ids = path.split('/');
  if (ids.length > MAX_DEPTH || !ids.every((id) => id.length <= MAX_NAME_CHARS && /^[A-Za-z0-9_-]+$/.test(id))) {
    throw new HoldfastError(
      'bad-input',
      'That item’s name is not well-formed.',
      'Open the folder again and choose the item anew. Nothing was changed.',
    );
  }
  return ids;
}

/** The name behind an id for display; bytes that are not UTF-8 become \xNN. */
export function entryName(id: string): string {
  return displayName(Buffer.from(id, 'base64url'));
}

/** Raw bytes of a name for display; bytes that are not UTF-8 become \xNN. */
export function displayName(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let text = '';
    for (let at = 0; at < bytes.length;) {
      const length = sequenceLength(bytes, at);
      text += length === 0 ? `\\x${(bytes[at] ?? 0).toString(16).padStart(2, '0')}` : '';
      if (length > 0) text += decoder.decode(bytes.subarray(at, at + length));
      at += Math.max(length, 1);
    }
    return text;
  }
}

/** Length of the well-formed UTF-8 sequence at `at`, 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      decoder.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      continue;
    }
  }
  return 0;
}
