/** A secret on the clipboard: cleared after a minute, and on quit, if it is still ours. */
import { createHash } from 'node:crypto';
import type { Clock } from '../jobs/ports.ts';

const KEPT_MS = 60_000;

/** The calls of Electron's clipboard that are used; newer versions answer later, older ones at once. */
export interface ClipboardText {
  readText(): string | Promise<string>;
  writeText(text: string): void | Promise<void>;
  clear(): void;
}

export class ClipboardSecret {
  readonly #clipboard: ClipboardText;
  readonly #clock: Clock;
  /** SHA-256 of what was copied: the secret itself is not kept for comparing. */
  #ours: string | null = null;
  #cancel: (() => void) | null = null;

  constructor(clipboard: ClipboardText, clock: Clock) {
    this.#clipboard = clipboard;
    this.#clock = clock;
  }

  /** Copies; copying again starts the minute anew. */
  async copy(text: string): Promise<{ clearsAt: number }> {
    this.#cancel?.();
    this.#ours = digest(text);
    await this.#clipboard.writeText(text);
    this.#cancel = this.#clock.after(KEPT_MS, () => void this.clear());
    return { clearsAt: this.#clock.now() + KEPT_MS };
  }

  /** Clears the clipboard if it still holds what was copied. */
  async clear(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    const ours = this.#ours;
    this.#ours = null;
    if (ours !== null && digest(await this.#clipboard.readText()) === ours) this.#clipboard.clear();
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
