/**
 * Changes the root key of a repository, for when somebody has seen its digits. At each place: a new epoch, a keyring
 * under the new key that is proven to open, a repo.json signed by the new owner, and only then the older keyrings go.
 * Killed anywhere, the place opens with the old digits or with the new ones; called again with the same two keys, it
 * goes on.
 *
 * What the old key could read, it can still read where it lies: blocks are not stored again.
 */
import { toHoldfastError, HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { ChangeKeyInput, ChangeKeyOutput } from './api.ts';
import { changeRepoFile, putRepoFile } from './change-repo-file.ts';
import { equal, toHex } from './format/bytes.ts';
import { openKeyring, unionOf, type Epoch, type Keyring } from './format/keyring.ts';
import { ed25519PublicKey } from './format/keys.ts';
import { encodeRepoFile, type ReadRepoFile } from './format/repo-file.ts';
import { endingIn, removeOlder } from './older-keyrings.ts';
import { whileWatched } from './open.ts';
import { withOwnerSeed } from './owner-seed.ts';
import { keyringName, listKeyrings, openStored, storeKeyring } from './repository/keyrings.ts';
import { keepChanged, keptKeyring, keptSettings, type KeptSettings } from './repository/known-keyring.ts';
import { checkKnown } from './repository/known-state.ts';
import { factsOf, listClientIds, readRepoFile } from './repository/repository.ts';
import { writerIn } from './repository/writer-standing.ts';
import { parseVault, sameVault } from './set-vault.ts';
import { signNotesAnew } from './sign-notes.ts';
import { unattended } from './verb-context.ts';
import { openWhole } from './whole-keyring.ts';

/** Times that the change is made again after another computer wrote repo.json meanwhile. */
const MAX_RACES = 5;

/** Errors: wrong-key (neither key opens it), bad-input, busy, and those of unlock. */
export async function changeKey(input: ChangeKeyInput, context = unattended): Promise<ChangeKeyOutput> {
  return await whileWatched(input.destination, context, async (destination) => await changeKeyIn(destination, input));
}

/** The same in a destination that is open already; the caller closes it. */
export async function changeKeyIn(destination: Destination, input: ChangeKeyInput): Promise<ChangeKeyOutput> {
  const { rootKey, newRootKey, stateFolder } = input;
  if (newRootKey.length !== 32 || equal(rootKey, newRootKey)) throw sameKey();
  const opensNew = (file: ReadRepoFile): boolean => openQuietly(newRootKey, file.keyring) !== null;
  const found = await readRepoFile(
    destination,
    (file) => opensNew(file) || openQuietly(rootKey, file.keyring) !== null,
  );
  const { repoId } = found.file;
  return await withOwnerSeed(newRootKey, repoId, async (ownerSeed) => {
    const owner = ed25519PublicKey(ownerSeed);
    if (!equal(found.file.ownerPublicKey, owner)) await writeChange(destination, input, repoId, ownerSeed, owner);
    await finish(destination, input, ownerSeed);
    // What is there opens with the new key: nobody needs the older keyrings here any more.
    const { file, removed } = await removeOlder(destination, input, ownerSeed);
    if (stateFolder !== undefined) {
      await keepChanged(stateFolder, repoId, file);
      await checkKnown(stateFolder, file, input.destination);
    }
    return {
      repository: factsOf(file, await listClientIds(destination), true),
      keyring: toHex(keyringName(file.keyring)),
      removedKeyrings: removed,
    };
  });
}

/** Up to the new repo.json in all three copies. */
async function writeChange(
  destination: Destination,
  input: ChangeKeyInput,
  repoId: Uint8Array,
  ownerSeed: Uint8Array,
  owner: Uint8Array,
): Promise<void> {
  const { rootKey, newRootKey, stateFolder } = input;
  const elsewhere = await changedElsewhere(input, repoId);
  // Once another place has the new key, no copy can bring this one up to date: what it missed is taken from there.
  const whereBehind = elsewhere === null ? 'refuses' : 'goes on';
  const { repository, standing } = await openWhole(destination, rootKey, stateFolder, input.destination, whereBehind);
  const begun = await epochsUnder(destination, newRootKey, repoId, elsewhere?.keyring ?? null);
  const vault = input.vault === null ? null : parseVault(input.vault);
  const mine = (file: ReadRepoFile): boolean => equal(file.repoId, repoId);
  let current = await readRepoFile(destination, mine);
  for (let race = 0; race < MAX_RACES; race++) {
    const there = openQuietly(rootKey, current.file.keyring);
    if (there === null) throw changedBySomebody();
    const union = unionOf([{ repoId, epochs: begun }, there, { repoId, epochs: [...repository.epochs] }]);
    const epochs = endingIn(union, begun, owner);
    const keyring = await storeKeyring(destination, newRootKey, { repoId, epochs });
    const generation = Math.max(current.file.generation, standing.newest) + (race === 0 ? 1 : 2);
    const { ownerPublicKey: replaces } = repository.file;
    const settings = bothSettings(current.file, elsewhere);
    const next = { ...current.file, ...settings, generation, keyring, vault, ownerPublicKey: owner, replaces };
    const bytes = encodeRepoFile(next, ownerSeed);
    await putRepoFile(destination, bytes, current.foreign);
    const seen = await readRepoFile(destination, mine);
    if (equal(seen.bytes, bytes)) return;
    current = seen;
  }
  throw changedBySomebody();
}

/** Brings the copies that an interrupted try left behind, and what it had not said of the vault. */
async function finish(destination: Destination, input: ChangeKeyInput, ownerSeed: Uint8Array): Promise<void> {
  const vault = input.vault === null ? null : parseVault(input.vault);
  const { repository } = await openWhole(destination, input.newRootKey, undefined, input.destination);
  await changeRepoFile(destination, repository.file, ownerSeed, 0, (file) =>
    sameVault(file.vault, vault) ? null : { ...file, vault },
  );
  await signNotesAnew(destination, repository.file, input.rootKey, ownerSeed);
}

/** What the same change at another place has left for this one; null where this is the first. */
async function changedElsewhere(
  { newRootKey, stateFolder }: ChangeKeyInput,
  repoId: Uint8Array,
): Promise<(KeptSettings & { keyring: Keyring }) | null> {
  if (stateFolder === undefined) return null;
  const kept = await keptKeyring(stateFolder, repoId, 'changed-keyring');
  const keyring = kept === null ? null : openQuietly(newRootKey, kept);
  return keyring === null ? null : { keyring, ...(await keptSettings(stateFolder, repoId)) };
}

/** Sorted, as repo.json has them. Who was taken over since is retired only where both places say so. */
function bothSettings(here: KeptSettings, there: KeptSettings | null): KeptSettings {
  if (there === null) return { retired: here.retired, writers: here.writers };
  const has = (list: readonly Uint8Array[], id: Uint8Array): boolean => list.some((one) => equal(one, id));
  const newer = there.writers.filter((one) => (writerIn(here, one.clientId)?.number ?? 0) < one.number);
  const isNewer = (id: Uint8Array): boolean => newer.some(({ clientId }) => equal(clientId, id));
  return {
    retired: [
      ...here.retired.filter((id) => !isNewer(id) || has(there.retired, id)),
      ...there.retired.filter((id) => !has(here.retired, id)),
    ].sort((a, b) => Buffer.compare(a, b)),
    writers: [...here.writers.filter(({ clientId }) => !isNewer(clientId)), ...newer].sort((a, b) =>
      Buffer.compare(a.clientId, b.clientId),
    ),
  };
}

/** Epochs that an interrupted try, or the change at another place, has put into a keyring under this key. */
async function epochsUnder(
  destination: Destination,
  rootKey: Uint8Array,
  repoId: Uint8Array,
  elsewhere: Keyring | null,
): Promise<Epoch[]> {
  const found: Keyring[] = elsewhere === null ? [] : [elsewhere];
  for (const name of await listKeyrings(destination)) {
    const keyring = await openStored(destination, name, rootKey);
    if (keyring !== null) found.push(keyring);
  }
  return unionOf(found.filter((keyring) => equal(keyring.repoId, repoId)));
}

/** Null where it is another key's, damaged, or of a newer version. */
function openQuietly(rootKey: Uint8Array, keyring: Uint8Array): Keyring | null {
  try {
    return openKeyring(rootKey, keyring);
  } catch (error) {
    const { code } = toHoldfastError(error);
    if (code === 'object-damaged' || code === 'newer-format') return null;
    throw error;
  }
}

const sameKey = (): HoldfastError =>
  new HoldfastError('bad-input', 'The new key is the old one.', 'Nothing was changed. Give a new key.');

const changedBySomebody = (): HoldfastError =>
  new HoldfastError(
    'busy',
    'Another computer is changing this backup’s settings at the same time.',
    'The old digits or the new ones open the backup. Try again in a moment, with the same two keys.',
  );
