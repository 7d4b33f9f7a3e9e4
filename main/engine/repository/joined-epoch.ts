/**
 * Which epoch a computer joined in. Names and cut points of its blobs come from that epoch's root for the life of its
 * domain, so a capability that is made anew from the root key has to know it.
 */
import type { ObjectInfo } from '../../destinations/destination.ts';
import { toHex } from '../format/bytes.ts';
import { damaged, folderOfComputer } from '../format/damage.ts';
import { HEADER_BYTES, Kind, openHeader, parseHeader, SEALED_HEADER_BYTES } from '../format/envelope.ts';
import type { Epoch } from '../format/keyring.ts';
import { openObject } from '../format/object.ts';
import { decodeSnapshot } from '../format/snapshot.ts';
import { counts, readAdoption, type Adoption } from './adoption.ts';
import { withMetaKey } from './meta-key.ts';
import { getNamed, listObjects } from './objects.ts';
import { orNull } from './or-null.ts';
import type { Repository } from './repository.ts';

/**
 * By the newest of its snapshots that opens; before there is one, by what its first, interrupted backups left; the
 * current epoch where there is nothing.
 *
 * Errors: repository-damaged where its objects tell of no epoch that is known, destination-*
 */
export async function joinedEpoch(repository: Repository, clientId: Uint8Array): Promise<Epoch> {
  const prefix = `c/${toHex(clientId)}/`;
  const within = async (folder: string): Promise<ObjectInfo[]> => [
    ...(await listObjects(repository.destination, folder)).values(),
  ];
  const snapshots = (await within(`${prefix}s/`)).sort((a, b) => b.modifiedMs - a.modifiedMs);
  let number: number | null = null;
  const adoption = await readAdoption(repository, clientId);
  for (const { name } of snapshots) {
    number = await ofSnapshot(repository, clientId, name, adoption);
    if (number !== null) break;
  }
  // The first objects are of the epoch that was current when it joined.
  if (number === null) {
    for (const { name, size } of await within(prefix)) {
      if (!/\/[pmi]\//.test(name)) continue;
      const found = await ofHeader(repository, clientId, name, size);
      if (found !== null) number = Math.min(number ?? found, found);
    }
  }
  if (number === null) {
    if (snapshots.length > 0) throw damaged(folderOfComputer(toHex(clientId)), 'no snapshot opens');
    return repository.currentEpoch();
  }
  const epoch = repository.epochs.find((one) => one.number === number);
  if (epoch === undefined) throw damaged(folderOfComputer(toHex(clientId)), `epoch ${number} is not known`);
  return epoch;
}

/** Null where it does not open, or does not count. */
async function ofSnapshot(
  repository: Repository,
  clientId: Uint8Array,
  name: string,
  adoption: Adoption | null,
): Promise<number | null> {
  const keys = repository.keysOf(clientId, adoption?.number);
  if (keys === null) return null;
  return await orNull(async () => {
    const bytes = await getNamed(repository.destination, name);
    return withMetaKey(keys.read, parseHeader(bytes, name), name, (key, writer) => {
      const { domainEpoch } = decodeSnapshot(openObject(bytes, Kind.snapshot, name, () => key).data, name);
      return adoption === null || counts(adoption, writer, name) ? domainEpoch : null;
    });
  });
}

async function ofHeader(
  repository: Repository,
  clientId: Uint8Array,
  name: string,
  size: number,
): Promise<number | null> {
  const keys = repository.keysOf(clientId);
  if (keys === null || size < HEADER_BYTES) return null;
  return await orNull(async () => {
    const header = parseHeader(
      await repository.destination.getRange(name, 0, Math.min(size, SEALED_HEADER_BYTES)),
      name,
    );
    if (header.sealed) return header.epoch;
    return withMetaKey(keys.read, header, name, (key) => {
      if (openHeader(header, key) === null) throw damaged(name, 'its key does not fit');
      return header.epoch;
    });
  });
}
