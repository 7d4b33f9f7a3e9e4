/**
 * An opened repository: its signed repo.json, checked against what opens it, and the keys that follow.
 */
import { toHoldfastError, HoldfastError } from '../../errors.ts';
import { text } from '../../text.ts';
import type { Destination } from '../../destinations/destination.ts';
import type { Access, RepositoryFacts } from '../api.ts';
import type { BlobIdKey } from '../format/blob.ts';
import { blobIdKeyOf, decodeCapability, type Capability } from '../format/capability.ts';
import { equal, fromHex, toHex } from '../format/bytes.ts';
import { openKeyring, type Epoch, type Keyring } from '../format/keyring.ts';
import { deriveKey, deriveWriterKey, ed25519PublicKey, rootOf } from '../format/keys.ts';
import { readerKeyHash, readerKeyPair } from '../format/reader-key.ts';
import { decodeRepoFile, REPO_FILES, type ReadRepoFile } from '../format/repo-file.ts';
import type { ReadKeys } from './block-reader.ts';
import { readKeyrings, type KnownEpochs } from './keyrings.ts';
import { changedOwner, writerIn } from './writer-standing.ts';

/** Keys of one client as far as the access reaches. */
export interface DomainKeys {
  read: ReadKeys;
  /** Blob-id key when the client joined in a given epoch. Null: not derivable with this access. */
  blobIdFor(domainEpoch: number): BlobIdKey | null;
}

export class Repository {
  readonly destination: Destination;
  readonly file: ReadRepoFile;
  readonly capability: Capability | null;
  /** Oldest first; null without the root key. */
  readonly #known: KnownEpochs | null;
  readonly #readerPublicKey: Uint8Array | null;

  private constructor(
    destination: Destination,
    file: ReadRepoFile,
    known: KnownEpochs | null,
    capability: Capability | null,
    readerPublicKey: Uint8Array | null,
  ) {
    this.destination = destination;
    this.file = file;
    this.#known = known;
    this.capability = capability;
    this.#readerPublicKey = readerPublicKey;
  }

  /**
   * Errors: not-a-repository, repository-damaged, newer-format, wrong-key, capability-damaged, repository-rolled-back,
   * destination-*.
   */
  static async open(destination: Destination, access: Access): Promise<Repository> {
    if (access.kind === 'key') {
      const { file } = await readRepoFile(destination, ({ keyring }) => opens(access.rootKey, keyring));
      const keyring = openWithKey(file, access.rootKey);
      const known = await readKeyrings(destination, file, access.rootKey, keyring);
      return new Repository(destination, file, known, null, null);
    }
    const capability = decodeCapability(access.capability);
    const { file } = await readRepoFile(destination, ({ repoId }) => equal(repoId, capability.repoId));
    if (!equal(capability.repoId, file.repoId)) throw otherRepository();
    if (!equal(capability.ownerPublicKey, file.ownerPublicKey)) {
      throw changedOwner();
    }
    if (!equal(readerKeyHash(access.readerPublicKey), capability.readerKeyHash)) {
      throw new HoldfastError(
        'capability-damaged',
        'The public key that lies beside this computer’s capability is not the one it was made with.',
        'Nothing was written, and stored backups are untouched. Enrol this computer again with your 64-digit key.',
      );
    }
    if (capability.suite !== file.suite) {
      throw new HoldfastError(
        'capability-damaged',
        'This computer was set up when this backup named its contents in another way.',
        'Nothing was written, and stored backups are untouched. Enrol this computer again with your 64-digit key.',
      );
    }
    return new Repository(destination, file, null, capability, access.readerPublicKey);
  }

  get repoId(): Uint8Array {
    return this.file.repoId;
  }

  /** Client ids found in c/, in hex. */
  async clientIds(): Promise<string[]> {
    return listClientIds(this.destination);
  }

  /** Public key that new data packs are sealed to. */
  readerPublicKey(): Uint8Array {
    if (this.#readerPublicKey !== null) return this.#readerPublicKey;
    return readerKeyPair(this.currentEpoch().readerSeed).publicKey;
  }

  /** All epochs, oldest first. Only with the root key. */
  get epochs(): readonly Epoch[] {
    return this.keyrings.epochs;
  }

  /** The keyrings and what they know. Only with the root key. */
  get keyrings(): KnownEpochs {
    if (this.#known === null) throw new Error('a capability opens no keyring');
    return this.#known;
  }

  /** The epoch that new objects belong to: the one with the highest number. Only with the root key. */
  currentEpoch(): Epoch {
    const newest = this.epochs.at(-1);
    if (newest === undefined) throw new Error('a keyring has an epoch');
    return newest;
  }

  /** How many times a computer's domain was taken over by another one, as repo.json tells. */
  writerOf(clientId: Uint8Array): number {
    return writerIn(this.file, clientId)?.number ?? 0;
  }

  /** True where this access is that of a computer whose domain another one has taken over. */
  isFormer(writers: number): boolean {
    return this.capability !== null && (this.capability.writer?.number ?? 0) < writers;
  }

  /**
   * Null where this access does not reach that client.
   *
   * @param writers how many times the domain was taken over at least, where more is known than repo.json tells
   */
  keysOf(clientId: Uint8Array, writers = 0): DomainKeys | null {
    const { capability } = this;
    if (capability !== null) {
      if (!equal(capability.clientId, clientId)) return null;
      const { epoch, keys, older } = capability;
      const writer = capability.writer?.number ?? 0;
      const former = capability.former.map((one) => ({ epoch: one.epoch, key: one.meta, writer: one.writer }));
      const before = older.map((one) => ({ epoch: one.epoch, key: one.meta, writer }));
      return {
        read: { meta: [...former, ...before, { epoch, key: keys.meta, writer }], readerSecrets: [] },
        blobIdFor: (domainEpoch) => (domainEpoch === capability.domainEpoch ? blobIdKeyOf(capability) : null),
      };
    }
    return {
      read: {
        meta: this.epochs.flatMap((e) =>
          Array.from({ length: 1 + Math.max(writers, this.writerOf(clientId)) }, (_, writer) => ({
            epoch: e.number,
            key: deriveWriterKey(e.root, 'meta', clientId, writer),
            writer,
          })),
        ),
        readerSecrets: this.epochs.map((e) => readerKeyPair(e.readerSeed).secretKey),
      },
      blobIdFor: (domainEpoch) => {
        const epoch = this.epochs.find((e) => e.number === domainEpoch);
        if (epoch === undefined) return null;
        return { suite: this.file.suite, key: deriveKey(epoch.root, 'blob-id', clientId) };
      },
    };
  }

  async facts(): Promise<RepositoryFacts> {
    return factsOf(this.file, await this.clientIds(), true);
  }
}

/** @param ownerKnown whether the owner's key was compared with one that this computer derived, pinned or remembers */
export const factsOf = (file: ReadRepoFile, clients: string[], ownerKnown: boolean): RepositoryFacts => ({
  repoId: toHex(file.repoId),
  createdMs: file.createdMs,
  generation: file.generation,
  clients,
  vault:
    file.vault === null
      ? null
      : {
          vaultId: toHex(file.vault.vaultId),
          recordId: toHex(file.vault.recordId),
          urls: file.vault.urls,
          fingerprint: toHex(file.vault.fingerprint),
        },
  ownerKnown,
});

function opens(rootKey: Uint8Array, keyring: Uint8Array): boolean {
  try {
    return openKeyring(rootKey, keyring) !== null;
  } catch {
    return false; // A keyring that is damaged, or of a newer version, says nothing about whose it is.
  }
}

function openWithKey(file: ReadRepoFile, rootKey: Uint8Array): Keyring {
  const keyring = openKeyring(rootKey, file.keyring);
  const derived = ed25519PublicKey(deriveKey(rootOf(rootKey, file.repoId), 'repo-owner'));
  if (keyring === null && file.replaces !== null && equal(file.replaces, derived)) throw replacedKey();
  if (keyring === null || !equal(keyring.repoId, file.repoId)) throw wrongKey();
  if (!equal(derived, file.ownerPublicKey)) {
    throw new HoldfastError(
      'repository-damaged',
      'repo.json opens with your key, but was signed by somebody else.',
      'Do not back up to this place. Your backups can still be restored with restore.mjs and your 64 digits.',
    );
  }
  return keyring;
}

export function wrongKey(): HoldfastError {
  return new HoldfastError(
    'wrong-key',
    'These 64 digits don’t open this backup.',
    'Nothing is locked and nothing was changed: try again as often as you like. Compare each row with your printed kit, and the backup’s id with the one on the kit.',
  );
}

/** Only words: whoever can write to the storage could say so too. */
function replacedKey(): HoldfastError {
  return new HoldfastError(
    'wrong-key',
    'These are the old 64 digits of this backup: its key was changed since.',
    'Nothing was changed now. Use the new digits, from the newest kit. What was backed up before the change can still be read with the old ones by restore.mjs.',
  );
}

function otherRepository(): HoldfastError {
  return new HoldfastError(
    'not-a-repository',
    'This storage holds another backup than the one this computer was set up with.',
    'Nothing was written. Check that the right disk or folder is connected.',
  );
}

export interface RepoFileCopies {
  file: ReadRepoFile;
  bytes: Uint8Array;
  /** Copies that are damaged or missing. */
  unsound: string[];
  /** Whole copies of another repository's: somebody mixed two folders. */
  foreign: string[];
  /** Whole copies of an earlier state: a change of repo.json was interrupted. */
  stale: string[];
}

/**
 * Reads all three copies and takes the highest valid generation; of equal ones, the greater SHA-256. Errors:
 * not-a-repository (no copy at all), repository-damaged (none is valid), newer-format.
 *
 * @param accepts tells the repository that is meant, where copies of several lie here; any, where none is
 */
export async function readRepoFile(
  destination: Destination,
  accepts: (file: ReadRepoFile) => boolean = () => true,
): Promise<RepoFileCopies> {
  const valid: { name: string; file: ReadRepoFile; bytes: Uint8Array }[] = [];
  const unsound: string[] = [];
  let present = 0;
  let newer: HoldfastError | null = null;
  for (const name of REPO_FILES) {
    let bytes: Uint8Array;
    try {
      bytes = await destination.get(name);
    } catch (error) {
      if (toHoldfastError(error).code !== 'object-missing') throw error;
      unsound.push(name);
      continue;
    }
    present++;
    try {
      valid.push({ name, file: decodeRepoFile(bytes), bytes });
    } catch (error) {
      const known = toHoldfastError(error);
      if (known.code === 'newer-format') newer = known;
      else unsound.push(name);
    }
  }
  if (newer !== null) throw newer;
  valid.sort((a, b) => (isNewer(a.file, b.file) ? -1 : 1));
  const meant = valid.find(({ file }) => accepts(file)) ?? valid[0];
  if (meant !== undefined) {
    const isMeant = ({ file }: { file: ReadRepoFile }): boolean => equal(file.repoId, meant.file.repoId);
    const { file, bytes } = valid.find(isMeant) ?? meant;
    const foreign = valid.filter((copy) => !isMeant(copy)).map(({ name }) => name);
    const stale = valid.filter((copy) => isMeant(copy) && !equal(copy.bytes, bytes)).map(({ name }) => name);
    return { file, bytes, unsound, foreign, stale };
  }
  if (present === 0 && (await listClientIds(destination)).length === 0) {
    throw new HoldfastError(
      'not-a-repository',
      text`There is no Holdfast backup in ${destination.label}.`,
      'Nothing was changed. Choose the folder that holds repo.json, or make a new backup there.',
    );
  }
  throw new HoldfastError(
    'repository-damaged',
    text`repo.json in ${destination.label} is damaged or gone, and so are its copies.`,
    'Your backed-up files are not in it and were not touched. Bring back any of repo.json, repo.1.json or repo.2.json from the storage’s trash or older versions; restore.mjs with your 64 digits reads the backup without it.',
  );
}

function isNewer(a: ReadRepoFile, b: ReadRepoFile): boolean {
  return a.generation > b.generation || (a.generation === b.generation && Buffer.compare(a.hash, b.hash) > 0);
}

/** Client ids found in c/, in hex. */
export async function listClientIds(destination: Destination): Promise<string[]> {
  const found = new Set<string>();
  for await (const { name } of destination.list('c/')) {
    const id = name.split('/')[1] ?? '';
    if (fromHex(id, 16) !== null) found.add(id);
  }
  return [...found].sort();
}
