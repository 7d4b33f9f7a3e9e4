/**
 * The index of blobs in memory: open addressing over 32-bit words in a shared WebAssembly memory, so that all pipeline
 * workers look up and insert without messages. A WebAssembly memory, because it grows in place: growing a
 * SharedArrayBuffer costs every access a length check.
 *
 * An entry is 8 words, half a cache line: state, 16 bytes of id, block, offset, length. An insert claims a free entry by
 * compare-and-swap, writes the id and marks it ready; so a blob that two workers hold at once is stored once. The place
 * follows, the pack in the state: until then another thread may read zeros for it, and at most takes the first pack for
 * needed as well.
 *
 * When the newest table is 70 % full the next one is added, as large as all before it together; older ones are only read.
 * Two workers that insert one id while a table is being added may both store it, which costs space and nothing else.
 *
 * The first table is as large as what it is made for asks, not the next power of two: that took up to twice the memory,
 * and all of it is touched, since entries lie anywhere in it.
 *
 * Each table has a filter behind its entries: a word for each four of them, of which an id sets three bits. A table that
 * is only read any more is looked into only where they are set: what is nowhere costs a word in each of a chain of tables,
 * not a walk over several entries.
 */

/** Words of an entry. Tables begin at pages, so that the first word of each, by which it is known, is a multiple of it. */
export const ENTRY_WORDS = 8;
/** States; from `READY` on it is that and the pack's ordinal. */
const FREE = 0;
const CLAIMED = 1;
const READY = 2;
/** Entries that share a word of their table's filter. */
const FILTERED = 4;

const PAGE = 65_536;
const PAGE_WORDS = PAGE / 4;
const MAX_PAGES = 65_536;
const HEAD_TABLES = 0;
const HEAD_LOCK = 1;
const HEAD_ENTRIES = 2;
const HEAD_PACKS = 3;
const HEAD_FIRST_TABLE = 16;
/** Words of a table's description: first page, its entries, used entries. */
const TABLE_WORDS = 4;
const MAX_TABLES = 20;
const MIN_ENTRIES = 2 ** 16;
/** Of one table: a position in it fits the integers that V8 computes with. */
const MAX_ENTRIES = 2 ** 24;
/** Share of the newest table that is used before the next one is added. */
const FULL = 0.7;
/** Room for each entry that is expected, itself included: less than `FULL` of it is used then. */
const SPARE = 1.5;

/** Where a blob is. */
export interface BlobPlace {
  /** Ordinal of the pack in this run. */
  pack: number;
  block: number;
  offset: number;
  length: number;
}

export class SharedIndex {
  readonly memory: WebAssembly.Memory;
  #words: Int32Array;
  #known = 0;
  readonly #first: number[] = [];
  /** Entries of each table. */
  readonly #size: number[] = [];
  /** First word of each table's filter. */
  readonly #filter: number[] = [];

  private constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    this.#words = new Int32Array(memory.buffer);
  }

  /** @param expected entries to make room for at once */
  static create(expected: number): SharedIndex {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
    const index = new SharedIndex(memory);
    index.#addTable(Math.ceil(expected * SPARE));
    return index;
  }

  /** The same index seen from another thread. */
  static attach(memory: WebAssembly.Memory): SharedIndex {
    const index = new SharedIndex(memory);
    index.#refresh();
    return index;
  }

  get entries(): number {
    return Atomics.load(this.#words, HEAD_ENTRIES);
  }

  /** Ordinals count up from here; the repository sets it past the packs that it has loaded. */
  setNextPack(ordinal: number): void {
    Atomics.store(this.#words, HEAD_PACKS, ordinal);
  }

  takePackOrdinal(): number {
    return Atomics.add(this.#words, HEAD_PACKS, 1);
  }

  #refresh(): void {
    const tables = Atomics.load(this.#words, HEAD_TABLES);
    if (tables === this.#known) return;
    let pages = 0;
    for (let k = this.#known; k < tables; k++) {
      const at = HEAD_FIRST_TABLE + k * TABLE_WORDS;
      const first = Atomics.load(this.#words, at);
      const size = Atomics.load(this.#words, at + 1);
      this.#first[k] = first * PAGE_WORDS;
      this.#size[k] = size;
      this.#filter[k] = first * PAGE_WORDS + size * ENTRY_WORDS;
      pages = Math.max(pages, first + pagesOf(size));
    }
    // What another thread added may not be seen yet: V8 tells a thread of a longer buffer when it comes to it. Growing
    // by nothing asks for it now.
    while (this.memory.buffer.byteLength < pages * PAGE) this.memory.grow(0);
    this.#words = new Int32Array(this.memory.buffer);
    this.#known = tables;
  }

  /** @param wanted entries that it is to have room for */
  #addTable(wanted: number): void {
    const tables = Atomics.load(this.#words, HEAD_TABLES);
    if (tables >= MAX_TABLES) throw new RangeError('index full');
    const bounded = Math.min(MAX_ENTRIES, Math.max(MIN_ENTRIES, wanted));
    const size = Math.ceil(bounded / FILTERED) * FILTERED;
    const firstPage = this.memory.grow(pagesOf(size));
    this.#words = new Int32Array(this.memory.buffer);
    const at = HEAD_FIRST_TABLE + tables * TABLE_WORDS;
    Atomics.store(this.#words, at, firstPage);
    Atomics.store(this.#words, at + 1, size);
    Atomics.store(this.#words, HEAD_TABLES, tables + 1);
    this.#refresh();
  }

  #growIfFull(): void {
    const newest = this.#known - 1;
    const at = HEAD_FIRST_TABLE + newest * TABLE_WORDS;
    if (Atomics.load(this.#words, at + 2) < (this.#size[newest] ?? 0) * FULL) return;
    if (Atomics.compareExchange(this.#words, HEAD_LOCK, 0, 1) === 0) {
      try {
        if (Atomics.load(this.#words, HEAD_TABLES) === this.#known) {
          this.#addTable(this.#size.reduce((sum, size) => sum + size));
        }
      } finally {
        Atomics.store(this.#words, HEAD_LOCK, 0);
        Atomics.notify(this.#words, HEAD_LOCK);
      }
    } else {
      Atomics.wait(this.#words, HEAD_LOCK, 1, 1000);
    }
    this.#refresh();
  }

  /**
   * Entry of an id, or -1. The id is four 32-bit words.
   */
  find(a: number, b: number, c: number, d: number): number {
    this.#refresh();
    const words = this.#words;
    const newest = this.#known - 1;
    for (let k = 0; k <= newest; k++) {
      if (k < newest && !this.#mayHave(words, k, b, c)) continue;
      const entry = this.#probe(words, k, a, b, c, d, false);
      if (entry >= 0) return entry;
    }
    return -1;
  }

  /**
   * Looks an id up and claims it if it is new.
   *
   * @returns an entry at or above 0 where the id is known already; `~entry` (below 0) where this call claimed it: the
   *   caller then stores the blob and calls `publish`
   */
  claim(a: number, b: number, c: number, d: number): number {
    this.#refresh();
    const newest = this.#known - 1;
    for (let k = 0; k <= newest; k++) {
      if (k < newest && !this.#mayHave(this.#words, k, b, c)) continue;
      const entry = this.#probe(this.#words, k, a, b, c, d, k === newest);
      if (entry !== -1) {
        if (entry < 0) this.#growIfFull();
        return entry < -1 ? entry + 1 : entry;
      }
    }
    throw new RangeError('index without a table');
  }

  #mayHave(words: Int32Array, k: number, b: number, c: number): boolean {
    const bits = filterBits(c);
    return (Atomics.load(words, this.#filterWord(k, b)) & bits) === bits;
  }

  #filterWord(k: number, b: number): number {
    return (this.#filter[k] ?? 0) + positionOf(b, (this.#size[k] ?? 0) / FILTERED);
  }

  /** Entry; -1 not there; `~entry - 1` where it was claimed by this call. */
  #probe(words: Int32Array, k: number, a: number, b: number, c: number, d: number, insert: boolean): number {
    const size = this.#size[k] ?? 0;
    const first = this.#first[k] ?? 0;
    let slot = positionOf(a, size);
    for (;;) {
      const at = first + slot * ENTRY_WORDS;
      let state = Atomics.load(words, at);
      if (state === FREE) {
        if (!insert) return -1;
        // Before the entry is there: who finds it does not find it passed over.
        Atomics.or(words, this.#filterWord(k, b), filterBits(c));
        state = Atomics.compareExchange(words, at, FREE, CLAIMED);
        if (state === FREE) {
          words[at + 1] = a;
          words[at + 2] = b;
          words[at + 3] = c;
          words[at + 4] = d;
          Atomics.store(words, at, READY);
          Atomics.add(words, HEAD_FIRST_TABLE + k * TABLE_WORDS + 2, 1);
          Atomics.add(words, HEAD_ENTRIES, 1);
          return ~at - 1;
        }
      }
      // Another thread is writing these four words this very moment.
      while (state === CLAIMED) state = Atomics.load(words, at);
      if (words[at + 1] === a && words[at + 2] === b && words[at + 3] === c && words[at + 4] === d) return at;
      if (++slot === size) slot = 0;
    }
  }

  publish(entry: number, place: BlobPlace): void {
    const words = this.#words;
    words[entry + 5] = place.block;
    words[entry + 6] = place.offset;
    words[entry + 7] = place.length;
    Atomics.store(words, entry, READY + place.pack);
  }

  /** Meaningful once the run that published it is over, or for entries loaded from segments. */
  place(entry: number): BlobPlace {
    const words = this.#words;
    return {
      pack: this.packOf(entry),
      block: words[entry + 5] ?? 0,
      offset: words[entry + 6] ?? 0,
      length: words[entry + 7] ?? 0,
    };
  }

  packOf(entry: number): number {
    return Atomics.load(this.#words, entry) - READY;
  }
}

/** Pages that a table of so many entries and its filter take. */
const pagesOf = (size: number): number => Math.ceil((size * (ENTRY_WORDS + 1 / FILTERED) * 4) / PAGE);

/** Where a word of an id leads to among `size` places, whatever their number: as far on as the word is of all words. */
const positionOf = (word: number, size: number): number => ((word >>> 0) * (size / 2 ** 32)) | 0;

/** Ids are keyed hashes: any bits of them are as good as others. */
const filterBits = (c: number): number => (1 << (c & 31)) | (1 << ((c >>> 5) & 31)) | (1 << ((c >>> 10) & 31));

/** Reads the first 16 bytes of ids as the index's four words, without allocating. */
export class IdWords {
  readonly #words = new Int32Array(4);
  readonly #bytes = new Uint8Array(this.#words.buffer);

  /** Splits `id` (at least 16 bytes from `at`). */
  load(id: Uint8Array, at = 0): this {
    for (let i = 0; i < 16; i++) this.#bytes[i] = id[at + i] ?? 0;
    return this;
  }

  findIn(index: SharedIndex): number {
    const w = this.#words;
    return index.find(w[0] ?? 0, w[1] ?? 0, w[2] ?? 0, w[3] ?? 0);
  }

  claimIn(index: SharedIndex): number {
    const w = this.#words;
    return index.claim(w[0] ?? 0, w[1] ?? 0, w[2] ?? 0, w[3] ?? 0);
  }
}
