/** The two files that hold an icon at several sizes: Windows' ICO and Apple's ICNS. */

const ICO_HEADER = 6;
const ICO_ENTRY = 16;
const DIB_HEADER = 40;

/**
 * An ICO file: 256 pixels as PNG, smaller ones as 32-bit bitmaps, which every program that shows icons can read.
 * @param {{ size: number, png: Buffer, rgba: Buffer }[]} pictures of at most 256 pixels
 */
export function ico(pictures) {
  const images = pictures.map(({ size, png, rgba }) => (size < 256 ? bitmap(size, rgba) : png));
  const header = Buffer.alloc(ICO_HEADER + ICO_ENTRY * images.length);
  header.writeUInt16LE(1, 2); // an icon, not a cursor
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach((image, i) => {
    const at = ICO_HEADER + ICO_ENTRY * i;
    const side = pictures[i].size % 256; // 0 stands for 256
    header.writeUInt8(side, at);
    header.writeUInt8(side, at + 1);
    header.writeUInt16LE(1, at + 4); // planes
    header.writeUInt16LE(32, at + 6); // bits a pixel
    header.writeUInt32LE(image.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += image.length;
  });
  return Buffer.concat([header, ...images]);
}

/** A device-independent bitmap from the bottom row up, then a mask of one bit a pixel; both heights count. */
function bitmap(size, rgba) {
  const maskRow = Math.ceil(size / 32) * 4;
  const data = Buffer.alloc(DIB_HEADER + size * size * 4 + size * maskRow);
  data.writeUInt32LE(DIB_HEADER, 0);
  data.writeInt32LE(size, 4);
  data.writeInt32LE(size * 2, 8);
  data.writeUInt16LE(1, 12);
  data.writeUInt16LE(32, 14);
  for (let y = 0; y < size; y++) {
    const to = DIB_HEADER + (size - 1 - y) * size * 4;
    const mask = DIB_HEADER + size * size * 4 + (size - 1 - y) * maskRow;
    for (let x = 0; x < size; x++) {
      const [r, g, b, a] = rgba.subarray((y * size + x) * 4);
      data.set([b, g, r, a], to + x * 4);
      if (a === 0) data[mask + (x >> 3)] |= 0x80 >> (x & 7);
    }
  }
  return data;
}

/** Apple's names of the entries that hold PNG, by pixels; where two mean the same pixels, both are wanted. */
export const ICNS_TYPES = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['icp6', 'ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

/**
 * An ICNS file: a name of four letters, a length that counts both, and the data, one entry after the other.
 * @param {{ size: number, png: Buffer }[]} pictures
 */
export function icns(pictures) {
  const entries = pictures.flatMap(({ size, png }) => ICNS_TYPES[size].map((type) => entry(type, png)));
  return entry('icns', Buffer.concat(entries));
}

function entry(type, data) {
  const head = Buffer.alloc(8);
  head.write(type, 'ascii');
  head.writeUInt32BE(head.length + data.length, 4);
  return Buffer.concat([head, data]);
}
