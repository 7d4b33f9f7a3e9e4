/** Paths as the raw bytes that Linux keeps: names need not be UTF-8. */

/** Joins path parts of any kind with `/`. */
export function joinRaw(...parts: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [asBytes(part)] : [SLASH, asBytes(part)])));
}

/** Bytes as text for people: what is not UTF-8, and control characters, as `\xNN`. */
export function displayBytes(bytes: Uint8Array): string {
  const whole = decode(bytes);
  if (whole !== null && !CONTROL.test(whole)) return whole;
  let text = '';
  for (let offset = 0; offset < bytes.length;) {
    const [length, character] = characterAt(bytes, offset);
    text += character;
    offset += length;
  }
  return text;
}

const SLASH = Buffer.from('/');
const CONTROL = /\p{Cc}/u;

function asBytes(part: string | Buffer): Buffer {
  return typeof part === 'string' ? Buffer.from(part) : part;
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Length in bytes and display form of the character that begins at `offset`, or of one byte that begins none. */
function characterAt(bytes: Uint8Array, offset: number): [number, string] {
  for (let length = 1; length <= 4 && offset + length <= bytes.length; length += 1) {
    const character = decode(bytes.subarray(offset, offset + length));
    if (character !== null && !CONTROL.test(character)) return [length, character];
  }
  return [1, `\\x${(bytes[offset] ?? 0).toString(16).padStart(2, '0')}`];
}
