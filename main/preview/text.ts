/** Text out of bytes of unknown encoding, in pages of whole characters. */
import type { Source } from '../messages/source.ts';
import type { Encoding, TextPage } from './api.ts';

const PAGE_BYTES = 256 * 1024;
const PAGE_LINES = 4_000;
/** Characters of one row; a longer line goes on in the next. */
const ROW_CHARS = 1_000;

/** Where the text begins behind its byte order mark, and how it is read. */
export interface TextForm {
  encoding: Encoding;
  /** For TextDecoder. */
  label: 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';
  begin: number;
}

/**
 * The form of a text; null for what is none. UTF-16 needs its mark; what is not UTF-8 is taken for Latin-1 where it has
 * no control characters.
 * @param head first bytes
 * @param whole true where they are all there are
 */
export function textForm(head: Uint8Array, whole: boolean): TextForm | null {
  const [a, b, c] = head;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { encoding: 'UTF-8', label: 'utf-8', begin: 3 };
  if (a === 0xff && b === 0xfe) return { encoding: 'UTF-16', label: 'utf-16le', begin: 2 };
  if (a === 0xfe && b === 0xff) return { encoding: 'UTF-16', label: 'utf-16be', begin: 2 };
  if (head.includes(0)) return null;
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    decoder.decode(head, { stream: !whole });
    return controls(head) * 20 > head.length ? null : { encoding: 'UTF-8', label: 'utf-8', begin: 0 };
  } catch {
    return controls(head) > 0 ? null : { encoding: 'Latin-1', label: 'windows-1252', begin: 0 };
  }
}

/** Control characters that texts do not have; escape sequences of terminals are some that they do. */
function controls(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b) count++;
  return count;
}

/** One page. `from`: where the page before it said the next begins, or `form.begin`. Errors: those of reading. */
export async function textPage(source: Source, form: TextForm, from: number): Promise<TextPage> {
  const wide = form.encoding === 'UTF-16' ? 2 : 1;
  const at = Math.min(Math.max(form.begin, from), source.size);
  const before = at > form.begin ? await source.read(at - wide, at) : null;
  const bytes = await source.read(at, at + PAGE_BYTES);
  const decoder = new TextDecoder(form.label, { ignoreBOM: true });
  const lines: TextPage['lines'] = [];
  let start = before === null || isBreak(before, 0, form);
  let begin = 0;
  const last = at + bytes.length >= source.size;
  while (begin < bytes.length && lines.length < PAGE_LINES) {
    const end = breakAfter(bytes, begin, form);
    if (end === -1 && !last && begin > 0) break; // whole in the next page
    const stop = end === -1 ? (last ? bytes.length : characterEnd(bytes, form)) : end;
    const text = decoder.decode(bytes.subarray(begin, stop)).replace(/\r$/, '');
    for (const row of rowsOf(text)) {
      lines.push({ start, text: row });
      start = false;
    }
    begin = end === -1 ? stop : end + wide;
    start = end !== -1;
  }
  const next = at + begin;
  return { lines, next: next < source.size ? next : null };
}

function isBreak(bytes: Uint8Array, at: number, form: TextForm): boolean {
  if (form.label === 'utf-16le') return bytes[at] === 0x0a && bytes[at + 1] === 0;
  if (form.label === 'utf-16be') return bytes[at] === 0 && bytes[at + 1] === 0x0a;
  return bytes[at] === 0x0a;
}

/** Position of the next line feed; -1 where there is none. */
function breakAfter(bytes: Uint8Array, from: number, form: TextForm): number {
  if (form.encoding !== 'UTF-16') return bytes.indexOf(0x0a, from);
  for (let at = from; at + 1 < bytes.length; at += 2) if (isBreak(bytes, at, form)) return at;
  return -1;
}

/** End of the last whole character. */
function characterEnd(bytes: Uint8Array, form: TextForm): number {
  if (form.encoding === 'UTF-16') {
    const even = bytes.length - (bytes.length % 2);
    const high = bytes[even - (form.label === 'utf-16le' ? 1 : 2)] ?? 0;
    return high >= 0xd8 && high <= 0xdb ? even - 2 : even;
  }
  if (form.encoding === 'Latin-1') return bytes.length;
  for (let back = 1; back <= 4 && back < bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return back < length ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function* rowsOf(text: string): Generator<string, undefined> {
  if (text.length <= ROW_CHARS) {
    yield text;
    return;
  }
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at + ROW_CHARS - 1);
    const end = at + ROW_CHARS - (code >= 0xd800 && code <= 0xdbff ? 1 : 0);
    yield text.slice(at, end);
    at = end;
  }
}
