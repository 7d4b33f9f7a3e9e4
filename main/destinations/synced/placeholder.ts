/**
 * iCloud's placeholders: where macOS up to 13 has taken a file's bytes away, `name` is gone and `.name.icloud` lies in
 * its place, a binary property list of a few hundred bytes with the file's true size.
 *
 * The form is that of CFBinaryPList.c: `bplist00`, objects, a table of their offsets, a trailer of 32 bytes.
 */

const MAGIC = 'bplist00';
const TRAILER_BYTES = 32;
const SIZE_KEY = 'NSURLFileSizeKey';
/** Larger than any placeholder. */
export const MAX_PLACEHOLDER_BYTES = 64 * 1024;

const NAME = /^\.(?<name>.+)\.icloud$/s;

/** The name of the file whose placeholder this is, or null. */
export function evictedName(file: string): string | null {
  return NAME.exec(file)?.groups?.['name'] ?? null;
}

export function placeholderName(file: string): string {
  return `.${file}.icloud`;
}

/** The size of the file that the placeholder stands for, in bytes; null where it does not say so, or is none. */
export function sizeInPlaceholder(bytes: Uint8Array): number | null {
  try {
    return readSize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return null; // cut short, or not of this form
  }
}

function readSize(bytes: Buffer): number | null {
  if (bytes.length < MAGIC.length + TRAILER_BYTES || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  const trailer = bytes.length - TRAILER_BYTES;
  const list: List = {
    bytes,
    offsetBytes: bytes.readUInt8(trailer + 6),
    referenceBytes: bytes.readUInt8(trailer + 7),
    table: Number(bytes.readBigUInt64BE(trailer + 24)),
  };
  const top = offsetOf(list, Number(bytes.readBigUInt64BE(trailer + 16)));
  if (bytes.readUInt8(top) >> 4 !== 0xd) return null;
  const { count, start } = countAt(list, top);
  const reference = (at: number): number => bytes.readUIntBE(start + at * list.referenceBytes, list.referenceBytes);
  for (let entry = 0; entry < count; entry += 1) {
    if (stringAt(list, offsetOf(list, reference(entry))) !== SIZE_KEY) continue;
    return integerAt(list, offsetOf(list, reference(count + entry)));
  }
  return null;
}

interface List {
  bytes: Buffer;
  offsetBytes: number;
  referenceBytes: number;
  table: number;
}

function offsetOf({ bytes, offsetBytes, table }: List, object: number): number {
  return bytes.readUIntBE(table + object * offsetBytes, offsetBytes);
}

/** Number of elements of a string or dictionary, and where they begin. */
function countAt(list: List, at: number): { count: number; start: number } {
  const short = list.bytes.readUInt8(at) & 0x0f;
  if (short !== 0x0f) return { count: short, start: at + 1 };
  const length = 2 ** (list.bytes.readUInt8(at + 1) & 0x0f);
  return { count: integerAt(list, at + 1) ?? 0, start: at + 2 + length };
}

function stringAt(list: List, at: number): string | null {
  if (list.bytes.readUInt8(at) >> 4 !== 0x5) return null; // the key that is looked for is ASCII
  const { count, start } = countAt(list, at);
  return list.bytes.toString('latin1', start, start + count);
}

function integerAt({ bytes }: List, at: number): number | null {
  const marker = bytes.readUInt8(at);
  if (marker >> 4 !== 0x1) return null;
  const length = 2 ** (marker & 0x0f);
  const value = length === 8 ? Number(bytes.readBigInt64BE(at + 1)) : bytes.readUIntBE(at + 1, length);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}
