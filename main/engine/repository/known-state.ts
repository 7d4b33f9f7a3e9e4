/**
 * What this computer has seen of a repository. A place that shows an older state than it has shown before was rolled
 * back, and is refused. One that shows an older state than another place has is only behind: it was away while repo.json
 * was changed, and a copy brings the newer one.
 */
import { HoldfastError } from '../../errors.ts';
import { placeId } from '../../destinations/place-id.ts';
import type { DestinationPlace } from '../../destinations/spec.ts';
import { equal, toHex } from '../format/bytes.ts';
import { decodeRepoFile, type ReadRepoFile } from '../format/repo-file.ts';
import { changeKnown, knownPath, readKnown } from './known-file.ts';

interface Known {
  /** The newest seen anywhere. */
  generation: number;
  /** The owner's public key in hex; null in files of before it was kept. */
  owner: string | null;
  /**
   * The newest seen at each place, by `placeId`. Null in files of before there were several: what was seen then counts
   * everywhere, until a place is noted.
   */
  places: ReadonlyMap<string, number> | null;
  /** The newest repo.json itself, whole; null in files of before it was kept. */
  newest: Uint8Array | null;
}

/** How a repo.json stands beside what this computer has seen. */
export interface Standing {
  /** A newer one was seen elsewhere. */
  behind: boolean;
  /** Generation of the newest seen anywhere, this one included. */
  newest: number;
}

function decode(value: object | null): Known | null {
  if (value === null || !('generation' in value) || typeof value.generation !== 'number') return null;
  const owner = 'owner' in value && typeof value.owner === 'string' ? value.owner : null;
  const kept = 'places' in value && typeof value.places === 'object' ? value.places : null;
  const entries = Object.entries(kept ?? {}).filter((entry): entry is [string, number] => Number.isInteger(entry[1]));
  const places = kept === null ? null : new Map(entries);
  const text = 'newest' in value && typeof value.newest === 'string' ? value.newest : null;
  return { generation: value.generation, owner, places, newest: text === null ? null : Buffer.from(text, 'base64') };
}

/**
 * Compares with what was seen at this place, and keeps the newer. Only for a file whose owner is proven by the key or
 * pinned by a capability. Errors: repository-rolled-back.
 *
 * @returns `kept` is false where it could not be kept: no reason to leave files without a backup
 */
export async function checkKnown(
  stateFolder: string,
  file: ReadRepoFile,
  place: DestinationPlace,
): Promise<Standing & { kept: boolean }> {
  const id = placeId(place);
  let standing: Standing = { behind: false, newest: file.generation };
  const kept = await changeKnown(knownPath(stateFolder, file.repoId), (value) => {
    const known = decode(value);
    refuseOlder(known, file, id);
    standing = standingOf(known, file);
    return noted(known, file, id, standing.newest);
  });
  return { ...standing, kept };
}

/**
 * The same look for a file that nothing has proven yet; keeps nothing. Errors: repository-rolled-back (an older state),
 * repository-damaged (another owner than the one seen).
 *
 * @returns `ownerKnown` is true where this computer has seen this owner in this repository
 */
export async function compareKnown(
  stateFolder: string,
  file: ReadRepoFile,
  place: DestinationPlace,
): Promise<Standing & { ownerKnown: boolean }> {
  const known = decode(await readKnown(knownPath(stateFolder, file.repoId)));
  // The owner first: of a stranger's file the generation says nothing.
  refuseOther(known, file);
  refuseOlder(known, file, placeId(place));
  return { ...standingOf(known, file), ownerKnown: known !== null && known.owner !== null };
}

/** Errors: repository-damaged where another owner signed than this computer has seen. An older state is only behind. */
export async function refuseStranger(stateFolder: string, file: ReadRepoFile): Promise<void> {
  refuseOther(decode(await readKnown(knownPath(stateFolder, file.repoId))), file);
}

/** Notes what a place was brought to, where the owner is the one that is known. A failure costs the later look only. */
export async function noteBrought(stateFolder: string, file: ReadRepoFile, place: DestinationPlace): Promise<void> {
  await changeKnown(knownPath(stateFolder, file.repoId), (value) => {
    const known = decode(value);
    if (known === null || known.owner !== toHex(file.ownerPublicKey)) return null;
    return noted(known, file, placeId(place), standingOf(known, file).newest);
  });
}

/** The places where this computer has seen the repository, by `placeId`. */
export async function seenPlaces(stateFolder: string, repoId: Uint8Array): Promise<string[]> {
  return [...(decode(await readKnown(knownPath(stateFolder, repoId)))?.places?.keys() ?? [])];
}

/**
 * The newest repo.json that this computer has seen anywhere, of the same repository and owner as `file`; null where it
 * has kept none. What is changed at a place that is behind has to start from it, or old settings would become the newest.
 */
export async function newestKnown(
  stateFolder: string,
  file: Pick<ReadRepoFile, 'repoId' | 'ownerPublicKey'>,
): Promise<ReadRepoFile | null> {
  const { file: newest } = await keptRepoFile(stateFolder, file.repoId);
  return newest !== null && equal(newest.ownerPublicKey, file.ownerPublicKey) ? newest : null;
}

/**
 * What this computer has kept of a repository: the newest generation that it has seen, 0 for none, and the newest
 * repo.json itself, by the owner that it knows; null where it has kept none.
 */
export async function keptRepoFile(
  stateFolder: string,
  repoId: Uint8Array,
): Promise<{ generation: number; file: ReadRepoFile | null }> {
  const known = decode(await readKnown(knownPath(stateFolder, repoId)));
  if (known === null) return { generation: 0, file: null };
  const { generation } = known;
  const file = known.newest === null ? null : readable(known.newest);
  if (file === null || file.generation !== generation || !equal(file.repoId, repoId)) return { generation, file: null };
  return { generation, file: known.owner === toHex(file.ownerPublicKey) ? file : null };
}

/**
 * Before a change of one setting: what it has to be newer than, and what it starts from where the place is behind.
 *
 * Errors: repository-rolled-back, bad-input (behind, and the newer state itself was not kept)
 */
export async function beforeChange(
  stateFolder: string | undefined,
  file: ReadRepoFile,
  place: DestinationPlace,
): Promise<{ newest: number; elsewhere: ReadRepoFile | null }> {
  if (stateFolder === undefined) return { newest: 0, elsewhere: null };
  const standing = await checkKnown(stateFolder, file, place);
  const elsewhere = standing.behind ? await newestKnown(stateFolder, file) : null;
  if (elsewhere === null) refuseBehind(standing);
  return { newest: standing.newest, elsewhere };
}

/** Null where a crash or a hand has spoilt it. */
function readable(bytes: Uint8Array): ReadRepoFile | null {
  try {
    return decodeRepoFile(new Uint8Array(bytes));
  } catch {
    return null;
  }
}

/** Before a change that speaks of all settings of a repository. Errors: bad-input where a newer state was seen elsewhere. */
export function refuseBehind({ behind }: Standing): void {
  if (!behind) return;
  throw new HoldfastError(
    'bad-input',
    'This place missed a change of the backup’s settings that this computer has seen at another place.',
    'Nothing was changed. Bring it up to date first (holdfast copy --repo THIS --from THE OTHER), or do it at the other place: the keys of this one would otherwise bring its old settings back.',
  );
}

const standingOf = (known: Known | null, { generation }: ReadRepoFile): Standing => ({
  behind: known !== null && generation < known.generation,
  newest: Math.max(generation, known?.generation ?? 0),
});

/** What is to be kept; null where that is kept already. */
function noted(known: Known | null, file: ReadRepoFile, id: string, newest: number): object | null {
  const owner = toHex(file.ownerPublicKey);
  const shown = Math.max(file.generation, known?.places?.get(id) ?? 0);
  const kept = keptOf(known, file);
  const same = known?.places?.get(id) === shown && known.generation === newest && known.owner === owner;
  if (same && kept === known.newest) return null;
  const places = new Map(known?.places ?? []).set(id, shown);
  const text = kept === null ? {} : { newest: Buffer.from(kept).toString('base64') };
  return { generation: newest, owner, places: Object.fromEntries(places), ...text };
}

/** Of the file that is kept and the one at hand the newer: of one generation, that with the greater hash. */
function keptOf(known: Known | null, file: ReadRepoFile): Uint8Array | null {
  if (known === null || file.generation > known.generation) return file.bytes;
  if (file.generation < known.generation) return known.newest;
  const kept = known.newest === null ? null : readable(known.newest);
  return kept === null || Buffer.compare(file.hash, kept.hash) > 0 ? file.bytes : known.newest;
}

function refuseOther(known: Known | null, file: ReadRepoFile): void {
  if (known === null || known.owner === null || known.owner === toHex(file.ownerPublicKey)) return;
  if (file.replaces !== null && known.owner === toHex(file.replaces)) throw replaced();
  throw new HoldfastError(
    'repository-damaged',
    'repo.json in this storage was signed by somebody else than when this computer last saw it.',
    'Do not type your password or your key for it. Connect the right disk, or bring back repo.json from the storage’s older versions.',
  );
}

/** Only words: whoever can write to the storage could say so too. The new digits prove it, a password proves nothing. */
const replaced = (): HoldfastError =>
  new HoldfastError(
    'repository-damaged',
    'repo.json in this storage says that the key of this backup was changed, and this computer has not seen that yet.',
    'If you changed it, unlock this computer once with the new 64 digits. Do not type your password before that; if you did not change it, somebody else wrote to the storage.',
  );

function refuseOlder(known: Known | null, file: ReadRepoFile, id: string): void {
  if (known === null) return;
  const shown = known.places === null ? known.generation : (known.places.get(id) ?? 0);
  if (file.generation >= shown) return;
  throw new HoldfastError(
    'repository-rolled-back',
    'The storage shows an older state of this backup than this computer has already seen there.',
    'Nothing was written. Perhaps an old copy of the disk is connected, or the storage was rolled back; connect the right one.',
    { detail: `generation ${file.generation}, seen ${shown}` },
  );
}
