/** What is shown of a file, and the messages between the app and the process that finds it out. */
import type { ErrorInfo } from '../errors.ts';
import type { Text } from '../text.ts';
import type { Message } from '../messages/conversation.ts';

export type { Message } from '../messages/conversation.ts';
export { UNNAMED } from '../messages/conversation.ts';

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
  | {
      kind: 'messages';
      what: string;
      format: 'whatsapp' | 'telegram' | 'mail';
      conversations: ConversationFacts[];
      /** A sentence where not everything was read. */
      cut: string | null;
    }
  | PdfLook
  /** `why`: a sentence where it could have been more than bytes; null where Holdfast knows no more of it. */
  | { kind: 'bytes'; what: string; why: string | Text | null; rows: HexRow[] };

/** A document whose pages are drawn when they are wanted. */
export interface PdfLook {
  kind: 'pdf';
  what: string;
  /** Of the whole document. */
  pages: number;
  /** Of the pages that can be shown, the first 2,000 at most, in points (1/72 inch). */
  sizes: { width: number; height: number }[];
}

/** One page as it looks. */
export interface PdfPage {
  /** Pixels. */
  width: number;
  height: number;
  /** Red, green, blue and opacity of each pixel, row by row. */
  pixels: Uint8Array<ArrayBuffer>;
  /** The words on it, for who does not see; at most 20,000 characters. */
  text: string;
}

export interface ConversationFacts {
  title: string;
  messages: number;
  /** In the order in which they spoke first; at most 200 of them. */
  people: string[];
  /** YYYY-MM-DD; empty where no date is known. */
  firstDay: string;
  lastDay: string;
}

/** Most messages of one answer. */
export const MESSAGES_OF_ONE = 200;

/** What the process can be asked. `from`: a byte, as `next` of a page gave it. */
export interface Questions {
  look: { input: { name: string; size: number }; output: Look };
  text: { input: { from: number }; output: TextPage };
  messages: { input: { conversation: number; from: number; count: number }; output: Message[] };
  /** First message of each day. */
  days: { input: { conversation: number }; output: { day: string; index: number }[] };
  /** Positions of at most 2,000 messages that have the words. */
  find: { input: { conversation: number; query: string }; output: { found: number[]; total: number } };
  /** `ref`: of an attachment. Errors: path-not-found, bad-input (too large). */
  attachment: { input: { ref: number }; output: { look: Look; size: number } };
  /** `width`: pixels that are wanted; the page may have fewer. Errors: bad-input (damaged, or not open). */
  page: { input: { page: number; width: number }; output: PdfPage };
  part: { input: { ref: number; from: number; to: number }; output: Uint8Array };
}
export type Question = keyof Questions;

export type ToProcess =
  | { type: 'ask'; id: number; question: Question; input: unknown }
  | { type: 'bytes'; id: number; bytes: Uint8Array; size: number }
  | { type: 'failed'; id: number; error: ErrorInfo };

export type FromProcess =
  /** `id` numbers the reads of the process. `beside`: path of another file, from the folder of the one that is open. */
  | { type: 'read'; id: number; beside: string | null; from: number; to: number }
  | { type: 'answer'; id: number; output: unknown }
  | { type: 'error'; id: number; error: ErrorInfo };

/** The process that looks into a file, whatever started it. */
export interface Host {
  send(message: ToProcess): void;
  /** Called once each, before anything is sent. `onEnd`: when it has ended, whoever ended it. */
  onMessage(listener: (message: FromProcess) => void): void;
  onEnd(listener: () => void): void;
  /** Ends it whatever it is doing. */
  end(): void;
}
