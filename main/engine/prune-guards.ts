/**
 * When nothing may be removed: as long as it is not certain that every snapshot of the computer is known and readable
 * (FORMAT.md, "Collection").
 */
import { HoldfastError } from '../errors.ts';
import { text } from '../text.ts';
import type { Destination } from '../destinations/destination.ts';
import { toHex } from './format/bytes.ts';
import { isFolder } from './pipeline/publisher.ts';
import { refuseWithoutNote } from './repository/adoption.ts';
import type { Domain } from './repository/domain.ts';
import { ofNow, twiceNumbered } from './repository/forks.ts';
import type { KnownHead } from './repository/known-head.ts';
import { refuseUnread } from './repository/storage-failure.ts';

/** Hours that a pack waits at least before it is removed, where storage may list late or others may be reading. */
export const GRACE_HOURS = 72;
const DRIVE_GRACE_HOURS = 7 * 24;

/** Errors: bad-input in a folder that another program carries to the cloud: it may still be sending what is to go. */
export function refuseSynced({ kind, label }: Destination): void {
  if (kind !== 'synced') return;
  throw new HoldfastError(
    'bad-input',
    text`${label} is carried to the cloud by another program, which does not say what has arrived there.`,
    'Nothing was removed: only where all has arrived could a clean-up be sure of what it removes. What is forgotten takes room until the backup moves to another place.',
  );
}

/**
 * @param wanted hours asked for; undefined for the usual time of this kind of place
 * @throws HoldfastError `bad-input` for less than is safe there
 */
export function graceMs(destination: Destination, wanted: number | undefined): number {
  const least = isFolder(destination) ? 0 : destination.kind === 'google-drive' ? DRIVE_GRACE_HOURS : GRACE_HOURS;
  const hours = wanted ?? Math.max(GRACE_HOURS, least);
  if (!Number.isFinite(hours) || hours < least) {
    throw new HoldfastError(
      'bad-input',
      least === 0 ? 'The grace is a number of hours.' : text`At this place ${least} hours are the least grace.`,
      'Nothing was removed. Leave it out, or give more.',
    );
  }
  return hours * 3_600_000;
}

/**
 * Errors: newer-format, object-unreadable (a segment or snapshot that the disk does not give), object-damaged (a snapshot that does not open), object-missing (one that others or this computer
 * know and that is not here), snapshot-not-found (there is none at all), cloned-computer.
 *
 * @param head what this computer remembers as its newest snapshot
 * @param place the destination's `placeId`
 */
export function refuseUnsure(domain: Domain, head: KnownHead | null, place: string, destination: Destination): void {
  refuseWithoutNote(domain);
  refuseUnread(domain);
  for (const { object, error } of domain.damage) {
    if (error.code === 'newer-format') throw newer(object);
    if (object.includes('/s/')) throw unopened(object);
  }
  if (domain.snapshots.length === 0 && domain.packs.length > 0) throw noSnapshot(destination.label);
  const there = new Set([...domain.snapshots, ...domain.leftSnapshots, ...domain.besides].map(({ id }) => id));
  const isKnown = (id: string): boolean => there.has(id) || domain.forgotten.has(id);
  if (head !== null && !isKnown(head.id)) {
    // A put that was begun in this folder and is not there never happened; elsewhere it may yet appear.
    const never = !head.committed && head.place === place && isFolder(destination);
    if (!never) throw missing(head.sequence, head.id);
  }
  for (const { snapshot } of domain.snapshots) {
    const { previous, sequence } = snapshot;
    for (const other of snapshot.live)
      if (!isKnown(toHex(other.hash))) throw missing(other.sequence, toHex(other.hash));
    if (previous !== null && !isKnown(toHex(previous))) throw missing(sequence - 1, toHex(previous));
  }
  refuseForks(domain);
}

/** Two snapshots of one number, or after one predecessor, are of two computers that write as one. */
function refuseForks(domain: Domain): void {
  const [twice] = twiceNumbered(domain);
  if (twice !== undefined) throw forked(twice.snapshot.sequence);
  const seen = new Set<string>();
  for (const { snapshot } of ofNow(domain)) {
    if (snapshot.previous === null) continue;
    const before = toHex(snapshot.previous);
    if (seen.has(before)) throw forked(snapshot.sequence);
    seen.add(before);
  }
}

const newer = (object: string): HoldfastError =>
  new HoldfastError(
    'newer-format',
    'A newer version of Holdfast has written to this backup: what that needs is not known to this one.',
    'Nothing was removed. Use the newest version of Holdfast to clean up.',
    { detail: object },
  );

const noSnapshot = (label: string): HoldfastError =>
  new HoldfastError(
    'snapshot-not-found',
    text`${label} shows no finished backup of this computer: everything would go.`,
    'Nothing was removed. Finish a backup there first.',
  );

const unopened = (object: string): HoldfastError =>
  new HoldfastError(
    'object-damaged',
    text`Snapshot ${idIn(object)} is damaged: nobody knows what it needs.`,
    'Nothing was removed. Heal it from another place; or, if you can do without it, forget it by its id and prune again.',
    { detail: object },
  );

const missing = (sequence: number, id: string): HoldfastError =>
  new HoldfastError(
    'object-missing',
    text`Snapshot ${sequence} (${id.slice(0, 12)}) was made by this computer and is not at this place: nobody knows what it needs.`,
    'Nothing was removed. Copy it here from the place that has it; or, if it is lost or you can do without it, forget it by its id and prune again.',
    { detail: id },
  );

const forked = (sequence: number): HoldfastError =>
  new HoldfastError(
    'cloned-computer',
    text`More than one computer has written as this one: there are two snapshots of number ${sequence}, or two after one.`,
    'Nothing was removed. Was this computer copied, or set back to an older state? Enrol one of the two anew; when both are sure, forget the snapshot that is not wanted by its id and prune again.',
  );

const idIn = (object: string): string => object.slice(object.lastIndexOf('/') + 1).slice(0, 12);
