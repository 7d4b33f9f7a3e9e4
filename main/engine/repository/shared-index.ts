/**
 * The index of blobs in memory: open addressing over 32-bit words in a shared WebAssembly memory, so that all pipeline
 * workers look up and insert without messages. A WebAssembly memory, because it grows in place: growing a
 * SharedArrayBuffer costs every access a length check.
 *
 * An entry is 9 words: state, 16 bytes of id, pack, block, offset, length. An insert claims a free entry by
 * compare-and-swap, writes the id and marks it ready; so a blob that two workers hold at once is stored once. The place
 * follows: until then another thread may read zeros for it, and at most takes the first pack for needed as well.
 *
 * Tables double: when the newest is 70 % full the next one is added, older ones are only read. Two workers that
 * insert one id while a table is being added may both store it, which costs space and nothing else.
 *
 * Each table has a filter behind its entries: a word for each four of them, of which an id sets three bits. A table that
 * is only read any more is looked into only where they are set: what is nowhere costs a word in each of a chain of tables,
 * not a walk over several entries.
 */
const WORDS = 9;
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
/** Words of a table's description: first page, log2 of its entries, used entries. */
const TABLE_WORDS = 4;
const MAX_TABLES = 20;

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
  readonly #mask: number[] = [];
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
    index.#addTable(Math.max(16, Math.ceil(Math.log2(Math.max(1, expected) * 1.5))));
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
      const bits = Atomics.load(this.#words, at + 1);
      this.#first[k] = first * PAGE_WORDS;
      this.#mask[k] = 2 ** bits - 1;
      this.#filter[k] = first * PAGE_WORDS + 2 ** bits * WORDS;
      pages = Math.max(pages, first + pagesOf(bits));
    }
    // What another thread added may not be seen yet: V8 tells a thread of a longer buffer when it comes to it. Growing
    // by nothing asks for it now.
    while (this.memory.buffer.byteLength < pages * PAGE) this.memory.grow(0);
    this.#words = new Int32Array(this.memory.buffer);
    this.#known = tables;
  }

  #addTable(bits: number): void {
    const tables = Atomics.load(this.#words, HEAD_TABLES);
    if (tables >= MAX_TABLES) throw new RangeError('index full');
    const firstPage = this.memory.grow(pagesOf(bits));
    this.#words = new Int32Array(this.memory.buffer);
    const at = HEAD_FIRST_TABLE + tables * TABLE_WORDS;
    Atomics.store(this.#words, at, firstPage);
    Atomics.store(this.#words, at + 1, bits);
    Atomics.store(this.#words, HEAD_TABLES, tables + 1);
    this.#refresh();
  }

  #growIfFull(): void {
    const newest = this.#known - 1;
    const at = HEAD_FIRST_TABLE + newest * TABLE_WORDS;
    const capacity = (this.#mask[newest] ?? 0) + 1;
    if (Atomics.load(this.#words, at + 2) < capacity * 0.7) return;
    if (Atomics.compareExchange(this.#words, HEAD_LOCK, 0, 1) === 0) {
      try {
        if (Atomics.load(this.#words, HEAD_TABLES) === this.#known) {
          this.#addTable(Math.min(24, Atomics.load(this.#words, at + 1) + 1));
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
    return (this.#filter[k] ?? 0) + ((b >>> 0) & (((this.#mask[k] ?? 0) + 1) / FILTERED - 1));
  }

  /** Entry; -1 not there; `~entry - 1` where it was claimed by this call. */
  #probe(words: Int32Array, k: number, a: number, b: number, c: number, d: number, insert: boolean): number {
    const mask = this.#mask[k] ?? 0;
    const first = this.#first[k] ?? 0;
    let slot = a & mask;
    for (;;) {
      const at = first + slot * WORDS;
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
      slot = (slot + 1) & mask;
    }
  }

  publish(entry: number, place: BlobPlace): void {
    const words = this.#words;
    words[entry + 5] = place.pack;
    words[entry + 6] = place.block;
    words[entry + 7] = place.offset;
    words[entry + 8] = place.length;
  }

  /** Meaningful once the run that published it is over, or for entries loaded from segments. */
  place(entry: number): BlobPlace {
    const words = this.#words;
    return {
      pack: words[entry + 5] ?? 0,
      block: words[entry + 6] ?? 0,
      offset: words[entry + 7] ?? 0,
      length: words[entry + 8] ?? 0,
    };
  }

  packOf(entry: number): number {
    return this.#words[entry + 5] ?? 0;
  }
}

/** Pages that a table of 2^bits entries and its filter take. */
const pagesOf = (bits: number): number => Math.ceil((2 ** bits * (WORDS + 1 / FILTERED) * 4) / PAGE);

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
