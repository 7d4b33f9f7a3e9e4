/**
 * Proves that a security descriptor lies wholly in its bytes. SetFileSecurityW is given no length: it reads as far as
 * the bytes themselves say, and follows pointers where they are in the absolute form.
 */

/** SECURITY_DESCRIPTOR_RELATIVE: revision, nothing, control (2 bytes), offsets of owner, group, SACL and DACL. */
const HEADER_BYTES = 20;
const OFFSETS = { owner: 4, group: 8, sacl: 12, dacl: 16 } as const;
/** SE_SELF_RELATIVE of the control bits. */
const SELF_RELATIVE = 0x8000;
const REVISION = 1;
/** SID: revision, number of sub-authorities, 6 bytes of authority; 4 bytes for each sub-authority. */
const SID_HEADER_BYTES = 8;
/** SID_MAX_SUB_AUTHORITIES. */
const MAX_SUB_AUTHORITIES = 15;
/** ACL: revision, nothing, size, number of entries (2 bytes each), nothing. */
const ACL_HEADER_BYTES = 8;
/** ACE: type, flags, size (2 bytes). */
const ACE_HEADER_BYTES = 4;

/** True for a self-relative descriptor of which every part is inside ([MS-DTYP] 2.4.2, 2.4.5, 2.4.6). */
export function isWholeDescriptor(value: Uint8Array): boolean {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < HEADER_BYTES || bytes.readUInt8(0) !== REVISION) return false;
  if ((bytes.readUInt16LE(2) & SELF_RELATIVE) === 0) return false;
  for (const at of [OFFSETS.owner, OFFSETS.group]) {
    const part = partAt(bytes, at);
    if (part === null || (part !== 'none' && !isWholeSid(part))) return false;
  }
  for (const at of [OFFSETS.sacl, OFFSETS.dacl]) {
    const part = partAt(bytes, at);
    if (part === null || (part !== 'none' && !isWholeAcl(part))) return false;
  }
  return true;
}

/** What begins at an offset, up to the end of all; null where that is outside. */
function partAt(bytes: Buffer, at: number): Buffer | 'none' | null {
  const offset = bytes.readUInt32LE(at);
  if (offset === 0) return 'none';
  return offset < HEADER_BYTES || offset >= bytes.length ? null : bytes.subarray(offset);
}

function isWholeSid(bytes: Buffer): boolean {
  if (bytes.length < SID_HEADER_BYTES || bytes.readUInt8(0) !== REVISION) return false;
  const count = bytes.readUInt8(1);
  return count <= MAX_SUB_AUTHORITIES && SID_HEADER_BYTES + 4 * count <= bytes.length;
}

function isWholeAcl(bytes: Buffer): boolean {
  if (bytes.length < ACL_HEADER_BYTES) return false;
  const size = bytes.readUInt16LE(2);
  if (size < ACL_HEADER_BYTES || size > bytes.length) return false;
  let at = ACL_HEADER_BYTES;
  for (let left = bytes.readUInt16LE(4); left > 0; left--) {
    if (at + ACE_HEADER_BYTES > size) return false;
    const length = bytes.readUInt16LE(at + 2);
    if (length < ACE_HEADER_BYTES || at + length > size) return false;
    at += length;
  }
  return true;
}
