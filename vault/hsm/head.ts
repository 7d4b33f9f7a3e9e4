/**
 * The log's head in a private data object of the token. Replaced by making the new one before the old one is destroyed,
 * so that a crash leaves at least one; a number in front says which is the newest.
 */
import { CKA, CKO, asHsmError } from './cryptoki.ts';
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
  /** Writes follow each other: each must see the one before. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(token: Token) {
    this.#token = token;
  }

  async read(): Promise<Uint8Array | null> {
    await this.#last;
    const [newest] = await this.#token.sessions.use((session) => this.#stored(session));
    return newest?.head ?? null;
  }

  write(head: Uint8Array): Promise<void> {
    const copy = Buffer.from(head);
    const done = this.#last.then(() => this.#token.sessions.use((session) => this.#replace(session, copy)));
    this.#last = done.catch(() => {});
    return done;
  }

  #replace(session: Handle, head: Buffer): void {
    const { p11 } = this.#token;
    const old = this.#stored(session);
    const number = Buffer.alloc(NUMBER_BYTES);
    number.writeBigUInt64BE((old[0]?.number ?? 0n) + 1n);
    try {
      p11.C_CreateObject(session, [
        { type: CKA.CLASS, value: CKO.DATA },
        { type: CKA.TOKEN, value: true },
        { type: CKA.PRIVATE, value: true },
        { type: CKA.MODIFIABLE, value: false },
        { type: CKA.APPLICATION, value: 'holdfast' },
        { type: CKA.LABEL, value: LABEL.head },
        { type: CKA.VALUE, value: Buffer.concat([number, head]) },
      ]);
    } catch (error) {
      throw asHsmError(error, "write the log's head");
    }
    for (const { object } of old) {
      try {
        p11.C_DestroyObject(session, object);
      } catch {
        // The new head is written and is the newest; the next write tries again to remove this one.
      }
    }
  }

  /** Newest first. */
  #stored(session: Handle): Stored[] {
    const stored = findLabelled(this.#token.p11, session, CKO.DATA, LABEL.head).map((object) => {
      const value = read(this.#token.p11, session, object, CKA.VALUE);
      if (value === null || value.length < NUMBER_BYTES) {
        throw new HsmError('unavailable', "The log's head in the token cannot be read.");
      }
      return { object, number: value.readBigUInt64BE(0), head: Uint8Array.from(value.subarray(NUMBER_BYTES)) };
    });
    return stored.sort((a, b) => (a.number < b.number ? 1 : -1));
  }
}
