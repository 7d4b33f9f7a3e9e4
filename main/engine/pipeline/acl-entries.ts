/** POSIX ACLs as Linux keeps them in extended attributes (linux/posix_acl_xattr.h), without the names of others. */

const NAMES = new Set(['system.posix_acl_access', 'system.posix_acl_default']);
/** The version, 4 bytes; then entries of tag and permissions (2 bytes each) and id (4 bytes), little-endian. */
const HEADER_BYTES = 4;
const ENTRY_BYTES = 8;
const VERSION = 2;
const Tag = { user: 0x02, groupOfOwner: 0x04, group: 0x08, mask: 0x10 } as const;

/**
 * An ACL without its entries of single users and groups, whose numbers are other people's on another computer. The mask
 * goes with them, and the owner's group gets only what it had under it: the mode alone would give it the mask.
 *
 * @returns the value itself where it names nobody, or is no ACL; null for an ACL that is not understood
 */
export function withoutNamed(name: Uint8Array, value: Uint8Array): Uint8Array | null {
  if (!NAMES.has(Buffer.from(name).toString())) return value;
  const acl = Buffer.from(value);
  if (acl.length < HEADER_BYTES || (acl.length - HEADER_BYTES) % ENTRY_BYTES !== 0) return null;
  if (acl.readUInt32LE(0) !== VERSION) return null;
  const kept: Buffer[] = [];
  let mask = 7;
  let named = false;
  for (let at = HEADER_BYTES; at < acl.length; at += ENTRY_BYTES) {
    const tag = acl.readUInt16LE(at);
    if (tag === Tag.user || tag === Tag.group) named = true;
    else if (tag === Tag.mask) mask = acl.readUInt16LE(at + 2);
    else kept.push(acl.subarray(at, at + ENTRY_BYTES));
  }
  if (!named) return value;
  for (const entry of kept) {
    if (entry.readUInt16LE(0) === Tag.groupOfOwner) entry.writeUInt16LE(entry.readUInt16LE(2) & mask, 2);
  }
  return Buffer.concat([acl.subarray(0, HEADER_BYTES), ...kept]);
}
