/**
 * Keeps records of folders that are complete until a run ends: the first ones in memory, the others in a file without a
 * name, sealed under a key that is nowhere else. Where it cannot be written, they stay in memory.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { damaged } from '../format/damage.ts';
import { openInto, seal, TAG_BYTES } from '../format/gcm.ts';
import { phrase } from '../../text.ts';
import { collectNative, noteNative } from './native-memory.ts';
import type { Held, RecordSource } from './records.ts';

/** Bytes of records that stay in memory. */
const IN_MEMORY = 32 * 1024 * 1024;

const NO_AAD = new Uint8Array(0);

export class RecordSpool implements RecordSource {
  readonly #path: string;
  readonly #inMemory: number;
  readonly #key = randomBytes(32);
  #fd: number | null = null;
  #failed = false;
  #kept = 0;
  /** Of the file. */
  length = 0;

  /**
   * @param path of a file that is not there, in a folder of this computer's own
   * @param inMemory bytes
   */
  constructor(path: string, inMemory = IN_MEMORY) {
    this.#path = path;
    this.#inMemory = inMemory;
  }

  /** The records must not change any more. Never throws. */
  keep(records: Buffer): Held {
    this.#kept += records.length;
    if (this.#failed || this.#kept <= this.#inMemory || records.length === 0) return records;
    try {
      this.#fd ??= this.#open();
      const sealed = seal(this.#key, nonceAt(this.length), NO_AAD, records);
      for (let done = 0; done < sealed.length;) {
        done += writeSync(this.#fd, sealed, done, sealed.length - done, this.length + done);
      }
      const from = this.length;
      this.length += sealed.length;
      return { source: this, from, to: from + records.length };
    } catch {
      this.#failed = true;
      return records;
    }
  }

  /** As `keep` gave them. */
  read(from: number, to: number): Buffer {
    const what = phrase('The local cache');
    const sealed = Buffer.allocUnsafeSlow(to - from + TAG_BYTES);
    for (let done = 0; done < sealed.length;) {
      const n = this.#fd === null ? 0 : readSync(this.#fd, sealed, done, sealed.length - done, from + done);
      if (n === 0) throw damaged(what, 'cut short');
      done += n;
    }
    const records = Buffer.allocUnsafeSlow(to - from);
    openInto(this.#key, nonceAt(from), NO_AAD, sealed, records, 0, what);
    noteNative(2 * records.length);
    collectNative();
    return records;
  }

  /** What was kept in the file is gone. May be called twice. */
  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
    this.#failed = true;
  }

  #open(): number {
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    // What a run that was killed in between has left.
    unlinkIfThere(this.#path);
    const fd = openSync(this.#path, 'wx+', 0o600);
    // Whatever ends the process, nothing stays.
    unlinkIfThere(this.#path);
    return fd;
  }
}

/** 12 bytes: each place of the file is written once. */
function nonceAt(offset: number): Uint8Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(4, BigInt(offset));
  return nonce;
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Not there; or, on Windows, only when it is closed.
  }
}
