/** Growing columns of numbers: a table of a million rows without an object for each. */

type Column = Uint8Array | Uint32Array | Float64Array;

export class Growing<A extends Column> {
  /** Longer than what is used. */
  array: A;
  length = 0;
  readonly #make: (length: number) => A;

  constructor(make: (length: number) => A, capacity = 1024) {
    this.#make = make;
    this.array = make(capacity);
  }

  /** @returns its position */
  push(value: number): number {
    this.reserve(1);
    this.array[this.length] = value;
    return this.length++;
  }

  /** Value at a position that is in use. */
  at(position: number): number {
    return this.array[position] ?? 0;
  }

  set(position: number, value: number): void {
    this.array[position] = value;
  }

  /** Adds many at the end. */
  append(values: ArrayLike<number>): void {
    this.reserve(values.length);
    this.array.set(values, this.length);
    this.length += values.length;
  }

  /** Room for so many more. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.array.length) return;
    const grown = this.#make(Math.max(needed, Math.ceil(this.array.length * 1.5)));
    grown.set(this.array.subarray(0, this.length));
    this.array = grown;
  }

  /** Bytes of what is in use, as this machine lays them out. */
  bytes(): Uint8Array {
    const { array } = this;
    return new Uint8Array(array.buffer, array.byteOffset, this.length * array.BYTES_PER_ELEMENT);
  }

  /** Takes the place of what is there. @param bytes as `bytes` gave them, in memory of its own */
  load(bytes: Uint8Array): void {
    const column = this.#make(0);
    const count = bytes.length / column.BYTES_PER_ELEMENT;
    const loaded = this.#make(count);
    new Uint8Array(loaded.buffer).set(bytes);
    this.array = loaded;
    this.length = count;
  }
}

export const u8 = (): Growing<Uint8Array<ArrayBuffer>> => new Growing((length) => new Uint8Array(length));
export const u32 = (): Growing<Uint32Array<ArrayBuffer>> => new Growing((length) => new Uint32Array(length));
export const f64 = (): Growing<Float64Array<ArrayBuffer>> => new Growing((length) => new Float64Array(length));
