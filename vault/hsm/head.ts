/**
 * The log's head in a private data object of the token. Replaced by making the new one before the old one is destroyed,
 * so that a crash leaves at least one; a number in front says which is the newest.
 */
import { CKA, CKO, CKR, asHsmError, returnValue } from './cryptoki.ts';
import type { Handle } from './cryptoki.ts';
import { HsmError } from './hsm.ts';
import type { Token } from './module.ts';
import { LABEL, findLabelled, read } from './objects.ts';

/** Unsigned, big-endian, before the head. */
const NUMBER_BYTES = 8;

interface Stored {
  object: Handle;
  number: bigint;
  head: Uint8Array;
}

export class HeadObject {
  readonly #token: Token;
  /** Newest first; null until they are looked for. Kept, because finding them takes longer than writing. */
  #stored: Stored[] | null = null;
  /** Reads and writes follow each other: each must see the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(token: Token) {
    this.#token = token;
  }

  /** Null before the first write. @throws HsmError `unavailable` */
  async read(): Promise<Uint8Array | null> {
    const newest = await this.#next((session) => (this.#stored ??= this.#find(session))[0]);
    return newest === undefined ? null : Uint8Array.from(newest.head);
  }

  /** @throws HsmError `unfit` where the module has no data objects, `unavailable` */
  write(head: Uint8Array): Promise<void> {
    const copy = Uint8Array.from(head);
    return this.#next((session) => this.#replace(session, copy));
  }

  #next<T>(work: (session: Handle) => T): Promise<T> {
    const done = this.#last.then(() => this.#token.sessions.use(work));
    this.#last = done.catch(() => {
      this.#stored = null;
    });
    return done;
  }

  #replace(session: Handle, head: Uint8Array): void {
    const { p11 } = this.#token;
    const old = this.#stored ?? this.#find(session);
    const number = (old[0]?.number ?? 0n) + 1n;
    const made = this.#create(session, number, head);
    // The new head is written and is the newest; what cannot be removed now is removed by a later write.
    const left = old.filter(({ object }) => {
      try {
        p11.C_DestroyObject(session, object);
        return false;
      } catch (error) {
        return returnValue(error) !== CKR.OBJECT_HANDLE_INVALID;
      }
    });
    this.#stored = [{ object: made, number, head }, ...left];
  }

  #create(session: Handle, number: bigint, head: Uint8Array): Handle {
    const value = Buffer.alloc(NUMBER_BYTES + head.length);
    value.writeBigUInt64BE(number);
    value.set(head, NUMBER_BYTES);
    try {
      return this.#token.p11.C_CreateObject(session, [
        { type: CKA.CLASS, value: CKO.DATA },
        { type: CKA.TOKEN, value: true },
        { type: CKA.PRIVATE, value: true },
        { type: CKA.MODIFIABLE, value: false },
        { type: CKA.APPLICATION, value: 'holdfast' },
        { type: CKA.LABEL, value: LABEL.head },
        { type: CKA.VALUE, value },
      ]);
    } catch (error) {
      throw asHsmError(error, "write the log's head");
    }
  }

  #find(session: Handle): Stored[] {
    const found = findLabelled(this.#token.p11, session, CKO.DATA, LABEL.head).map((object) => {
      const value = read(this.#token.p11, session, object, CKA.VALUE);
      if (value === null || value.length < NUMBER_BYTES) {
        throw new HsmError('unavailable', "The log's head in the token cannot be read.");
      }
      return { object, number: value.readBigUInt64BE(0), head: Uint8Array.from(value.subarray(NUMBER_BYTES)) };
    });
    return found.sort((a, b) => (a.number < b.number ? 1 : -1));
  }
}
