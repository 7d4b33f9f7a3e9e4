/**
 * Steps through deterministic CBOR (RFC 8949 section 4.2) and checks its form, without making a value of it. What is
 * read with it says what the values are to be: cbor.ts any, leaf-reader.ts those of a folder's entries.
 */
import { damaged } from './damage.ts';

export const Major = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
/** Deeper than anything in the format; a hostile one must not exhaust the stack. */
export const MAX_DEPTH = 64;
const TWO_32 = 0x1_0000_0000;
/** High word of the integers that a number does not hold exactly. */
const LARGE = 0x20_0000;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class CborBytes {
  protected readonly bytes: Uint8Array;
  protected readonly what: string;
  /** What is read next. */
  protected at = 0;

  /** @param what words for the error, e.g. "A snapshot" */
  constructor(bytes: Uint8Array, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  /** Nothing may stand behind the value. Errors: object-damaged, as everywhere here. */
  end(): void {
    if (this.at !== this.bytes.length) this.fail('bytes after the end');
  }

  /** Passes over one value of any kind. */
  protected skip(depth: number): void {
    const first = this.byte();
    if (depth > MAX_DEPTH) this.fail('too deep');
    switch (first >> 5) {
      case Major.uint:
      case Major.negative:
        this.argument();
        return;
      case Major.bytes:
        this.pass(this.count());
        return;
      case Major.text:
        this.passText();
        return;
      case Major.array:
        for (let left = this.count(); left > 0; left--) this.skip(depth + 1);
        return;
      case Major.map:
        this.#skipMap(depth + 1);
        return;
      case Major.simple:
        this.simple();
        return;
      default:
        this.fail('a tag');
    }
  }

  #skipMap(depth: number): void {
    let before = -1;
    for (let left = this.count(); left > 0; left--) {
      before = this.skipKey(before, depth);
      this.skip(depth);
    }
  }

  /**
   * Passes over a key of a map.
   *
   * @param before where the key before it began, -1 for the first one
   * @returns where this one begins
   */
  protected skipKey(before: number, depth: number): number {
    const start = this.at;
    const major = this.byte() >> 5;
    if (major === Major.text) this.skip(depth);
    else if (major !== Major.uint && major !== Major.negative) this.fail('a key');
    // -1 - 2^53 + 1 is the last one that a number holds apart from its neighbours.
    else if (this.argument() > Number.MAX_SAFE_INTEGER - major) this.fail('a key');
    if (before >= 0 && !this.ascends(before, start)) this.fail('not in deterministic form');
    return start;
  }

  /** True where the encoded key from `before` sorts bytewise before the one that begins at `start` and ends here. */
  protected ascends(before: number, start: number): boolean {
    for (let i = 0; start + i < this.at; i++) {
      const difference = (this.bytes[start + i] ?? 0) - (this.bytes[before + i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  /** Passes over a text, which is UTF-8, and tells how many bytes it has. */
  protected passText(): number {
    const length = this.count();
    const from = this.at;
    this.at += length;
    for (let i = from; i < this.at; i++) {
      if ((this.bytes[i] ?? 0) <= 0x7f) continue;
      this.textBetween(from, this.at);
      break;
    }
    return length;
  }

  protected textBetween(from: number, to: number): string {
    try {
      return utf8.decode(this.bytes.subarray(from, to));
    } catch {
      return this.fail('text that is not UTF-8');
    }
  }

  protected simple(): boolean | null {
    const value = this.byte();
    this.at++;
    if (value === 0xf4) return false;
    if (value === 0xf5) return true;
    return value === 0xf6 ? null : this.fail('a float, or a value that the format does not have');
  }

  /**
   * The argument of the head here, in its shortest form (RFC 8949 section 4.2.1). From 2^53 on it is rounded, and still
   * over the largest safe integer.
   */
  protected argument(): number {
    const info = this.byte() & 0x1f;
    this.at++;
    if (info < 24) return info;
    if (info > 27) this.fail('an indefinite length');
    const from = this.at;
    this.pass(1 << (info - 24));
    const { bytes } = this;
    if (info === 24) return this.#atLeast(24, bytes[from] ?? 0);
    if (info === 25) return this.#atLeast(0x100, ((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0));
    const high = this.word(from);
    if (info === 26) return this.#atLeast(0x1_0000, high);
    if (high >= LARGE) return Number.MAX_SAFE_INTEGER + 1 + (high - LARGE) * TWO_32;
    return this.#atLeast(TWO_32, high * TWO_32 + this.word(from + 4));
  }

  #atLeast(least: number, value: number): number {
    return value < least ? this.fail('not in deterministic form') : value;
  }

  /** Four bytes, big-endian. */
  protected word(from: number): number {
    const { bytes } = this;
    const low = ((bytes[from + 1] ?? 0) << 16) | ((bytes[from + 2] ?? 0) << 8) | (bytes[from + 3] ?? 0);
    return (bytes[from] ?? 0) * 0x100_0000 + low;
  }

  /** A number of bytes or items, each at least a byte: never more than are left. */
  protected count(): number {
    const count = this.argument();
    return count > this.bytes.length - this.at ? this.fail('cut off') : count;
  }

  protected byte(): number {
    return this.bytes[this.at] ?? this.fail('cut off');
  }

  /** Passes over so many bytes. */
  protected pass(count: number): void {
    this.at += count;
    if (this.at > this.bytes.length) this.fail('cut off');
  }

  protected fail(detail: string): never {
    throw damaged(this.what, detail);
  }
}
