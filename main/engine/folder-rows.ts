/** One folder in columns: what rows show and what they are sorted by, without an object for each entry. */
import type { EntryFacts, EntryOrder } from './api.ts';
import { factsOf } from './entry-facts.ts';
import type { LeafReader } from './format/leaf-reader.ts';
import { NodeType } from './format/node-fields.ts';
import { f64, u32, u8 } from './search/columns.ts';
import { mergeSort } from './merge-sort.ts';
import { NameKeys } from './name-keys.ts';
import { inOrder } from './name-order.ts';

interface Owner {
  uid: number;
  gid: number;
  user: string;
  group: string;
}

/** Rows of the folders that are in it, and of all else, each in the order that was asked for. */
interface Order {
  folders: Uint32Array;
  others: Uint32Array;
}

/** Of the objects that an owner takes, about. */
const OWNER_BYTES = 200;
/** Two orders are kept: by name, and the one that was asked for last. */
const ORDER_BYTES = 8;
/** What room is made for at once: entries of the longest leaf, leaves, and usual bytes of a name. */
const LEAF_ROWS = 8192;
const LEAVES_AHEAD = 64;
const NAME_BYTES = 32;

export class FolderRows {
  readonly #texts = u8();
  /** In `#texts`: where a name begins and ends; what a link leads to follows up to the next name. */
  readonly #from = u32();
  readonly #to = u32();
  readonly #type = u8();
  readonly #mode = u32();
  readonly #owner = u32();
  readonly #size = f64();
  readonly #seconds = f64();
  readonly #nanos = u32();
  readonly #owners: Owner[] = [];
  readonly #ownerAt = new Map<string, number>();
  /** Of the entry before: its owner as encoded, and the position. */
  #known: { bytes: Uint8Array; at: number } = { bytes: new Uint8Array(0), at: 0 };
  readonly #numbers = [
    this.#from,
    this.#to,
    this.#type,
    this.#mode,
    this.#owner,
    this.#size,
    this.#seconds,
    this.#nanos,
  ];
  #folders = 0;
  #ownerBytes = 0;
  #byName: Order | null = null;
  #last: { key: string; order: Order } | null = null;

  /** Adds the entries of a leaf. Errors: object-damaged, newer-format; what was added is then to be thrown away. */
  take(leaf: LeafReader): void {
    // Columns that grow bit by bit are copied again and again. A leaf may claim to be longer than any is.
    const more = Math.min(leaf.left, LEAF_ROWS) * (this.total === 0 ? 1 + Math.min(leaf.following, LEAVES_AHEAD) : 1);
    for (const column of this.#numbers) column.reserve(more);
    this.#texts.reserve(NAME_BYTES * more);
    while (leaf.next()) this.#add(leaf);
  }

  get total(): number {
    return this.#type.length;
  }

  /** How many are no folders. */
  get files(): number {
    return this.total - this.#folders;
  }

  /** What it takes in memory, with the orders that may come. */
  get bytes(): number {
    const columns = this.#numbers.reduce((bytes, { array }) => bytes + array.byteLength, this.#texts.array.byteLength);
    return columns + this.#ownerBytes + ORDER_BYTES * this.total;
  }

  /** Rows [offset, offset + limit) in the order asked for: folders first, ties by name. */
  page({ sort, descending }: EntryOrder, offset: number, limit: number): EntryFacts[] {
    const { folders, others } = this.#ordered(sort, descending);
    const page: EntryFacts[] = [];
    for (let i = offset; i < Math.min(offset + limit, this.total); i++) {
      const row = i < folders.length ? folders[i] : others[i - folders.length];
      page.push(this.#facts(row ?? 0));
    }
    return page;
  }

  #add(leaf: LeafReader): void {
    const texts = this.#texts;
    const from = texts.length;
    const nameEnd = from + leaf.name.length;
    texts.reserve(leaf.name.length + (leaf.target.there ? leaf.target.length : 0));
    leaf.put(leaf.name, texts.array, from);
    if (leaf.target.there) leaf.put(leaf.target, texts.array, nameEnd);
    texts.length = nameEnd + (leaf.target.there ? leaf.target.length : 0);
    this.#from.push(from);
    this.#to.push(nameEnd);
    this.#type.push(leaf.type);
    this.#mode.push(leaf.mode);
    this.#owner.push(leaf.holds(leaf.owner, this.#known.bytes) ? this.#known.at : this.#ownerOf(leaf));
    this.#size.push(leaf.size);
    this.#seconds.push(leaf.mtime.s);
    this.#nanos.push(leaf.mtime.ns);
    if (leaf.type === NodeType.folder) this.#folders++;
  }

  #ownerOf(leaf: LeafReader): number {
    const bytes = leaf.copy(leaf.owner);
    const key = Buffer.from(bytes).toString('latin1');
    let at = this.#ownerAt.get(key);
    if (at === undefined) {
      const { uid, gid } = leaf;
      at = this.#owners.push({ uid, gid, user: leaf.text(leaf.user), group: leaf.text(leaf.group) }) - 1;
      this.#ownerAt.set(key, at);
      this.#ownerBytes += OWNER_BYTES + 4 * bytes.length;
    }
    this.#known = { bytes, at };
    return at;
  }

  #facts(row: number): EntryFacts {
    const [from, to] = [this.#from.at(row), this.#to.at(row)];
    const end = row + 1 < this.total ? this.#from.at(row + 1) : this.#texts.length;
    const type = this.#type.at(row) as NodeType;
    const owner = this.#owners[this.#owner.at(row)] ?? { uid: 0, gid: 0, user: '', group: '' };
    return factsOf({
      ...owner,
      name: this.#texts.array.subarray(from, to),
      type,
      mode: this.#mode.at(row),
      size: this.#size.at(row),
      mtime: { s: this.#seconds.at(row), ns: this.#nanos.at(row) },
      target: type === NodeType.symlink ? this.#texts.array.subarray(to, end) : null,
    });
  }

  #ordered(sort: EntryOrder['sort'], descending: boolean): Order {
    const key = `${sort} ${descending}`;
    if (this.#last?.key === key) return this.#last.order;
    const byName = (this.#byName ??= this.#sortedByName());
    if (sort === 'name' && !descending) return byName;
    const order = sort === 'name' ? reversed(byName) : this.#sortedFrom(byName, sort, descending);
    this.#last = { key, order };
    return order;
  }

  #sortedByName(): Order {
    const order: Order = { folders: new Uint32Array(this.#folders), others: new Uint32Array(this.files) };
    let [folder, other] = [0, 0];
    for (let row = 0; row < this.total; row++) {
      if (this.#type.at(row) === NodeType.folder) order.folders[folder++] = row;
      else order.others[other++] = row;
    }
    if (this.#inOrder(order.folders) && this.#inOrder(order.others)) return order;
    const keys = new NameKeys();
    for (let row = 0; row < this.total; row++) keys.add(this.#texts.array, this.#from.at(row), this.#to.at(row));
    keys.finish();
    const compare = (a: number, b: number): number => keys.compare(a, b);
    mergeSort(order.folders, compare);
    mergeSort(order.others, compare);
    return order;
  }

  /** False also where only keys can tell. */
  #inOrder(rows: Uint32Array): boolean {
    const [{ array: from }, { array: to }, { array: texts }] = [this.#from, this.#to, this.#texts];
    for (let i = 1; i < rows.length; i++) {
      const [a, b] = [rows[i - 1] ?? 0, rows[i] ?? 0];
      if (!inOrder(texts, from[a] ?? 0, to[a] ?? 0, from[b] ?? 0, to[b] ?? 0)) return false;
    }
    return true;
  }

  /** By size or time; what is equal stays in the order of names, whichever the direction. */
  #sortedFrom({ folders, others }: Order, sort: 'size' | 'modified', descending: boolean): Order {
    const [size, seconds, nanos] = [this.#size, this.#seconds, this.#nanos];
    const sign = descending ? -1 : 1;
    const bySize = (a: number, b: number): number => sign * (size.at(a) - size.at(b));
    const byTime = (a: number, b: number): number =>
      sign * (seconds.at(a) - seconds.at(b) || nanos.at(a) - nanos.at(b));
    const order: Order = { folders: folders.slice(), others: others.slice() };
    // The size of a folder is not its contents'; folders keep the order of their names then.
    if (sort === 'modified') mergeSort(order.folders, byTime);
    mergeSort(order.others, sort === 'size' ? bySize : byTime);
    return order;
  }
}

const reversed = ({ folders, others }: Order): Order => ({
  folders: folders.slice().reverse(),
  others: others.slice().reverse(),
});
