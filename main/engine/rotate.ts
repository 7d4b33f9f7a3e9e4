/**
 * Renews the keys of a repository under the same root key: a new epoch, for everything that is written from now on.
 * Names and cut points of blobs stay, so nothing is stored again; what is there already stays as it is and is read as
 * before.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { HoldfastError } from '../errors.ts';
import type { Destination } from '../destinations/destination.ts';
import type { RotateInput, RotateOutput } from './api.ts';
import { changeRepoFile } from './change-repo-file.ts';
import { toHex } from './format/bytes.ts';
import { MAX_EPOCH, openKeyring, unionOf, type Epoch } from './format/keyring.ts';
import { whileWatched } from './open.ts';
import { withOwnerSeed } from './owner-seed.ts';
import { keyringName, storeKeyring } from './repository/keyrings.ts';
import { checkKnown } from './repository/known-state.ts';
import { factsOf, listClientIds } from './repository/repository.ts';
import { unattended } from './verb-context.ts';
import { openWhole } from './whole-keyring.ts';

/**
 * Numbers of epochs grow in steps of random length: of two computers that renew the keys at two places, which cannot
 * know of each other, hardly ever do both take the same.
 */
const LONGEST_STEP = 65_536;

/** Errors: busy (others change repo.json all the time), bad-input (the place is behind), and those of unlock. */
export async function rotate(input: RotateInput, context = unattended): Promise<RotateOutput> {
  return await whileWatched(input.destination, context, async (destination) => await rotateIn(destination, input));
}

/** The same in a destination that is open already; the caller closes it. */
export async function rotateIn(destination: Destination, input: RotateInput): Promise<RotateOutput> {
  const { rootKey, stateFolder } = input;
  const { repository, standing } = await openWhole(destination, rootKey, stateFolder, input.destination, 'refuses');
  const added = newEpoch(repository.epochs, repository.file.ownerPublicKey);
  let epochs: Epoch[] = [];
  return await withOwnerSeed(rootKey, repository.repoId, async (ownerSeed) => {
    const file = await changeRepoFile(destination, repository.file, ownerSeed, standing.newest, async (current) => {
      const { repoId } = current;
      // What another computer has added meanwhile is kept.
      const there = openKeyring(rootKey, current.keyring);
      const known = { repoId, epochs: [...repository.epochs, added] };
      epochs = unionOf(there === null ? [known] : [there, known]);
      return { ...current, keyring: await storeKeyring(destination, rootKey, { repoId, epochs }) };
    });
    if (stateFolder !== undefined) await checkKnown(stateFolder, file, input.destination);
    const keyring = toHex(keyringName(file.keyring));
    return { repository: factsOf(file, await listClientIds(destination), true), epochs: epochs.length, keyring };
  });
}

/**
 * One that comes after all of these. Errors: repository-damaged where no number is left.
 *
 * @param ownerPublicKey the repository's from now on, 32 bytes
 */
export function newEpoch(epochs: readonly Epoch[], ownerPublicKey: Uint8Array): Epoch {
  const last = Math.max(-1, ...epochs.map(({ number }) => number));
  if (last >= MAX_EPOCH) throw noNumberLeft();
  return {
    number: last + randomInt(1, Math.min(LONGEST_STEP, MAX_EPOCH - last) + 1),
    id: new Uint8Array(randomBytes(16)),
    root: new Uint8Array(randomBytes(32)),
    readerSeed: new Uint8Array(randomBytes(32)),
    ownerPublicKey,
  };
}

/** Never by use: the numbers last for more than 65,000 renewals. */
const noNumberLeft = (): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    'A keyring in this storage carries the highest number that there is, so that no newer keys can follow it.',
    'Nothing was changed, and everything can be restored. Somebody who had the digits put it there: make a new backup, with a new key, at a new place.',
  );
