/** A range of no bytes: no server can be asked for one. */
import type { ObjectInfo } from '../destination.ts';
import { objectDamaged, objectMissing } from '../local/errors.ts';

/**
 * What `getRange` gives for no bytes from `offset` on.
 * @param found the object as `stat` tells it; null where there is none
 * @throws HoldfastError `object-missing`, `object-damaged` where the object ends before `offset`
 */
export function emptyRange(found: ObjectInfo | null, name: string, offset: number): Uint8Array {
  if (found === null) throw objectMissing(name);
  if (offset > found.size) throw objectDamaged(name, `has ${found.size} bytes, asked for ${offset}+0`);
  return new Uint8Array();
}
