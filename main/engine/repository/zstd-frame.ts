/**
 * The outside of a zstd frame (RFC 8878, section 3.1.1), read before anything is decompressed: what a frame may make a
 * decoder allocate is known from its headers alone, because a block never yields more than 128 KiB.
 */
import { damaged } from '../format/damage.ts';

const MAGIC = 0xfd2fb528;
const MAX_BLOCK = 128 * 1024;

/** The window that level 12 and below never pass, in bytes; larger data may have a window as large as they are. */
const MAX_WINDOW = 8 * 1024 * 1024;

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;

/** What is refused by frames of one frame's worth of data; `detail` says which rule was broken. */
function refuse(detail: string): never {
  throw damaged('A compressed block', `zstd frame: ${detail}`);
}

/**
 * Most bytes that the block headers let a frame of `rawLength` bytes yield. Encoders cut some blocks shorter than 128
 * KiB (seen: 1.8 times the data), so it is more than rawLength.
 */
function allowance(rawLength: number): number {
  return 4 * rawLength + 2 * MAX_BLOCK;
}

/**
 * Checks that `src` is exactly one frame, without a dictionary, whose headers cannot make a decoder allocate out of
 * proportion to `rawLength`.
 *
 * @param src the whole frame
 * @param rawLength bytes that it must yield
 * @throws HoldfastError object-damaged
 */
export function checkFrame(src: Uint8Array, rawLength: number): void {
  const view = new DataView(src.buffer, src.byteOffset, src.byteLength);
  const { at, window, checksum } = checkHeader(view, rawLength);
  const blockMax = Math.min(window, MAX_BLOCK);
  const limit = allowance(rawLength);

  let position = at;
  let most = 0;
  for (let last = false; !last;) {
    if (position + 3 > src.length) refuse('ends before its last block');
    const header = view.getUint16(position, true) | (view.getUint8(position + 2) << 16);
    position += 3;
    last = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (size > blockMax) refuse(`a block of ${size} bytes`);
    if (type === RAW || type === RLE) most += size;
    else if (type === COMPRESSED) most += blockMax;
    else refuse('a block of reserved type');
    if (most > limit) refuse(`blocks for ${most} bytes or more where ${rawLength} are due`);
    position += type === RLE ? 1 : size;
  }
  if (most < rawLength) refuse(`blocks for at most ${most} bytes where ${rawLength} are due`);
  if (position + (checksum ? 4 : 0) !== src.length) refuse('does not end where its blocks do');
}

/** Frame header: position after it, window size in bytes, and whether a checksum follows the blocks. */
function checkHeader(view: DataView, rawLength: number): { at: number; window: number; checksum: boolean } {
  if (view.byteLength < 6 || view.getUint32(0, true) !== MAGIC) refuse('no zstd frame');
  const descriptor = view.getUint8(4);
  if ((descriptor & 0x08) !== 0) refuse('a reserved bit is set');
  if ((descriptor & 0x03) !== 0) refuse('needs a dictionary');
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? Number(singleSegment) : 1 << sizeFlag;
  const at = 5 + (singleSegment ? 0 : 1) + sizeBytes;
  if (view.byteLength < at) refuse('ends inside its header');

  if (sizeBytes > 0) {
    const declared = readContentSize(view, at - sizeBytes, sizeBytes);
    if (declared !== BigInt(rawLength)) refuse(`declares ${declared} bytes where ${rawLength} are due`);
  }
  let window = rawLength;
  if (!singleSegment) {
    const byte = view.getUint8(5);
    const base = 2 ** (10 + (byte >> 3));
    window = base + (base / 8) * (byte & 7);
  }
  if (window > Math.max(MAX_WINDOW, rawLength)) refuse(`a window of ${window} bytes`);
  return { at, window, checksum: (descriptor & 0x04) !== 0 };
}

function readContentSize(view: DataView, at: number, bytes: number): bigint {
  switch (bytes) {
    case 1:
      return BigInt(view.getUint8(at));
    case 2:
      return BigInt(view.getUint16(at, true) + 256);
    case 4:
      return BigInt(view.getUint32(at, true));
    default:
      return view.getBigUint64(at, true);
  }
}

/** A frame that holds `src` as it is: for data that an encoder would put into a frame which checkFrame refuses. */
export function rawFrame(src: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(src.length / MAX_BLOCK));
  const frame = new Uint8Array(6 + blocks * 3 + src.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(5, 7 << 3); // window 128 KiB
  let at = 6;
  for (let block = 0; block < blocks; block++) {
    const bytes = src.subarray(block * MAX_BLOCK, (block + 1) * MAX_BLOCK);
    const header = (bytes.length << 3) | (RAW << 1) | (block === blocks - 1 ? 1 : 0);
    view.setUint16(at, header & 0xffff, true);
    view.setUint8(at + 2, header >> 16);
    frame.set(bytes, at + 3);
    at += 3 + bytes.length;
  }
  return frame;
}
