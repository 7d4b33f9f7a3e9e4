/** Session markers: which instance of a computer is writing now (FORMAT.md, "Session markers"). */
import { concat, equal, u32, u64, utf8, view } from './bytes.ts';
import { deriveKey, hmac } from './keys.ts';

export interface Marker {
  /** 16 bytes each. */
  repoId: Uint8Array;
  clientId: Uint8Array;
  instance: Uint8Array;
  epoch: number;
  /** When the run began, ms since the epoch. */
  startedMs: number;
}

const MAGIC = utf8('HOLDMARK');
const MARKER_VERSION = 1;
const MAC_AT = 69;
/** Of any marker. */
export const MARKER_BYTES = MAC_AT + 32;

/** @param meta the computer's meta key of that epoch, 32 bytes */
export function encodeMarker(marker: Marker, meta: Uint8Array): Uint8Array {
  const bytes = concat(
    MAGIC,
    Uint8Array.of(MARKER_VERSION),
    u32(marker.epoch),
    marker.repoId,
    marker.clientId,
    marker.instance,
    u64(BigInt(marker.startedMs)),
  );
  return concat(bytes, hmac(deriveKey(meta, 'marker'), bytes));
}

/**
 * Null where it is none, or was not made by who has the key: anybody who can write to the storage can put something there.
 *
 * @param metaOf the computer's meta key (32 bytes) of an epoch, null where it is not known
 */
export function decodeMarker(bytes: Uint8Array, metaOf: (epoch: number) => Uint8Array | null): Marker | null {
  if (bytes.length !== MARKER_BYTES || !equal(bytes.subarray(0, 8), MAGIC) || bytes[8] !== MARKER_VERSION) return null;
  const epoch = view(bytes).getUint32(9);
  const meta = metaOf(epoch);
  if (meta === null) return null;
  if (!equal(hmac(deriveKey(meta, 'marker'), bytes.subarray(0, MAC_AT)), bytes.subarray(MAC_AT))) return null;
  return {
    repoId: bytes.slice(13, 29),
    clientId: bytes.slice(29, 45),
    instance: bytes.slice(45, 61),
    epoch,
    startedMs: Number(view(bytes).getBigUint64(61)),
  };
}

/** Id of one instance of a computer: two copies of its disk on two machines have two. 16 bytes. */
export const instanceId = (blobId: Uint8Array, machine: string): Uint8Array =>
  hmac(deriveKey(blobId, 'instance'), utf8(machine)).slice(0, 16);
