/**
 * Writes the entry of a folder as canonical CBOR (RFC 8949 section 4.2; FORMAT.md, "Trees") without a map and a value
 * for each field: a first backup writes one for each file, and by way of a general encoder it took a fifth of its time.
 */
import { Major } from './cbor-bytes.ts';
import type { NodeExtras, Time } from './node-extras.ts';
import { Field, NodeType } from './node-fields.ts';

/** What every node has. */
export interface PlainNode {
  /** Raw bytes: any but 0 and `/`, neither `.` nor `..`. */
  name: Uint8Array;
  type: NodeType;
  /** Permission bits with setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  user: string;
  group: string;
  mtime: Time;
  ctime: Time;
  /** Files: true length in bytes. */
  size: number;
  /** Files: 32-byte ids of the data blobs in order, joined. Empty where `lists` is used. */
  content: Uint8Array;
  /** Files over 512 chunks: 32-byte ids of list blobs in order, joined; a list blob is ids joined. */
  lists: Uint8Array;
  /** Symlinks: raw bytes of the target. */
  target: Uint8Array | null;
  /** Block and character devices: major and minor. */
  device: [number, number] | null;
  /** Folders: id of the tree blob. */
  subtree: Uint8Array | null;
}

const TWO_32 = 0x1_0000_0000;
const TRUE = 0xf5;

class NodeWriter {
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** A copy of what was written since the last one, exactly as long. */
  take(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return bytes;
  }

  /** The shortest head of an item. @param n argument, 0 to 2^53 - 1 */
  head(major: number, n: number): void {
    this.#room(9);
    const kind = major << 5;
    if (n < 24) this.#bytes[this.#at++] = kind | n;
    else if (n < 0x100) {
      this.#bytes[this.#at++] = kind | 24;
      this.#bytes[this.#at++] = n;
    } else if (n < 0x1_0000) {
      this.#bytes[this.#at++] = kind | 25;
      this.#view.setUint16(this.#at, n);
      this.#at += 2;
    } else if (n < TWO_32) {
      this.#bytes[this.#at++] = kind | 26;
      this.#view.setUint32(this.#at, n);
      this.#at += 4;
    } else {
      this.#bytes[this.#at++] = kind | 27;
      this.#view.setUint32(this.#at, Math.floor(n / TWO_32));
      this.#view.setUint32(this.#at + 4, n % TWO_32);
      this.#at += 8;
    }
  }

  /** @throws RangeError for a number that is not an integer below 2^53 */
  integer(n: number): void {
    if (!Number.isSafeInteger(n)) throw new RangeError(`${n} is no integer`);
    if (n >= 0) this.head(Major.uint, n);
    else this.head(Major.negative, -1 - n);
  }

  integers(values: readonly number[]): void {
    this.head(Major.array, values.length);
    for (const value of values) this.integer(value);
  }

  time({ s, ns }: Time): void {
    this.head(Major.array, 2);
    this.integer(s);
    this.integer(ns);
  }

  bytes(value: Uint8Array): void {
    this.head(Major.bytes, value.length);
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  text(value: string): void {
    const bytes = Buffer.from(value, 'utf8');
    this.head(Major.text, bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  true(): void {
    this.#room(1);
    this.#bytes[this.#at++] = TRUE;
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** One for the thread; whoever writes a node does so without a pause. */
let writer = new NodeWriter();

/**
 * Canonical bytes of one node. A folder's node ends with the 32 bytes of its subtree id.
 *
 * @throws RangeError for a number that is not an integer below 2^53
 */
export function writeNode(node: PlainNode, extras: NodeExtras): Uint8Array {
  try {
    fields(writer, node, extras);
  } catch (error) {
    // Half of it stands there.
    writer = new NodeWriter();
    throw error;
  }
  return writer.take();
}

function fields(w: NodeWriter, node: PlainNode, extras: NodeExtras): void {
  const { birth, link, small, large, flags, holes } = extras;
  const isFile = node.type === NodeType.file;
  const named = node.user !== '' || node.group !== '';
  const hasLists = isFile && node.lists.length > 0;
  const hasContent = isFile && !hasLists && node.content.length > 0;
  const hasSmall = small !== undefined && small.length > 0;
  const hasLarge = large !== undefined && large.length > 0;
  const hasHoles = holes !== undefined && holes.length > 0;
  const optional = [
    named,
    isFile,
    hasLists,
    hasContent,
    node.target !== null,
    node.device !== null,
    birth !== undefined,
    link !== undefined,
    hasSmall,
    hasLarge,
    flags !== undefined,
    hasHoles,
    node.subtree !== null,
  ];
  let count = 6;
  for (const there of optional) if (there) count++;
  w.head(Major.map, count);
  const key = (field: number): void => w.head(Major.uint, field);
  key(Field.name);
  w.bytes(node.name);
  key(Field.type);
  w.integer(node.type);
  key(Field.mode);
  w.integer(node.mode);
  key(Field.owner);
  w.head(Major.array, 2);
  w.integer(node.uid);
  w.integer(node.gid);
  if (named) {
    key(Field.ownerNames);
    w.head(Major.array, 2);
    w.text(node.user);
    w.text(node.group);
  }
  key(Field.mtime);
  w.time(node.mtime);
  key(Field.ctime);
  w.time(node.ctime);
  if (isFile) {
    key(Field.size);
    w.integer(node.size);
  }
  if (hasContent) {
    key(Field.content);
    w.bytes(node.content);
  }
  if (hasLists) {
    key(Field.lists);
    w.bytes(node.lists);
  }
  if (node.target !== null) {
    key(Field.target);
    w.bytes(node.target);
  }
  if (node.device !== null) {
    key(Field.device);
    w.integers(node.device);
  }
  if (birth !== undefined) {
    key(Field.birth);
    w.time(birth);
  }
  if (link !== undefined) {
    key(Field.link);
    w.bytes(link);
  }
  if (hasSmall) {
    key(Field.small);
    w.head(Major.array, small.length);
    for (const { name, value } of small) {
      w.head(Major.array, 2);
      w.bytes(name);
      w.bytes(value);
    }
  }
  if (hasLarge) {
    key(Field.large);
    w.head(Major.array, large.length);
    for (const { name, size, content } of large) {
      w.head(Major.array, 3);
      w.bytes(name);
      w.integer(size);
      w.bytes(content);
    }
  }
  if (flags !== undefined) {
    key(Field.flags);
    w.head(Major.array, 2);
    w.integer(flags.system);
    w.integer(flags.bits);
  }
  if (hasHoles) {
    key(Field.holes);
    if (holes === 'zeros') w.true();
    else w.integers(holes);
  }
  if (node.subtree !== null) {
    key(Field.subtree);
    w.bytes(node.subtree);
  }
}
