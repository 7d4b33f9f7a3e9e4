/**
 * Where a repository's objects are stored. One small interface that every kind of storage implements; retry, limits,
 * metering and fault injection are decorators over it. Adapters know nothing about encryption or the format.
 *
 * Logical names are those of FORMAT.md: `repo.json`, `k/<sha256>`, `c/<client id>/p/<sha256>` and so on: `/`-separated
 * segments of `[a-z0-9.-]`; names.ts holds them to the letter, and every method refuses any other name or prefix with
 * `bad-input`. Each adapter maps them to its own layout (the local one shards by two hex digits).
 *
 * Names `probe/<32 hex>/<hex>` are for destination tests (test-destination.ts): stored like others, but `list('')`
 * neither yields nor reports them, so no reader of a repository ever meets them.
 *
 * Every call may reject with `destination-missing` (the folder or disk went away; nothing was made in its place),
 * `destination-offline`, `destination-busy`, `destination-sign-in`, `destination-denied` or `destination-failed`; those
 * that write also with `destination-full`. A failure that may be over soon carries `retry` (errors.ts); the decorators
 * repeat such calls, so adapters need not: every call may be repeated without harm, also when its first answer was lost.
 */

/** What is known of one stored object. */
export interface ObjectInfo {
  name: string;
  /** Size in bytes. */
  size: number;
  /** Last modification in ms since the epoch, as the storage tells it; only for display. */
  modifiedMs: number;
  /**
   * What the storage itself says that the bytes hash to, in lower-case hexadecimal: SHA-256 where it keeps it, else MD5.
   * Undefined where it keeps none. Finds rot without a download, not a storage that lies.
   */
  checksum?: { algorithm: 'sha256' | 'md5'; hex: string } | undefined;
  /** Only in folders that another program synchronises: its bytes are in the cloud only and come when they are read. */
  evicted?: boolean | undefined;
}

/** Storage space in bytes; null where the storage does not tell. */
export interface SpaceInfo {
  freeBytes: number | null;
  totalBytes: number | null;
  /** What lies in the storage's trash and counts as used until it is emptied. */
  trashBytes?: number | undefined;
}

export interface CallOptions {
  /** Aborting rejects the call with the signal's reason and leaves no object under its final name. */
  signal?: AbortSignal | undefined;
}

export interface PutOptions extends CallOptions {
  /** SHA-256 (32 bytes) that the stored bytes must have; a mismatch is `object-damaged` and nothing is stored. */
  sha256?: Uint8Array | undefined;
  /**
   * Waited for before a failed try is made again (decorators/retry.ts): what has to be true at the time of a put may
   * not be true any more after a wait. What it rejects with, the put rejects with.
   */
  beforeRetry?: (() => Promise<void>) | undefined;
}

export interface PublishOptions extends CallOptions {
  /** The file is left where it is (it serves several destinations); else it is gone when the call succeeds. */
  keep?: boolean | undefined;
  /**
   * Aborting it ends a wait for other destinations that comes after the object is stored here (fan-out.ts); the call
   * then succeeds.
   */
  letGo?: AbortSignal | undefined;
}

/** What a kind of storage can do beyond the rest; shown to people, and asked for before it is relied upon. */
export interface Abilities {
  /** Publishes that are good to have on their way at a time. */
  parallel: number;
  /** The storage tells checksums in its lists: a scrub downloads nothing. */
  checksums: boolean;
  /** What is removed can be had back for a while (trash, versions). */
  undelete: boolean;
  /** Objects can be protected from deletion for a time. */
  lock: boolean;
  /** An interrupted upload goes on in the middle of the object, after a restart too. */
  resume: boolean;
  /** Few and large objects serve it best: packs of up to 128 MiB. */
  largePacks: boolean;
}

export interface Destination {
  /** Adapter kind, e.g. `local`. */
  readonly kind: string;
  /** Short words for the user, e.g. the folder's path. */
  readonly label: string;
  /** Where it is missing: two publishes at a time, and nothing else. */
  readonly abilities?: Abilities;

  /**
   * Makes the layout if it is missing. Never touches what is there. The only call that makes the place itself; where
   * it was there at open and is gone now, this too is `destination-missing`.
   */
  init(options?: CallOptions): Promise<void>;

  /** Removes what this instance made (by `init` and later), as far as it is empty; nothing else. */
  undoInit?(options?: CallOptions): Promise<void>;

  /**
   * Stores a whole object atomically and durably: either all bytes under `name`, or what was there before. Overwrites;
   * of two puts of one name at a time, one wins whole.
   */
  put(name: string, bytes: Uint8Array, options?: PutOptions): Promise<void>;

  /**
   * Absolute path of a private folder (mode 0700) for files that are written locally and then published: on the same
   * file system as the objects where the destination is a folder, in the computer's temporary space otherwise. `owner`
   * (a client id in hex) keeps the spools of several computers apart; the caller makes files of its own naming in it.
   */
  spoolFolder(owner: string, options?: CallOptions): Promise<string>;

  /**
   * Publishes a closed spool file under `name`, durably and atomically: fsync of the file, rename (or upload), fsync
   * of the folder. If an object of that name and size is already there and the name is a hash, the spool file is
   * dropped and the call succeeds; it also succeeds when the spool file is gone and the object is there (a repeated
   * call whose first answer was lost). Any other object is overwritten. On failure the spool file stays for another
   * try, which goes on where the first one stopped if the storage can (`abilities.resume`): what it needs for that lies
   * sealed beside the spool file, as `<spoolPath>.upload`. A spool file on another disk is copied; its bytes are then
   * compared with the name.
   */
  publish(spoolPath: string, name: string, options?: PublishOptions): Promise<void>;

  /**
   * Removes what earlier, interrupted runs of `owner` left in its spool folder, and rests of interrupted puts. Only
   * while nothing of the same owner writes.
   */
  clearSpool(owner: string, options?: CallOptions): Promise<void>;

  /** Reads a whole object. `object-missing` if there is none. */
  get(name: string, options?: CallOptions): Promise<Uint8Array>;

  /** Reads exactly `length` bytes from `offset`. Fewer bytes in the object than asked is `object-damaged`. */
  getRange(name: string, offset: number, length: number, options?: CallOptions): Promise<Uint8Array>;

  /** Size and time of one object, or null if there is none (or no regular file in its place). */
  stat(name: string, options?: CallOptions): Promise<ObjectInfo | null>;

  /**
   * Every object whose name starts with `prefix`, in no particular order: empty, `k/`, `c/`, `c/<id>/`, `c/<id>/p/`
   * (m, i, s, x alike), `probe/`, `probe/<id>/`. Files and folders that are not of the layout are reported through
   * `onStray`, by their path below the destination, and left out; a strange folder is reported once and not entered.
   * A place that vanishes on the way is an error, never a shorter list.
   */
  list(prefix: string, options?: CallOptions & { onStray?: (path: string) => void }): AsyncIterable<ObjectInfo>;

  /**
   * Removes an object; it is no error if it is already gone. Durable on return, but for packs (`p/`, `m/`): after a
   * power failure some removed ones may be there again.
   */
  remove(name: string, options?: CallOptions): Promise<void>;

  space(options?: CallOptions): Promise<SpaceInfo>;

  /**
   * Absolute path of an object's file where this destination is a folder that this process can read directly, else
   * null. Workers use it to read packs without a copy through another thread.
   */
  localPath?(name: string): string | null;

  close(): Promise<void>;
}
