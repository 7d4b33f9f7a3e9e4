/**
 * The one module for secrets in memory. A secret is bytes, never a string where it can be helped, in a buffer of its
 * own that nothing prints, clones or turns into JSON, and that can be overwritten when it is no longer needed.
 */
import { randomFillSync, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';
import { ownCopy, unpooled } from '../../vault/protocol/bytes.ts';
import { HoldfastError } from '../errors.ts';

const REDACTED = '[secret]';

/** Overwrites bytes with zeros. Best effort: what the runtime or a worker copied elsewhere is not reached. */
export function wipe(bytes: Uint8Array): void {
  bytes.fill(0);
}

/** Bytes that are shown as `[secret]` wherever they are printed, and that can be wiped. */
export class Secret {
  #bytes: Uint8Array<ArrayBuffer> | null;

  /** Copies `bytes`; the caller still owns its own copy and should wipe it. */
  constructor(bytes: Uint8Array) {
    this.#bytes = ownCopy(bytes);
  }

  /** Size in bytes; 0 once wiped. */
  get length(): number {
    return this.#bytes?.length ?? 0;
  }

  get wiped(): boolean {
    return this.#bytes === null;
  }

  /**
   * Lends the bytes to `use` and gives back what it returns. `use` must not keep them: they are zeros after wipe().
   *
   * @throws HoldfastError `locked` after wipe()
   */
  read<T>(use: (bytes: Uint8Array) => T): T {
    if (this.#bytes === null) throw locked();
    return use(this.#bytes);
  }

  /**
   * A copy in a buffer of its own, for handing to the engine; whoever takes it wipes it.
   *
   * @throws HoldfastError `locked` after wipe()
   */
  copy(): Uint8Array<ArrayBuffer> {
    return this.read(ownCopy);
  }

  /** Compares in constant time for equal lengths. False once either is wiped. */
  equals(other: Secret): boolean {
    const a = this.#bytes;
    const b = other.#bytes;
    return a !== null && b !== null && a.length === b.length && timingSafeEqual(a, b);
  }

  /** Overwrites the bytes with zeros; every later use throws `locked`. */
  wipe(): void {
    if (this.#bytes !== null) wipe(this.#bytes);
    this.#bytes = null;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** Size of the root key RK in bytes (FORMAT.md, Keys). */
export const ROOT_KEY_BYTES = 32;

/** The root key RK: opens everything in a repository. In memory only, while unlocked. */
export class RootKey extends Secret {
  /**
   * @param bytes 32 bytes; copied
   * @throws RangeError for any other size
   */
  constructor(bytes: Uint8Array) {
    if (bytes.length !== ROOT_KEY_BYTES) throw new RangeError(`a root key has ${ROOT_KEY_BYTES} bytes`);
    super(bytes);
  }

  /** A new key from the operating system's random source. */
  static generate(): RootKey {
    const bytes = unpooled(ROOT_KEY_BYTES);
    randomFillSync(bytes);
    const key = new RootKey(bytes);
    wipe(bytes);
    return key;
  }
}

/** What a caller gets who needs the root key while it is not in memory. */
export function locked(): HoldfastError {
  return new HoldfastError(
    'locked',
    'Holdfast is locked: your key is not in memory.',
    'Unlock with your 64 digits. Backups go on meanwhile, and nothing was changed.',
  );
}
