/** Words in the headers of mail (RFC 2047, RFC 2231) and the encodings of its parts (RFC 2045). */

/** Longest header field that is read, in characters. */
const FIELD_CHARS = 64 * 1024;

/** Bytes in any charset that the platform knows; else as UTF-8 where they are, else as Latin-1. */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  const label = charset.trim().toLowerCase();
  if (label !== '' && label !== 'utf-8' && label !== 'us-ascii') {
    try {
      return new TextDecoder(label).decode(bytes);
    } catch {
      // a charset that nobody knows
    }
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

export function fromQuoted(text: string): Buffer {
  // From the first blank of a run only: a run that no line ends with is not tried again from each of its blanks.
  const plain = text.replace(/(?<![ \t])[ \t]+(?=\r?\n|$)/g, '').replace(/=\r?\n/g, '');
  const bytes = Buffer.alloc(plain.length);
  let length = 0;
  for (let at = 0; at < plain.length; at++) {
    const hex = plain.charCodeAt(at) === 0x3d ? plain.slice(at + 1, at + 3) : '';
    if (/^[0-9a-f]{2}$/i.test(hex)) {
      bytes[length++] = Number.parseInt(hex, 16);
      at += 2;
    } else bytes[length++] = plain.charCodeAt(at) & 0xff;
  }
  return bytes.subarray(0, length);
}

/** A header's value, one character a byte, as people read it. */
export function decodeWords(value: string): string {
  const joined = value.slice(0, FIELD_CHARS).replace(/(\?=)[ \t\r\n]+(?==\?)/g, '$1');
  const parts: string[] = [];
  let at = 0;
  for (const found of joined.matchAll(/=\?([^?\s]{1,60})\?([BbQq])\?([^?\s]{0,10000})\?=/g)) {
    parts.push(plainWord(joined.slice(at, found.index)));
    const [whole, charset = '', encoding = '', text = ''] = found;
    const bytes =
      encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : fromQuoted(text.replaceAll('_', '=20'));
    parts.push(decodeCharset(bytes, charset.replace(/\*.*$/, '')));
    at = found.index + whole.length;
  }
  parts.push(plainWord(joined.slice(at)));
  return parts
    .join('')
    .replace(/[\r\n\t ]+/g, ' ')
    .trim();
}

/** Bytes beyond ASCII that nobody encoded: UTF-8 (RFC 6532), or what old programs wrote. */
const plainWord = (text: string): string =>
  /[\x80-\xff]/.test(text) ? decodeCharset(Buffer.from(text, 'latin1'), '') : text;

/** The first word of a value, in small letters, and its parameters. */
export function parameters(value: string): { word: string; params: Map<string, string> } {
  const params = new Map<string, string>();
  const pieces = new Map<string, { number: number; text: string; encoded: boolean }[]>();
  const short = value.slice(0, FIELD_CHARS);
  const word = (/^[^;\s]*/.exec(short.trim())?.[0] ?? '').toLowerCase();
  for (const found of short.matchAll(/;\s*([^=;\s]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g)) {
    const name = (found[1] ?? '').toLowerCase();
    const text = found[2]?.replace(/\\(.)/g, '$1') ?? found[3] ?? '';
    const [, base = name, number = '', star = ''] = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/.exec(name) ?? [];
    if (number === '' && star === '') params.set(name, decodeWords(text));
    else {
      const list = pieces.get(base) ?? [];
      list.push({ number: Number(number || 0), text, encoded: star !== '' });
      pieces.set(base, list);
    }
  }
  for (const [name, list] of pieces) params.set(name, continued(list.sort((a, b) => a.number - b.number)));
  return { word, params };
}

/** RFC 2231: a value in numbered pieces, the first of which names the charset. */
function continued(list: readonly { text: string; encoded: boolean }[]): string {
  const [, charset = ''] = list[0]?.encoded === true ? (/^([^']*)'[^']*'/.exec(list[0].text) ?? []) : [];
  const bytes = list.map(({ text, encoded }, i) =>
    encoded
      ? fromQuoted((i === 0 ? text.replace(/^[^']*'[^']*'/, '') : text).replaceAll('=', '=3D').replaceAll('%', '='))
      : Buffer.from(text, 'latin1'),
  );
  return decodeCharset(Buffer.concat(bytes), charset);
}

/** The name in an address field, or the address where there is none. */
export function senderName(value: string): string {
  const text = decodeWords(value);
  const named = /^\s*"?((?:[^"<\\]|\\.){1,300}?)"?\s*<([^<>]{0,300})>/.exec(text);
  const name = named?.[1]?.replace(/\\(.)/g, '$1').trim() ?? '';
  return name !== '' ? name : (named?.[2] ?? text.replace(/[<>]/g, '')).trim();
}
