/** What the storage's own checksums say of objects, without a download. Finds rot, not a storage that lies. */
import { isHashedName } from '../../destinations/names.ts';
import type { ObjectInfo } from '../../destinations/destination.ts';
import { phrase } from '../../text.ts';

/** `unproven`: the storage tells no SHA-256 of it, or its name is no hash, so that only its bytes could tell. */
export type Proof = 'proven' | 'unproven' | 'damaged';

/** Compares the SHA-256 that the storage tells with the one that is the object's name. */
export function proofOf({ name, checksum }: ObjectInfo): Proof {
  if (checksum?.algorithm !== 'sha256' || !isHashedName(name)) return 'unproven';
  return checksum.hex === name.slice(name.lastIndexOf('/') + 1) ? 'proven' : 'damaged';
}

/** For the user, of an object whose proof is `damaged`. */
export const ROTTEN = phrase(
  'The storage itself says that its bytes have changed: their checksum is not the one in its name.',
);
