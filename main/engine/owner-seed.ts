/** The seed that signs repo.json: 32 bytes of Ed25519, in memory only while they are needed. */
import { deriveKey, rootOf } from './format/keys.ts';

export async function withOwnerSeed<T>(
  rootKey: Uint8Array,
  repoId: Uint8Array,
  work: (ownerSeed: Uint8Array) => Promise<T>,
): Promise<T> {
  const ownerSeed = deriveKey(rootOf(rootKey, repoId), 'repo-owner');
  try {
    return await work(ownerSeed);
  } finally {
    ownerSeed.fill(0);
  }
}
