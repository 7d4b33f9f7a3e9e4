/**
 * Reads the entries of a leaf one after another in place: no map, no object, no copy. Everything is checked that makes
 * an entry whole, whatever is taken of it.
 */
import { ID_BYTES } from './blob.ts';
import { Major } from './cbor-bytes.ts';
import { CborReader, decodeCbor, type Cbor } from './cbor.ts';
import { newerFormat } from './damage.ts';
import { FieldBytes, ITEM_DEPTH, Moment, Span } from './field-bytes.ts';
import { holesOf, largeOf, LINK_BYTES, MAX_ATTRIBUTES, type NodeExtras, type SmallAttribute } from './node-extras.ts';
import { Field, NodeType } from './node-fields.ts';

/** First item of a leaf's array. */
export const LEAF = 0;
const FIELD_DEPTH = ITEM_DEPTH - 1;
const MODE_BITS = 0o7777;
const MAX_NAME = 4096;

export class LeafReader extends FieldBytes {
  /** Entries that were not read yet. */
  left: number;
  /** Leaves of the same folder that come after this one. */
  following = 0;

  // Of the entry that `next` read. FORMAT.md says what each is.
  readonly name = new Span();
  type: NodeType = NodeType.file;
  mode = 0;
  uid = 0;
  gid = 0;
  readonly user = new Span();
  readonly group = new Span();
  /** The encoded owner with the names: entries of one owner have the same bytes. */
  readonly owner = new Span();
  readonly mtime = new Moment();
  readonly ctime = new Moment();
  size = 0;
  readonly content = new Span();
  readonly lists = new Span();
  readonly target = new Span();
  readonly device: [number, number] = [-1, -1];
  readonly subtree = new Span();
  readonly #birth = new Moment();
  readonly #link = new Span();
  readonly #small = new Span();
  readonly #large = new Span();
  readonly #flags: [number, number] = [-1, -1];
  readonly #holes = new Span();

  /** Last name of the leaf before. */
  readonly #after: Uint8Array | null;
  /** Bit by bit: fields below 24 that the entry has. */
  #has = 0;
  /** Where the name before this one lies. */
  #before = -1;
  #beforeEnd = -1;
  #ascending = true;

  private constructor(bytes: Uint8Array, what: string, after: Uint8Array | null) {
    super(bytes, what);
    this.#after = after;
    this.at = 2;
    if (this.byte() >> 5 !== Major.array) this.fail('field items');
    this.left = this.count();
  }

  /**
   * @param bytes of a tree blob; not kept longer than the reader
   * @param after name that all of these must come after, of a folder that is cut into leaves
   * @returns null for what is no leaf
   * @throws HoldfastError `object-damaged`
   */
  static of(bytes: Uint8Array, what: string, after: Uint8Array | null = null): LeafReader | null {
    if (bytes[0] !== 0x82 || bytes[1] !== LEAF) return null;
    // Of a Buffer `slice` would be a view.
    return new LeafReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), what, after);
  }

  /**
   * Reads the next entry; false behind the last one. Only then, and when the names ascended, is the leaf known to be
   * whole. Errors: object-damaged, newer-format.
   */
  next(): boolean {
    if (this.left === 0) {
      this.end();
      return this.#ascending ? false : this.fail('names out of order');
    }
    this.left--;
    this.#before = this.name.from;
    this.#beforeEnd = this.name.to;
    this.#clear();
    if (this.byte() >> 5 !== Major.map) this.fail('field node');
    let key = -1;
    for (let fields = this.count(); fields > 0; fields--) {
      const first = this.byte();
      if (first < 24 && (key < 0 || (this.bytes[key] ?? 0) < first)) key = this.at++;
      else key = this.skipKey(key, FIELD_DEPTH);
      this.#field(this.at - key === 1 ? (this.bytes[key] ?? 0) : -1);
    }
    this.#check();
    // Said at the end: that an entry is of a newer format goes before.
    if (!this.#follows()) this.#ascending = false;
    return true;
  }

  /** What node-extras.ts tells of the entry; only what is there. */
  extras(): NodeExtras {
    const extras: NodeExtras = {};
    if (this.#has >> Field.birth === 0) return extras;
    if (this.#birth.there) extras.birth = { s: this.#birth.s, ns: this.#birth.ns };
    if (this.#link.there) extras.link = this.copy(this.#link);
    if (this.#small.there) extras.small = this.#smallAttributes();
    const r = new CborReader(this.what);
    if (this.#large.there) extras.large = largeOf(this.#value(this.#large), r, this.what);
    if (this.#flags[0] >= 0) extras.flags = { system: this.#flags[0], bits: this.#flags[1] };
    if (this.#holes.there) extras.holes = holesOf(this.#value(this.#holes), r, this.what, this.size);
    return extras;
  }

  #clear(): void {
    this.name.clear();
    this.user.clear();
    this.group.clear();
    this.content.clear();
    this.lists.clear();
    this.target.clear();
    this.subtree.clear();
    this.size = 0;
    this.device[0] = -1;
    if (this.#has >> Field.birth !== 0) {
      this.#birth.there = false;
      this.#flags[0] = -1;
      for (const span of [this.#link, this.#small, this.#large, this.#holes]) span.clear();
    }
    this.#has = 0;
  }

  #field(key: number): void {
    if (key >= 0 && key < 24) this.#has |= 1 << key;
    switch (key) {
      case Field.name:
        this.bytesInto(this.name);
        if (!this.#isSafeName()) this.fail('a name that could leave its folder');
        return;
      case Field.type:
        this.#type();
        return;
      case Field.mode:
        this.mode = this.uint() & MODE_BITS;
        return;
      case Field.owner:
        this.owner.from = this.at;
        this.#owner();
        this.owner.to = this.at;
        return;
      case Field.ownerNames:
        this.#ownerNames();
        this.owner.to = this.at;
        return;
      case Field.mtime:
        this.time(this.mtime);
        return;
      case Field.ctime:
        this.time(this.ctime);
        return;
      case Field.size:
        this.size = this.uint();
        return;
      case Field.content:
        this.bytesInto(this.content);
        return;
      case Field.lists:
        this.bytesInto(this.lists);
        return;
      case Field.target:
        this.bytesInto(this.target);
        return;
      case Field.device:
        this.pair(this.device);
        return;
      case Field.birth:
        this.time(this.#birth);
        return;
      case Field.link:
        this.bytesInto(this.#link);
        if (this.#link.length !== LINK_BYTES) this.fail('field link group');
        return;
      case Field.small:
        this.#passSmall();
        return;
      case Field.large:
        this.#pass(this.#large);
        return;
      case Field.flags:
        this.pair(this.#flags);
        return;
      case Field.holes:
        this.#pass(this.#holes);
        return;
      case Field.subtree:
        this.bytesInto(this.subtree);
        return;
      default:
        this.skip(FIELD_DEPTH);
    }
  }

  /** What holds between the fields. */
  #check(): void {
    const needed =
      (1 << Field.name) |
      (1 << Field.type) |
      (1 << Field.mode) |
      (1 << Field.owner) |
      (1 << Field.mtime) |
      (1 << Field.ctime);
    if ((this.#has & needed) !== needed) this.fail('a field is missing');
    if (this.content.length % ID_BYTES !== 0 || this.lists.length % ID_BYTES !== 0) this.fail('content ids');
    const { subtree } = this;
    if ((this.type === NodeType.folder) !== subtree.there) this.fail('subtree');
    if (subtree.there && subtree.length !== ID_BYTES) this.fail('subtree');
    if ((this.type === NodeType.symlink) !== this.target.there) this.fail('link target');
    if (!this.#large.there && !this.#holes.there) return;
    const r = new CborReader(this.what);
    if (this.#large.there) largeOf(this.#value(this.#large), r, this.what);
    if (this.#holes.there) holesOf(this.#value(this.#holes), r, this.what, this.size);
  }

  #type(): void {
    const type = this.uint();
    if (!this.name.there) this.fail('field name');
    if (type >= NodeType.file && type <= NodeType.char) {
      this.type = type as NodeType;
      return;
    }
    // Bytes that are no whole tree are damage, whatever they seem to say.
    this.at = 0;
    this.skip(0);
    this.end();
    throw newerFormat(this.what);
  }

  #owner(): void {
    const more = this.list() - 2;
    if (more < 0) this.fail('field owner');
    this.uid = this.uint();
    this.gid = this.uint();
    for (let left = more; left > 0; left--) this.skip(ITEM_DEPTH);
  }

  #ownerNames(): void {
    const more = this.list() - 2;
    if (more < 0) this.fail('field owner names');
    this.textInto(this.user);
    this.textInto(this.group);
    for (let left = more; left > 0; left--) this.skip(ITEM_DEPTH);
  }

  #passSmall(): void {
    this.#small.from = this.at;
    const name = new Span();
    let [before, beforeEnd] = [this.at, this.at];
    const count = this.list();
    if (count > MAX_ATTRIBUTES) this.fail('attributes');
    for (let left = count; left > 0; left--) {
      if (this.list() !== 2) this.fail('attribute');
      this.bytesInto(name);
      if (!this.isAfter(before, beforeEnd, name.from, name.to)) this.fail('attribute names');
      for (let i = name.from; i < name.to; i++) if (this.bytes[i] === 0) this.fail('attribute names');
      [before, beforeEnd] = [name.from, name.to];
      if (this.byte() >> 5 !== Major.bytes) this.fail('field attribute value');
      this.pass(this.count());
    }
    this.#small.to = this.at;
  }

  /** @returns the attributes of a list that was passed before */
  #smallAttributes(): SmallAttribute[] {
    const after = this.at;
    this.at = this.#small.from;
    const [name, value] = [new Span(), new Span()];
    const list: SmallAttribute[] = [];
    for (let left = this.list(); left > 0; left--) {
      this.list();
      this.bytesInto(name);
      this.bytesInto(value);
      list.push({ name: this.copy(name), value: this.copy(value) });
    }
    this.at = after;
    return list;
  }

  #pass(span: Span): void {
    span.from = this.at;
    this.skip(FIELD_DEPTH);
    span.to = this.at;
  }

  #value(span: Span): Cbor {
    return decodeCbor(this.bytes.subarray(span.from, span.to), this.what);
  }

  /** As isSafeName (tree.ts) says. */
  #isSafeName(): boolean {
    const { bytes } = this;
    const { from, to } = this.name;
    const length = to - from;
    if (length === 0 || length > MAX_NAME) return false;
    if (bytes[from] === 0x2e && (length === 1 || (length === 2 && bytes[from + 1] === 0x2e))) return false;
    for (let i = from; i < to; i++) if (bytes[i] === 0x2f || bytes[i] === 0) return false;
    return true;
  }

  #follows(): boolean {
    if (this.#before < 0) return this.#after === null || Buffer.compare(this.#after, this.copy(this.name)) < 0;
    return this.isAfter(this.#before, this.#beforeEnd, this.name.from, this.name.to);
  }
}
