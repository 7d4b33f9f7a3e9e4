/** Tells whether a file on the disk has the contents that a snapshot recorded, without opening a data pack. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { HoldfastError } from '../errors.ts';
import type { RunControl } from './control.ts';
import { BlobIds, BlobKind, ID_BYTES } from './format/blob.ts';
import { fsPath, type ByteString } from './format/byte-path.ts';
import { MAX_BLOCK_RAW } from './format/pack.ts';
import type { TreeNode } from './format/tree.ts';
import type { StoredSnapshot } from './repository/domain.ts';
import type { OpenDomain } from './repository/open-domains.ts';
import { IdWords } from './repository/shared-index.ts';

const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Bytes between two turns for the rest of the process. */
const BREATH_BYTES = 32 * 1024 * 1024;

/**
 * The index knows how long each piece of a file is, so the pieces of the disk's file are cut alike and their keyed hashes
 * compared: that takes the blob-id key, which every writer has, and neither the chunker nor the reader's key.
 */
export class ContentCheck {
  readonly #open: OpenDomain;
  readonly #control: RunControl;
  readonly #ids: BlobIds;
  readonly #words = new IdWords();
  readonly #buffer = Buffer.alloc(MAX_BLOCK_RAW);
  #read = 0;

  /** Errors: locked, where the access has no blob-id key for this snapshot. */
  constructor(open: OpenDomain, { snapshot }: StoredSnapshot, control: RunControl) {
    const key = open.domain.keys.blobIdFor(snapshot.domainEpoch);
    if (key === null) {
      throw new HoldfastError(
        'locked',
        'Comparing contents with this snapshot takes the key of the backup.',
        'Nothing was changed. Give the key, or compare by size and time.',
      );
    }
    this.#open = open;
    this.#control = control;
    this.#ids = new BlobIds(key);
  }

  /** Errors: those of the file system (with a `code`), object-missing, object-damaged, stopped. */
  async matches(path: ByteString, node: TreeNode): Promise<boolean> {
    const ids = this.#open.trees.content(node);
    const fd = openSync(fsPath(path), OPEN_FLAGS);
    try {
      let position = 0;
      for (let at = 0; at < ids.length; at += ID_BYTES) {
        const id = ids.subarray(at, at + ID_BYTES);
        const { index } = this.#open.domain;
        const entry = this.#words.load(id).findIn(index);
        // A piece that the storage has lost cannot be compared with.
        if (entry < 0) return false;
        const { length } = index.place(entry);
        const bytes = this.#buffer.subarray(0, Math.min(length, this.#buffer.length));
        if (!fill(fd, bytes, position) || !this.#ids.fit(BlobKind.data, bytes, id)) return false;
        position += length;
        await this.#breathe(length);
      }
      return position === node.size;
    } finally {
      closeSync(fd);
    }
  }

  async #breathe(bytes: number): Promise<void> {
    this.#read += bytes;
    if (this.#read < BREATH_BYTES) return;
    this.#read = 0;
    await new Promise((resolve) => setImmediate(resolve));
    await this.#control.check();
  }
}

/** False where the file ends before. */
function fill(fd: number, into: Buffer, position: number): boolean {
  let have = 0;
  while (have < into.length) {
    const n = readSync(fd, into, have, into.length - have, position + have);
    if (n === 0) return false;
    have += n;
  }
  return true;
}
