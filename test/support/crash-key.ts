import { keyText } from '../../main/keys/digits.ts';
import { RootKey } from '../../main/keys/secret.ts';

/** The content of a key file for the 32 bytes of a root key. */
export function keyTextOf(rootKey: Uint8Array): string {
  return keyText(new RootKey(Buffer.from(rootKey)));
}
