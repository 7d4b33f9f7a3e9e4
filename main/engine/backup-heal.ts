/** What a backup puts right before it begins: copies of repo.json and the keyring, from what is whole. */
import type { Destination } from '../destinations/destination.ts';
import { equal, toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import { isStored } from './repository/domain.ts';
import { readRepoFile } from './repository/repository.ts';

/** Puts damaged or missing copies of repo.json and the keyring back. @param warn told each thing that was wrong */
export async function healRepoFile(
  destination: Destination,
  capability: Capability,
  warn: (text: string) => void,
): Promise<void> {
  const { repoId } = capability;
  const { bytes, unsound, foreign, stale, file } = await readRepoFile(destination, (f) => equal(f.repoId, repoId));
  for (const name of foreign) {
    warn(`${name} belongs to another backup and is left alone. Perhaps two folders were mixed.`);
  }
  for (const name of unsound) {
    await destination.put(name, bytes);
    warn(`${name} was damaged or missing and has been written again from another copy.`);
  }
  // What a change of repo.json that was interrupted left behind: nothing is wrong with it, and nobody is told.
  for (const name of stale) await destination.put(name, bytes);
  const keyring = `k/${toHex(capability.keyring)}`;
  if (!(await isStored(destination, keyring))) {
    // Every copy of repo.json carries it; where that is another one already, its hash is refused.
    await destination.put(keyring, file.keyring, { sha256: capability.keyring });
    warn('The keyring was damaged or missing and has been written again.');
  }
}
