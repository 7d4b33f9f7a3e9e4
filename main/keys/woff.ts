/** Unpacks WOFF 1.0 fonts (W3C Recommendation 2012): a TrueType file whose tables are each compressed with zlib. */
import { inflateSync } from 'node:zlib';

const WOFF_HEADER_BYTES = 44;
const WOFF_ENTRY_BYTES = 20;
const SFNT_HEADER_BYTES = 12;
const SFNT_ENTRY_BYTES = 16;

/**
 * The TrueType file in a WOFF file. The PDF library reads WOFF too, but inflates tables in JavaScript at each use.
 *
 * @throws Error where `woff` is not such a file; only fonts of our own are read
 */
export function woffToSfnt(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('not a WOFF file');
  const count = woff.readUInt16BE(12);
  const search = 2 ** Math.floor(Math.log2(count));
  const head = Buffer.alloc(SFNT_HEADER_BYTES + count * SFNT_ENTRY_BYTES);
  woff.copy(head, 0, 4, 8); // flavour
  head.writeUInt16BE(count, 4);
  head.writeUInt16BE(search * 16, 6);
  head.writeUInt16BE(Math.log2(search), 8);
  head.writeUInt16BE((count - search) * 16, 10);

  const parts: Buffer[] = [head];
  let offset = head.length;
  for (let i = 0; i < count; i++) {
    const from = WOFF_HEADER_BYTES + i * WOFF_ENTRY_BYTES;
    const [at, stored, length] = [
      woff.readUInt32BE(from + 4),
      woff.readUInt32BE(from + 8),
      woff.readUInt32BE(from + 12),
    ];
    const packed = woff.subarray(at, at + stored);
    const table = stored < length ? inflateSync(packed) : packed;
    if (table.length !== length) throw new Error('damaged WOFF file');
    const to = SFNT_HEADER_BYTES + i * SFNT_ENTRY_BYTES;
    woff.copy(head, to, from, from + 4); // tag
    woff.copy(head, to + 4, from + 16, from + 20); // checksum
    head.writeUInt32BE(offset, to + 8);
    head.writeUInt32BE(length, to + 12);
    const padding = (4 - (length % 4)) % 4;
    parts.push(table, Buffer.alloc(padding));
    offset += length + padding;
  }
  return Buffer.concat(parts);
}
