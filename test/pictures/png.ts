/** PNG (RFC 2083) as far as pictures of the window need it: 8 bits a channel, not interlaced. */
import { deflateSync, inflateSync } from 'node:zlib';

/** Four bytes a pixel, red first. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const CHANNELS: Readonly<Record<number, number>> = { 2: 3, 3: 1, 6: 4 };

export interface Chunks {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Rows without their filters. */
  readonly rows: Uint8Array;
  readonly palette: Uint8Array;
  /** What follows the keyword of the first tEXt chunk. */
  readonly comment: string;
}

/** @throws where it is no PNG of these kinds */
export function readPng(file: Buffer): Chunks {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('no PNG');
  const parts = new Map<string, Buffer>();
  const packed: Buffer[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    const type = file.toString('latin1', at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (type === 'IDAT') packed.push(body);
    else parts.set(type, body);
    at += 12 + length;
  }
  const header = parts.get('IHDR');
  const channels = CHANNELS[header?.[9] ?? -1];
  if (header === undefined || channels === undefined || header[8] !== 8 || header[12] !== 0) {
    throw new Error('a kind of PNG that is not read here');
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = unfilter(inflateSync(Buffer.concat(packed)), width * channels, height, channels);
  const text = parts.get('tEXt');
  const comment = text === undefined ? '' : text.toString('latin1', text.indexOf(0) + 1);
  return { width, height, channels, rows, palette: parts.get('PLTE') ?? Buffer.alloc(0), comment };
}

/** Takes the filters of the rows back (RFC 2083, chapter 6). */
function unfilter(raw: Buffer, stride: number, height: number, bytes: number): Uint8Array {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let x = 0; x < stride; x += 1) {
      const left = x < bytes ? 0 : (out[to + x - bytes] as number);
      const up = y === 0 ? 0 : (out[to + x - stride] as number);
      let add = 0;
      if (filter === 1) add = left;
      else if (filter === 2) add = up;
      else if (filter === 3) add = (left + up) >> 1;
      else if (filter === 4) {
        const corner = x < bytes || y === 0 ? 0 : (out[to + x - stride - bytes] as number);
        const p = left + up - corner;
        const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)];
        add = a <= b && a <= c ? left : b <= c ? up : corner;
      }
      out[to + x] = (raw[from + x] as number) + add;
    }
  }
  return out;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = (c & 1) === 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

/** With a palette one byte a pixel, without one three. */
export function writePng(
  { width, height }: { width: number; height: number },
  rows: Uint8Array,
  palette?: Uint8Array,
  comment?: string,
): Buffer {
  const stride = rows.length / height;
  const raw = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y += 1) raw.set(rows.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, palette === undefined ? 2 : 3], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    ...(comment === undefined ? [] : [chunk('tEXt', Buffer.from(`Comment\0${comment}`, 'latin1'))]),
    chunk('IDAT', deflateSync(raw, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Any of these PNGs as pixels. */
export function pixelsOf({ width, height, channels, rows, palette }: Chunks): Pixels {
  if (channels === 4) return { width, height, data: rows };
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i += 1) {
    const [from, at] = channels === 1 ? [palette, (rows[i] as number) * 3] : [rows, i * 3];
    data[i * 4] = from[at] as number;
    data[i * 4 + 1] = from[at + 1] as number;
    data[i * 4 + 2] = from[at + 2] as number;
  }
  return { width, height, data };
}
