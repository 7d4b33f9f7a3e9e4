/**
 * What a load holds of packs from when their facts are read until their blobs are in the index, which can be made only
 * when all are known. Whole tables are as large as the index itself (47 MB of a terabyte): where they are not kept, they
 * are taken down to what the index needs as soon as they are read.
 */
import { toHex } from '../format/bytes.ts';
import { PackTable } from '../format/pack.ts';
import type { PackFacts } from '../format/segment.ts';
import { sameFacts } from './segment-set.ts';
import { SharedCopies } from './shared-copies.ts';
import { IdWords, type SharedIndex } from './shared-index.ts';

export interface HoldOptions {
  /** Keep of packs' tables where blocks are, and leave what is in them to the index: for who reads blobs by it. */
  blocksOnly?: boolean;
  /** The same of metadata packs, and of data packs nothing but their names and sizes: for who opens no contents. */
  treesOnly?: boolean;
}

/** `header` and `table` are what is kept. */
export interface HeldPack extends Omit<PackFacts, 'name'> {
  /** Its name in hex: one string, where bytes of their own take three times as much. */
  id: string;
  /** What the table had; null where there is `damage`, and when it is in the index. */
  blobs: PackTable | BlobRows | null;
  /** Why the table is none. */
  damage?: unknown;
}

/** Words of a row: 16 bytes of a blob's id; where it is in its pack, unless nobody opens it. */
const ID_WORDS = 4;
const PLACED_WORDS = 7;
type Width = typeof ID_WORDS | typeof PLACED_WORDS;

/** For each blob 16 bytes, or 28, where a table has 45. */
export class BlobRows {
  readonly words: Int32Array;
  readonly width: Width;

  constructor(table: PackTable, width: Width, room: SharedCopies) {
    const bytes = room.take(table.blobCount * width * 4);
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    this.width = width;
    for (let i = 0; i < table.blobCount; i++) {
      const [row, id] = [i * width, table.idAt(i)];
      for (let k = 0; k < ID_WORDS * 4; k++) bytes[row * 4 + k] = table.bytes[id + k] ?? 0;
      if (width === ID_WORDS) continue;
      const { block, offset, length } = table.place(i);
      this.words[row + 4] = block;
      this.words[row + 5] = offset;
      this.words[row + 6] = length;
    }
  }

  get blobCount(): number {
    return this.words.length / this.width;
  }

  equals({ words }: BlobRows): boolean {
    return words.length === this.words.length && words.every((word, i) => word === this.words[i]);
  }
}

const NOTHING = { header: new Uint8Array(0), table: new Uint8Array(0) };

/** Copies facts of packs, so that the bytes that they were read from are not kept. */
export class PackHolder {
  /** Tables are not kept whole. */
  readonly #isLess: boolean;
  readonly #treesOnly: boolean;
  readonly #prefix: string;
  readonly #kept = new SharedCopies();
  /** Apart from what is kept, so that they go. */
  readonly #rows = new SharedCopies();

  /** @param prefix of the logical names of a domain's objects */
  constructor(prefix: string, { blocksOnly = false, treesOnly = false }: HoldOptions) {
    this.#prefix = prefix;
    this.#isLess = blocksOnly || treesOnly;
    this.#treesOnly = treesOnly;
  }

  hold({ name, room, size, header, table }: PackFacts): HeldPack {
    const own = { id: toHex(name), room, size };
    const keep = (less: Uint8Array) => ({ ...own, header: this.#kept.of(header), table: this.#kept.of(less) });
    try {
      const read = this.#isLess ? { header, table } : keep(table);
      const blobs = new PackTable(read.table, size, read.header.length, `${this.#prefix}${room}/${own.id}`);
      if (!this.#isLess) return { ...own, ...read, blobs };
      if (this.#treesOnly && room === 'p') {
        return { ...own, ...NOTHING, blobs: new BlobRows(blobs, ID_WORDS, this.#rows) };
      }
      return { ...keep(blobs.withoutBlobs()), blobs: new BlobRows(blobs, PLACED_WORDS, this.#rows) };
    } catch (damage) {
      return { ...keep(table), blobs: null, damage };
    }
  }
}

/** True where two segments say the same of a pack, as far as it is held: what nobody reads by may differ. */
export const sameHeld = (a: HeldPack, b: HeldPack): boolean =>
  sameFacts(a, b) && (!(a.blobs instanceof BlobRows && b.blobs instanceof BlobRows) || a.blobs.equals(b.blobs));

/** Puts a pack's blobs into the index, but those that a pack before it had. */
export function addBlobs(index: SharedIndex, pack: number, blobs: PackTable | BlobRows): void {
  if (blobs instanceof BlobRows) addRows(index, pack, blobs);
  else addTable(index, pack, blobs);
}

/** Of a blob that nobody opens. */
const NOWHERE = { block: 0, offset: 0, length: 0 };

function addRows(index: SharedIndex, pack: number, { words, width }: BlobRows): void {
  const word = (at: number): number => words[at] ?? 0;
  for (let at = 0; at < words.length; at += width) {
    const entry = index.claim(word(at), word(at + 1), word(at + 2), word(at + 3));
    if (entry >= 0) continue;
    const place = width === ID_WORDS ? NOWHERE : { block: word(at + 4), offset: word(at + 5), length: word(at + 6) };
    index.publish(~entry, { pack, ...place });
  }
}

function addTable(index: SharedIndex, pack: number, table: PackTable): void {
  const words = new IdWords();
  for (let i = 0; i < table.blobCount; i++) {
    const entry = words.load(table.bytes, table.idAt(i)).claimIn(index);
    if (entry < 0) index.publish(~entry, { pack, ...table.place(i) });
  }
}
