/** Objects other than packs: a header and 256 KiB segments over a padded plaintext (FORMAT.md, "Envelope"). */
import { view } from './bytes.ts';
import { damaged } from './damage.ts';
import { openHeader, parseHeader, sealHeader, type Header, type SealOptions } from './envelope.ts';
import { openInto, positionNonce, sealPieces, TAG_BYTES } from './gcm.ts';
import { paddedPlaintext } from './padme.ts';

export const SEGMENT_BYTES = 262_144;

/** @param data at most 2^32 segments; stored with an 8-byte true length and zeros up to the padded size */
export function sealObject(options: SealOptions, data: Uint8Array): Uint8Array {
  const length = paddedPlaintext(8 + data.length);
  const { header, key, aad } = sealHeader(options);
  const count = Math.ceil(length / SEGMENT_BYTES);
  const sealed = new Uint8Array(header.length + length + count * TAG_BYTES);
  sealed.set(header);
  let at = header.length;
  for (let i = 0; i < count; i++) {
    const from = i * SEGMENT_BYTES;
    const segment = paddedBetween(data, from, Math.min(length, from + SEGMENT_BYTES));
    for (const piece of sealPieces(key, positionNonce(i, i === count - 1), aad, segment)) {
      sealed.set(piece, at);
      at += piece.length;
    }
  }
  return sealed;
}

/** Pieces of the padded plaintext: segments of tables are large, and are not copied to be padded. */
function paddedBetween(data: Uint8Array, from: number, to: number): Uint8Array[] {
  const head = new Uint8Array(8);
  view(head).setBigUint64(0, BigInt(data.length));
  const pieces = [head.subarray(from, to), data.subarray(Math.max(0, from - 8), Math.max(0, to - 8))];
  const rest = to - from - pieces.reduce((sum, piece) => sum + piece.length, 0);
  return [...pieces, new Uint8Array(rest)];
}

/**
 * Opens a whole object.
 *
 * @param secretFor gives the secret for a header (see openHeader), or null where none is known
 */
export function openObject(
  bytes: Uint8Array,
  kind: number,
  what: string,
  secretFor: (header: Header) => Uint8Array | null,
): { header: Header; data: Uint8Array } {
  const header = parseHeader(bytes, what);
  if (header.kind !== kind) throw damaged(what, `kind ${header.kind} where ${kind} was expected`);
  const secret = secretFor(header);
  const opened = secret === null ? null : openHeader(header, secret);
  if (opened === null) throw damaged(what, 'its key does not fit');
  const body = bytes.subarray(header.bytes.length);
  const stride = SEGMENT_BYTES + TAG_BYTES;
  const count = Math.ceil(body.length / stride);
  const plaintext = new Uint8Array(Math.max(0, body.length - count * TAG_BYTES));
  let at = 0;
  for (let i = 0; i < count; i++) {
    const segment = body.subarray(i * stride, (i + 1) * stride);
    at += openInto(opened.key, positionNonce(i, i === count - 1), opened.aad, segment, plaintext, at, what);
  }
  if (plaintext.length < 8) throw damaged(what, 'too short');
  const length = view(plaintext).getBigUint64(0);
  if (length > BigInt(plaintext.length - 8) || plaintext.length !== paddedPlaintext(8 + Number(length))) {
    throw damaged(what, 'wrong length');
  }
  return { header, data: plaintext.subarray(8, 8 + Number(length)) };
}
