/**
 * Content-defined chunking, id `gear-1`: the definition of FORMAT.md, section Chunker, in plain TypeScript. Backups use
 * the WebAssembly twin (pipeline/chunker); tests hold both to the same cuts.
 *
 * Keyed gear hash over the last 64 bytes with the size normalisation of FastCDC (Xia et al., USENIX ATC 2016, section
 * 3.4). The hash is 64 bits wide, because a gear hash of w bits sees w bytes, and the bits tested are its uppermost,
 * because bit k sees only the last k + 1 bytes.
 */

/** Written to repo.json; a change of anything below needs another id. */
export const CHUNKER_ID = 'gear-1';

/** Sizes in bytes. Only the last chunk of a file may be shorter than MIN_CHUNK; none is longer than MAX_CHUNK. */
export const MIN_CHUNK = 256 * 1024;
export const TARGET_CHUNK = 1024 * 1024;
export const MAX_CHUNK = 4 * 1024 * 1024;

/** Uppermost bits of the hash that must be zero for a cut before TARGET_CHUNK (2^-22) and from there on (2^-18). */
export const STRICT_BITS = 22;
export const LOOSE_BITS = 18;

/** Bytes that decide one cut: a byte's part is shifted out of the 64-bit hash by the 64 that follow it. */
export const GEAR_WINDOW = 64;

const SYMBOLS = 256;
const LABEL = 'holdfast/v1/gear';
const HMAC_BYTES = 32;

/** Bytes of the table: 256 entries of 64 bits. */
export const GEAR_TABLE_BYTES = SYMBOLS * 8;

/**
 * Derives the 256 hash values from a chunker key: T = HMAC-SHA-256(key, label || u32be(0)) || HMAC(key, label ||
 * u32be(1)) || ... to 2,048 bytes; entry i is the big-endian integer T[8i .. 8i+8).
 *
 * @param hmacSha256 HMAC-SHA-256 of a message under the chunker key (32 bytes), returning 32 bytes
 */
export function deriveGearTable(hmacSha256: (message: Uint8Array) => Uint8Array): BigUint64Array {
  const table = new BigUint64Array(SYMBOLS);
  const message = new Uint8Array(LABEL.length + 4);
  for (let i = 0; i < LABEL.length; i++) message[i] = LABEL.charCodeAt(i);
  const counter = new DataView(message.buffer, LABEL.length);
  const perBlock = HMAC_BYTES / 8;
  for (let block = 0; block < SYMBOLS / perBlock; block++) {
    counter.setUint32(0, block);
    const bytes = hmacSha256(message);
    const view = new DataView(bytes.buffer, bytes.byteOffset, HMAC_BYTES);
    for (let i = 0; i < perBlock; i++) table[block * perBlock + i] = view.getBigUint64(i * 8);
  }
  return table;
}

/**
 * Length of the next chunk of `data[start ...]`.
 *
 * @param table from deriveGearTable
 * @param data bytes of one file; `start` is the beginning of a chunk
 * @param final whether `data` reaches to the end of the file
 * @returns bytes of the chunk; 0 where the end of the data was reached before a cut and more must be read, or where
 *   nothing is left
 */
export function gearCut(table: BigUint64Array, data: Uint8Array, start: number, final: boolean): number {
  const available = data.length - start;
  const limit = Math.min(available, MAX_CHUNK);
  const words = new Uint32Array(table.buffer, table.byteOffset, SYMBOLS * 2);
  const [low, high] = LITTLE_ENDIAN ? [0, 1] : [1, 0];

  // The 64-bit hash as two halves: hash = 2 * hash + table[byte] mod 2^64.
  let lower = 0;
  let upper = 0;
  for (let length = MIN_CHUNK - GEAR_WINDOW + 1; length <= limit; length++) {
    const entry = data[start + length - 1]! * 2;
    const sum = ((lower << 1) >>> 0) + words[entry + low]!;
    upper = ((upper << 1) + (lower >>> 31) + words[entry + high]! + (sum > 0xffffffff ? 1 : 0)) >>> 0;
    lower = sum >>> 0;
    if (length < MIN_CHUNK) continue;
    const bits = length < TARGET_CHUNK ? STRICT_BITS : LOOSE_BITS;
    if (upper >>> (32 - bits) === 0) return length;
  }
  return final || available >= MAX_CHUNK ? limit : 0;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
