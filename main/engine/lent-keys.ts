/**
 * The root key in the input of a verb, lent to an engine thread in memory that both threads see. postMessage would copy
 * the bytes into a message and again into the thread, and both copies would be freed, not overwritten: who lends can
 * overwrite the only one, also when the thread was ended in the middle of its work.
 */
import type { Verb, Verbs } from './api.ts';

export class LentKeys {
  /** To be posted instead of what was given. */
  readonly input: Verbs[Verb]['input'];
  readonly #lent: Uint8Array[] = [];

  /** Copies the key; the caller may wipe its own at once. */
  constructor(input: Verbs[Verb]['input']) {
    if ('newRootKey' in input) {
      this.input = { ...input, rootKey: this.#lend(input.rootKey), newRootKey: this.#lend(input.newRootKey) };
    } else if ('rootKey' in input && input.rootKey !== undefined)
      this.input = { ...input, rootKey: this.#lend(input.rootKey) };
    else if ('access' in input && input.access?.kind === 'key') {
      this.input = { ...input, access: { kind: 'key', rootKey: this.#lend(input.access.rootKey) } };
    } else this.input = input;
  }

  /** Called when the verb has ended, or its thread. */
  wipe(): void {
    for (const key of this.#lent) key.fill(0);
  }

  #lend(key: Uint8Array): Uint8Array {
    const lent = new Uint8Array(new SharedArrayBuffer(key.length));
    lent.set(key);
    this.#lent.push(lent);
    return lent;
  }
}
