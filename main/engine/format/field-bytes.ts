/** Values of known kinds in deterministic CBOR, read in place: where they lie, or their numbers. */
import { CborBytes, Major } from './cbor-bytes.ts';

const SECOND_NS = 1_000_000_000;
/** How deep the items of a list lie that is a field of an entry: in a map, in a list, in the leaf's array. */
export const ITEM_DEPTH = 4;

/** Where some bytes lie: [from, to). `from` is -1 where there are none. */
export class Span {
  from = -1;
  to = -1;

  get length(): number {
    return this.to - this.from;
  }

  get there(): boolean {
    return this.from >= 0;
  }

  clear(): void {
    this.from = -1;
    this.to = -1;
  }
}

/** Seconds and nanoseconds as node-extras.ts has them; `there` is false where an entry has no such time. */
export class Moment {
  there = false;
  s = 0;
  ns = 0;
}

/** Reads values of a known kind in place. Whatever is of another kind is `object-damaged`. */
export class FieldBytes extends CborBytes {
  /** A copy. */
  copy(span: Span): Uint8Array {
    return this.bytes.slice(span.from, span.to);
  }

  /** Of a span of text. */
  text(span: Span): string {
    return this.textBetween(span.from, span.to);
  }

  /** True where a span holds the very bytes. */
  holds(span: Span, bytes: Uint8Array): boolean {
    if (span.length !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) if (this.bytes[span.from + i] !== bytes[i]) return false;
    return true;
  }

  /** True where a span holds this text of ASCII. */
  says(span: Span, text: string): boolean {
    if (span.length !== text.length) return false;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f || this.bytes[span.from + i] !== unit) return false;
    }
    return true;
  }

  /** The bytes of a span at the end of what stands in `target`, which has the room. */
  put(span: Span, target: Uint8Array, at: number): void {
    const { bytes } = this;
    for (let i = span.from; i < span.to; i++) target[at++] = bytes[i] ?? 0;
  }

  protected pair(pair: [number, number]): void {
    const more = this.list() - 2;
    if (more < 0) this.fail('a pair of numbers');
    pair[0] = this.uint();
    pair[1] = this.uint();
    for (let left = more; left > 0; left--) this.skip(ITEM_DEPTH);
  }

  protected time(moment: Moment): void {
    const { at, bytes } = this;
    // As times of our days are: two words, each with its head. They are a third of what an entry has.
    if (bytes[at] === 0x82 && bytes[at + 1] === 0x1a && bytes[at + 6] === 0x1a && at + 11 <= bytes.length) {
      const [s, ns] = [this.word(at + 2), this.word(at + 7)];
      if (s >= 0x1_0000 && ns >= 0x1_0000 && ns < SECOND_NS) {
        moment.s = s;
        moment.ns = ns;
        moment.there = true;
        this.at += 11;
        return;
      }
    }
    if (this.list() !== 2) this.fail('a time');
    const negative = this.byte() >> 5 === Major.negative;
    const s = negative ? -1 - this.argument() : this.uint();
    moment.ns = this.uint();
    if (!Number.isSafeInteger(s) || moment.ns >= SECOND_NS) this.fail('a time');
    moment.s = s;
    moment.there = true;
  }

  protected uint(): number {
    const first = this.byte();
    if (first < 24) {
      this.at++;
      return first;
    }
    if (first >> 5 !== Major.uint) this.fail('a number');
    const value = this.argument();
    return value <= Number.MAX_SAFE_INTEGER ? value : this.fail('a number');
  }

  protected list(): number {
    return this.byte() >> 5 === Major.array ? this.count() : this.fail('a list');
  }

  protected bytesInto(span: Span): void {
    if (this.byte() >> 5 !== Major.bytes) this.fail('bytes');
    const length = this.count();
    span.from = this.at;
    span.to = this.at += length;
  }

  protected textInto(span: Span): void {
    if (this.byte() >> 5 !== Major.text) this.fail('a text');
    const length = this.passText();
    span.to = this.at;
    span.from = this.at - length;
  }

  /** True where the bytes of the second span sort after those of the first. */
  protected isAfter(before: number, beforeEnd: number, from: number, to: number): boolean {
    const { bytes } = this;
    while (before < beforeEnd && from < to) {
      const difference = (bytes[from++] ?? 0) - (bytes[before++] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return from < to;
  }
}
