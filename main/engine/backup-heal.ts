/** What a backup puts right before it begins: copies of repo.json and the keyring, from what is whole. */
import type { Destination } from '../destinations/destination.ts';
import { phrase, text, type Text } from '../text.ts';
import { equal, toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import { isStored } from './repository/domain.ts';
import { keyringName } from './repository/keyrings.ts';
import { keptKeyring } from './repository/known-keyring.ts';
import { readRepoFile, type RepoFileCopies } from './repository/repository.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';

/**
 * Puts damaged or missing copies of repo.json and the keyring back. Errors: locked, taken-over, those of the destination.
 *
 * @param warn told each thing that was wrong
 */
export async function healRepoFile(
  destination: Destination,
  capability: Capability,
  stateFolder: string,
  warn: (words: string | Text) => void,
): Promise<void> {
  const { repoId } = capability;
  const read = async (): Promise<RepoFileCopies> => {
    const found = await readRepoFile(destination, (f) => equal(f.repoId, repoId));
    refuseUnknownKeys(capability, found.file);
    return found;
  };
  const { bytes, unsound, foreign, stale, file } = await read();
  for (const name of foreign) {
    warn(text`${name} belongs to another backup and is left alone. Perhaps two folders were mixed.`);
  }
  for (const name of unsound) {
    await destination.put(name, bytes);
    warn(text`${name} was damaged or missing and has been written again from another copy.`);
  }
  // What a change of repo.json that was interrupted left behind: nothing is wrong with it, and nobody is told.
  for (const name of stale) await destination.put(name, bytes);
  // Another computer may have taken over meanwhile, and what was put just now lie over its word: the other copies tell.
  if (unsound.length + stale.length > 0) await read();
  const keyring = `k/${toHex(capability.keyring)}`;
  if (!(await isStored(destination, keyring))) {
    // Every copy of repo.json carries it; a place that was away while the keys were renewed has an earlier one.
    const kept = await keptKeyring(stateFolder, repoId);
    const own = kept !== null && equal(keyringName(kept), capability.keyring) ? kept : file.keyring;
    await destination.put(keyring, own, { sha256: capability.keyring });
    if (equal(own, file.keyring)) warn(phrase('The keyring was damaged or missing and has been written again.'));
  }
}
