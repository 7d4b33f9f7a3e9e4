/** The value of a long attribute from its data blobs (FORMAT.md, "Trees"). */
import { ID_BYTES } from './blob.ts';
import { damaged } from './damage.ts';
import { MAX_VALUE } from './node-extras.ts';

/**
 * Never holds more than `size` and one blob, whatever the ids say.
 *
 * @param content 32-byte ids of data blobs, joined
 * @param read gives the proven bytes of one blob; they may be a view that is good until the next call
 * @param what the beginning of a sentence on damage
 */
export function largeValue(
  content: Uint8Array,
  size: number,
  read: (id: Uint8Array) => Uint8Array,
  what: string,
): Uint8Array {
  if (size > MAX_VALUE) throw damaged(what, 'length');
  const parts: Uint8Array[] = [];
  let have = 0;
  for (let at = 0; at < content.length; at += ID_BYTES) {
    const bytes = read(content.subarray(at, at + ID_BYTES));
    have += bytes.length;
    if (have > size) throw damaged(what, 'length');
    parts.push(bytes.slice());
  }
  if (have !== size) throw damaged(what, 'length');
  return Buffer.concat(parts);
}
