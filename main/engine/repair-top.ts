/** What a repair does about the copies of repo.json and the keyring: they are written again from what is whole. */
import { createHash } from 'node:crypto';
import type { Destination } from '../destinations/destination.ts';
import type { Damage } from './api.ts';
import { equal, toHex } from './format/bytes.ts';
import { isStored } from './repository/domain.ts';
import { readRepoFile, type Repository } from './repository/repository.ts';

/** @returns names of what was (or would be) written, and what is wrong and left alone */
export async function repairTop(
  destination: Destination,
  { repoId }: Repository,
  dryRun: boolean,
): Promise<{ healed: string[]; left: Damage[] }> {
  const { bytes, unsound, stale, foreign, file } = await readRepoFile(destination, (f) => equal(f.repoId, repoId));
  const healed = [...unsound, ...stale];
  if (!dryRun) for (const name of healed) await destination.put(name, bytes);
  const sha256 = new Uint8Array(createHash('sha256').update(file.keyring).digest());
  const keyring = `k/${toHex(sha256)}`;
  if (!(await isStored(destination, keyring))) {
    if (!dryRun) await destination.put(keyring, file.keyring, { sha256 });
    healed.push(keyring);
  }
  const message = 'This copy of repo.json belongs to another backup: two folders were mixed. Take it out by hand.';
  return { healed, left: foreign.map((object) => ({ object, message, affects: [] })) };
}
