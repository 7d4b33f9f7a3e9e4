/** Where records of folders lie: in memory, or in a file of which little is in memory at a time. */

export interface RecordSource {
  /** Bytes of all. */
  readonly length: number;
  /**
   * Bytes `from` up to `to`. A copy where they do not lie in memory.
   *
   * @throws HoldfastError object-damaged; errors of the file system
   */
  read(from: number, to: number): Buffer;
}

/** Some records: themselves, or where they can be read. */
export type Held = Buffer | { readonly source: RecordSource; readonly from: number; readonly to: number };

export const bytesOf = (held: Held): Buffer => (Buffer.isBuffer(held) ? held : held.source.read(held.from, held.to));

export const lengthOf = (held: Held): number => (Buffer.isBuffer(held) ? held.length : held.to - held.from);

export class MemoryRecords implements RecordSource {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get length(): number {
    return this.bytes.length;
  }

  read(from: number, to: number): Buffer {
    return this.bytes.subarray(from, to);
  }
}
