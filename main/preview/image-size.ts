/**
 * How large a picture says it is, from its header alone: before anything decodes it, so that a few kilobytes that unfold
 * into gigabytes are refused.
 */
import type { Source } from '../messages/source.ts';

export interface ImageSize {
  width: number;
  height: number;
}

/** Bytes in which the header of every format but JPEG has to be. */
const HEAD_BYTES = 64 * 1024;
/** Segments of a JPEG that are passed before its frame; cameras write about ten. */
const MOST_SEGMENTS = 500;

/** Null where the header cannot be read: such a picture is not opened. Errors: those of reading. */
export async function imageSize(source: Source, type: string): Promise<ImageSize | null> {
  const size = type === 'image/jpeg' ? await jpegSize(source) : headSize(await source.read(0, HEAD_BYTES), type);
  return size !== null && size.width > 0 && size.height > 0 ? size : null;
}

function headSize(head: Uint8Array, type: string): ImageSize | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    switch (type) {
      case 'image/png':
        return { width: view.getUint32(16), height: view.getUint32(20) };
      case 'image/gif':
        return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
      case 'image/bmp':
        return bitmapSize(view);
      case 'image/webp':
        return webpSize(view);
      case 'image/avif':
        return avifSize(view);
      default:
        return null;
    }
  } catch (error) {
    if (error instanceof RangeError) return null; // cut short
    throw error;
  }
}

function bitmapSize(view: DataView): ImageSize {
  if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  // A negative height: rows from the top down.
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** RFC 9649, section 2.5 to 2.7. */
function webpSize(view: DataView): ImageSize | null {
  const chunk = String.fromCharCode(view.getUint8(12), view.getUint8(13), view.getUint8(14), view.getUint8(15));
  const three = (at: number): number => view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  if (chunk === 'VP8X') return { width: three(24) + 1, height: three(27) + 1 };
  if (chunk === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (chunk !== 'VP8 ') return null;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** The largest of the sizes of its parts (`ispe`, ISO/IEC 23008-12), wherever in the header they are. */
function avifSize(view: DataView): ImageSize | null {
  let most: ImageSize | null = null;
  for (let at = 0; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== 0x69737065) continue;
    const size = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (most === null || size.width * size.height > most.width * most.height) most = size;
  }
  return most;
}

/** Goes from segment to segment to the frame header (ITU T.81, B.2.2). */
async function jpegSize(source: Source): Promise<ImageSize | null> {
  let at = 2;
  for (let i = 0; i < MOST_SEGMENTS; i++) {
    const bytes = await source.read(at, at + 10);
    const [marker = 0, code = 0, high = 0, low = 0] = bytes;
    if (marker !== 0xff || bytes.length < 10) return null;
    if (code === 0xff) {
      at += 1; // a fill byte
      continue;
    }
    // Markers without a length, which no camera writes here: what they would skip, a decoder would read.
    if (code <= 0x01 || (code >= 0xd0 && code <= 0xd8)) return null;
    const isFrame = code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
    if (isFrame) {
      const [, , , , , h1 = 0, h2 = 0, w1 = 0, w2 = 0] = bytes;
      return { width: w1 * 256 + w2, height: h1 * 256 + h2 };
    }
    if (code === 0xd9 || code === 0xda) return null;
    const length = high * 256 + low;
    if (length < 2) return null;
    at += 2 + length;
  }
  return null;
}
