/**
 * Sees to it that a place knows which computer writes a domain, before the computer that has taken it over writes there:
 * a place that was away then has neither the owner's word in repo.json nor the note, and both were kept. So a former
 * computer that writes there too meets them at its next look.
 */
import type { Destination } from '../destinations/destination.ts';
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Access } from './api.ts';
import { bringRepoFile } from './copy-state.ts';
import { equal } from './format/bytes.ts';
import { decodeDomain, isNewerDomain } from './format/owner-note.ts';
import { noteName, readDomainNote } from './repository/adoption.ts';
import { keptRepoFile } from './repository/known-state.ts';
import { readWriter } from './repository/known-writer.ts';
import { readRepoFile, Repository } from './repository/repository.ts';
import { isWriter, writerIn } from './repository/writer-standing.ts';

/**
 * @returns the repository as it is after that. Errors: locked (the place does not know, and nothing was kept),
 *   destination-*, those of opening
 */
export async function bringAdoption(
  destination: Destination,
  repository: Repository,
  access: Access,
  stateFolder: string,
): Promise<Repository> {
  const { capability } = repository;
  const writer = capability?.writer ?? null;
  if (capability === null || writer === null) return repository;
  const { repoId, clientId } = capability;
  let current = repository;
  if ((writerIn(current.file, clientId)?.number ?? 0) < writer.number) {
    const { file: kept } = await keptRepoFile(stateFolder, repoId);
    const entry = kept === null ? undefined : writerIn(kept, clientId);
    if (kept === null || entry === undefined || !isWriter(entry, writer)) throw notKnownThere(destination.label);
    const there = await readRepoFile(destination, (file) => equal(file.repoId, repoId));
    await bringRepoFile(destination, there, { file: kept, bytes: kept.bytes, unsound: [], foreign: [], stale: [] });
    current = await Repository.open(destination, access);
  }
  const entry = writerIn(current.file, clientId);
  // Another one has taken over since: who asks next whether this computer may write is told.
  if (entry === undefined || !isWriter(entry, writer)) return current;
  const there = await readDomainNote(destination, current.file, clientId);
  // Since repo.json was read: its note is not put over.
  if (there !== null && there.note.number > writer.number) return current;
  const own = await readWriter(stateFolder, repoId, clientId);
  const { ownerPublicKey } = current.file;
  const note = own?.note ?? null;
  const kept = note === null ? null : decodeDomain(note, ownerPublicKey, { repoId, clientId });
  // One that names less is from before another place was taken in, or was put back by somebody.
  const isBehind = there !== null && kept !== null && isWriter(kept, writer) && isNewerDomain(kept, there.note);
  if (there !== null && isWriter(there.note, writer) && !isBehind) return current;
  // What an owner of before has signed counts for nobody.
  if (note === null || kept === null) throw notKnownThere(destination.label);
  await destination.put(noteName(clientId), note);
  return current;
}

const notKnownThere = (label: string): HoldfastError =>
  new HoldfastError(
    'locked',
    text`${label} does not know yet that this computer has taken over another one’s backups.`,
    'Nothing was written there. Bring it up to date from another place (holdfast copy), or adopt the backups there too, with the key: holdfast computer adopt.',
  );
