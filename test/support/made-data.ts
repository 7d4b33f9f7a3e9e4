/** Made-up data that depend on their parameters alone. */
import { createCipheriv } from 'node:crypto';

/** A key that is a 32-byte big-endian integer. */
export function keyOf(number: number): Uint8Array {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(28, number);
  return key;
}

export interface MadeData {
  length: number;
  seed?: number;
  /** Bytes are 0 to symbols - 1. */
  symbols?: number;
  /** Repeats the first bytes from here on. */
  period?: number;
  /** A run of this byte; the others do not count then. */
  byte?: number;
}

/** The data of test/vectors; make-chunker.mjs has the formula. */
export function makeData({ length, seed = 1, symbols = 256, period = length, byte }: MadeData): Uint8Array {
  const data = new Uint8Array(length);
  if (byte !== undefined) return data.fill(byte);
  let x = seed;
  const made = Math.min(length, period);
  for (let i = 0; i < made; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    data[i] = (x >>> 24) % symbols;
  }
  for (let i = made; i < length; i++) data[i] = data[i - period]!;
  return data;
}

/** Fast random data that depend on the seed alone. */
export function randomData(length: number, seed: number): Uint8Array {
  return createCipheriv('aes-256-ctr', keyOf(seed), new Uint8Array(16)).update(new Uint8Array(length));
}
