/** Short words for tests of the format. */
import { createCipheriv, createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HoldfastError, type ErrorCode } from '../../main/errors.ts';

/** The bytes of test/vectors: AES-256-CTR keystream under SHA-256 of the seed as text. */
export function made(length: number, seed: number): Uint8Array {
  const key = createHash('sha256').update(String(seed)).digest();
  return new Uint8Array(createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(length)));
}

export const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

export const sha256Hex = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** A file of test/vectors. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}`, import.meta.url), 'utf8')) as T;
}

/** Code of the HoldfastError that a call throws; null where it throws none; anything else that it throws comes out. */
export function codeOf(call: () => unknown): ErrorCode | null {
  try {
    call();
    return null;
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}

/** A copy with one bit of one byte turned over. */
export function flipped(data: Uint8Array, at: number, bit = 1): Uint8Array {
  const copy = data.slice();
  copy[at] = (copy[at] ?? 0) ^ bit;
  return copy;
}
