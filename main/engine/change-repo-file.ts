/** Writes a change into repo.json: a new generation, signed by the owner, in all three copies. */
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import { equal } from './format/bytes.ts';
import { encodeRepoFile, REPO_FILES, type ReadRepoFile, type RepoFile } from './format/repo-file.ts';
import { readRepoFile } from './repository/repository.ts';

/** Times that a change which lost a race against another computer's is made again. */
const MAX_RACES = 5;

/**
 * A crash between two copies leaves the new generation in at least one, and the highest counts: the change is then
 * either not seen at all or whole. The next backup writes the copies that stayed behind.
 *
 * @param opened as the root key has proven it
 * @param ownerSeed Ed25519 seed of its owner, 32 bytes
 * @param newest generation that was seen elsewhere, 0 for none: what is said here counts only where it is no older
 * @param change what the next generation says; null where the file says it already, perhaps by a try that was
 *   interrupted. Called again for what another computer has written meanwhile.
 * @param elsewhere the newest file of the same owner that was seen elsewhere: where the place is behind it, the change
 *   starts from that, so that the place's old settings do not become the newest
 *
 * Errors: busy (others change it all the time), destination-*
 */
export async function changeRepoFile(
  destination: Destination,
  opened: ReadRepoFile,
  ownerSeed: Uint8Array,
  newest: number,
  change: (file: ReadRepoFile) => RepoFile | null | Promise<RepoFile | null>,
  elsewhere: ReadRepoFile | null = null,
): Promise<ReadRepoFile> {
  const mine = (file: ReadRepoFile): boolean => equal(file.repoId, opened.repoId);
  let current = await readRepoFile(destination, mine);
  for (let race = 0; race < MAX_RACES; race++) {
    if (!equal(current.file.ownerPublicKey, opened.ownerPublicKey)) throw busy();
    const stale = [...current.unsound, ...current.stale];
    const isBehind = elsewhere !== null && elsewhere.generation > current.file.generation;
    const base = isBehind ? elsewhere : current.file;
    const changed = await change(base);
    if (current.file.generation >= newest && changed === null) {
      for (const name of stale.reverse()) await destination.put(name, current.bytes);
      return current.file;
    }
    // Another computer may write the same generation just now: the loser goes past both.
    const generation = Math.max(current.file.generation, newest) + (race === 0 ? 1 : 2);
    const bytes = encodeRepoFile({ ...(changed ?? base), generation }, ownerSeed);
    await putRepoFile(destination, bytes, current.foreign);
    const seen = await readRepoFile(destination, mine);
    if (equal(seen.bytes, bytes)) return seen.file;
    current = seen;
  }
  throw busy();
}

/** All three copies, the first one last, as when a repository is made. @param foreign copies of another repository */
export async function putRepoFile(
  destination: Destination,
  bytes: Uint8Array,
  foreign: readonly string[],
): Promise<void> {
  for (const name of [...REPO_FILES].reverse()) if (!foreign.includes(name)) await destination.put(name, bytes);
}

const busy = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Another computer is changing this backup’s settings at the same time.',
    'What it wrote was kept. Try again in a moment.',
  );
