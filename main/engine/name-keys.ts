/**
 * Keys of names whose plain order of bytes is the order in which people look for them: accents and case do not count at
 * first, numbers count by value (each run of digits is preceded by its length). All keys of a folder lie in one piece of
 * memory: 100,000 strings would take most of the time that somebody waits for the folder.
 */
import { display } from './format/byte-path.ts';
import { u32, u8 } from './search/columns.ts';

const ZERO = 0x30;
const NINE = 0x39;
/** Longest run of digits that is told from longer ones: the first unit after it is a surrogate. */
const MOST_DIGITS = 0xd000;
/** Bytes of a key that a number compares exactly. */
const HEAD_BYTES = 6;

/** Keys of single characters, as far as they were met: what a character becomes does not depend on those around it. */
const characters = new Map<number, Uint8Array | null>();
/** No bound is needed for what people write; a hostile folder might have every character. */
const MOST_CHARACTERS = 20_000;

export class NameKeys {
  readonly #bytes = u8();
  /** Where each key ends. */
  readonly #ends = u32();
  /** Of each key the bytes that come after what all keys begin with, as a number. */
  #heads = new Float64Array(0);
  /** How many bytes all keys begin with. */
  #same = 0;

  /** Adds the key of the name at [from, to): raw bytes as in the backup. */
  add(names: Uint8Array, from: number, to: number): void {
    const keys = this.#bytes;
    // A byte becomes no more than three: a digit alone.
    keys.reserve(3 * (to - from));
    const start = keys.length;
    const end = this.#plain(names, from, to, start);
    if (end >= 0) keys.length = end;
    else keys.append(encoded(nameKey(display(names.subarray(from, to)))));
    this.#ends.push(keys.length);
  }

  /** To be called once, when all are there. */
  finish(): void {
    const { array } = this.#bytes;
    const count = this.#ends.length;
    const first = this.#ends.at(0);
    let same = count === 0 ? 0 : first;
    for (let i = 1; i < count && same > 0; i++) {
      const from = this.#ends.at(i - 1);
      same = Math.min(same, this.#ends.at(i) - from);
      for (let k = 0; k < same; k++) if (array[k] !== array[from + k]) same = k;
    }
    this.#same = same;
    this.#heads = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const from = (i === 0 ? 0 : this.#ends.at(i - 1)) + same;
      const to = this.#ends.at(i);
      let head = 0;
      // No byte of a key is 255.
      for (let k = 0; k < HEAD_BYTES; k++) head = head * 256 + (from + k < to ? (array[from + k] ?? 0) + 1 : 0);
      this.#heads[i] = head;
    }
  }

  /** Names with one key are in the order of their raw bytes, in which they came. */
  compare(a: number, b: number): number {
    const heads = this.#heads;
    return (heads[a] ?? 0) - (heads[b] ?? 0) || this.#compareBytes(a, b) || a - b;
  }

  #compareBytes(a: number, b: number): number {
    const { array } = this.#bytes;
    const compared = this.#same + HEAD_BYTES;
    let i = compared + (a === 0 ? 0 : this.#ends.at(a - 1));
    let k = compared + (b === 0 ? 0 : this.#ends.at(b - 1));
    const [end, other] = [this.#ends.at(a), this.#ends.at(b)];
    while (i < end && k < other) {
      const difference = (array[i++] ?? 0) - (array[k++] ?? 0);
      if (difference !== 0) return difference;
    }
    return end - i - (other - k);
  }

  /** @returns where the key ends; -1 where the name has what is only told as a whole */
  #plain(names: Uint8Array, from: number, to: number, start: number): number {
    const { array } = this.#bytes;
    let out = start;
    for (let at = from; at < to; at++) {
      const byte = names[at] ?? 0;
      if (byte >= ZERO && byte <= NINE) {
        let end = at + 1;
        while (end < to && (names[end] ?? 0) >= ZERO && (names[end] ?? 0) <= NINE) end++;
        while (at < end - 1 && names[at] === ZERO) at++;
        if (end - at > 0x7f) return -1;
        array[out++] = ZERO;
        array[out++] = end - at;
        while (at < end) array[out++] = names[at++] ?? 0;
        at--;
      } else if (byte < 0x80) {
        array[out++] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
      } else {
        const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
        const key = characterAt(names, at, Math.min(to, at + length), length);
        if (key === null || out + key.length > start + 3 * (at + length - from)) return -1;
        for (let i = 0; i < key.length; i++) array[out++] = key[i] ?? 0;
        at += length - 1;
      }
    }
    return out;
  }
}

/** Key of a character of two bytes or more; null for what is no UTF-8, and what is told only with those around it. */
function characterAt(names: Uint8Array, at: number, end: number, length: number): Uint8Array | null {
  if (end - at < length) return null;
  let bits = length - 1;
  for (let i = at; i < end; i++) bits = bits * 256 + (names[i] ?? 0);
  const known = characters.get(bits);
  if (known !== undefined) return known;
  const shown = display(names.subarray(at, end));
  // A capital sigma becomes another letter at the end of a word; digits belong to those beside them.
  const alone = [...shown].length === 1 && !/[0-9\u03a3]/.test(shown.normalize('NFKD'));
  const made = alone ? encoded(nameKey(shown)) : null;
  if (characters.size < MOST_CHARACTERS) characters.set(bits, made);
  return made;
}

/** A name's key as text: its order is that of UTF-16 units. */
export function nameKey(name: string): string {
  const plain = /^[\u0020-\u007e]*$/.test(name) ? name : name.normalize('NFKD').replace(/\p{M}+/gu, '');
  return plain.toLowerCase().replace(/[0-9]+/g, digitsKey);
}

function digitsKey(digits: string): string {
  let zeros = 0;
  while (zeros < digits.length - 1 && digits.charCodeAt(zeros) === ZERO) zeros++;
  return `0${String.fromCharCode(Math.min(digits.length - zeros, MOST_DIGITS))}${digits.slice(zeros)}`;
}

/** Each UTF-16 unit as UTF-8 would have it, halves of pairs too (CESU-8): the order of units is that of the bytes. */
function encoded(key: string): Uint8Array {
  const out = new Uint8Array(3 * key.length);
  let length = 0;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) {
      out[length++] = unit;
      continue;
    }
    if (unit < 0x800) out[length++] = 0xc0 | (unit >> 6);
    else {
      out[length++] = 0xe0 | (unit >> 12);
      out[length++] = 0x80 | ((unit >> 6) & 0x3f);
    }
    out[length++] = 0x80 | (unit & 0x3f);
  }
  return out.subarray(0, length);
}
