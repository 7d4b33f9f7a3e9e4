/**
 * Deterministic CBOR (RFC 8949 section 4.2): definite lengths, shortest integers, text keys in bytewise order, no
 * floats, tags or undefined. What decodes is what would be encoded; anything else is refused.
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { equal } from './bytes.ts';
import { ProtocolError } from './errors.ts';

export type Cbor = number | string | boolean | null | Uint8Array | Cbor[] | { [key: string]: Cbor };

const DECODE = {
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  strict: true,
  rejectDuplicateMapKeys: true,
} as const;

const ENCODE = {
  ...rfc8949EncodeOptions,
  typeEncoders: {
    /** Floats are no part of it; null means: as any other number. */
    number(value: unknown): null {
      if (!Number.isSafeInteger(value)) throw new RangeError(`${String(value)} is no integer`);
      return null;
    },
    undefined(): never {
      throw new TypeError('undefined has no place in these messages');
    },
  },
};

/** @throws RangeError for a number that is not an integer below 2^53, TypeError for undefined */
export function encodeCbor(value: Cbor): Uint8Array {
  return encode(value, ENCODE);
}

/**
 * @param what words for the error, e.g. "a receipt"
 * @throws ProtocolError `malformed` unless it is exactly what encodeCbor makes of some value
 */
export function decodeCbor(bytes: Uint8Array, what: string): Cbor {
  let value: Cbor;
  let again: Uint8Array;
  try {
    value = decode(bytes, DECODE) as Cbor;
    again = encodeCbor(value);
  } catch (error) {
    throw new ProtocolError('malformed', `${what} is no CBOR of ours`, { cause: error });
  }
  if (!equal(again, bytes)) throw new ProtocolError('malformed', `${what} is not in deterministic form`);
  return value;
}
