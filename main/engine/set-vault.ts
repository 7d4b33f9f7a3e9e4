/**
 * Writes into repo.json which key vault keeps this repository's key, or that none does: a new generation, signed by the
 * owner.
 */
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RepositoryFacts, Verbs, VaultLocator } from './api.ts';
import { equal, fromHex } from './format/bytes.ts';
import { deriveKey, rootOf } from './format/keys.ts';
import { encodeRepoFile, isVaultUrl, REPO_FILES, type ReadRepoFile, type RepoVault } from './format/repo-file.ts';
import { openFor, WHILE_WATCHED } from './open.ts';
import { checkKnown } from './repository/known-state.ts';
import { factsOf, listClientIds, readRepoFile, Repository } from './repository/repository.ts';
import { unattended } from './verb-context.ts';

/** Times that a change which lost a race against another computer's is made again. */
const MAX_RACES = 5;

/**
 * Does nothing where repo.json says so already. Errors: bad-input, busy (others change it all the time), and those of
 * unlock.
 */
export async function setVault(input: Verbs['setVault']['input'], context = unattended): Promise<RepositoryFacts> {
  const destination = await openFor(input.destination, context, { patience: WHILE_WATCHED });
  try {
    return await setVaultIn(destination, input);
  } finally {
    await destination.close();
  }
}

/** The same in a destination that is open already; the caller closes it. */
export async function setVaultIn(
  destination: Destination,
  input: Verbs['setVault']['input'],
): Promise<RepositoryFacts> {
  const vault = input.vault === null ? null : parse(input.vault);
  // Opening proves that the key is the owner's: what is signed with it counts.
  const { file: opened } = await Repository.open(destination, { kind: 'key', rootKey: input.rootKey });
  const { stateFolder } = input;
  // A place may be behind: the change has to be newer than what this computer has seen elsewhere, or that would win.
  const newest = stateFolder === undefined ? 0 : (await checkKnown(stateFolder, opened, input.destination)).newest;
  const ownerSeed = deriveKey(rootOf(input.rootKey, opened.repoId), 'repo-owner');
  try {
    const file = await replace(destination, opened, vault, ownerSeed, newest);
    if (stateFolder !== undefined) await checkKnown(stateFolder, file, input.destination);
    return factsOf(file, await listClientIds(destination), true);
  } finally {
    ownerSeed.fill(0);
  }
}

/**
 * A crash between two copies leaves the new generation in at least one, and the highest counts: the change is then
 * either not seen at all or whole. The next backup writes the copies that stayed behind.
 *
 * @param newest generation that was seen elsewhere, 0 for none: what is said here counts only where it is no older
 */
async function replace(
  destination: Destination,
  opened: ReadRepoFile,
  vault: RepoVault | null,
  ownerSeed: Uint8Array,
  newest: number,
): Promise<ReadRepoFile> {
  const mine = (file: ReadRepoFile): boolean => equal(file.repoId, opened.repoId);
  let current = await readRepoFile(destination, mine);
  for (let race = 0; race < MAX_RACES; race++) {
    if (!equal(current.file.ownerPublicKey, opened.ownerPublicKey)) throw busy();
    const stale = [...current.unsound, ...current.stale];
    if (current.file.generation >= newest && sameVault(current.file.vault, vault)) {
      // Said already, perhaps by a try that was interrupted: only the copies that it did not reach are written.
      for (const name of stale.reverse()) await destination.put(name, current.bytes);
      return current.file;
    }
    const { hash: _, ...file } = current.file;
    // Another computer may write the same generation just now: the loser goes past both.
    const generation = Math.max(file.generation, newest) + (race === 0 ? 1 : 2);
    const bytes = encodeRepoFile({ ...file, generation, vault }, ownerSeed);
    // The first copy last, as when a repository is made.
    for (const name of [...REPO_FILES].reverse()) {
      if (!current.foreign.includes(name)) await destination.put(name, bytes);
    }
    const seen = await readRepoFile(destination, mine);
    if (equal(seen.bytes, bytes)) return seen.file;
    current = seen;
  }
  throw busy();
}

function parse(vault: VaultLocator): RepoVault {
  const vaultId = fromHex(vault.vaultId, 16);
  const recordId = fromHex(vault.recordId, 32);
  const fingerprint = fromHex(vault.fingerprint, 32);
  const sound = vault.urls.length > 0 && vault.urls.length <= 16 && vault.urls.every(isVaultUrl);
  if (vaultId === null || recordId === null || fingerprint === null || !sound) {
    throw new HoldfastError('bad-input', 'The vault’s address is malformed.', 'Nothing was changed. Set it up again.');
  }
  return { vaultId, recordId, urls: vault.urls, fingerprint };
}

function sameVault(a: RepoVault | null, b: RepoVault | null): boolean {
  if (a === null || b === null) return a === b;
  return (
    equal(a.vaultId, b.vaultId) &&
    equal(a.recordId, b.recordId) &&
    equal(a.fingerprint, b.fingerprint) &&
    a.urls.join('\n') === b.urls.join('\n')
  );
}

const busy = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Another computer is changing this backup’s settings at the same time.',
    'What it wrote was kept. Try again in a moment.',
  );
