/**
 * Sees to it that a computer is one: its running writer leaves a marker in the storage, and a marker of another instance,
 * or a snapshot that this instance did not make, means that the computer was copied or set back to an older state. Then
 * it stops until somebody with the key decides. A retired computer stops for ever.
 *
 * Two requests a run: the marker is put before anything is listed, so that of two copies that start together one sees the
 * other, and it is removed at the end. A list that comes late is looked at again before the snapshot.
 */
import { HoldfastError, toHoldfastError } from '../errors.ts';
import type { Destination, ObjectInfo } from '../destinations/destination.ts';
import { equal, toHex } from './format/bytes.ts';
import type { Capability } from './format/capability.ts';
import { decodeMarker, encodeMarker, instanceId, MARKER_BYTES, type Marker } from './format/marker.ts';
import { decodeRetired } from './format/owner-note.ts';
import { decodeRepoFile, REPO_FILES, type ReadRepoFile } from './format/repo-file.ts';
import { machineId } from './machine-id.ts';
import { isFolder } from './pipeline/publisher.ts';
import type { Domain } from './repository/domain.ts';
import { ofNow, twiceNumbered } from './repository/forks.ts';
import type { KnownHead } from './repository/known-head.ts';
import { getOrNull } from './repository/or-null.ts';
import { refuseUnknownKeys } from './repository/writer-standing.ts';

type Objects = ReadonlyMap<string, ObjectInfo>;

export class WriterWatch {
  readonly #destination: Destination;
  readonly #capability: Capability;
  /** 16 bytes. */
  readonly instance: Uint8Array;
  readonly #prefix: string;

  private constructor(destination: Destination, capability: Capability, instance: Uint8Array) {
    this.#destination = destination;
    this.#capability = capability;
    this.instance = instance;
    this.#prefix = `c/${toHex(capability.clientId)}/`;
  }

  /** Puts this instance's marker. Errors: destination-* */
  static async begin(destination: Destination, capability: Capability, stateFolder: string): Promise<WriterWatch> {
    const watch = await WriterWatch.over(destination, capability, stateFolder);
    const { repoId, clientId, epoch, keys } = capability;
    const { instance } = watch;
    const marker = { repoId, clientId, instance, epoch, startedMs: Date.now() };
    await destination.put(watch.#own, encodeMarker(marker, keys.meta));
    return watch;
  }

  /** Looks only, for a run that makes no snapshot: puts no marker. */
  static async over(destination: Destination, capability: Capability, stateFolder: string): Promise<WriterWatch> {
    const instance = instanceId(capability.keys.blobId, await machineId(stateFolder));
    return new WriterWatch(destination, capability, instance);
  }

  get #own(): string {
    return `${this.#prefix}x/${toHex(this.instance)}`;
  }

  /** No other writer, and not retired. Errors: cloned-computer, locked, destination-* */
  async refuseOthers(objects: Objects, file: ReadRepoFile): Promise<void> {
    await this.#refuseRetired(objects, file);
    await this.#look(objects);
  }

  /**
   * The first look, at the domain as it was read. Errors: cloned-computer, locked (retired), destination-*
   *
   * @param head what this computer remembers as its newest snapshot
   */
  async check(domain: Domain, file: ReadRepoFile, head: KnownHead | null): Promise<void> {
    await this.refuseOthers(domain.objects, file);
    const [twice] = twiceNumbered(domain);
    if (twice !== undefined) throw cloned(`two snapshots of number ${twice.snapshot.sequence}`);
    const newest = ofNow(domain).at(-1);
    if (head === null || newest === undefined || newest.snapshot.sequence < head.sequence || newest.id === head.id)
      return;
    throw cloned(
      `snapshot ${newest.snapshot.sequence} was not made by this computer, which remembers ${head.sequence}`,
    );
  }

  /** A later look, at a newer list and at repo.json. Errors: cloned-computer, locked, destination-* */
  async lookAgain(objects: Objects): Promise<void> {
    await this.#look(objects);
    const file = await stillWriter(this.#destination, this.#capability);
    if (file !== null) await this.#refuseRetired(objects, file);
  }

  async #look(objects: Objects): Promise<void> {
    const other = await otherMarker(this.#destination, this.#capability, objects, this.instance);
    if (other === null) return;
    throw cloned(`another copy has been writing since ${new Date(other.startedMs).toISOString()}`);
  }

  /** Removes the marker. A failure leaves it to this computer's next run. */
  async end(): Promise<void> {
    await this.#destination.remove(this.#own).catch(() => undefined);
  }

  async #refuseRetired(objects: Objects, file: ReadRepoFile): Promise<void> {
    const { repoId, clientId, ownerPublicKey, writer } = this.#capability;
    if (file.retired.some((id) => equal(id, clientId))) throw retired();
    const name = `${this.#prefix}retired`;
    if (!objects.has(name)) return;
    const bytes = await getOrNull(this.#destination, name);
    const note = bytes === null ? null : decodeRetired(bytes, ownerPublicKey, { repoId, clientId });
    // Who was retired before this computer took over is not this one.
    if (note !== null && note.writer >= (writer?.number ?? 0)) throw retired();
  }
}

/**
 * The marker of another instance of this computer; null where there is none. What was not made with the computer's key
 * does not count: anybody who can write to the storage could put it there.
 *
 * @param objects the computer's, as listed
 * @param own this instance, 16 bytes
 */
export async function otherMarker(
  destination: Destination,
  { repoId, clientId, epoch, keys, older }: Capability,
  objects: Objects,
  own: Uint8Array,
): Promise<Marker | null> {
  const prefix = `c/${toHex(clientId)}/x/`;
  const metaOf = (written: number): Uint8Array | null =>
    written === epoch ? keys.meta : (older.find((one) => one.epoch === written)?.meta ?? null);
  for (const [name, { size }] of objects) {
    // Anybody who can write there may put something large.
    if (!name.startsWith(prefix) || size !== MARKER_BYTES || name === `${prefix}${toHex(own)}`) continue;
    const bytes = await getOrNull(destination, name);
    const marker = bytes === null ? null : decodeMarker(bytes, metaOf);
    if (marker !== null && equal(marker.repoId, repoId) && equal(marker.clientId, clientId)) return marker;
  }
  return null;
}

/**
 * Looks at repo.json again, between what a run says in a segment and what it then removes for it. Where another computer
 * has not taken over by now, it finds that segment when it lists what counts; where it has, nothing is removed.
 *
 * @returns null where the copy is damaged or strange: that was told at the start, or is told at the next one
 * @throws HoldfastError `locked`, `taken-over`, destination-*
 */
export async function stillWriter(destination: Destination, capability: Capability): Promise<ReadRepoFile | null> {
  const bytes = await getOrNull(destination, REPO_FILES[0]);
  const file = bytes === null ? null : readable(bytes);
  if (file === null || !equal(file.repoId, capability.repoId)) return null;
  refuseUnknownKeys(capability, file);
  return file;
}

/** Of these, a computer that has taken over can be the reason: it removes what the former one still counts on. */
const PERHAPS_TAKEN_OVER = ['object-missing', 'object-damaged', 'newer-format', 'cloned-computer', 'internal'];

/** What a run that failed ends with: where another computer has taken over meanwhile, that is told. */
export async function endingOf(destination: Destination, capability: Capability, error: unknown): Promise<unknown> {
  const { code } = toHoldfastError(error);
  // In a folder that both reach, the spool of one is that of the other.
  const isPossible = PERHAPS_TAKEN_OVER.includes(code) || (code === 'destination-failed' && isFolder(destination));
  if (!isPossible) return error;
  return await stillWriter(destination, capability).then(
    () => error,
    (later: unknown) => (toHoldfastError(later).code === 'taken-over' ? later : error),
  );
}

function readable(bytes: Uint8Array): ReadRepoFile | null {
  try {
    return decodeRepoFile(bytes);
  } catch {
    return null;
  }
}

const cloned = (detail: string): HoldfastError =>
  new HoldfastError(
    'cloned-computer',
    'Two computers are backing up as this one, or this one was set back to an older state.',
    'No snapshot was made, and all earlier ones are as they were. With the key: `holdfast computer new-id` where this is a copy of another computer, `holdfast computer claim` where no other one is in use.',
    { detail },
  );

const retired = (): HoldfastError =>
  new HoldfastError(
    'locked',
    'This computer was retired from this backup: it backs up here no more.',
    'What it backed up is kept and can be restored. To back up here again it needs a new start: `holdfast computer new-id`, with the key.',
  );
