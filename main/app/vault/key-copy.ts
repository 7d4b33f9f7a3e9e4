/** A root key of one's own, for work that may outlast the session that lends it. */
import { RootKey, wipe } from '../../keys/secret.ts';

/** The caller wipes it. */
export function copyOf(key: RootKey): RootKey {
  const bytes = key.copy();
  const copy = new RootKey(bytes);
  wipe(bytes);
  return copy;
}
