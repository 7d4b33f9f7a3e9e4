/**
 * Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019):
 * the padded length keeps only the highest bits of the true one, so an observer learns O(log log L) bits of it and the
 * cost is at most 12 %, falling with size.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const unit = padmeUnit(length);
  return Math.ceil(length / unit) * unit;
}

/** Padded lengths near this one are multiples of it. */
function padmeUnit(length: number): number {
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  return 2 ** Math.max(0, exponent - kept);
}

const SMALLEST_OBJECT = 65_536;
const SMALL_PACK = 8 * 1024 * 1024;

/** Length of a non-pack object's padded plaintext: at least 64 KiB, else Padmé. */
export const paddedPlaintext = (length: number): number => Math.max(SMALLEST_OBJECT, padme(length));

/** Stored size of a pack: a power of two from 64 KiB up to 8 MiB, Padmé above. */
export function paddedPack(length: number): number {
  if (length > SMALL_PACK) return padme(length);
  let size = SMALLEST_OBJECT;
  while (size < length) size *= 2;
  return size;
}

/**
 * How far a pack of this length is below the stored size that it would get, from 0 (it is one) to 1 (a byte above the
 * one before); 1 up to 8 MiB, where a pack that goes on growing gets into the same size.
 */
export function shortOfPadded(length: number): number {
  return length > SMALL_PACK ? (padme(length) - length) / padmeUnit(length) : 1;
}
