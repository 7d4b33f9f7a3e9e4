/** Notes that the owner signs about one computer: `c/<client id>/retired` (FORMAT.md, "Retired computers"). */
import { CborReader, decodeCbor, encodeCbor, type Cbor } from './cbor.ts';
import { concat, equal, utf8 } from './bytes.ts';
import { ed25519Sign, ed25519Verify } from './keys.ts';

export interface RetiredNote {
  /** 16 bytes each. */
  repoId: Uint8Array;
  clientId: Uint8Array;
  /** ms since the epoch. */
  retiredMs: number;
}

const CONTEXT = utf8('holdfast/v1/retired\0');
const SIGNATURE_BYTES = 64;
const WHAT = 'The note that a computer is retired';

/** Signature (64 bytes) || CBOR. @param ownerSeed Ed25519 seed, 32 bytes */
export function encodeRetired(note: RetiredNote, ownerSeed: Uint8Array): Uint8Array {
  const payload = encodeCbor(
    new Map<number, Cbor>([
      [0, 1],
      [1, note.repoId],
      [2, note.clientId],
      [3, note.retiredMs],
    ]),
  );
  return concat(ed25519Sign(ownerSeed, concat(CONTEXT, payload)), payload);
}

/**
 * Null where the owner did not sign it, or about another computer. Errors: object-damaged (signed, and not of the format).
 *
 * @param ownerPublicKey pinned or derived, 32 bytes
 */
export function decodeRetired(
  bytes: Uint8Array,
  ownerPublicKey: Uint8Array,
  about: Pick<RetiredNote, 'repoId' | 'clientId'>,
): RetiredNote | null {
  const payload = bytes.subarray(SIGNATURE_BYTES);
  const signature = bytes.subarray(0, SIGNATURE_BYTES);
  if (!ed25519Verify(ownerPublicKey, concat(CONTEXT, payload), signature)) return null;
  const r = new CborReader(WHAT);
  const m = r.map(decodeCbor(payload, WHAT), 'note');
  const note = {
    repoId: r.bytes(m.get(1), 'repoId', 16),
    clientId: r.bytes(m.get(2), 'client id', 16),
    retiredMs: r.uint(m.get(3), 'time'),
  };
  return equal(note.repoId, about.repoId) && equal(note.clientId, about.clientId) ? note : null;
}
