/**
 * Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest integers, map keys sorted bytewise, no floats,
 * tags or undefined. Whatever decodes is what would be encoded: anything else is refused.
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { damaged } from './damage.ts';
import { equal } from './bytes.ts';

export type Cbor = number | bigint | string | boolean | null | Uint8Array | Cbor[] | Map<number | string, Cbor>;

const DECODE = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
} as const;

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

/** @param what words for the error, e.g. "A snapshot" */
export function decodeCbor(bytes: Uint8Array, what: string): Cbor {
  let value: Cbor;
  let again: Uint8Array;
  try {
    value = decode(bytes, DECODE) as Cbor;
    again = encodeCbor(value);
  } catch (error) {
    throw damaged(what, error instanceof Error ? error.message : String(error));
  }
  if (!equal(again, bytes)) throw damaged(what, 'not in deterministic form');
  return value;
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
