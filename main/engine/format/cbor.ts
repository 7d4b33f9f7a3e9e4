/**
 * Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest integers, map keys sorted bytewise, no floats,
 * tags or undefined. Whatever decodes is what would be encoded: anything else is refused.
 */
import { encode, rfc8949EncodeOptions } from 'cborg';
import { CborBytes, Major, MAX_DEPTH } from './cbor-bytes.ts';
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

/**
 * Our own, because folders of 100,000 entries are opened by it: a general decoder whose result is encoded again to see
 * whether it was in deterministic form took five times as long.
 */
class Decoder extends CborBytes {
  item(depth: number): Cbor {
    if (depth > MAX_DEPTH) this.fail('too deep');
    switch (this.byte() >> 5) {
      case Major.uint:
        return this.#integer();
      case Major.negative: {
        const below = this.#integer();
        const value = -1 - Number(below);
        return Number.isSafeInteger(value) ? value : -1n - BigInt(below);
      }
      case Major.bytes: {
        const length = this.count();
        this.pass(length);
        return new Uint8Array(this.bytes.subarray(this.at - length, this.at));
      }
      case Major.text: {
        const length = this.count();
        this.pass(length);
        return this.textBetween(this.at - length, this.at);
      }
      case Major.array: {
        const items: Cbor[] = [];
        for (let left = this.count(); left > 0; left--) items.push(this.item(depth + 1));
        return items;
      }
      case Major.map:
        return this.#map(depth + 1);
      case Major.simple:
        return this.simple();
      default:
        return this.fail('a tag');
    }
  }

  #map(depth: number): Map<number | string, Cbor> {
    const map = new Map<number | string, Cbor>();
    let before = -1;
    for (let left = this.count(); left > 0; left--) {
      const start = this.at;
      const key = this.item(depth);
      if (typeof key !== 'number' && typeof key !== 'string') return this.fail('a key');
      if (before >= 0 && !this.ascends(before, start)) this.fail('not in deterministic form');
      before = start;
      map.set(key, this.item(depth));
    }
    return map;
  }

  #integer(): number | bigint {
    const from = this.at + 1;
    const value = this.argument();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    return (BigInt(this.word(from)) << 32n) | BigInt(this.word(from + 4));
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
