/**
 * Paths as byte strings: JavaScript strings in which every character is one byte of the name (latin1), because names
 * on disk are bytes and need not be UTF-8. They sort in byte order, join without loss, and most are plain ASCII, which
 * the file system takes as it is.
 */
declare const brand: unique symbol;
/** One character a byte. */
export type ByteString = string & { readonly [brand]: true };

export const fromBytes = (bytes: Uint8Array): ByteString =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as ByteString;

export const toBytes = (text: ByteString): Buffer => Buffer.from(text, 'latin1');

/** Byte string of an ordinary path. */
export const fromPath = (path: string): ByteString => Buffer.from(path, 'utf8').toString('latin1') as ByteString;

const NOT_ASCII = /[^\0-\x7f]/;

/** The form that node:fs takes. */
export const fsPath = (path: ByteString): string | Buffer =>
  NOT_ASCII.test(path) ? Buffer.from(path, 'latin1') : path;

export const join = (folder: ByteString, name: ByteString): ByteString =>
  (folder.endsWith('/') ? folder + name : `${folder}/${name}`) as ByteString;

/** For people: UTF-8, with bytes that are not shown as \xNN. */
export function display(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString('utf8');
  if (!text.includes('\ufffd') || Buffer.from(text, 'utf8').equals(buffer)) return text;
  let out = '';
  for (let at = 0; at < buffer.length;) {
    const length = sequenceLength(buffer, at);
    out +=
      length === 0 ? `\\x${(buffer[at] ?? 0).toString(16).padStart(2, '0')}` : buffer.toString('utf8', at, at + length);
    at += Math.max(1, length);
  }
  return out;
}

export const displayPath = (path: ByteString): string => (NOT_ASCII.test(path) ? display(toBytes(path)) : path);

/** Length of the valid UTF-8 sequence at `at`, or 0. */
function sequenceLength(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 0;
  if (length === 0 || at + length > buffer.length) return 0;
  const sequence = buffer.subarray(at, at + length);
  return Buffer.from(sequence.toString('utf8'), 'utf8').equals(sequence) ? length : 0;
}
