/** Small helpers over byte arrays. All integers are big-endian. */
import { timingSafeEqual } from 'node:crypto';
import { ProtocolError } from './errors.ts';

const encoder = new TextEncoder();

export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/**
 * Zeros in a buffer that is not shared with anything else. Not Buffer.alloc: small Buffers come from a pool. Not
 * new Uint8Array(n), from() or slice(): V8 keeps arrays of up to 64 bytes on its heap, and copies them from there when
 * the collector moves them or anything looks at their buffer; what is wiped afterwards is the copy. An explicit
 * ArrayBuffer always lies outside the heap and stays where it is.
 *
 * @param length size in bytes
 */
export function unpooled(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** A copy of a secret that wipe() reaches. */
export function ownCopy(secret: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = unpooled(secret.length);
  copy.set(secret);
  return copy;
}

/** The same bytes, not copied, as a plain Uint8Array. */
export function plainView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function concat(...parts: Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = unpooled(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** I2OSP(value, 2), RFC 8017. */
export function u16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff) throw new RangeError(`${value} is no 16-bit integer`);
  return Uint8Array.of(value >>> 8, value & 0xff);
}

export function u32(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`${value} has over 32 bits`);
  return Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** For public values. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** For MACs and secrets: the time depends on the lengths alone. */
export function equalSecret(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Overwrites bytes with zeros; best effort. */
export function wipe(...secrets: Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}

/** @throws ProtocolError `malformed` for any other size */
export function checkLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) throw new ProtocolError('malformed', `${what} has ${bytes.length} bytes, not ${length}`);
}

/** Base64url without padding, the spelling of bytes in messages.ts. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * @param length size in bytes, where it is fixed
 * @throws ProtocolError `malformed` unless it is the one canonical spelling
 */
export function fromBase64url(text: string, length?: number): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  if (toBase64url(bytes) !== text) throw new ProtocolError('malformed', 'not canonical base64url');
  if (length !== undefined) checkLength(bytes, length, 'a base64url value');
  return bytes;
}
