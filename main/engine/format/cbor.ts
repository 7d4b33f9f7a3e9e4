/**
 * Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest integers, map keys sorted bytewise, no floats,
 * tags or undefined. Whatever decodes is what would be encoded: anything else is refused.
 */
import { encode, rfc8949EncodeOptions } from 'cborg';
import { damaged } from './damage.ts';

export type Cbor = number | bigint | string | boolean | null | Uint8Array | Cbor[] | Map<number | string, Cbor>;

const ENCODE = {
  ...rfc8949EncodeOptions,
  typeEncoders: {
    /** Floats are no part of the format; null means: as any other number. */
    number(value: unknown): null {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is no integer`);
      return null;
    },
  },
};

/** @throws RangeError for a number that is not an integer below 2^53 */
export function encodeCbor(value: Cbor): Uint8Array {
  return encode(value, ENCODE);
}

/**
 * Decodes what `encodeCbor` may have made, and nothing else. Byte strings are copies.
 *
 * @param what words for the error, e.g. "A snapshot"
 * @throws HoldfastError `object-damaged`
 */
export function decodeCbor(bytes: Uint8Array, what: string): Cbor {
  const decoder = new Decoder(bytes, what);
  const value = decoder.item(0);
  decoder.end();
  return value;
}

const Major = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, simple: 7 } as const;
/** Deeper than anything in the format; a hostile one must not exhaust the stack. */
const MAX_DEPTH = 64;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Our own, because folders of 100,000 entries are opened by it: a general decoder whose result is encoded again to see
 * whether it was in deterministic form took five times as long.
 */
class Decoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) this.#fail('too deep');
    const major = this.#byte() >> 5;
    switch (major) {
      case Major.uint:
        return this.#argument();
      case Major.negative: {
        const below = this.#argument();
        const value = -1 - Number(below);
        return Number.isSafeInteger(value) ? value : -1n - BigInt(below);
      }
      case Major.bytes:
        return new Uint8Array(this.#string());
      case Major.text:
        return this.#text();
      case Major.array: {
        const items: Cbor[] = [];
        for (let left = this.#count(); left > 0; left--) items.push(this.item(depth + 1));
        return items;
      }
      case Major.map:
        return this.#map(depth + 1);
      case Major.simple:
        return this.#simple();
      default:
        return this.#fail('a tag');
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) this.#fail('bytes after the end');
  }

  #map(depth: number): Map<number | string, Cbor> {
    const map = new Map<number | string, Cbor>();
    let before = -1;
    for (let left = this.#count(); left > 0; left--) {
      const start = this.#at;
      const key = this.item(depth);
      if (typeof key !== 'number' && typeof key !== 'string') return this.#fail('a key');
      if (before >= 0 && !this.#ascends(before, start, this.#at)) this.#fail('not in deterministic form');
      before = start;
      map.set(key, this.item(depth));
    }
    return map;
  }

  /** True where the encoded key from `before` sorts bytewise before the one at [`start`, `end`). */
  #ascends(before: number, start: number, end: number): boolean {
    for (let i = 0; start + i < end; i++) {
      const difference = (this.#bytes[start + i] ?? 0) - (this.#bytes[before + i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }

  #text(): string {
    const bytes = this.#string();
    try {
      return utf8.decode(bytes);
    } catch {
      return this.#fail('text that is not UTF-8');
    }
  }

  /** A view of the bytes of a string. */
  #string(): Uint8Array {
    const length = this.#count();
    const from = this.#at;
    return this.#bytes.subarray(from, this.#skip(length));
  }

  #simple(): boolean | null {
    const value = this.#byte();
    this.#at++;
    if (value === 0xf4) return false;
    if (value === 0xf5) return true;
    return value === 0xf6 ? null : this.#fail('a float, or a value that the format does not have');
  }

  /** The argument of the head at `#at`, in its shortest form (RFC 8949 section 4.2.1). */
  #argument(): number | bigint {
    const info = this.#byte() & 0x1f;
    this.#at++;
    if (info < 24) return info;
    if (info > 27) this.#fail('an indefinite length');
    const width = 1 << (info - 24);
    const from = this.#at;
    this.#skip(width);
    if (width === 8) {
      const large = this.#view.getBigUint64(from);
      if (large < 0x1_0000_0000n) this.#fail('not in deterministic form');
      return large <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(large) : large;
    }
    const value =
      width === 1 ? this.#view.getUint8(from) : width === 2 ? this.#view.getUint16(from) : this.#view.getUint32(from);
    if (value < (width === 1 ? 24 : width === 2 ? 0x100 : 0x1_0000)) this.#fail('not in deterministic form');
    return value;
  }

  /** A number of bytes or items, each at least a byte: never more than are left. */
  #count(): number {
    const count = this.#argument();
    if (typeof count !== 'number' || count > this.#bytes.length - this.#at) return this.#fail('cut off');
    return count;
  }

  #byte(): number {
    return this.#bytes[this.#at] ?? this.#fail('cut off');
  }

  /** @returns the place behind so many bytes, which are passed over */
  #skip(count: number): number {
    this.#at += count;
    if (this.#at > this.#bytes.length) this.#fail('cut off');
    return this.#at;
  }

  #fail(detail: string): never {
    throw damaged(this.#what, detail);
  }
}

/** Typed access to a decoded value; every miss is `object-damaged`. */
export class CborReader {
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  #fail(field: string): never {
    throw damaged(this.#what, `field ${field}`);
  }

  map(value: Cbor | undefined, field = 'map'): Map<number | string, Cbor> {
    return value instanceof Map ? value : this.#fail(field);
  }

  array(value: Cbor | undefined, field: string): Cbor[] {
    return Array.isArray(value) ? value : this.#fail(field);
  }

  bytes(value: Cbor | undefined, field: string, length?: number): Uint8Array {
    if (!(value instanceof Uint8Array)) return this.#fail(field);
    if (length !== undefined && value.length !== length) return this.#fail(field);
    return value;
  }

  /** A non-negative integer below 2^53. */
  uint(value: Cbor | undefined, field: string): number {
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(field);
  }

  int(value: Cbor | undefined, field: string): number {
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : this.#fail(field);
  }

  text(value: Cbor | undefined, field: string): string {
    return typeof value === 'string' ? value : this.#fail(field);
  }

  bool(value: Cbor | undefined, field: string): boolean {
    return typeof value === 'boolean' ? value : this.#fail(field);
  }
}
