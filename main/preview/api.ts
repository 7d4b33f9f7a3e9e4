/** What is shown of a file, and the messages between the app and the thread that finds it out. */
import type { ErrorInfo } from '../errors.ts';

/** Most bytes of one page of text, and most lines of it. */
export interface TextPage {
  /** `start` is false where the text goes on with a line that was too long for one row. */
  lines: { start: boolean; text: string }[];
  /** Byte at which the next page begins; null after the last. */
  next: number | null;
}

export interface HexRow {
  /** Of the first byte. */
  offset: number;
  /** At most 16 bytes as two digits each. */
  hex: string;
  /** The same as ASCII; a dot for what is none. */
  text: string;
}

export type Encoding = 'UTF-8' | 'UTF-16' | 'Latin-1';

/** `what`: in words, e.g. "PNG picture". */
export type Look =
  | { kind: 'text'; what: string; encoding: Encoding; code: boolean; first: TextPage }
  | { kind: 'image'; what: string; type: string; width: number; height: number }
  | { kind: 'audio' | 'video'; what: string; type: string }
  /** `why`: a sentence where it could have been more than bytes; null where Holdfast knows no more of it. */
  | { kind: 'bytes'; what: string; why: string | null; rows: HexRow[] };

/** What the thread can be asked. `from`: a byte, as `next` of a page gave it. */
export interface Questions {
  look: { input: { name: string; size: number }; output: Look };
  text: { input: { from: number }; output: TextPage };
}
export type Question = keyof Questions;

export type ToThread =
  | { type: 'ask'; id: number; question: Question; input: unknown }
  | { type: 'bytes'; id: number; bytes: Uint8Array }
  | { type: 'failed'; id: number; error: ErrorInfo };

export type FromThread =
  /** `id` numbers the reads of the thread. */
  | { type: 'read'; id: number; from: number; to: number }
  | { type: 'answer'; id: number; output: unknown }
  | { type: 'error'; id: number; error: ErrorInfo };
