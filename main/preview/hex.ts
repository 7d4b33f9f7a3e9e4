/** The first bytes of a file as rows of digits. */
import type { HexRow } from './api.ts';

/** Bytes that are shown of what is nothing else. */
export const HEX_BYTES = 4096;
const ROW = 16;

export function hexRows(bytes: Uint8Array): HexRow[] {
  const rows: HexRow[] = [];
  for (let offset = 0; offset < Math.min(bytes.length, HEX_BYTES); offset += ROW) {
    const row = bytes.subarray(offset, Math.min(offset + ROW, HEX_BYTES));
    rows.push({
      offset,
      hex: Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' '),
      text: Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join(''),
    });
  }
  return rows;
}
