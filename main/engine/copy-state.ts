/** What of a repository lies at a destination, and which of several repo.json is the one that counts. */
import { HoldfastError, toHoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { equal } from './format/bytes.ts';
import { SEALED_HEADER_BYTES, parseHeader } from './format/envelope.ts';
import { REPO_FILES, type ReadRepoFile } from './format/repo-file.ts';
import { listClientIds, readRepoFile, type RepoFileCopies } from './repository/repository.ts';

/**
 * `empty`: nothing of a repository; `unfinished`: objects of this repository and no repo.json that can be read, because
 * a copy that was filling it has not ended, or because all three copies are damaged.
 */
export type PlaceState = { state: 'ready'; copies: RepoFileCopies } | { state: 'empty' } | { state: 'unfinished' };

/** Objects of a computer that are looked at to tell whose they are: more than one, since one may be damaged. */
const LOOKED_AT = 8;

/**
 * @param repoId whose objects are meant, 16 bytes. Another repository with a repo.json of its own is `ready` too: the
 *   caller compares.
 *
 * Errors: repository-damaged (no repo.json, and objects that are another's or tell nothing), newer-format, destination-*
 */
export async function stateOf(destination: Destination, repoId: Uint8Array): Promise<PlaceState> {
  try {
    return { state: 'ready', copies: await readRepoFile(destination, (file) => equal(file.repoId, repoId)) };
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'not-a-repository') return { state: 'empty' };
    if (code === 'repository-damaged' && (await objectsBelongTo(destination, repoId))) return { state: 'unfinished' };
    throw error;
  }
}

/** True where computers' objects lie there, and those of them that are looked at carry this repository's id. */
async function objectsBelongTo(destination: Destination, repoId: Uint8Array): Promise<boolean> {
  let told = 0;
  for (const client of await listClientIds(destination)) {
    let looked = 0;
    for await (const { name, size } of destination.list(`c/${client}/`)) {
      if (!/\/[pmis]\//.test(name) || size < SEALED_HEADER_BYTES) continue;
      const found = repoIdIn(await destination.getRange(name, 0, SEALED_HEADER_BYTES), name);
      if (found !== null && !equal(found, repoId)) return false;
      if (found !== null) told++;
      if (found !== null || ++looked >= LOOKED_AT) break;
    }
  }
  return told > 0;
}

function repoIdIn(header: Uint8Array, name: string): Uint8Array | null {
  try {
    return parseHeader(header, name).repoId;
  } catch {
    return null; // A damaged object says nothing about whose it is.
  }
}

/**
 * The newest repo.json of the same owner. Anyone who can write to a storage can put a repo.json of a higher generation
 * there, signed by a key of his own; only the owner's signature makes it count elsewhere.
 *
 * @param owner Ed25519 public key, 32 bytes
 */
export function newestOf(copies: readonly RepoFileCopies[], owner: Uint8Array): RepoFileCopies | null {
  const own = copies.filter(({ file }) => equal(file.ownerPublicKey, owner));
  return own.reduce<RepoFileCopies | null>(
    (best, one) => (best === null || isNewer(one.file, best.file) ? one : best),
    null,
  );
}

/** Of equal generations the greater SHA-256 counts, as for the three copies at one place. */
export function isNewer(a: ReadRepoFile, b: ReadRepoFile): boolean {
  return a.generation > b.generation || (a.generation === b.generation && Buffer.compare(a.hash, b.hash) > 0);
}

/**
 * Brings a ready destination's copies of repo.json to `newest`: those that are older, damaged or missing. The first
 * copy last, as when a repository is made. Copies of other repositories are left alone.
 *
 * @returns the one that counts there now
 */
export async function bringRepoFile(
  destination: Destination,
  there: RepoFileCopies,
  newest: RepoFileCopies,
): Promise<ReadRepoFile> {
  // What another owner signed does not count here, however new it says it is.
  const advance = equal(newest.file.ownerPublicKey, there.file.ownerPublicKey) && isNewer(newest.file, there.file);
  const names = advance
    ? REPO_FILES.filter((name) => !there.foreign.includes(name))
    : [...there.unsound, ...there.stale];
  const bytes = advance ? newest.bytes : there.bytes;
  // `repo.json` sorts after its numbered copies.
  for (const name of [...names].sort()) await destination.put(name, bytes);
  return advance ? newest.file : there.file;
}

export function anotherRepository(label: string): HoldfastError {
  return new HoldfastError(
    'repository-exists',
    text`${label} holds another backup.`,
    'It was not changed. Choose an empty place, or the one that holds this backup.',
  );
}

export function otherOwner(label: string): HoldfastError {
  return new HoldfastError(
    'repository-damaged',
    text`repo.json in ${label} was signed by somebody else than repo.json at the places to copy from.`,
    'Nothing was copied there. Connect the right place, or bring back its repo.json from the storage’s older versions.',
  );
}
