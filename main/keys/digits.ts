/**
 * The root key as a person sees it: 64 hexadecimal digits, 16 groups of 4, in four rows A to D of 8 bytes each, and
 * the text of the kit's QR code (FORMAT.md, The 64 digits).
 */
import { RootKey } from './secret.ts';

export const ROWS = ['A', 'B', 'C', 'D'] as const;
export type Row = (typeof ROWS)[number];

/** Bytes of the root key in one row. */
export const ROW_BYTES = 8;
/** Digits in one group, groups in one row, digits in a row and in all. */
export const GROUP_DIGITS = 4;
export const ROW_GROUPS = 4;
export const ROW_DIGITS = GROUP_DIGITS * ROW_GROUPS;
export const KEY_DIGITS = ROW_DIGITS * ROWS.length;
/** Size of a repository id in bytes. */
export const REPO_ID_BYTES = 16;

const QR_PREFIX = 'HOLDFAST:KEY:V1:';

/** Lower-case or upper-case hex of bytes. */
export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/**
 * The 16 groups as shown: four upper-case digits each, rows A to D one after the other.
 *
 * @throws HoldfastError `locked` once the key is wiped
 */
export function keyGroups(key: RootKey): string[] {
  const digits = key.read(toHex).toUpperCase();
  return Array.from({ length: KEY_DIGITS / GROUP_DIGITS }, (_, i) =>
    digits.slice(i * GROUP_DIGITS, (i + 1) * GROUP_DIGITS),
  );
}

/**
 * The digits as text, for the clipboard and the key file: four lines of four groups, each line ended by \n.
 *
 * @throws HoldfastError `locked` once the key is wiped
 */
export function keyText(key: RootKey): string {
  const groups = keyGroups(key);
  return ROWS.map((_, r) => `${groups.slice(r * ROW_GROUPS, (r + 1) * ROW_GROUPS).join(' ')}\n`).join('');
}

/**
 * The text of the kit's QR code: `HOLDFAST:KEY:V1:<repoId>:<digits>`, hex in upper case, which a QR code stores in
 * two thirds of the room of lower case; readers take either.
 *
 * @param repoId 16 bytes
 * @throws HoldfastError `locked` once the key is wiped
 */
export function keyQrText(key: RootKey, repoId: Uint8Array): string {
  return `${QR_PREFIX}${toHex(repoId)}:${key.read(toHex)}`.toUpperCase();
}

/** The 8 bytes of one row, as a view of the key's bytes. */
export function rowOf(key: Uint8Array, row: Row): Uint8Array {
  const start = ROWS.indexOf(row) * ROW_BYTES;
  return key.subarray(start, start + ROW_BYTES);
}

/**
 * The root key of exactly 64 hexadecimal digits.
 *
 * @throws RangeError for anything else; what people type goes through parse-digits.ts
 */
export function keyFromDigits(digits: string): RootKey {
  if (!/^[0-9A-Fa-f]{64}$/.test(digits)) throw new RangeError('64 hexadecimal digits are needed');
  const bytes = Buffer.from(digits, 'hex');
  const key = new RootKey(bytes);
  bytes.fill(0);
  return key;
}
