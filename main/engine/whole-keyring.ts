/**
 * Opens a repository with all epochs that are known. Where two computers have renewed the keys at two places, the keyring
 * of repo.json lacks one of the epochs: then a keyring with all of them is written.
 */
import type { Destination } from '../destinations/destination.ts';
import type { DestinationPlace } from '../destinations/spec.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { equal, toHex } from './format/bytes.ts';
import { openKeyring, unionOf, type Keyring } from './format/keyring.ts';
import { withOwnerSeed } from './owner-seed.ts';
import { keyringName, storeKeyring } from './repository/keyrings.ts';
import { keptKeyring } from './repository/known-keyring.ts';
import { checkKnown, refuseBehind, type Standing } from './repository/known-state.ts';
import { Repository } from './repository/repository.ts';

export interface Whole {
  repository: Repository;
  /** Beside what this computer has seen elsewhere. */
  standing: Standing;
  /** Bytes of a keyring with all epochs, which lies at the place: that of repo.json, but where the place is behind. */
  keyring: Uint8Array;
}

/**
 * @param stateFolder the engine's: what this computer knows of other places counts too, and a place that shows an older
 *   state than before is refused before anything is written
 * @param whereBehind `refuses` before a change that speaks of all settings: an old vault or list of retired computers must
 *   not become the newest by it. Else only `k/` is written to there
 *
 * Errors: repository-rolled-back, bad-input (behind), and those of opening
 */
export async function openWhole(
  destination: Destination,
  rootKey: Uint8Array,
  stateFolder: string | undefined,
  place: DestinationPlace,
  whereBehind: 'goes on' | 'refuses' = 'goes on',
): Promise<Whole> {
  const repository = await Repository.open(destination, { kind: 'key', rootKey });
  const { repoId, file } = repository;
  const { generation } = file;
  const standing: Standing =
    stateFolder === undefined ? { behind: false, newest: generation } : await checkKnown(stateFolder, file, place);
  if (whereBehind === 'refuses') refuseBehind(standing);
  const there: Keyring = { repoId, epochs: [...repository.epochs] };
  const kept = stateFolder === undefined ? null : await openKept(stateFolder, repoId, rootKey);
  const epochs = unionOf(kept === null ? [there] : [there, kept.keyring]);
  if (repository.keyrings.whole && epochs.length === there.epochs.length) {
    return { repository, standing, keyring: file.keyring };
  }
  if (standing.behind) {
    // A newer generation of what it says would bring its old settings to the other places: a copy brings it up to date.
    const keyring = await bringKeyring(destination, rootKey, { repoId, epochs }, kept);
    return { repository: await Repository.open(destination, { kind: 'key', rootKey }), standing, keyring };
  }
  await withOwnerSeed(rootKey, repoId, async (ownerSeed) => {
    const keyring = await storeKeyring(destination, rootKey, { repoId, epochs });
    await changeRepoFile(destination, file, ownerSeed, 0, (current) =>
      equal(current.keyring, keyring) ? null : { ...current, keyring },
    );
  });
  const opened = await Repository.open(destination, { kind: 'key', rootKey });
  return { repository: opened, standing, keyring: opened.file.keyring };
}

interface Kept {
  bytes: Uint8Array;
  keyring: Keyring;
}

/** Puts a keyring with all epochs into `k/`: the kept one where it has them all. @returns its bytes */
async function bringKeyring(
  destination: Destination,
  rootKey: Uint8Array,
  all: Keyring,
  kept: Kept | null,
): Promise<Uint8Array> {
  if (kept?.keyring.epochs.length !== all.epochs.length) return await storeKeyring(destination, rootKey, all);
  const sha256 = keyringName(kept.bytes);
  await destination.put(`k/${toHex(sha256)}`, kept.bytes, { sha256 });
  return kept.bytes;
}

async function openKept(stateFolder: string, repoId: Uint8Array, rootKey: Uint8Array): Promise<Kept | null> {
  const bytes = await keptKeyring(stateFolder, repoId);
  try {
    const keyring = bytes === null ? null : openKeyring(rootKey, bytes);
    return bytes !== null && keyring !== null && equal(keyring.repoId, repoId) ? { bytes, keyring } : null;
  } catch {
    return null; // Damaged: what it knows is then in no other either.
  }
}
