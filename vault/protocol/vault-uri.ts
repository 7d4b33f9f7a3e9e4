/**
 * Where a vault is and what proves it, as people pass it on: the fingerprint in Crockford's base 32, and one line for a
 * QR code. Only characters of a QR code's alphanumeric mode are used.
 */
import { checkLength } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import { HASH_BYTES } from './suite.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 256 bits in digits of 5; the last 4 bits are zero. */
const DIGITS = 52;
const GROUP = 4;
const PREFIX = 'HOLDFAST:VAULT:V1:';

/** 13 groups of 4, e.g. `7ZK3-...`. @param hash 32 bytes */
export function fingerprintText(hash: Uint8Array): string {
  const digits = toDigits(hash);
  return Array.from({ length: DIGITS / GROUP }, (_, i) => digits.slice(i * GROUP, (i + 1) * GROUP)).join('-');
}

/**
 * Takes what people type: either case, any blanks and hyphens, O for 0, I and L for 1. Also 64 hexadecimal digits.
 *
 * @throws ProtocolError `malformed`
 */
export function parseFingerprint(text: string): Uint8Array {
  const typed = text.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
  if (/^[0-9A-F]{64}$/.test(typed)) return new Uint8Array(Buffer.from(typed, 'hex'));
  const digits = typed.replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  if (digits.length !== DIGITS) throw new ProtocolError('malformed', `a fingerprint has ${DIGITS} characters`);
  let bits = 0n;
  for (const digit of digits) {
    const value = ALPHABET.indexOf(digit);
    if (value < 0) throw new ProtocolError('malformed', `${digit} is no character of a fingerprint`);
    bits = (bits << 5n) | BigInt(value);
  }
  if ((bits & 15n) !== 0n) throw new ProtocolError('malformed', 'not a fingerprint: its last character is wrong');
  return new Uint8Array(Buffer.from((bits >> 4n).toString(16).padStart(2 * HASH_BYTES, '0'), 'hex'));
}

function toDigits(hash: Uint8Array): string {
  checkLength(hash, HASH_BYTES, 'a fingerprint');
  let bits = BigInt(`0x${Buffer.from(hash).toString('hex')}`) << 4n;
  let digits = '';
  for (let i = 0; i < DIGITS; i++) {
    digits = `${ALPHABET.charAt(Number(bits & 31n))}${digits}`;
    bits >>= 5n;
  }
  return digits;
}

/** Whether it is `https://host` or `https://host:port` as the URL standard writes it: no path, query or user. */
export function isOrigin(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed !== null && parsed.protocol === 'https:' && parsed.origin === url;
}

/**
 * `HOLDFAST:VAULT:V1:<52 digits>:<origin>+<origin>...`, in upper case.
 *
 * @param urls origins (isOrigin), at least one
 * @throws ProtocolError `malformed`
 */
export function vaultUri(hash: Uint8Array, urls: readonly string[]): string {
  if (urls.length === 0 || !urls.every(isOrigin)) throw new ProtocolError('malformed', 'no usable address');
  return `${PREFIX}${toDigits(hash)}:${urls.join('+').toUpperCase()}`;
}

/** @throws ProtocolError `malformed` */
export function parseVaultUri(text: string): { fingerprint: Uint8Array; urls: string[] } {
  const typed = text.trim();
  if (!typed.toUpperCase().startsWith(PREFIX)) throw new ProtocolError('malformed', 'not the address of a vault');
  const rest = typed.slice(PREFIX.length);
  const end = rest.indexOf(':');
  const urls = rest
    .slice(end + 1)
    .toLowerCase()
    .split('+');
  if (end < 0 || !urls.every(isOrigin)) throw new ProtocolError('malformed', 'no usable address');
  return { fingerprint: parseFingerprint(rest.slice(0, end)), urls };
}
