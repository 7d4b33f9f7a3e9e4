/** Reads ranges of files: pieces are decrypted into memory, proven, and given on; nothing is written to a disk. */
import { HoldfastError } from '../../errors.ts';
import { BlobIds, BlobKind, ID_BYTES } from '../format/blob.ts';
import { damaged } from '../format/damage.ts';
import { BlockReader } from '../repository/block-reader.ts';
import type { OpenDomain } from '../repository/open-domains.ts';
import { ReadingPlan } from '../repository/reading-plan.ts';
import { IdWords } from '../repository/shared-index.ts';
import type { FileItem } from './items.ts';
import { Lru } from './lru.ts';

/** Pieces that storage over a line is asked for at a time, so that it can bring them together. */
const AHEAD = 32;
const WHAT = 'A file in the backup';

/** Where the pieces of a file begin and end. */
interface Layout {
  ids: Uint8Array;
  /** End of each piece in the file. */
  ends: Float64Array;
}

/** A domain whose packs can be read; one object for as long as it is open. */
export type ReadableDomain = Pick<OpenDomain, 'domain' | 'trees' | 'source'>;

/** What has to be known of a file to read it. */
export interface ReadableFile extends Pick<FileItem, 'node' | 'etag' | 'domainEpoch'> {
  open: ReadableDomain;
}

export class Contents {
  readonly #readers = new Map<ReadableDomain, DomainReader>();

  /**
   * Bytes [from, to) of a file in pieces. Errors: object-missing, object-damaged, locked, destination-*; never a byte
   * that was not proven.
   */
  async *read(file: ReadableFile, from: number, to: number): AsyncGenerator<Buffer, undefined> {
    let reader = this.#readers.get(file.open);
    if (reader === undefined) {
      reader = new DomainReader(file.open, file.domainEpoch);
      this.#readers.set(file.open, reader);
    }
    yield* reader.read(file, from, to);
  }

  close(): void {
    for (const reader of this.#readers.values()) reader.close();
    this.#readers.clear();
  }
}

class DomainReader {
  readonly #open: ReadableDomain;
  readonly #blocks: BlockReader;
  readonly #ids: BlobIds | null;
  readonly #plan: ReadingPlan;
  readonly #words = new IdWords();
  /** By ETag: players ask for hundreds of ranges of one film. */
  readonly #layouts = new Lru<Layout>(200_000);

  constructor(open: ReadableDomain, domainEpoch: number) {
    const { domain, source } = open;
    const key = domain.keys.blobIdFor(domainEpoch);
    this.#open = open;
    this.#blocks = new BlockReader(domain.packs, domain.keys.read, domain.line);
    this.#ids = key === null ? null : new BlobIds(key);
    this.#plan = new ReadingPlan(domain, source);
  }

  async *read(file: ReadableFile, from: number, to: number): AsyncGenerator<Buffer, undefined> {
    const { ids, ends } = this.#layouts.get(file.etag) ?? this.#layouts.set(file.etag, this.#layout(file), weight);
    let piece = firstAfter(ends, from);
    let done = (): void => undefined;
    try {
      for (let planned = piece; piece < ends.length; piece++) {
        const begin = piece === 0 ? 0 : (ends[piece - 1] ?? 0);
        if (begin >= to) return;
        if (piece === planned) {
          done();
          planned = Math.min(ends.length, piece + AHEAD, firstAfter(ends, to - 1) + 1);
          done = this.#plan.add([{ content: ids.subarray(piece * ID_BYTES, planned * ID_BYTES) }]);
        }
        const bytes = this.#piece(ids.subarray(piece * ID_BYTES, (piece + 1) * ID_BYTES));
        yield Buffer.from(bytes.subarray(Math.max(0, from - begin), Math.min(bytes.length, to - begin)));
      }
    } finally {
      done();
    }
  }

  close(): void {
    this.#blocks.close();
  }

  #piece(id: Uint8Array): Uint8Array {
    const { index } = this.#open.domain;
    const bytes = this.#blocks.blob(index.place(this.#entry(id)));
    if (this.#ids?.fit(BlobKind.data, bytes, id) === false) throw damaged(WHAT, 'blob id');
    return bytes;
  }

  #entry(id: Uint8Array): number {
    const entry = this.#words.load(id).findIn(this.#open.domain.index);
    if (entry >= 0) return entry;
    throw new HoldfastError(
      'object-missing',
      'A part of this file is not in the storage any more.',
      'Nothing was changed. Other snapshots may have the file whole; a full verification says what is affected.',
    );
  }

  #layout({ node }: ReadableFile): Layout {
    const ids = this.#open.trees.content(node);
    const ends = new Float64Array(ids.length / ID_BYTES);
    let end = 0;
    for (let i = 0; i < ends.length; i++) {
      const id = ids.subarray(i * ID_BYTES, (i + 1) * ID_BYTES);
      end += this.#open.domain.index.place(this.#entry(id)).length;
      ends[i] = end;
    }
    if (end !== node.size) throw damaged(WHAT, 'length');
    return { ids, ends };
  }
}

const weight = ({ ends }: Layout): number => ends.length + 1;

/** Position of the first end that lies behind a byte. */
function firstAfter(ends: Float64Array, at: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
