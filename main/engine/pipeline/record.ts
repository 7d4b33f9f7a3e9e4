/**
 * Records: one directory entry as the pipeline passes it between threads and as the local cache keeps it. A record
 * holds what tells "unchanged" (type, mode, size, times, inode), the short ids of all blobs that the entry needs, and
 * the entry's canonical tree node, so that an unchanged entry is copied into the next tree without being encoded again.
 *
 * Little-endian: u32 total, u8 type, u8 flags, u16 name length, u32 mode, u32 uid, u32 gid, u32 needs,
 * f64 size, f64 mtime ms, f64 ctime ms, f64 inode, f64 device, u32 node length, name, needs x 16 bytes, node.
 */
import { ID_BYTES, SHORT_ID_BYTES } from '../format/blob.ts';
import type { NodeType } from '../format/tree.ts';
import type { ByteString } from '../format/byte-path.ts';

const FIXED = 68;
/**
 * `pending`: the file has still to be read. `addedBefore` and `changedBefore`: completed by a run that was interrupted,
 * and since the last whole one new or changed; a run takes these off again.
 */
export const RecordFlag = { pending: 1, addedBefore: 2, changedBefore: 4 } as const;

/** A cursor over records; fields are read in place. */
export class RecordView {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get total(): number {
    return this.bytes.readUInt32LE(this.at);
  }
  get type(): NodeType {
    return this.bytes.readUInt8(this.at + 4) as NodeType;
  }
  get pending(): boolean {
    return (this.bytes.readUInt8(this.at + 5) & RecordFlag.pending) !== 0;
  }
  get flags(): number {
    return this.bytes.readUInt8(this.at + 5);
  }
  get nameLength(): number {
    return this.bytes.readUInt16LE(this.at + 6);
  }
  get name(): ByteString {
    return this.bytes.toString('latin1', this.at + FIXED, this.at + FIXED + this.nameLength) as ByteString;
  }
  get nameBytes(): Buffer {
    return this.bytes.subarray(this.at + FIXED, this.at + FIXED + this.nameLength);
  }
  get size(): number {
    return this.bytes.readDoubleLE(this.at + 24);
  }
  get mtimeMs(): number {
    return this.bytes.readDoubleLE(this.at + 32);
  }
  get ctimeMs(): number {
    return this.bytes.readDoubleLE(this.at + 40);
  }
  get needs(): number {
    return this.bytes.readUInt32LE(this.at + 20);
  }
  get needsAt(): number {
    return this.at + FIXED + this.nameLength;
  }
  get node(): Buffer {
    const end = this.at + this.total;
    return this.bytes.subarray(end - this.bytes.readUInt32LE(this.at + 64), end);
  }
  get whole(): Buffer {
    return this.bytes.subarray(this.at, this.at + this.total);
  }

  /** Sets the flags. */
  mark(flags: number): void {
    this.bytes.writeUInt8(flags, this.at + 5);
  }

  /** From now on nothing on a disk is the same as this. */
  distrust(): void {
    this.bytes.writeDoubleLE(NaN, this.at + 32);
  }

  /** True where a file that was read again holds what it held: contents, attributes, mode, owner, time of its last change. */
  holdsSame(other: RecordView): boolean {
    const [a, b] = [this.bytes, other.bytes];
    const needs = (view: RecordView): Buffer =>
      view.bytes.subarray(view.needsAt, view.needsAt + view.needs * SHORT_ID_BYTES);
    return (
      this.type === other.type &&
      this.size === other.size &&
      this.mtimeMs === other.mtimeMs &&
      a.readUInt32LE(this.at + 8) === b.readUInt32LE(other.at + 8) &&
      a.readUInt32LE(this.at + 12) === b.readUInt32LE(other.at + 12) &&
      a.readUInt32LE(this.at + 16) === b.readUInt32LE(other.at + 16) &&
      needs(this).equals(needs(other))
    );
  }

  /** True where nothing that `lstat` tells has changed. */
  sameAs(type: NodeType, stat: RecordStat): boolean {
    const b = this.bytes;
    const at = this.at;
    return (
      this.type === type &&
      b.readUInt32LE(at + 8) === stat.mode &&
      b.readDoubleLE(at + 24) === stat.size &&
      b.readDoubleLE(at + 32) === stat.mtimeMs &&
      b.readDoubleLE(at + 40) === stat.ctimeMs &&
      b.readDoubleLE(at + 48) === stat.ino &&
      b.readUInt32LE(at + 12) === stat.uid &&
      b.readUInt32LE(at + 16) === stat.gid
    );
  }
}

/**
 * First 16 bytes of each id, joined; an id that is the one before it is left out, since a hole is one blob many times.
 *
 * @param lists ids of 32 bytes each, joined
 */
export function shortIds(...lists: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(lists.reduce((sum, ids) => sum + ids.length, 0) / 2);
  let length = 0;
  for (const ids of lists) {
    for (let at = 0; at < ids.length; at += ID_BYTES) {
      const id = ids.subarray(at, at + SHORT_ID_BYTES);
      if (length > 0 && Buffer.compare(id, out.subarray(length - SHORT_ID_BYTES, length)) === 0) continue;
      out.set(id, length);
      length += SHORT_ID_BYTES;
    }
  }
  return out.subarray(0, length);
}

/** What `lstat` tells, as numbers. */
export interface RecordStat {
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtimeMs: number;
  ctimeMs: number;
  ino: number;
  dev: number;
}

/** A growing buffer of records. */
export class RecordWriter {
  #buffer = Buffer.allocUnsafeSlow(1 << 16);
  length = 0;

  #room(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.length + bytes));
    this.#buffer.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
  }

  /** Copies whole records. */
  copy(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /**
   * @param needs short ids (16 bytes each), joined
   * @param node canonical tree node; empty for a pending file
   */
  add(type: NodeType, flags: number, name: ByteString, stat: RecordStat, needs: Uint8Array, node: Uint8Array): void {
    const total = FIXED + name.length + needs.length + node.length;
    this.#room(total);
    const b = this.#buffer;
    const at = this.length;
    b.writeUInt32LE(total, at);
    b.writeUInt8(type, at + 4);
    b.writeUInt8(flags, at + 5);
    b.writeUInt16LE(name.length, at + 6);
    b.writeUInt32LE(stat.mode >>> 0, at + 8);
    b.writeUInt32LE(stat.uid >>> 0, at + 12);
    b.writeUInt32LE(stat.gid >>> 0, at + 16);
    b.writeUInt32LE(needs.length / SHORT_ID_BYTES, at + 20);
    b.writeDoubleLE(stat.size, at + 24);
    b.writeDoubleLE(stat.mtimeMs, at + 32);
    b.writeDoubleLE(stat.ctimeMs, at + 40);
    b.writeDoubleLE(stat.ino, at + 48);
    b.writeDoubleLE(stat.dev, at + 56);
    b.writeUInt32LE(node.length, at + 64);
    b.write(name, at + FIXED, 'latin1');
    b.set(needs, at + FIXED + name.length);
    b.set(node, at + FIXED + name.length + needs.length);
    this.length += total;
  }

  /** A copy of everything, in an array of its own that can be transferred. */
  take(): Uint8Array {
    const out = new Uint8Array(this.length);
    out.set(this.#buffer.subarray(0, this.length));
    this.length = 0;
    return out;
  }
}
